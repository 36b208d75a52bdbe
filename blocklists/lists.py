"""What a list is, and the questions one asks of it: which entry covers a name, and how one list became another."""

from __future__ import annotations

from itertools import repeat

from blocklists.entries import WIDTH, BlockList, Change, Entry, Reach, Terms, UnsortedList, covering
from blocklists.folding import block_list

__all__ = [
    "WIDTH",
    "BlockList",
    "Change",
    "Entry",
    "Reach",
    "Terms",
    "UnsortedList",
    "block_list",
    "covering",
    "diff",
]


def diff(before: BlockList, after: BlockList) -> Change:
    """How `before` became `after`; other sources alone are no change."""
    gone = dict(zip(before.names, before.codes, strict=True))
    known = list(map(gone.pop, after.names, repeat(-1)))  # what is left of `gone` was removed
    pairs = set(zip(known, after.codes, strict=True))
    differ = {pair for pair in pairs if pair[0] < 0 or before.terms[pair[0]][:3] != after.terms[pair[1]][:3]}
    if not differ and not gone:
        return Change()
    added, changed = [], []
    for name, one, two in zip(after.names, known, after.codes, strict=True):
        if (one, two) in differ:
            entry = Entry(name, *after.terms[two])
            if one < 0:
                added.append(entry)
            else:
                changed.append((Entry(name, *before.terms[one]), entry))
    removed = tuple(Entry(name, *before.terms[code]) for name, code in gone.items())
    return Change(tuple(added), removed, tuple(changed))
