"""What leads from one list to the next, as a file beside the full list: `+ name reach` and `- name reach`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from blocklists.lists import BlockList, Change, Entry, Reach, block_list
from blocklists.names import Name, parse_name

EXTENSION: Final = ".delta.txt"


class BadDelta(ValueError):
    """Raised for a delta that cannot be read, or that does not fit the list it is applied to."""


def steps(change: Change) -> list[tuple[Name, str, Reach]]:
    """(name, "+" or "-", reach) in the order of names; a name with another reach goes and comes again."""
    gone = [*change.removed, *(old for old, new in change.changed if old.reach is not new.reach)]
    come = [*change.added, *(new for old, new in change.changed if old.reach is not new.reach)]
    return sorted(
        [(one.name, "-", one.reach) for one in gone] + [(one.name, "+", one.reach) for one in come],
        key=_order,
    )


def _order(step: tuple[Name, str, Reach]) -> tuple[Name, bool]:
    return step[0], step[1] == "+"


def write_delta(found: Iterable[tuple[Name, str, Reach]], since: int, serial: int) -> Iterator[str]:
    """The lines of the file, each with its end."""
    yield f"# from: {since}\n"
    yield f"# to: {serial}\n"
    for name, sign, reach in found:
        yield f"{sign} {name} {reach}\n"


def apply_delta(before: BlockList, lines: Iterable[str]) -> BlockList:
    """The list that a delta makes of `before`; of entries only name and reach are told. Raises BadDelta."""
    held = {entry.name: entry.reach for entry in before}
    for number, line in enumerate(lines, 1):
        if line.startswith("#"):
            continue
        sign, _, rest = line.removesuffix("\n").partition(" ")
        text, _, word = rest.partition(" ")
        name = parse_name(text)
        if sign == "-" and held.get(name) == word:
            del held[name]
        elif sign == "+" and name not in held and word in list(Reach):
            held[name] = Reach(word)
        else:
            raise BadDelta(f"line {number}: {line[:80]!r} does not fit the list")
    return block_list(Entry(name, reach) for name, reach in held.items())
