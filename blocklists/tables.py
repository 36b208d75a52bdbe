"""Whole texts, line by line, and the tables among them: a header, and rows of CSV below it."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from typing import Final

from blocklists.entries import Reach
from blocklists.lines import DATE, LONGEST_LINE, Found, Refused, State, guarded, read_line, read_word

_NAME_COLUMNS: Final = ("name", "domain", "host", "hostname", "fqdn", "url")
_TERM_COLUMNS: Final = frozenset(("reach", "category", "expires"))
_REACHES: Final = frozenset(reach.value for reach in Reach)
_COLUMN: Final = re.compile(r"[a-z][a-z0-9_ -]{0,40}")
_COMMENT: Final = re.compile(r"\s;")


def read_lines(
    lines: Iterable[str], state: State | None = None, before: int = 0, until_plain: bool = False
) -> Iterator[tuple[int, str, Found | Refused | None]]:
    """(line number, text, what it asks for) for every line; None for blank lines, comments and headers.

    `before` lines were read already, and left `state`. With `until_plain` it ends at the first line after which
    lines mean what they say.
    """
    state = state or State()
    rest = iter(lines)
    for number, line in enumerate(rest, before + 1):
        text = line.strip(" \t\r\n\ufeff")
        if len(text) > LONGEST_LINE:
            yield number, text, Refused("line_too_long", f"{len(text)}")
        elif is_header(text, state):
            yield number, text, None
            yield from read_table(text, rest, number)
            return
        else:
            for found in read_line(line, text, state):
                yield number, text, found
        if until_plain and state.is_plain():
            return


def is_header(text: str, state: State) -> bool:
    """Whether this is the header of a table, which only stands before all other rows."""
    return not state.rows and _separator(text) is not None


def _separator(text: str) -> str | None:
    """What stands between the columns of a header, a comma or a semicolon; None where the line is none.

    After white space a semicolon begins a comment, also behind a word like `name`: unless a column of ours follows.
    """
    if text.startswith(("#", ";", "!")):
        return None
    for one in ",;":
        cells = [cell.strip(' "\t').lower() for cell in text.split(one)]
        if one == ";" and _COMMENT.search(text) and _TERM_COLUMNS.isdisjoint(cells):
            return None
        named = len(cells) > 1 and any(cell in _NAME_COLUMNS for cell in cells)
        if named and all(map(_COLUMN.fullmatch, cells)):
            return one
    return None


def read_table(
    head: str, lines: Iterable[str], before: int
) -> Iterator[tuple[int, str, Found | Refused | None]]:
    """The rows of a table with a header, read as CSV: a line break in quotes does not begin a new row."""
    separator = _separator(head) or ","
    columns = [cell.strip().lower() for cell in next(csv.reader([head], delimiter=separator))]
    at = {column: columns.index(column) for column in columns}
    where = next(at[column] for column in _NAME_COLUMNS if column in at)
    rows = csv.reader(lines, delimiter=separator, strict=True)
    while True:
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            yield before + rows.line_num, "", Refused("broken_csv", str(error))
            continue
        text = separator.join(row)[:LONGEST_LINE]
        yield before + rows.line_num, text, _row(row, at, where) if any(row) else None


def _row(row: list[str], at: dict[str, int], where: int) -> Found | Refused | None:
    def value(column: str) -> str:
        return row[at[column]].strip() if column in at and at[column] < len(row) else ""

    if where >= len(row) or not row[where].strip():
        return Refused("no_name")
    found = guarded(row[where].strip(), State(), read_word)
    if not isinstance(found, Found):
        return found
    reach = value("reach").lower()
    if reach and reach not in _REACHES:
        return Refused("bad_reach", reach[:80])
    expires = value("expires").removeprefix("'")
    if expires and not DATE.fullmatch(expires):
        return Refused("bad_expiry", expires[:80])
    return found._replace(
        reach=Reach(reach) if reach else found.reach,
        category=value("category").removeprefix("'"),
        expires=expires,
    )
