"""Tables for a terminal of any width, tables for a pipe, and texts that break between words.

What does not fit beside the first columns stands beneath its row, each value behind its column's name: twelve columns
squeezed into 80 characters would show two letters a line.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, TextIO

from rich.cells import cell_len, set_cell_size

Column = list[str]  # its head, then its cells
GAP: Final = "  "
_INDENT: Final = 4
_COMFORT: Final = 24  # characters that a column of texts gets at least: words of ten letters, two a line
_WIDEST_IN_A_PIPE: Final = 60  # no cell beyond it makes the others wait: one value of `config show` has 2,330
_WIDTH: Final = 80  # where nobody says
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_WHOLE: Final = ("name", "input")  # as the first column is: what is cut or broken cannot be copied
_TOKENS: Final = re.compile(r"(\s*)((?:[^\s`]|`[^`]*`|`)+)")  # a word, or a command with all its words
_WIDE: Final = "\u2e80-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff00-\uff60"  # scripts that break anywhere
_PIECES: Final = (
    tuple(  # where a word breaks that is longer than a line: the first rule that makes it short enough
        re.compile(rf"[{_WIDE}]|(?:(?![{_WIDE}{ends}]).)*(?:[{ends}]+|(?=[{_WIDE}])|$)")
        for ends in (r"\s/,;&?", r"\s/,;&?.:=|_\-")
    )
)


def screen_width(stream: TextIO) -> int | None:
    """Characters in a line of the terminal behind `stream`; None where there is none."""
    if not stream.isatty():
        return None
    said = os.environ.get("COLUMNS", "")
    try:
        return (
            int(said)
            if said.isdecimal() and int(said)
            else os.get_terminal_size(stream.fileno()).columns or _WIDTH
        )
    except (OSError, ValueError):
        return _WIDTH


def plain_lines(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """A line per row, all columns, padded to the widest cell; a cell beyond 60 characters pads no other."""
    lines = [[cell.replace("\n", " ") for cell in row] for row in (heads, *rows)]
    lengths = [[cell_len(cell) for cell in column] for column in zip(*lines, strict=True)]
    widths = [max((one for one in column if one <= _WIDEST_IN_A_PIPE), default=0) for column in lengths]
    for line in lines:
        yield GAP.join(_padded(cell, width) for cell, width in zip(line, widths, strict=True)).rstrip()


def screen_lines(heads: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> Iterator[str]:
    """The table in lines of at most `width` characters: the heads, a rule, then the rows.

    Left out are columns without a word in them and Unicode names that are the names. Where room is short, times lose
    their seconds, texts break between words, and the last columns go beneath their row. Names stay whole.
    """
    table, least = _fitted(_telling([list(column) for column in zip(heads, *rows, strict=True)]), width)
    count = len(least)
    widths = _widths(table[:count], least, width)
    whole = [_is_whole(at, column) for at, column in enumerate(table)]
    yield GAP.join(_padded(column[0], size) for column, size in zip(table, widths, strict=False)).rstrip()
    yield GAP.join("─" * size for size in widths)
    for row in range(1, len(rows) + 1):
        cells = [column[row].replace("\n", " ") for column in table]
        yield from _row_lines(cells[:count], widths, whole)
        beneath = [
            f"{column[0]} {cell}".strip()
            for column, cell in zip(table[count:], cells[count:], strict=True)
            if cell
        ]
        if beneath:
            yield from filled(" " * _INDENT + " · ".join(beneath), width, _INDENT)


def filled(text: str, width: int, hang: int = 0, *, cut: bool = False) -> list[str]:
    """`text` in lines of at most `width` characters, the second and later ones indented by `hang`.

    It breaks between words and not within a command in backticks; a word longer than a line breaks behind its
    punctuation, and what is longer still is cut with a mark where `cut` says so, or left to the terminal.
    """
    lines, line, filled_up = [], "", False
    for gap, word in _TOKENS.findall(text):
        indent = len(gap) if not line else hang
        for at, part in enumerate(_parts(word, max(1, width - indent), cut)):
            before = gap if at == 0 else ""
            if filled_up and cell_len(line + before + part) > width:
                lines.append(line.rstrip())
                line = " " * hang + part.lstrip()
            else:
                line += before + part
            filled_up = True
    return [*lines, line.rstrip()]


def _parts(word: str, room: int, cut: bool, rules: Sequence[re.Pattern[str]] = _PIECES) -> list[str]:
    if cell_len(word.rstrip()) <= room:
        return [word]
    if rules:
        pieces = [one for one in rules[0].findall(word) if one]
        return [part for one in pieces for part in _parts(one, room, cut, rules[1:])]
    return [f"{set_cell_size(word, room - 1)}…" if cut else word]


def _telling(table: list[Column]) -> list[Column]:
    """The columns that say something; where a Unicode name is the name, its cell says nothing."""
    names = next((column for column in table if column[0] == "name"), None)
    if names is not None:
        table = [
            [head, *("" if cell == name else cell for cell, name in zip(cells, names[1:], strict=True))]
            if head.lower() == "unicode"
            else [head, *cells]
            for head, *cells in table
        ]
    return [column for at, column in enumerate(table) if at == 0 or len(column) == 1 or any(column[1:])]


def _short_times(column: Column) -> Column:
    head, *cells = column
    if not all(_TIME.fullmatch(cell) for cell in cells if cell):
        return column
    return [head, *(f"{cell[:10]} {cell[11:16]}Z" if cell else "" for cell in cells)]


def _fitted(table: list[Column], width: int) -> tuple[list[Column], list[int]]:
    """The columns in the order in which they have room, and the least width of each that stands beside the first.

    Tried in turn: as it is, with short times, with short cells on two lines; then what is last goes beneath.
    """
    if _total(map(_natural, table)) <= width:
        return table, list(map(_natural, table))
    table = [_short_times(column) for column in table]
    for least in (
        [_least(at, column, width) for at, column in enumerate(table)],
        [_least(at, column, width, 2) for at, column in enumerate(table)],
    ):
        if _total(least) <= width:
            return table, least
    spare = [column for column in table if column[0].lower() == "unicode"]  # the name once more
    table = [column for column in table if column not in spare]
    least = [_least(at, column, width) for at, column in enumerate(table)]
    count = next((count for count in range(len(table), 1, -1) if _total(least[:count]) <= width), 1)
    return [*table[:count], *spare, *table[count:]], least[:count]


def _total(widths: Iterable[int]) -> int:
    return sum(width + len(GAP) for width in widths) - len(GAP)


def _natural(column: Column) -> int:
    return max(map(cell_len, column))


def _is_whole(at: int, column: Column) -> bool:
    return at == 0 or column[0] in _WHOLE


def _least(at: int, column: Column, width: int, lines: int = 1) -> int:
    """What a column needs, its short cells on so many lines.

    A whole one needs its widest cell, up to half the screen: a longer cell has a line for itself.
    """
    natural = _natural(column)
    if _is_whole(at, column):
        return max(cell_len(column[0]), min(natural, width // 2))
    if natural > _COMFORT:
        return max(cell_len(column[0]), _COMFORT)
    words = (cell_len(word) for cell in column for word in cell.split())
    return max(cell_len(column[0]), -(-natural // lines), *words)


def _widths(table: Sequence[Column], least: Sequence[int], width: int) -> list[int]:
    """Each column's width: what it needs, and its share of what is left, those that lack least served first."""
    widths = list(least)
    spare = width - _total(widths)
    lacking = {at: _natural(column) - widths[at] for at, column in enumerate(table)}
    growing = sorted((at for at, lack in lacking.items() if lack > 0), key=lacking.__getitem__)
    for turn, at in enumerate(growing):
        more = max(0, min(lacking[at], spare // (len(growing) - turn)))
        widths[at] += more
        spare -= more
    return widths


def _row_lines(cells: Sequence[str], widths: Sequence[int], whole: Sequence[bool]) -> Iterator[str]:
    """The lines of one row; what stands right of a cell that overruns its column begins one line lower."""
    blocks: list[list[str]] = []
    start = 0
    for cell, width, uncut in zip(cells, widths, whole, strict=False):
        lines = [cell] if uncut else filled(cell, width, cut=True)
        blocks.append([""] * start + lines)
        start += cell_len(lines[0]) > width
    for number in range(max(map(len, blocks))):
        line = [block[number] if number < len(block) else "" for block in blocks]
        yield GAP.join(_padded(cell, width) for cell, width in zip(line, widths, strict=True)).rstrip()


def _padded(cell: str, width: int) -> str:
    return cell + " " * (width - cell_len(cell))
