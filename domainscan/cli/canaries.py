"""verify --canaries: names that must stay open, asked for at every resolver of every recipient."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Final

import typer

from blocklists.limits import BadTerms, check_canary
from blocklists.names import Name, parents, parse_name
from blocklists.protect import load_snapshot
from domainscan.cli import common
from domainscan.collateral import reached
from domainscan.config import Config, Recipient
from domainscan.enforce import Look, changes, look_at_canaries
from domainscan.store import Store
from domainscan.store.checks import canaries_over, record_checks
from domainscan.store.decisions import cleared_names, decisions_on

_MOST: Final = 20  # of each kind
_CODES: Final = {"open": common.DONE, "over": common.FLAGGED, "unknown": common.PARTLY}


def watch_canaries(
    settings: common.Settings, chosen: Sequence[Recipient], *, named: bool, json: bool
) -> None:
    """Looks, says what came of it, and keeps what changed. Ends the program with exit 1 or 3 when all is not well."""
    asked = [one for one in chosen if one.resolvers or named]
    now = settings.now()
    with common.answered(), settings.store() as store:
        standing = {one.id: canaries_over(store, one.id) for one in asked}
        known = _candidates(settings.config, store)
        listed = _listed(store, {*known, *(name for some in standing.values() for name in some)})
        each = {
            id: [one for one in dict.fromkeys((*known, *some)) if one not in listed]
            for id, some in standing.items()
        }
        looks = _look(settings, asked, each)
        for look in looks:
            if found := changes(look, standing[look.recipient], listed, now):
                record_checks(store, found)
    if json:
        common.emit_json([_row(one) for one in looks])
    else:
        for one in looks:
            print(common.visible(one.line))
    if not looks:
        common.note(f"{settings.file} names no resolvers of anybody: there is nobody to ask")
    states = {one.state for one in looks} or {"unknown"}
    worst = next(one for one in ("over", "unknown", "open") if one in states)
    if _CODES[worst]:
        raise typer.Exit(_CODES[worst])


def _look(settings: common.Settings, asked: Sequence[Recipient], names: dict[str, list[Name]]) -> list[Look]:
    """Ends the program with exit 4 for a resolver that is none."""
    label = f"probe-{secrets.token_hex(6)}"
    try:
        return asyncio.run(look_at_canaries(asked, settings.config, names, settings.suffixes(), label))
    except ValueError as error:
        common.fail(str(error), common.STORE)


def _candidates(config: Config, store: Store) -> list[Name]:
    """Names that must stay open: our own, those of [publish] canaries, those people cleared, and popular ones."""
    popular = (name for group in load_snapshot().groups if group.guard == "popular" for name in group.names)
    kinds: tuple[Iterable[str], ...] = (
        config.protect.names,
        config.publish.canaries,
        cleared_names(store, _MOST),
        popular,
    )
    return list(dict.fromkeys(Name(one) for kind in kinds for one in islice(_telling(kind), _MOST)))


def _telling(names: Iterable[str]) -> Iterator[str]:
    """The names of which an answer tells something: resolvers answer `test.` and its like by themselves."""
    for name in map(parse_name, names):
        try:
            check_canary(name)
        except BadTerms:
            continue
        yield name


def _listed(store: Store, names: Iterable[Name]) -> frozenset[Name]:
    """Those that a block of two people reaches, or ever reached: a list somewhere may still have it."""
    asked = {above for name in names for above in (name, *parents(name))}
    blocks = decisions_on(store, sorted(asked), measure="block")
    stood = [one for one in blocks if one.state in ("approved", "lifted", "expired")]
    return frozenset(name for name in names if any(reached(one.name, one.reach, name) for one in stood))


def _row(look: Look) -> dict[str, Any]:
    return {
        "recipient": look.recipient,
        "state": look.state,
        "canaries": look.canaries,
        "resolvers": look.resolvers,
        "kept_back": look.kept,
    }
