"""Decisions -> the part of a zone that they touch, and the zone of what was decided last. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from msgspec.structs import replace

from blocklists.lists import BlockList
from blocklists.names import Name
from domainscan.config import Recipient
from domainscan.listing import Waiting, entries, in_force
from domainscan.model import Decision
from domainscan.profiles import fitted

_ROOM_FOR_WWW: Final = 249  # of 253 characters
RECENT_HOURS: Final = 24
RECENT_MOST: Final = 1000  # entries: BIND walks 2,000 owners in a few milliseconds


@dataclass(frozen=True)
class Part:
    """The entries around some names before and now, and the owner names that may differ between the two."""

    before: BlockList
    now: BlockList
    owners: tuple[str, ...]


def part_of(
    decisions: Sequence[Decision],
    affected: Iterable[Name],
    recipient: Recipient,
    since: str,
    now: str,
    waiting: Waiting | None = None,
) -> Part:
    """What a list says of the affected names, at `since` and now.

    `decisions` are all those on these names and on the names above them: what is folded under a name above is seen.
    What waits for an earlier stage now is in neither, and what waited at `since` is not in the former.
    """
    names = sorted(set(affected))
    taker = _boundless(recipient)
    then, still = [_as_of(one, since) for one in decisions], list(decisions)
    if waiting:
        then, still = waiting.released(then), waiting.without(still)
    before, _ = fitted(entries(then, since), taker)
    after, _ = fitted(entries(still, now), taker)
    return Part(before, after, tuple(owner for name in names for owner in (name, f"*.{name}")))


def affected(touched: Iterable[Decision], below: Iterable[Name]) -> tuple[Name, ...]:
    """The names whose records may differ after these decisions: their own, those below, and the www of both."""
    names = {*(one.name for one in touched), *below}
    return tuple(sorted({*names, *(Name(f"www.{one}") for one in names if len(one) <= _ROOM_FOR_WWW)}))


def recent(decisions: Iterable[Decision], recipient: Recipient, now: str) -> BlockList:
    """The entries of what was decided in the last RECENT_HOURS, the newest RECENT_MOST of them."""
    start = recent_start(now)
    live = [one for one in decisions if in_force(one, now) and one.decided_at >= start]
    newest = sorted(live, key=lambda one: (one.decided_at, one.id))[-RECENT_MOST:]
    return fitted(entries(newest, now), _boundless(recipient))[0]


def recent_start(now: str) -> str:
    """RECENT_HOURS before now."""
    return (datetime.fromisoformat(now) - timedelta(hours=RECENT_HOURS)).strftime("%Y-%m-%dT%H:%M:%SZ")


def _boundless(recipient: Recipient) -> Recipient:
    """The recipient without its budget, which is a matter of the whole list."""
    return replace(recipient, budget=0)


def _as_of(decision: Decision, moment: str) -> Decision:
    """The decision as it stood then."""
    if not decision.decided_at or decision.decided_at >= moment or decision.state == "rejected":
        return replace(decision, state="proposed")
    if decision.ended_at and decision.ended_at >= moment:
        return replace(decision, state="approved")
    return decision
