"""csv: the whole of a list, one entry per row, for people and for programs (RFC 4180)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Final

from blocklists.formats.base import BadList, Settings, pieces_of, read_name
from blocklists.lists import BlockList, Entry, Reach, Terms, UnsortedList
from blocklists.names import unicode_form

COLUMNS: Final = ("name", "unicode", "reach", "category", "expires", "sources")
MARK: Final = (
    "\ufeff"  # the byte order mark: tables for people have it, and programs that save one put it there
)
_REACHES: Final = frozenset(reach.value for reach in Reach)
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠", "'")


def cell(text: str) -> str:
    """Free text as spreadsheets take it for text: control characters gone, a leading `'` before a formula.

    Source: OWASP ASVS 5.0 1.2.10.
    """
    if text.isprintable() and not text.startswith(_FORMULA):  # nearly all
        return text
    plain = "".join(one if one.isprintable() else " " for one in text)
    return f"'{plain}" if text.startswith(_FORMULA) or plain.startswith(_FORMULA) else plain


def write_csv(blocklist: BlockList, settings: Settings) -> Iterator[str]:
    """The text of the table, header first, lines ending in CR LF. It has no place for serial and dates."""
    del settings
    yield row_text(COLUMNS)
    ends = [_end(one) for one in blocklist.terms]
    for names, codes in pieces_of(blocklist):
        text = io.StringIO()
        rows = ((name, unicode_form(name), *ends[code]) for name, code in zip(names, codes, strict=True))
        csv.writer(text).writerows(rows)
        yield text.getvalue()


def _end(terms: Terms) -> tuple[str, ...]:
    """The columns after those of the name."""
    sources = ";".join(source.replace(";", ",") for source in terms.sources)
    return terms.reach, cell(terms.category), cell(terms.expires), cell(sources)


def read_csv(lines: Iterable[str]) -> BlockList:
    """The list in such a table, with a mark or without. Raises BadList on a row that is not of `write_csv`."""
    rows = csv.reader(unmarked(lines), strict=True)
    entries = []
    try:
        for row in rows:
            if rows.line_num == 1:
                if tuple(row) != COLUMNS:
                    raise BadList("csv", 1, ",".join(row), f"the columns are {','.join(COLUMNS)}")
                continue
            entries.append(_entry(row, rows.line_num))
    except csv.Error as error:
        raise BadList("csv", rows.line_num, "", str(error)) from error
    try:
        return BlockList(tuple(entries))
    except UnsortedList as error:
        raise BadList("csv", rows.line_num, error.second, str(error)) from error


def _entry(row: list[str], number: int) -> Entry:
    if len(row) != len(COLUMNS) or row[2] not in _REACHES:
        raise BadList(
            "csv", number, ",".join(row), "not a row of name, unicode, reach, category, expires, sources"
        )
    name = read_name("csv", number, ",".join(row), row[0])
    if row[1] != unicode_form(name):
        raise BadList("csv", number, ",".join(row), f"the Unicode form of {name} is another")
    category, expires, sources = (text.removeprefix("'") for text in row[3:])
    return Entry(name, Reach(row[2]), category, expires, tuple(sources.split(";")) if sources else ())


def unmarked(lines: Iterable[str]) -> Iterator[str]:
    """The lines without the one byte order mark that the first may begin with."""
    rest = iter(lines)
    for first in rest:
        yield first.removeprefix(MARK)
        break
    yield from rest


def row_text(values: Iterable[str]) -> str:
    """The line of a row, quoted where RFC 4180 asks for it."""
    line = io.StringIO()
    csv.writer(line).writerow(values)
    return line.getvalue()
