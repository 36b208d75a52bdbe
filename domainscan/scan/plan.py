"""Input lines -> the rows of a scan: one per non-empty line, the invalid and the duplicate one included."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

from blocklists.suffixes import Suffixes
from domainscan.model import Candidate
from domainscan.sources import BadCandidate, Line, parse_candidate
from domainscan.store.scans import ScanItem

BUCKETS = 4096  # shards are runs of whole buckets, so a registrable domain is never split between two


class Planner:
    """Turns lines into rows; remembers what it has seen, eight bytes a candidate."""

    def __init__(self, suffixes: Suffixes, ports: tuple[int, ...], limit: int = 0) -> None:
        self._suffixes, self._ports, self._limit = suffixes, ports, limit
        self._seen: set[int] = set()
        self._taken = 0
        self._line = 0

    def row(self, line: Line) -> ScanItem | None:
        """The row of one line; None for an empty one. Lines are numbered over all sources of a scan."""
        self._line += 1
        text = line.text.strip()
        if not text:
            return None
        try:
            candidate = parse_candidate(text, line.source, self._ports)
        except BadCandidate as error:
            status = "skipped" if error.reason in ("comment", "heading") else "invalid"
            return self._item(line, None, status, error.reason, str(error))
        key = hash((candidate.name, candidate.url))
        if key in self._seen:
            return self._item(line, candidate, "skipped", "duplicate", "the same candidate stands above")
        self._seen.add(key)
        if self._limit and self._taken >= self._limit:
            return self._item(line, candidate, "skipped", "limit", f"beyond --limit {self._limit}")
        self._taken += 1
        return self._item(line, candidate, "pending", "", line.note)

    def _item(self, line: Line, candidate: Candidate | None, status: str, reason: str, note: str) -> ScanItem:
        return ScanItem(
            line=self._line,
            input=line.text,
            name=candidate.name if candidate else "",
            url=candidate.url if candidate else "",
            shard=self._bucket(candidate.name) if candidate else 0,
            source=line.source,
            note=note,
            status=status,
            reason=reason,
        )

    def _bucket(self, name: str) -> int:
        return zlib.crc32((self._suffixes.registrable(name) or name).encode()) % BUCKETS


def plan(lines: Iterable[Line], planner: Planner) -> Iterator[ScanItem]:
    """The rows of all lines, as they come."""
    for line in lines:
        row = planner.row(line)
        if row is not None:
            yield row
