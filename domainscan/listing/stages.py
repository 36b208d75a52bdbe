"""Which new names a recipient of a later stage may have by now, and why the others wait. Pure.

A name goes to stage 1 first, and to the next stage when every recipient before it had it for a while, a probe looked
there and nothing speaks against it. What leaves a list never waits, and what a recipient has stays with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol

from msgspec.structs import replace

from blocklists.formats import find_format
from blocklists.lists import BlockList, Entry
from blocklists.names import Name, parents
from domainscan.collateral import reached
from domainscan.config import Recipient
from domainscan.model import Decision
from domainscan.profiles import LeftOut, holds

_MANY: Final = 1000
_TIME: Final = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True)
class Over:
    """A check that says that something else is hit too, and none has said otherwise since."""

    name: Name
    decision: int  # 0: a canary
    at: str
    detail: str


@dataclass(frozen=True)
class Standing:
    """What one recipient of an earlier stage has, and what probes saw there.

    `since` and `looked` know the names that were asked about: since when a name is in every release there, and when a
    probe asked for it last.
    """

    recipient: Recipient
    released: str = ""  # when its last release was issued; "": there is none
    size: int = 0  # entries of that release
    blocklist: BlockList = field(default_factory=BlockList)  # those that say something of the names
    since: Mapping[Name, str] = field(default_factory=dict)
    looked: Mapping[Name, str] = field(default_factory=dict)
    told: str = ""  # when a probe last learned anything there; "": never
    overs: tuple[Over, ...] = ()

    @property
    def is_full(self) -> bool:
        """Whether it holds as many entries as it can."""
        return 0 < self.recipient.budget <= self.size


@dataclass(frozen=True)
class Facts:
    """What there is to know about the earlier stages of one recipient."""

    now: str
    hours: float
    most_appeals: int
    standings: tuple[Standing, ...]
    appeals: tuple[Name, ...] = ()  # the name of each open appeal


class Rollout(Protocol):
    """Where facts come from; it is asked about the few names that are new to a recipient."""

    def applies(self, recipient: Recipient) -> bool:
        """Whether there is an earlier stage."""

    def appeals(self) -> tuple[Name, ...]:
        """The name of each open appeal."""

    def facts(self, recipient: Recipient, asked: Sequence[Decision], now: str) -> Facts:
        """The facts about its earlier stages and these decisions."""


@dataclass(frozen=True)
class Waiting:
    """What a recipient may not have yet: decision -> why."""

    last: BlockList
    asked: tuple[Decision, ...]
    why: Mapping[int, str]

    def without(self, decisions: Iterable[Decision]) -> list[Decision]:
        """The decisions without those that wait; a name that is to be blocked wider stays as it is blocked now."""
        if not self.why:
            return list(decisions)
        fitting = (one if one.id not in self.why else _as_held(one, self.last) for one in decisions)
        return [one for one in fitting if one]

    def released(self, decisions: Iterable[Decision]) -> list[Decision]:
        """The decisions as far as the last release has them."""
        return [known for one in decisions if (known := _as_held(one, self.last))]

    def left_out(self, blocklist: BlockList) -> tuple[LeftOut, ...]:
        """What waits and is not blocked by this list either, by name."""
        found = (one for one in self.asked if one.id in self.why)
        return tuple(
            LeftOut(one.name, one.reach, one.category, self.why[one.id])
            for one in sorted(found, key=lambda one: (one.name, one.id))
            if not holds(blocklist, one.name, one.reach)
        )


def _as_held(one: Decision, last: BlockList) -> Decision | None:
    """The decision with the reach that the last release has of its name; None where it blocks nothing of it."""
    if holds(last, one.name, one.reach):
        return one
    held = last.get(one.name)
    return replace(one, reach=held.reach) if held else None


def waiting_of(
    decisions: Iterable[Decision], recipient: Recipient, last: BlockList, rollout: Rollout, now: str
) -> Waiting:
    """What waits of these block decisions in force. `last` is the recipient's last release."""
    asked = news(decisions, recipient, last)
    if not asked:
        return Waiting(last, (), {})
    return Waiting(last, asked, waits(asked, recipient, last, rollout.facts(recipient, asked, now)))


def news(decisions: Iterable[Decision], recipient: Recipient, last: BlockList) -> tuple[Decision, ...]:
    """The decisions that ask the recipient for more than its last release has: new names, and wider ones."""
    wanted = [one for one in decisions if not recipient.categories or one.category in recipient.categories]
    if (
        len(wanted) > _MANY
    ):  # most of them are held as they are asked for, which a dictionary tells in no time
        known = dict(zip(last.names, (last.terms[code].reach for code in last.codes), strict=True))
        wanted = [one for one in wanted if known.get(one.name) != one.reach]
    return tuple(one for one in wanted if not holds(last, one.name, one.reach))


