"""What leads from one list to the next, as a file beside the full list: `+ name reach` and `- name reach`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from blocklists.lists import Change, Reach
from blocklists.names import Name

EXTENSION: Final = ".delta.txt"


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
