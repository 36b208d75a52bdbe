"""Decisions -> what they list: entries, names that may leave, names that must be gone, who answers for a name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from blocklists import lists
from blocklists.lists import BlockList, Entry
from blocklists.names import Name
from blocklists.overrides import folded_person
from blocklists.protect import Protected, Refusal
from domainscan.model import Decision, Reach


def in_force(decision: Decision, now: str) -> bool:
    """Whether two people decided this, nobody ended it, and its day of expiry has not begun (UTC)."""
    return decision.state == "approved" and (not decision.expires or now[:10] < decision.expires[:10])


def entries(decisions: Iterable[Decision], now: str) -> Iterator[Entry]:
    """What the block decisions in force ask for, each by itself. An entry's source is its decision: `decision 12`."""
    return (
        Entry(one.name, one.reach, one.category, moment(one.expires), (f"decision {one.id}",))
        for one in decisions
        if one.measure == "block" and in_force(one, now)
    )


def remembered(names: Iterable[str], decisions: Iterable[Decision], at: str) -> BlockList:
    """The list that was out at `at`, of which the store has the names alone, with what was decided of each by then.
    What no decision explains has everything below it, as far as anybody remembers.
    """
    known: dict[Name, Entry] = {}
    for one in decisions:
        if one.measure == "block" and _stood(one, at):
            entry = Entry(one.name, one.reach, one.category, moment(one.expires), (f"decision {one.id}",))
            if one.name not in known or lists.WIDTH[known[one.name].reach] < lists.WIDTH[one.reach]:
                known[one.name] = entry
    return lists.block_list(known.get(Name(one)) or Entry(Name(one)) for one in names)


def _stood(one: Decision, at: str) -> bool:
    """Whether two people had decided this by then, and nobody had ended it."""
    decided = one.state in ("approved", "lifted", "expired") and one.decided_at <= at
    return decided and (not one.ended_at or one.ended_at > at) and (not one.expires or at[:10] < one.expires)


def moment(day: str) -> str:
    """The first moment without the measure. A list calls a day over when it has ended, the desk when it begins: who
    reads `valid_until` in a STIX file, or makes another list of this one, would block a day longer than was decided.
    """
    return f"{day}T00:00:00Z" if len(day) == len("2026-12-24") else day


def ended(decisions: Iterable[Decision], now: str) -> frozenset[Name]:
    """Names whose block expired or was lifted and was not decided anew: any number may leave a list."""
    blocks = [one for one in decisions if one.measure == "block"]
    over = {one.name for one in blocks if one.state in ("approved", "lifted", "expired")}
    return frozenset(over - {one.name for one in blocks if in_force(one, now)})


def delisted(decisions: Iterable[Decision], upheld: Iterable[tuple[Name, str]], now: str) -> frozenset[Name]:
    """Names that must be gone from every file: a block was lifted, or an appeal upheld, and none was decided anew.

    An open appeal takes nothing off a list and stops no release: anybody may make one, also against everything.
    """
    blocks = [one for one in decisions if one.measure == "block"]
    stand = [one for one in blocks if in_force(one, now)]
    lifted = {one.name for one in blocks if one.state == "lifted"} - {one.name for one in stand}
    won = {name for name, at in upheld if not any(one.name == name and one.decided_at > at for one in stand)}
    return frozenset(lifted | won)


def refusals(name: Name, reach: Reach, protected: Protected) -> tuple[Refusal, ...]:
    """Why this name must not be listed with this reach; asked before an approval and before a release."""
    return protected.refusals(name, reach)


def answered_for(decisions: Iterable[Decision], now: str) -> dict[Name, Reach]:
    """The names for which two different people answer, with the widest reach they decided."""
    found: dict[Name, Reach] = {}
    for one in decisions:
        two = one.approver and folded_person(one.proposer) != folded_person(one.approver)
        known = found.get(one.name)
        if two and in_force(one, now) and (known is None or lists.WIDTH[known] < lists.WIDTH[one.reach]):
            found[one.name] = one.reach
    return found
