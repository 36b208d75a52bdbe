"""A list too long for who takes it: the entries that most lists name stay, and what goes is told tier by tier."""

from __future__ import annotations

from array import array
from itertools import compress
from typing import NamedTuple

from blocklists.entries import BlockList, Terms


class Tier(NamedTuple):
    """Entries of equal worth: named by so many sources, with a category or without."""

    sources: int
    category: bool
    entries: int
    kept: int


class Budgeted(NamedTuple):
    """A list within its budget, what was cut from it, and the account, best tier first."""

    kept: BlockList
    cut: BlockList
    tiers: tuple[Tier, ...]


def within(blocklist: BlockList, budget: int) -> Budgeted:
    """At most `budget` entries: those that most sources name, with a category before those without, then by name."""
    worths = [_worth(one) for one in blocklist.terms]
    sizes: dict[tuple[int, bool], int] = {}
    for code, count in blocklist.census.items():
        sizes[worths[code]] = sizes.get(worths[code], 0) + count
    left, tiers = budget, []
    for worth in sorted(sizes, reverse=True):
        kept = min(left, sizes[worth])
        left -= kept
        tiers.append(Tier(*worth, sizes[worth], kept))
    room = {(tier.sources, tier.category): tier.kept for tier in tiers}
    stay = bytearray(len(blocklist))
    for at, code in enumerate(blocklist.codes):
        worth = worths[code]
        if room[worth]:
            room[worth] -= 1
            stay[at] = 1
    return Budgeted(_part(blocklist, stay), _part(blocklist, bytes(not one for one in stay)), tuple(tiers))


def _worth(terms: Terms) -> tuple[int, bool]:
    return len(terms.sources), bool(terms.category)


def _part(blocklist: BlockList, chosen: bytes | bytearray) -> BlockList:
    names, codes = compress(blocklist.names, chosen), compress(blocklist.codes, chosen)
    return BlockList.of_columns(list(names), array("I", codes), blocklist.terms)
