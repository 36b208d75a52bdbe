"""What the two tables for people share: csv-human and xlsx."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from blocklists.entries import Entry, Reach, Terms, terms_of
from blocklists.formats.base import BadList, read_name
from blocklists.names import unicode_form

COLUMNS: Final = ("name", "unicode", "reach", "blocks", "category", "expires", "sources")
LONGEST_CELL: Final = 32_767  # characters: what a cell of Excel holds ("Excel specifications and limits")
_MEANINGS: Final = {
    Reach.HOST: "this host only 仅此主机",
    Reach.WWW: "this host and its www 此主机及其 www",
    Reach.SUBTREE: "this name and everything below it 此域名及其所有子域名",
}


def clean(terms: Terms) -> Terms:
    """The terms with the free text that a cell can show: blanks for controls and halves of pairs, all of it
    within LONGEST_CELL, `,` for `;` in a source.
    """
    sources, room = [], LONGEST_CELL
    for source in filter(None, terms.sources):
        room -= len(source) + 1
        if room > 0:
            sources.append(_shown(source.replace(";", ",")))
    return Terms(
        terms.reach,
        _shown(terms.category)[: LONGEST_CELL - 1],  # 1: the `'` before a formula in CSV
        _shown(terms.expires)[: LONGEST_CELL - 1],
        tuple(sources),
    )


def row(entry: Entry) -> tuple[str, ...]:
    """The cells of an entry that went through `clean`."""
    free = (entry.category, entry.expires, ";".join(entry.sources))
    return (entry.name, unicode_form(entry.name), entry.reach.value, _MEANINGS[entry.reach], *free)


def entry_of(format_name: str, number: int, cells: Sequence[str]) -> Entry:
    """The entry of a row. Raises BadList unless `row` makes these cells of it."""
    text = ",".join(cells)
    if len(cells) != len(COLUMNS) or cells[2] not in [reach.value for reach in Reach]:
        raise BadList(format_name, number, text, f"not a row of {', '.join(COLUMNS)}")
    name = read_name(format_name, number, text, cells[0])
    sources = tuple(cells[6].split(";")) if cells[6] else ()
    entry = Entry(name, Reach(cells[2]), cells[4], cells[5], sources)
    if row(Entry(name, *clean(terms_of(entry)))) != tuple(cells):
        raise BadList(format_name, number, text, f"not the row of {name}")
    return entry


def _shown(text: str) -> str:
    return "".join(one if one.isprintable() else " " for one in text)
