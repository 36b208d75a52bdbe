"""Names that a desk adds to the never-list by itself: a plain file that people read and write."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Final

from blocklists.files import alone_in, write_whole
from blocklists.names import BadName, Name, parse_name
from blocklists.snapshots import BadSnapshot, Group

FILE: Final = "own.txt"
HEAD: Final = (
    "# Names that are never listed, one a line, with what lies above and below: appeal.example.org  # DATE why\n"
    "# =NAME protects exactly this name, and not what lies below it.\n"
)
_SAID: Final = re.compile(r"(\d{4}-\d\d-\d\d)?\s*(.*)")


def read_additions(path: Path) -> tuple[Group, ...]:
    """A group for each line of the file; none when there is no file.

    Raises BadSnapshot, with the line, for one that is no name: a typing error must not open the gate.
    """
    if not path.exists():
        return ()
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise BadSnapshot(f"{path}: {error}: save it as UTF-8") from error
    return tuple(_group(path, number, line) for number, line in enumerate(lines, 1) if _text(line))


def _text(line: str) -> str:
    return line.partition("#")[0].strip()


def _group(path: Path, number: int, line: str) -> Group:
    text = _text(line)
    found = _SAID.fullmatch(line.partition("#")[2].strip())
    since, why = (found[1] or "", found[2]) if found else ("", "")
    try:
        name = parse_name(text.removeprefix("="))
    except BadName as error:
        raise BadSnapshot(f"{path} line {number}: {error}") from error
    return Group(
        "own", why or "added by hand", (name,), exact=text.startswith("="), source=path.name, since=since
    )


def add_names(
    folder: Path, names: Iterable[str], why: str, today: date, *, exact: bool = False
) -> list[Name]:
    """The names that were not there yet, now in the file. Raises BadName, BadSnapshot."""
    path = folder / FILE
    wanted = dict.fromkeys(parse_name(one) for one in names)
    with alone_in(folder):
        known = {(group.names[0], group.exact) for group in read_additions(path)}
        added = [one for one in wanted if (one, exact) not in known]
        text = path.read_text("utf-8-sig") if path.exists() else HEAD
        text += "" if text.endswith("\n") else "\n"
        lines = [f"{'=' if exact else ''}{one}  # {today} {_line(why)}\n" for one in added]
        if added:
            write_whole(path, [text, *lines])
    return added


def _line(text: str) -> str:
    return " ".join(text.split())
