"""The names that are never listed, and what visits and decisions say about a name that is to be: for every command
that decides, lists or orders.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Final

from blocklists.names import BadName, Name, covers
from blocklists.protect import BadSnapshot, Protected, Refusal, StaleSnapshot, load_protected
from domainscan.cli import common
from domainscan.listing import Release, answered_for, in_force, refusals
from domainscan.model import Decision, Reach
from domainscan.review import Refusals
from domainscan.store import Store
from domainscan.store.audit import record_event
from domainscan.store.observations import aliases

_WAYS: Final = {  # of a refusal, by what opens it: what is needed before the name is listed
    "review": "you and whoever approves answer for it, two people by name",
    "override": "no approval is taken before two named people let it be listed: `blocklists protect override`",
}
FOLDER = "protect"  # in the home: imported lists, own additions, overrides


def protected(settings: common.Settings, now: str) -> Protected:
    """The names that are never listed. Ends the program with exit 4 when nobody can say."""
    config = settings.config.protect
    try:
        return load_protected(
            config.names,
            settings.suffixes(),
            now,
            config.snapshot_max_age_days,
            folder=_folder(settings),
            require=config.require,
        )
    except (StaleSnapshot, BadSnapshot, BadName) as error:
        common.fail(f"[protect] {error}", common.STORE)
    except OSError as error:
        common.fail(f"[protect] {error.filename}: {error.strerror}", common.STORE)


def _folder(settings: common.Settings) -> Path | None:
    """The folder that [protect] folder names, or the home's, where it has one."""
    if settings.config.protect.folder:
        return Path(settings.config.protect.folder)
    own = settings.home / FOLDER
    return own if own.exists() else None


def informed(guards: Protected, store: Store, decisions: Iterable[Decision], now: str) -> Protected:
    """The same, told what the names of decisions in force are aliases of, and for which of them two people answer."""
    live = [one for one in decisions if in_force(one, now)]
    return guards.knowing(aliases(store, [one.name for one in live]), answered_for(live, now))


Guards = Callable[[], Protected]


def loaded(settings: common.Settings) -> Guards:
    """The never-list, loaded when it is first needed."""
    return cache(lambda: protected(settings, settings.now()))


def at_proposal(guards: Guards, store: Store) -> Refusals:
    """What `propose` asks before a name would be cut off: only what nobody can open refuses it, the rest is told."""

    def ask(name: Name, reach: Reach) -> tuple[Refusal, ...]:
        found = refusals(name, reach, guards().knowing(aliases(store, [name]), {}))
        lasting = tuple(one for one in found if one.opens == "nothing")
        for one in found if not lasting else ():
            common.note(f"{name}: {one.guard}: {one.detail}: {_WAYS[one.opens]}")
        return lasting

    return ask


def at_approval(guards: Guards, store: Store) -> Refusals:
    """What `approve` asks before a name is cut off.

    Proposer and approver are two people then, which opens what two people may decide; it is told.
    """

    def ask(name: Name, reach: Reach) -> tuple[Refusal, ...]:
        known = guards().knowing(aliases(store, [name]), {name: reach})
        found = refusals(name, reach, known)
        if not found:
            for one in known.objections(name, reach):
                who = (
                    "both of you answer for it" if one.opens == "review" else "an override lets it be listed"
                )
                common.note(f"{one.guard}: {one.detail}: {who}")
        return found

    return ask


def log_overrides(store: Store, guards: Protected, release: Release, by: str, now: str) -> None:
    """Says, and for a release that went out writes into the audit log, on which overrides it rests."""
    used = [str(one) for one in guards.overrides if any(covers(one.name, name) for name in release.names)]
    for one in used:
        common.note(f"{release.recipient}: override: {one}")
    if used and release.serial:
        detail = {"serial": release.serial, "overrides": used}
        record_event(store, by, "export.override", release.recipient, detail, now)
