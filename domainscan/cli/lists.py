"""export: block lists for those who carry them out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from blocklists.cli_usage import named_folder
from blocklists.formats import UnknownFormat
from blocklists.formats.base import BadSettings
from blocklists.guards import WAIVABLE, GuardTripped
from blocklists.publish import PublisherBusy
from blocklists.signature import BadKey, load_key
from domainscan.cli import common
from domainscan.cli.guards import log_overrides
from domainscan.cli.press import hand, place, press_of, recipients
from domainscan.config import Recipient
from domainscan.listing import (
    KEY,
    AllWait,
    Job,
    Press,
    Release,
    TakesNoList,
    export_list,
    overdue,
    preview,
    reissue_list,
    report,
    signing_key,
)
from domainscan.model import Decision, Name, Record
from domainscan.providers import measures_of
from domainscan.releases import adopt, blocks, past_of, remember, reserver
from domainscan.review import expire
from domainscan.store import Store
from domainscan.store.published import last_folder, newest_release, published_to
from domainscan.store.times import days_between

_SHOWN: Final = 5  # names in a message
# Without a release. A desk at work has one every few days, as manifests run out; a clock that jumped ahead would
# let every measure expire, and nobody could take that back.
PAUSE_DAYS: Final = 60


def export(
    context: typer.Context,
    recipient: Annotated[list[str] | None, typer.Option(help="Only this recipient. May be repeated.")] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="<path>", parser=named_folder, help="Folder of the releases (default: HOME/export)."
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Ask every guard, write nothing.")] = False,
    after_pause: Annotated[
        bool,
        typer.Option("--after-pause", help=f"{PAUSE_DAYS} days without a release are no error of the clock."),
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Publish the block list of every recipient that takes one: signed, numbered, with a change report.

    A list holds what two people decided and nothing else. When a guard trips, that recipient's last release
    stays as it was, and the exit code is 1. New names that wait for an earlier stage are told; where a first release
    would hold nothing else, there is none yet, and the exit code is 3.

    \b
    Examples:
      domainscan export
      domainscan export --recipient carrier-a --out /srv/lists --dry-run
    """
    settings = common.settings(context)
    now = settings.now()
    takers = _takers(settings, recipient or [])
    folder = out or settings.home / "export"
    keyless = not (settings.home / KEY).exists()
    with common.answered(), settings.store() as store:
        if not after_pause:
            _believe(now, newest_release(store))
        if not dry_run:
            expire(store, now)
        decisions = blocks(store)
        press = press_of(settings, store, decisions, now)
        keyless = keyless and bool(published_to(store))
        jobs = [Job(decisions, one, folder / one.id, press) for one in takers]
        came = _round(settings, store, jobs, dry_run)
        for release in came.done:
            log_overrides(store, press.protected, release, hand(store), now)
        behind = [] if recipient or came.broken else _left_behind(store, press, decisions, takers)
    if json:
        common.emit_json(came.document() | {"left_behind": behind, "dry_run": dry_run})
    else:
        common.say_lines("".join(report(release) for release in came.done))
    came.tell_others()
    for one in behind:
        one.tell()
    if not dry_run:
        _tell_key(settings.home / KEY, keyless, bool(came.done))
    if came.broken:
        common.fail(came.broken, common.STORE)
    if came.failed or came.wait:
        raise typer.Exit(common.FLAGGED if came.failed else common.PARTLY)


def _takers(settings: common.Settings, named: list[str]) -> list[Recipient]:
    """Who takes block lists, of those named or of all. Ends the program where nobody does."""
    takers = [one for one in recipients(settings, named) if "block" in measures_of(one)]
    if not takers:
        who = ", ".join(named) or settings.file
        common.fail(f'{who}: nobody there takes block lists: that is a [[recipient]] of kind "carrier"')
    return sorted(takers, key=lambda one: one.stage)  # what an earlier stage gets now, a later one may see


def _believe(now: str, released: str) -> None:
    """Ends the program where the clock stands so far after the newest release that it may have jumped ahead."""
    days = days_between(released, now) if released else 0.0
    if days > PAUSE_DAYS:
        common.fail(
            f"it is {now}, {days:,.0f} days after the last release ({released}): set the clock right;"
            " where it is right, --after-pause goes on, and measures that ended meanwhile are over",
            common.FLAGGED,
        )


class _Behind(Record, frozen=True):
    """A release that lies where its recipient fetches, and that no export will follow."""

    recipient: str
    folder: str
    serial: int
    still_blocked: tuple[Name, ...]  # lifted or expired

    def tell(self) -> None:
        names = common.counted(len(self.still_blocked), "name")
        late = f"; it blocks {names} that ended since" if self.still_blocked else ""
        common.note(
            f"{self.recipient}: no recipient of block lists any more, and its release {self.serial} lies "
            f"in {self.folder}{late}: tell its people, and move the folder away"
        )


def _left_behind(
    store: Store, press: Press, decisions: Sequence[Decision], takers: Sequence[Recipient]
) -> list[_Behind]:
    known, path = {one.id for one in takers}, store.home / KEY
    gone = [one for one in published_to(store) if one not in known]
    places = [(one, folder) for one in gone if (folder := last_folder(store, one)) and folder.is_dir()]
    key = load_key(path) if places and path.exists() else None
    found = [(one, place, *overdue(decisions, place, key, press.now)) for one, place in places if key]
    return [_Behind(one, str(place), serial, late) for one, place, serial, late in found if serial]


