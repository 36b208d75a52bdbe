"""The lines that nearly all of every list consists of, recognised many at a time.

One regular expression reads a piece of text into columns; what it does not know goes to the exact reader in
`lines`. It may know less than that reader, and never says anything else: a property test holds it to that. Measured:
0.5 us a line, where the exact reader takes 6.
"""

from __future__ import annotations

import re
from itertools import compress, islice
from typing import Final, NamedTuple, cast

from blocklists.names import ORDINARY, Name

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

_NAMES: Final = re.compile(rf"(?:{ORDINARY}\n)*+")


def names_at_start(piece: str) -> list[Name]:
    """The names of the lines that `piece` begins with and that are a name and no more; none where they are less than
    half of it. Without columns, that takes 0.2 us a line.
    """
    end = _NAMES.match(piece).end()  # type: ignore[union-attr]  # it matches nothing, too
    return cast("list[Name]", piece[: end - 1].split("\n")) if 2 * end > len(piece) else []


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


def lines_of(piece: str) -> list[str]:
    """The lines of `piece`, without their ends."""
    text = piece.replace("\r\n", "\n").replace("\r", "\n") if "\r" in piece else piece
    return text.split("\n")


def rows_with(columns: Columns, names: set[str]) -> list[int]:
    """The rows about one of these names."""
    count = range(len(columns.odd))
    found: set[int] = set()
    for column in (columns.hosts, columns.plain, columns.trees):
        found.update(compress(count, map(names.__contains__, column)))
    return sorted(found)
