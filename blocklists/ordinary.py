"""The lines that nearly all of every list consists of, recognised many at a time.

One regular expression takes out the lines that are a name in a usual spelling, without looking at each of them: 0.4 us
a line. A second one reads the others into columns, 0.5 us a line; what that does not know goes to the exact reader in
`lines`, which takes 6. They may know less than that reader, and never say anything else: a property test holds them
to that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import compress, islice
from typing import Final, NamedTuple, cast

from blocklists.backwards import HOST, forwards, to_backwards
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

# Before and after a name where it stands alone on its line. What stands before it says HOST, or SUBTREE, or nothing.
_HOSTS: Final = ("0.0.0.0 ", "127.0.0.1 ")
_TREES: Final = ("*.", ".")
_USUAL: Final = re.compile(
    rf"((?:(?:\|\|{ORDINARY}\^|(?:0\.0\.0\.0 |127\.0\.0\.1 |\*?\.)?+{ORDINARY})\n)++)"  # 1: lines of a name each
    r"|((?:(?:[#;!](?![^\n]*[rR][eE][aA][cC][hH])[^\n]{0,3000}+)?\n)++)"  # 2: comments and blank lines
    r"|([^\n]*+\n)"  # 3: any other line
)
_PROBE: Final = 1 << 12  # characters that tell what a piece is like
_TELLING: Final = re.compile(r"reach:|\$origin|\ssoa\s")
_NAMES: Final = re.compile(rf"(?:{ORDINARY}\n)*+")


def names_at_start(piece: str) -> list[Name]:
    """The names of the lines that `piece` begins with and that are a name and no more; none where they are less than
    half of it. Without columns, that takes 0.2 us a line.
    """
    end = _NAMES.match(piece).end()  # type: ignore[union-attr]  # it matches nothing, too
    return cast("list[Name]", piece[: end - 1].split("\n")) if 2 * end > len(piece) else []


class Split(NamedTuple):
    """A piece of text whose lines end with LF, taken apart."""

    piece: str
    parts: list[tuple[str, str, str]]  # usual lines, or comments and blank lines, or one other line
    odd: str  # all other lines

    def lines(self, bare: str) -> list[str]:
        """The names of the usual lines backwards, with their signs, sorted; `bare` is the sign of a name alone."""
        usual = "".join([part[0] for part in self.parts])
        if not usual:
            return []
        text = "\n" + usual[:-1]
        for before in _HOSTS:
            text = text.replace("\n" + before, "\n" + HOST)
        for before in _TREES:
            text = text.replace("\n" + before, "\n|")
        if bare:
            text = (
                text.replace("\n", "\n" + bare)
                .replace(f"\n{bare}{HOST}", "\n" + HOST)
                .replace(f"\n{bare}|", "\n")
            )
        # `|` and `^` are in no name: what is left of them stood around one.
        names = text[1:].encode("ascii").translate(None, b"|^").decode("ascii")
        return sorted(to_backwards(names).split("\n"))

    def lines_of(self, suspects: set[str]) -> Iterator[tuple[int, str]]:
        """The usual lines that made some of `lines`, with the number of lines before each."""
        names = [forwards(one).removeprefix(HOST) for one in suspects]
        spellings = {f"{before}{name}" for name in names for before in ("", *_HOSTS, *_TREES)}
        spellings.update(f"||{name}^" for name in names)
        lines = self.piece.split("\n")
        for at in compress(range(len(lines)), map(spellings.__contains__, lines)):
            yield at, lines[at]

    def odd_numbers(self) -> Sequence[int]:
        """The number of lines before each line of `odd`."""
        numbers, at = [], 0
        for usual, idle, odd in self.parts:
            if odd:
                numbers.append(at)
                at += 1
            else:
                at += usual.count("\n") + idle.count("\n")
        return numbers


def split_piece(piece: str) -> Split | None:
    """`piece` taken apart; None where one of its lines may change what later ones mean, or most are not usual."""
    begins = [part[0] for part in _USUAL.findall(piece[:_PROBE])]
    if 2 * sum(map(len, begins)) < min(len(piece), _PROBE):
        return None
    if "\r" in piece:
        piece = piece.replace("\r\n", "\n")
        if "\r" in piece:
            return None
    parts = _USUAL.findall(piece)
    odd = "".join([part[2] for part in parts])
    return None if _TELLING.search(odd.lower()) else Split(piece, parts, odd)


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
