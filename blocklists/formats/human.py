"""csv-human: the table that people open with a spreadsheet program; programs take csv or jsonl."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from itertools import chain

from blocklists.formats.base import BadList, Settings, cleaned
from blocklists.formats.csv import MARK, cell, row_text, unmarked
from blocklists.formats.jsonl import sorted_list
from blocklists.formats.table import COLUMNS, clean, entry_of, row
from blocklists.lists import BlockList, Entry


def write_human(blocklist: BlockList, settings: Settings) -> Iterator[str]:
    """The rows of the table, a byte order mark and the header first, lines ending in CR LF. Free text that would
    be a formula has a leading `'` (OWASP ASVS 5.0 1.2.10).
    """
    del settings
    blocklist, _ = cleaned(blocklist, clean)
    yield MARK + row_text(COLUMNS)  # Excel takes the file for the system's old encoding without it
    for entry in blocklist:
        cells = row(entry)
        yield row_text((*cells[:4], *map(cell, cells[4:])))


def read_human(lines: Iterable[str]) -> BlockList:
    """The list in such a table, with or without its mark. Raises BadList on a row that is not of `write_human`."""
    return sorted_list("csv-human", _entries(lines))


def _entries(lines: Iterable[str]) -> Iterator[Entry]:
    rest = unmarked(lines)
    head = next(rest, "")
    if head != row_text(COLUMNS):
        raise BadList("csv-human", 1, head, f"the columns are {','.join(COLUMNS)}")
    rows = csv.reader(chain([""], rest), strict=True)  # "": line numbers count the header
    try:
        for found in rows:
            if found:
                cells = (*found[:4], *(text.removeprefix("'") for text in found[4:]))
                yield entry_of("csv-human", rows.line_num, cells)
    except csv.Error as error:
        raise BadList("csv-human", rows.line_num, "", str(error)) from error
