"""jsonl: the whole of a list, one JSON object per line, for programs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from blocklists.formats.base import BadList, Settings, read_name
from blocklists.lists import BlockList, Entry, Reach, Terms, UnsortedList
from blocklists.names import unicode_form

_REACHES: Final = frozenset(reach.value for reach in Reach)


def dump(value: Any) -> str:
    """JSON in ASCII without blanks: no character of free text is a line break, a bidi control or half a pair
    to whoever reads it.
    """
    return json.dumps(value, separators=(",", ":"))


def write_jsonl(blocklist: BlockList, settings: Settings) -> Iterator[str]:
    """The lines: name, unicode, reach, category, expires, sources. They have no place for serial and dates."""
    del settings
    for entry in blocklist:
        yield dump(_row(entry)) + "\n"


def read_jsonl(lines: Iterable[str]) -> BlockList:
    """The list in such a file. Raises BadList on any line that `write_jsonl` would not write."""
    return sorted_list("jsonl", (_entry(line, number) for number, line in enumerate(lines, 1)))


def sorted_list(format_name: str, entries: Iterable[Entry]) -> BlockList:
    """The list of entries that a file names in order. Raises BadList where they are not."""
    try:
        return BlockList(tuple(entries))
    except UnsortedList as error:
        raise BadList(format_name, 0, error.second, str(error)) from error


def load(format_name: str, number: int, text: str) -> dict[str, Any]:
    """The JSON object on a line. Raises BadList."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadList(format_name, number, text, f"not JSON: {error}") from error
    if not isinstance(found, dict):
        raise BadList(format_name, number, text, "not an object")
    return found


def terms_in(format_name: str, number: int, text: str, words: object, pattern: re.Pattern[str]) -> Terms:
    """The terms that labels or tags say; each matches `pattern`, a key and its value. Raises BadList."""
    texts = words if isinstance(words, list) else []
    found = [pattern.fullmatch(one) if isinstance(one, str) else None for one in texts]
    pairs = [(one[1], one[2]) for one in found if one]
    said = dict(pairs)
    if len(pairs) != len(found) or said.get("reach") not in list(Reach):
        raise BadList(format_name, number, text, "terms that this format does not have")
    sources = tuple(value for key, value in pairs if key == "source")
    return Terms(Reach(said["reach"]), said.get("category", ""), said.get("expires", ""), sources)


def _row(entry: Entry) -> dict[str, Any]:
    return {
        "name": entry.name,
        "unicode": unicode_form(entry.name),
        "reach": entry.reach.value,
        "category": entry.category,
        "expires": entry.expires,
        "sources": list(entry.sources),
    }


def _entry(line: str, number: int) -> Entry:
    row = load("jsonl", number, line)
    texts = (row.get("name"), row.get("reach"), row.get("category"), row.get("expires"))
    sources = row.get("sources")
    if not all(isinstance(one, str) for one in texts) or row["reach"] not in _REACHES:
        raise BadList("jsonl", number, line, "name, reach, category and expires are texts")
    if not isinstance(sources, list) or not all(isinstance(one, str) for one in sources):
        raise BadList("jsonl", number, line, "sources is a list of texts")
    name = read_name("jsonl", number, line, row["name"])
    entry = Entry(name, Reach(row["reach"]), row["category"], row["expires"], tuple(sources))
    if row != _row(entry):
        raise BadList("jsonl", number, line, "more, less, or another Unicode form than this format has")
    return entry
