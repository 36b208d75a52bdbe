"""The lines that nearly all of every list consists of, recognised many at a time.

One regular expression reads a piece of text into columns; what it does not know goes to the exact reader in
`lines`. It may know less than that reader, and never says anything else: a property test holds it to that. Measured:
0.5 us a line, where the exact reader takes 6.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import compress, islice
from typing import Final, NamedTuple

from blocklists.names import ORDINARY, Name
from blocklists.texts import LINE

LONGEST: Final = 63  # characters of an ordinary name; no label is too long then either
_GAP: Final = r"[ \t]{1,99}+"
_TAIL: Final = rf"(?:{_GAP}[#;][^\r\n]{{0,3000}}+)?+[ \t]*+"  # a comment, and white space
_END: Final = r"(?:\r\n?|\n)"
_CNAME: Final = rf"{_GAP}(?:[0-9]{{1,10}}+{_GAP})?(?:IN{_GAP})?CNAME{_GAP}"
_ROW: Final = re.compile(
    r"(?:"
    rf"(?:0\.0\.0\.0|127\.0\.0\.1|::1?){_GAP}({ORDINARY})\.?"  # 1: a host
    rf"|({ORDINARY})(?:{_CNAME}(\.(?:\r?\n\*\.\2{_CNAME}\.)?)|\.?)"  # 2: a plain name, or with 3 an RPZ owner
    rf"|(?:\|\|(?=[^\^\s]*+\^)|\*?\.(?![^\^\s]*+\^))({ORDINARY})\.?"  # 4: a subtree
    r"(?:\^(?:\$(?:important|all|document|doc|popup))?)?"
    r"|(?:[#;!](?![^\r\n]*[rR][eE][aA][cC][hH])[^\r\n]{0,3000}+)?"  # nothing: a comment, or blank
    rf"){_TAIL}{_END}"
    rf"|([^\r\n]*+{_END})"  # 5: any other line
)


class Columns(NamedTuple):
    """The lines of a piece of text, one row each, two for an RPZ owner followed by all that is below it.

    Each row has text in one column, a record in two (`plain` and `marks`), a comment in none.
    """

    hosts: tuple[Name, ...]
    plain: tuple[Name, ...]
    marks: tuple[
        str, ...
    ]  # what follows the owner of a record; longer than one character in a row of two lines
    trees: tuple[Name, ...]
    odd: tuple[str, ...]  # any other line, whole

    def until(self, end: int) -> Columns:
        """The first rows."""
        return Columns._make(column[:end] for column in self)


def read_columns(piece: str) -> Columns:
    """The lines of `piece`, which is not empty and ends with the end of a line."""
    return Columns._make(zip(*_ROW.findall(piece), strict=True))


def double_rows(columns: Columns) -> list[int]:
    """The rows of two lines."""
    marked = compress(range(len(columns.marks)), columns.marks)
    return [row for row in marked if len(columns.marks[row]) > 1]


def end_of_row(piece: str, row: int) -> int:
    """Where a row ends in the text that `read_columns` read."""
    return next(islice(_ROW.finditer(piece), row, None)).end()


def rows_of(piece: str, name: str) -> Iterator[tuple[int, list[str]]]:
    """Every row about exactly this name: the number of lines before it, and its own lines."""
    at = piece.find(name)
    while at != -1:
        start = max(piece.rfind("\n", 0, at), piece.rfind("\r", 0, at)) + 1
        row = _ROW.match(piece, start)
        if row is None:
            raise AssertionError(f"no row at {start}")
        if name in row.groups():
            yield _lines_before(piece, start), LINE.findall(row[0])
        at = piece.find(name, row.end())


def _lines_before(piece: str, end: int) -> int:
    if "\r" in piece:
        return len(LINE.findall(piece[:end]))
    return piece.count("\n", 0, end)
