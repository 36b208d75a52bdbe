"""What one recipient takes of a list: the categories it answers for, and as many entries as it can hold. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from blocklists.formats import Losses, find_format
from blocklists.lists import WIDTH, BlockList, Entry, block_list
from blocklists.names import Name
from domainscan.config import Recipient
from domainscan.model import CATEGORIES, Reach, Record

_GRAVITY: Final = ("critical", "high", "medium", "low")


class LeftOut(Record, frozen=True):
    """An entry that a recipient does not get at all, and why."""

    name: Name
    reach: Reach
    category: str
    why: str


def fitted(entries: Iterable[Entry], recipient: Recipient) -> tuple[BlockList, tuple[LeftOut, ...]]:
    """The list that the recipient is to block, and the entries that it is not, each with the reason. None is changed.

    Categories are chosen before names are folded: a host of a wanted category stays when the tree above it goes.
    """
    asked = tuple(entries)
    wanted = [one for one in asked if not recipient.categories or one.category in recipient.categories]
    blocklist, left = block_list(wanted), []
    if len(wanted) < len(asked):
        why = f"its list holds {', '.join(recipient.categories)} only"
        others = block_list(one for one in asked if one.category not in recipient.categories)
        left += [_left(one, why) for one in others if not holds(blocklist, one.name, one.reach)]
    if recipient.budget and len(blocklist) > recipient.budget:
        ranked = sorted(blocklist, key=_rank)
        why = f"it can hold {recipient.budget} entries"
        left += [_left(one, why) for one in sorted(ranked[recipient.budget :], key=lambda one: one.name)]
        kept = {one.name for one in ranked[: recipient.budget]}
        blocklist = BlockList(tuple(one for one in blocklist if one.name in kept))
    return blocklist, tuple(left)


def held_by_none(losses: Mapping[str, Losses], recipient: Recipient) -> tuple[LeftOut, ...]:
    """The entries that none of the recipient's formats can say: nothing blocks them there, and nothing wider does.

    `losses` are those of each format that loses anything.
    """
    lists = [one for one in recipient.formats if not find_format(one).passes]
    if not lists or any(one not in losses for one in lists):
        return ()
    found: dict[Name, list[str]] = {}
    reaches: dict[Name, Reach] = {}
    for format in lists:
        for loss in losses[format]:
            if loss.kept is None:
                found.setdefault(loss.name, []).append(f"{format}: {loss.why}")
                reaches[loss.name] = loss.reach
    return tuple(
        LeftOut(name, reaches[name], "", "; ".join(why))
        for name, why in sorted(found.items())
        if len(why) == len(lists)
    )


def holds(blocklist: BlockList, name: Name, reach: Reach) -> bool:
    """Whether the list blocks all that an entry of this name and reach would."""
    by = blocklist.covering(name)
    if by is None or by.reach is Reach.SUBTREE:
        return by is not None
    return reach is Reach.HOST or (by.name == name and WIDTH[by.reach] >= WIDTH[reach])


def _left(entry: Entry, why: str) -> LeftOut:
    return LeftOut(entry.name, entry.reach, entry.category, why)


def _rank(entry: Entry) -> tuple[int, int, str]:
    """The gravest category first; of equal ones the newest decision; then the name."""
    severity = CATEGORIES[entry.category][1] if entry.category in CATEGORIES else ""
    grave = _GRAVITY.index(severity) if severity in _GRAVITY else len(_GRAVITY)
    return grave, -_newest(entry.sources), entry.name


def _newest(sources: Sequence[str]) -> int:
    """The highest number among `decision 12`, `decision 7`; 0 without one."""
    numbers = [int(one.rpartition(" ")[2]) for one in sources if one.rpartition(" ")[2].isdecimal()]
    return max(numbers, default=0)
