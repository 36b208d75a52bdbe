"""stix: a STIX 2.1 bundle, one Indicator per entry (OASIS STIX 2.1, 4.7 and 9)."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from blocklists.formats.base import BadList, Settings, cleaned, read_name
from blocklists.formats.jsonl import dump, load, sorted_list, terms_in
from blocklists.lists import BlockList, Entry, Reach, Terms
from blocklists.names import Name

# Ids are made of what they stand for, so the next release names the same indicators (RFC 9562 5.5). The
# namespace is ours: the one in STIX 2.1, 2.9 is for observables alone.
_NAMESPACE: Final = uuid.UUID("6e6f9cf5-7f0a-5d8e-9a3c-3a4be2c1d0f7")
# An id's `created` never changes (STIX 2.1, 3.6), and a list does not know since when a name is on it.
_CREATED: Final = "1970-01-01T00:00:00.000Z"
_END: Final = "]}"
_OPEN: Final = re.compile(r'(\{"type":"bundle","id":"bundle--[0-9a-f-]{36}")(\}|,"objects":\[)')
_LABEL: Final = re.compile(r"(reach|category|expires|source):(.*)", re.DOTALL)


def write_stix(blocklist: BlockList, settings: Settings) -> Iterator[str]:
    """The lines of a bundle: its head, one indicator per line, its end. An empty one has no `objects`, which
    are never an empty list (STIX 2.1, 8).
    """
    blocklist, _ = cleaned(blocklist, clean)
    head = f'{{"type":"bundle","id":"bundle--{_uuid("bundle", str(settings.serial), settings.issued)}"'
    yield f'{head},"objects":[\n' if blocklist else f"{head}}}\n"
    last = len(blocklist) - 1
    issued = _moment(settings.issued)
    for at, entry in enumerate(blocklist):
        yield dump(_indicator(entry, issued)) + (",\n" if at < last else "\n")
    if blocklist:
        yield f"{_END}\n"


def read_stix(lines: Iterable[str]) -> BlockList:
    """The list in such a bundle. Raises BadList on any line that `write_stix` would not write."""
    return sorted_list("stix", _entries(lines))


def pattern(name: Name, reach: Reach) -> str:
    """The STIX pattern that matches exactly these names. Trees are matched by a regular expression: in LIKE an
    underscore would stand for any character.
    """
    names = [name, f"www.{name}"] if reach is Reach.WWW and len(name) <= 249 else [name]
    tests = [f"domain-name:value = {_literal(one)}" for one in names]
    if reach is Reach.SUBTREE:
        tests.append(f"domain-name:value MATCHES {_literal(re.escape(f'.{name}') + '$')}")
    return f"[{' OR '.join(tests)}]"


def _literal(text: str) -> str:
    """A string of the pattern language (STIX 2.1, 9.3)."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _indicator(entry: Entry, issued: datetime) -> dict[str, Any]:
    texts = [("reach", entry.reach.value), ("category", entry.category), ("expires", entry.expires)]
    texts += [("source", source) for source in entry.sources]
    until = _until(entry.expires)
    begun = until is None or issued < until
    return {
        "type": "indicator",
        "spec_version": "2.1",
        "id": f"indicator--{_uuid(entry.name, entry.reach.value)}",
        "created": _CREATED,
        "modified": _stamp(issued),
        "name": entry.name,
        "indicator_types": ["unknown"],
        "pattern": pattern(entry.name, entry.reach),
        "pattern_type": "stix",
        # `valid_until` is later than `valid_from`, also for an entry that is over (STIX 2.1, 4.7.1).
        "valid_from": _stamp(issued) if begun else _CREATED,
        **({"valid_until": _stamp(until)} if until else {}),
        "labels": [f"{key}:{text}" for key, text in texts if text],
    }


def clean(terms: Terms) -> Terms:
    """The terms with halves of surrogate pairs, which JSON text has no right to, as U+FFFD."""
    sources = tuple(map(_whole, terms.sources))
    return Terms(terms.reach, _whole(terms.category), _whole(terms.expires), sources)


def _whole(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8") if not text.isascii() else text


def _until(expires: str) -> datetime | None:
    """The moment from which an entry is over: a date holds to its end. None where there is no such date."""
    try:
        if len(expires) == 10:
            day = datetime.combine(date.fromisoformat(expires), datetime.min.time(), UTC)
            return day + timedelta(days=1)
        return _moment(expires) if expires else None
    except (ValueError, OverflowError):
        return None


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03}Z"


def _uuid(*parts: str) -> uuid.UUID:
    return uuid.uuid5(_NAMESPACE, "|".join(parts))


def _entries(lines: Iterable[str]) -> Iterator[Entry]:
    rest = enumerate(lines, 1)
    number, line = next(rest, (0, ""))
    head = _OPEN.fullmatch(line.removesuffix("\n"))
    if head is None:
        raise BadList("stix", number, line, "not the head of a bundle")
    more, closed = head[2] != "}", head[2] == "}"
    for number, line in rest:
        text = line.removesuffix("\n")
        if not more:
            if closed or text != _END:
                raise BadList("stix", number, line, "more than a bundle")
            closed = True
            continue
        more = text.endswith(",")
        yield _entry(text.removesuffix(","), number)
    if not closed:
        raise BadList("stix", number, "", "the file ends too early")


def _entry(text: str, number: int) -> Entry:
    """The entry that one indicator is. Raises BadList unless it is what we write for that entry."""
    row = load("stix", number, text)
    terms = terms_in("stix", number, text, row.get("labels"), _LABEL)
    name = read_name("stix", number, text, str(row.get("name")))
    entry = Entry(name, *terms)
    try:
        issued = _moment(str(row.get("modified")))
    except ValueError as error:
        raise BadList("stix", number, text, "no time of modification") from error
    if row != _indicator(entry, issued):
        raise BadList("stix", number, text, f"not the indicator of {name}")
    return entry