def waits(asked: Sequence[Decision], recipient: Recipient, last: BlockList, facts: Facts) -> dict[int, str]:
    """Decision -> why it waits, and what to do, for each that may not go to the recipient yet."""
    halt, appealed = _halt(last, facts), _reaching(facts.appeals)
    found = {}
    for one in asked:
        why = halt or _appeal(one, appealed) or _ready(one, recipient.stage, facts).why
        if why:
            found[one.id] = f"stage {recipient.stage}: {why}"
    return found


def _halt(last: BlockList, facts: Facts) -> str:
    """What stops every new name."""
    for standing in facts.standings:
        for over in standing.overs:
            id = standing.recipient.id
            again = f"verify {'' if over.decision else '--canaries '}--recipient {id}"
            return (
                f"halted: verify says over at {id}: {over.name}: {over.detail}:"
                f" when that is put right, `domainscan {again}`"
            )
    ahead = [
        name
        for name in facts.appeals
        if not last.covering(name) and any(one.blocklist.covering(name) for one in facts.standings)
    ]
    if len(ahead) < facts.most_appeals:
        return ""
    return (
        f"halted: {len(ahead)} open appeals against names that only earlier stages have,"
        f" of at most {facts.most_appeals - 1}: decide them (`domainscan queue`)"
    )


def with_parents(names: Iterable[Name]) -> set[Name]:
    """The names and all above them: what a list has to say of the former stands under one of these."""
    return {above for name in names for above in (name, *parents(name))}


def _reaching(appeals: Iterable[Name]) -> dict[Name, list[Name]]:
    """Appealed names by themselves and by every name above."""
    found: dict[Name, list[Name]] = {}
    for name in appeals:
        for above in (name, *parents(name)):
            found.setdefault(above, []).append(name)
    return found


def _appeal(one: Decision, appealed: Mapping[Name, Sequence[Name]]) -> str:
    for name in appealed.get(one.name, ()):
        if reached(one.name, one.reach, name):
            return f"halted: an appeal against {name} is open: decide it (`domainscan queue`)"
    return ""


@dataclass(frozen=True)
class _Ready:
    """When a stage may have a name, or why that is not known yet; "" and a time when nothing is in its way."""

    at: str
    why: str = ""


def _ready(one: Decision, stage: int, facts: Facts) -> _Ready:
    """Whether the nearest stage before that takes the name had it long enough. Without such a stage it is ready."""
    for before in sorted({each.recipient.stage for each in facts.standings}, reverse=True):
        if before >= stage:
            continue
        takers = [
            each for each in facts.standings if each.recipient.stage == before and _takes(each, one, facts)
        ]
        if takers:
            states = [_tried(each, one, facts) for each in takers]
            whys = [each.why for each in states if each.why]
            return _Ready(max(each.at for each in states), whys[0] if whys else "")
    return _Ready(one.decided_at)


def _tried(standing: Standing, one: Decision, facts: Facts) -> _Ready:
    """From when on one recipient had the name long enough; `at` is "~", later than any time, where nobody knows."""
    id, entry = standing.recipient.id, standing.blocklist.covering(one.name)
    if entry is None or not holds(standing.blocklist, one.name, one.reach):
        what = "does not have it yet" if standing.released else "has no release yet"
        return _Ready("~", f"{id} {what}: `domainscan export --recipient {id}`")
    since = max(standing.since.get(entry.name) or standing.released, one.decided_at)
    at = _later(since, facts.hours)
    if facts.now < at:
        return _Ready(at, f"{id} has it since {since}, not before {at}")
    looked = max(standing.looked.get(one.name, ""), standing.looked.get(entry.name, ""))
    if standing.recipient.resolvers and min(looked, standing.told) < since:
        asked = "nobody has looked yet" if looked < since else "nobody could tell yet whether it does harm"
        return _Ready(at, f"{id} has it since {since}, and {asked}: `domainscan verify --recipient {id}`")
    return _Ready(at)


def _takes(standing: Standing, one: Decision, facts: Facts) -> bool:
    """Whether a recipient gets a name like this: its own release decides, and its categories, formats and budget."""
    taker = standing.recipient
    if holds(standing.blocklist, one.name, one.reach):
        return True
    if taker.categories and one.category not in taker.categories:
        return False
    if not _can_say(taker, one):
        return False
    # A list that was full when the name might have come, and does not have it, had no room for it.
    return not (standing.is_full and standing.released >= _ready(one, taker.stage, facts).at)


def _can_say(taker: Recipient, one: Decision) -> bool:
    """Whether any of its formats has the name at all."""
    entry = BlockList((Entry(one.name, one.reach, one.category),))
    formats = [find_format(each) for each in taker.formats]
    return any(all(loss.kept for loss in each.fit(entry)[1]) for each in formats if not each.passes)


def _later(moment: str, hours: float) -> str:
    return (datetime.fromisoformat(moment) + timedelta(hours=hours)).strftime(_TIME)