@dataclass
class _Round:
    """What came of an export, recipient by recipient."""

    done: list[Release] = field(default_factory=list)
    failed: list[dict[str, Any]] = field(default_factory=list)
    wait: list[AllWait] = field(default_factory=list)
    broken: str = ""  # what ended it before its end

    def document(self) -> dict[str, Any]:
        waiting = [{"recipient": one.recipient, "left_out": one.left_out} for one in self.wait]
        return {"releases": self.done, "waiting": waiting, "refused": self.failed}

    def tell_others(self) -> None:
        """Says who got nothing, and why."""
        for one in self.wait:
            common.note(f"{one}; nothing is published yet")
        for refusal in self.failed:
            _tell_refusal(refusal)


def _round(settings: common.Settings, store: Store, jobs: Sequence[Job], dry_run: bool) -> _Round:
    """Each recipient's release, or why there is none. What is out when it breaks off is out: the caller tells it."""
    came = _Round()
    for job in jobs:
        try:
            came.done.append(_looked_at(store, job) if dry_run else _export(settings, store, job))
        except AllWait as error:
            came.wait.append(error)
        except (GuardTripped, PublisherBusy, UnknownFormat, TakesNoList) as error:
            came.failed.append(_refusal(store, job, error, dry_run))
        except (BadKey, BadSettings, OSError) as error:
            where = job.folder if isinstance(error, OSError) else ""  # a full disk has a place
            came.broken = f"{job.recipient.id}: {common.said(error, where)}"
            break
    return came


def _overdue(store: Store, job: Job) -> tuple[int, tuple[Name, ...]]:
    path = store.home / KEY
    return overdue(job.decisions, job.folder, load_key(path), job.press.now) if path.exists() else (0, ())


def _refusal(store: Store, job: Job, error: Exception, dry_run: bool) -> dict[str, Any]:
    """Why nothing was published, what is blocked meanwhile that should not be, and how long the old release holds."""
    serial, late = _overdue(store, job)
    tripped = isinstance(error, GuardTripped)
    guard = error.guard if isinstance(error, GuardTripped) else type(error).__name__
    told: dict[str, Any] = {"recipient": job.recipient.id, "guard": guard, "error": str(error)}
    told |= {"serial": serial, "still_blocked": late, "reissued": None, "expires": "", "not_reissued": ""}
    return told | _reissued(store, job) if tripped and not dry_run else told


def _reissued(store: Store, job: Job) -> dict[str, Any]:
    """Sees to it that the manifest in force does not run out before people decide; and what came of it.

    The hidden primary gets no new zone: it has the list, and what was pushed since.
    """
    by, press = hand(store), job.press
    try:
        ready = replace(job, past=past_of(store, job.recipient), key=signing_key(store.home))
        made = reissue_list(ready, reserver(store, job.recipient))
    except (GuardTripped, PublisherBusy, BadKey, BadSettings, OSError) as error:
        return {"not_reissued": common.said(error)}
    if made is None:
        return {}
    release, origin = made
    remember(store, release, by, press.now, reissues=origin)
    log_overrides(store, press.protected, release, by, press.now)
    return {"reissued": release.serial, "expires": release.expires}


def _tell_refusal(refusal: dict[str, Any]) -> None:
    """Says why nothing was published, and the ways out.

    A guard that holds new names up must not keep lifted ones blocked without anybody knowing.
    """
    names, recipient = refusal["still_blocked"], refusal["recipient"]
    common.note(f"{recipient}: nothing published: {refusal['error']}")
    if refusal["guard"] in WAIVABLE:
        hold = f"domainscan release hold {recipient} --reason ..."
        common.note(f"if that is as it should be: `{hold}`, and a second person approves")
    if refusal["reissued"]:
        serial, expires = refusal["reissued"], refusal["expires"]
        common.note(
            f"{recipient}: the list in force has a fresh manifest: serial {serial}, good until {expires}"
        )
    elif refusal["not_reissued"] not in ("", refusal["error"]):
        common.note(f"{recipient}: the manifest in force gets no younger: {refusal['not_reissued']}")
    if not names:
        return
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    back = f"domainscan release rollback {recipient} --to {refusal['serial']} --reason ..."
    common.note(f"{recipient}: lifted or expired, and still blocked: {', '.join(names[:_SHOWN])}{more}")
    common.note(f"`{back}` takes them off the list in force; after it, two people approve what is new")


def _tell_key(key: Path, replaced: bool, done: bool) -> None:
    if done:
        common.note(f"consumers verify with {key}.pub (also in each folder: minisign.pub)")
    elif replaced:
        common.note(
            f"{key} was gone, and a new one was made: put the old one back from a backup, and export again"
        )
    if done and replaced:
        common.note(
            "the key of earlier releases is gone, and a new one was made:"
            " consumers refuse this release until they have the new public key, or you restore the old key"
        )


def _looked_at(store: Store, job: Job) -> Release:
    """One recipient's release as it would be."""
    path = store.home / KEY
    key = load_key(path) if path.exists() else None
    return preview(replace(job, past=past_of(store, job.recipient), key=key))


def _export(settings: common.Settings, store: Store, job: Job) -> Release:
    """One recipient's release, published and remembered."""
    key, by, now = signing_key(store.home), hand(store), job.press.now
    adopt(store, job.recipient, job.folder, key, by, now)
    ready = replace(job, past=past_of(store, job.recipient), key=key)
    release = export_list(ready, reserver(store, job.recipient))
    remember(store, release, by, now)
    place(settings, job.recipient, job.folder, key)
    return release
