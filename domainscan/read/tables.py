"""Tables that people send: bytes as a spreadsheet saves them -> the lines of each row, and its cells by column."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Final

from domainscan.model import Record

if TYPE_CHECKING:
    from _csv import Reader

SEPARATORS: Final = {
    ",": "comma",
    ";": "semicolon",
    "\t": "tab",
}  # spreadsheets write what their country uses
_SEP: Final = re.compile(
    r"sep=([,;\t])[,;\t]*", re.IGNORECASE
)  # Excel's own first line, which no other program reads
_OTHERS: Final = {  # what people save under the name of a table, by its first bytes
    b"%PDF": "a PDF",
    b"PK\x03\x04": "a workbook or another archive",
    b"\xd0\xcf\x11\xe0": "an old workbook",
}
_BOMS: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_ORDINARY: Final = re.compile(
    rb"[\xb0-\xd7][\xa1-\xfe]"
)  # the 3,755 most used characters. Source: GB 2312, rows 16-55
_DAY: Final = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?: 0{1,2}:00(?::00)?)?")
_HIGH: Final = re.compile(rb"[\x80-\xff]")


class BadTable(ValueError):
    """Raised for a file that is no table; the message says what is wrong with it and the way out."""


class NoText(BadTable):
    """Raised for bytes that are no UTF-8 and no other encoding either, as far as it can be told."""


class BadRow(Record, frozen=True):
    """A row that cannot be read, by the line it begins on, and why; the next one begins on the line behind."""

    line: int
    reason: str


class TableRow(Record, frozen=True):
    """One row: the line it begins on, its cells by column, and whether it had more of them than the heading."""

    line: int
    cells: dict[str, str]
    surplus: bool = False


class Heading(Record, frozen=True):
    """The columns of a table: those that are known, and those that nobody here reads."""

    columns: tuple[str, ...]  # in their order; an unknown one as it is spelled
    separator: str  # its name: comma, semicolon, tab
    unknown: tuple[str, ...]
    spelled: tuple[str, ...]  # as `columns`, all as they stand in the table


def table_text(data: bytes) -> tuple[str, str]:
    """The text of a table and the encoding it was read in: UTF-8, UTF-16 with its mark, or GB 18030.

    GB 18030 is what Chinese spreadsheets write unasked; nearly all bytes are some text in it, so it is believed only
    where most of the text is in everyday characters. Raises NoText for a wrong byte, BadTable for other kinds of file.
    """
    for start, what in _OTHERS.items():
        if data.startswith(start):
            raise BadTable(f"{what}: save the table as CSV")
    encoding = "UTF-8"
    try:
        if data.startswith(_BOMS):
            encoding = "UTF-16"
            text = data.decode("utf-16")
        else:
            text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if encoding == "UTF-16" or not _is_chinese(data):
            bad = NoText if encoding == "UTF-8" else BadTable
            raise bad(f"no {encoding} text, at byte {error.start}: save the table as CSV in UTF-8") from error
        encoding, text = "GB 18030", data.decode("gb18030")
    if "\x00" in text:
        raise BadTable(f"no text: it has a NUL in line {text[: text.index(chr(0))].count(chr(10)) + 1}")
    return text, encoding


def _is_chinese(data: bytes) -> bool:
    try:
        data.decode("gb18030")
    except UnicodeDecodeError:
        return False
    return 4 * len(_ORDINARY.findall(data)) >= len(_HIGH.findall(data))


def read_rows(text: str, known: Mapping[str, str]) -> tuple[Heading, Iterator[TableRow]]:
    """As `read_each`, for a table that counts whole or not at all: a bad row raises BadTable when its turn comes."""
    heading, rows = read_each(text, known)
    return heading, map(_good, rows)


def _good(row: TableRow | BadRow) -> TableRow:
    if isinstance(row, BadRow):
        raise BadTable(f"in the row that begins on line {row.line}: {row.reason}")
    return row


def read_each(text: str, known: Mapping[str, str]) -> tuple[Heading, Iterator[TableRow | BadRow]]:
    """The heading and the rows of a table; `known` are the spellings of each column, in small letters.

    Empty lines and rows without a word are left out; a row with a fault, as quotes that do not end, is told in its
    place. Raises BadTable for a file without a heading and for a column that stands there twice.
    """
    first, _, rest = text.partition("\n")
    sep = _SEP.fullmatch(first.strip(" \r\ufeff"))
    skipped = 1 if sep else 0
    body = rest if sep else text
    start = len(body) - len(body.lstrip("\r\n"))
    skipped += len(body[:start].splitlines())
    body = body[start:]
    if not body.strip():
        raise BadTable("no table: there is nothing in it")
    mark = sep.group(1) if sep else _mark(body)
    reader = csv.reader(io.StringIO(body, newline=""), delimiter=mark, strict=True)
    heading = _cells(reader, skipped)
    if isinstance(heading, BadRow):
        raise BadTable(f"in the heading: {heading.reason}")
    names = tuple(_column(cell, known) for cell in heading or ())
    spelled = tuple(" ".join(cell.split()) for cell in heading or ())
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        both = dict.fromkeys(one for one, name in zip(spelled, names, strict=True) if name == twice[0])
        said = f"{quoted(both)} twice" if len(both) == 1 else f"{quoted(both)}, both read as {twice[0]}"
        raise BadTable(f"the heading has {said}: which one counts?")
    unknown = tuple(name for name in names if name and name not in known.values())
    return Heading(names, SEPARATORS[mark], unknown, spelled), _rows(reader, names, skipped)


def _mark(body: str) -> str:
    heading = re.split(r"[\r\n]", body, maxsplit=1)[0]
    return max(SEPARATORS, key=heading.count)


def _column(cell: str, known: Mapping[str, str]) -> str:
    name = " ".join(cell.split())
    return known.get(name.lower(), name)


def _rows(reader: Reader, names: tuple[str, ...], skipped: int) -> Iterator[TableRow | BadRow]:
    line = reader.line_num + skipped + 1
    while (cells := _cells(reader, skipped)) is not None:
        if isinstance(cells, BadRow):
            yield cells
        elif any(cell.strip() for cell in cells):
            more = any(cell.strip() for cell in cells[len(names) :])
            padded = [*cells, *[""] * len(names)]
            yield TableRow(
                line, {name: cell for name, cell in zip(names, padded, strict=False) if name}, more
            )
        line = reader.line_num + skipped + 1


def _cells(reader: Reader, skipped: int) -> list[str] | BadRow | None:
    """The cells of the next row, or what is wrong with it; None behind the last one."""
    line = reader.line_num + skipped + 1
    try:
        return next(reader, None)
    except csv.Error as error:
        return BadRow(line, "its quotes do not end" if "unexpected end" in str(error) else str(error))


def iso_day(text: str) -> str:
    """A day in ISO 8601, from what spreadsheets make of one: `2027/2/25`, `2027年2月25日`; other text as it is."""
    found = _DAY.fullmatch(text.strip())
    return f"{found[1]}-{found[2]:0>2}-{found[3]:0>2}" if found else text


def quoted(words: Iterable[str]) -> str:
    """The words for a message, each in quotes and not too long."""
    return ", ".join(f'"{word[:40]}"' for word in words)
