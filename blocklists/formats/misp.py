"""misp: one MISP event as JSON, an attribute per entry (MISP core format, draft-dulaunoy-misp-core-format).

A feed is a folder; a list here is one file. docs/formats.md says how the event becomes a feed.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, Final

from blocklists.formats.base import BadList, Settings, cleaned, read_name
from blocklists.formats.jsonl import dump, load, sorted_list, terms_in
from blocklists.formats.stix import clean
from blocklists.lists import BlockList, Entry, Reach

NAMESPACE: Final = uuid.UUID("0c7d8b0a-57a5-5a29-8f0e-9d3c1b7e6f42")  # ours
# Ids are made of what they stand for: this is the uuid5 of "event". Made at import, it would cost every run of
# `blocklists` the library of digests: 4 MB.
EVENT: Final = "004eb38f-98f2-5732-86f5-dad99e25346c"
_OPEN: Final = re.compile(
    rf'\{{"Event":\{{"uuid":"{EVENT}","info":"Block list [0-9]+","date":"[0-9-]{{10}}","timestamp":"[0-9]+",'
    r'"published":true,"analysis":"2","threat_level_id":"4","distribution":"0","Attribute":\['
)
_END: Final = "]}}"
_TAG: Final = re.compile(r'blocklist:(reach|category|expires|source)="(.*)"', re.DOTALL)


def write_misp(blocklist: BlockList, settings: Settings) -> Iterator[str]:
    """The lines of an event: its head, one attribute per line, its end. It is always the same event, with a
    later time, and its distribution is the own organisation: who shares it further decides that.
    """
    blocklist, _ = cleaned(blocklist, clean)
    stamp = str(_seconds(settings.issued))
    event = {
        "uuid": EVENT,
        "info": f"Block list {settings.serial}",
        "date": settings.issued[:10],
        "timestamp": stamp,
        "published": True,
        "analysis": "2",
        "threat_level_id": "4",
        "distribution": "0",
        "Attribute": [],
    }
    yield dump({"Event": event}).removesuffix(_END) + "\n"
    last = len(blocklist) - 1
    for at, entry in enumerate(blocklist):
        yield dump(_attribute(entry, stamp)) + (",\n" if at < last else "\n")
    yield f"{_END}\n"


def read_misp(lines: Iterable[str]) -> BlockList:
    """The list in such an event. Raises BadList on any line that `write_misp` would not write."""
    return sorted_list("misp", _entries(lines))


def _attribute(entry: Entry, stamp: str) -> dict[str, Any]:
    texts = [("reach", entry.reach.value), ("category", entry.category), ("expires", entry.expires)]
    texts += [("source", source) for source in entry.sources]
    return {
        "uuid": str(uuid.uuid5(NAMESPACE, f"{entry.name}|{entry.reach}")),
        "type": "domain" if entry.reach is Reach.SUBTREE else "hostname",
        "category": "Network activity",
        "to_ids": True,
        "value": entry.name,
        "timestamp": stamp,
        "Tag": [{"name": f'blocklist:{key}="{text}"'} for key, text in texts if text],
    }


def _seconds(text: str) -> int:
    moment = datetime.fromisoformat(text)
    return int((moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment).timestamp())


def _entries(lines: Iterable[str]) -> Iterator[Entry]:
    rest = enumerate(lines, 1)
    number, line = next(rest, (0, ""))
    if not _OPEN.fullmatch(line.removesuffix("\n")):
        raise BadList("misp", number, line, "not the head of an event")
    more, some, closed = False, False, False
    for number, line in rest:
        text = line.removesuffix("\n")
        if closed or (text == _END and more):
            raise BadList("misp", number, line, "no attribute stands here")
        if text == _END:
            closed = True
            continue
        if some and not more:
            raise BadList("misp", number, line, "no comma before it")
        some, more = True, text.endswith(",")
        yield _entry(text.removesuffix(","), number)
    if not closed:
        raise BadList("misp", number, "", "the file ends too early")


def _entry(text: str, number: int) -> Entry:
    """The entry that one attribute is. Raises BadList unless it is what we write for that entry."""
    row = load("misp", number, text)
    tags = row.get("Tag")
    words = [one.get("name") if isinstance(one, dict) else None for one in tags or ()]
    terms = terms_in("misp", number, text, words, _TAG)
    name = read_name("misp", number, text, str(row.get("value")))
    entry = Entry(name, *terms)
    if row != _attribute(entry, str(row.get("timestamp"))):
        raise BadList("misp", number, text, f"not the attribute of {name}")
    return entry
