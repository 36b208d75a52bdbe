"""What a re-scan need not read again: the newest visit of each name, handed to shards as it lies in the store.

The driver alone reads the store and is one process; unpacking is left to the shards, of which there are many.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Final

from msgspec.structs import replace

from domainscan.model import Earlier, Failure, Hop, Name, Page, Record
from domainscan.store.base import Store
from domainscan.store.packing import unpack
from domainscan.store.times import days_between
from domainscan.tool import tool

REFRESH_DAYS: Final = 7  # a server's "not modified" is believed so long, then the page is fetched whole
_VALIDATOR: Final = 512  # characters of an ETag that is sent back
_CUT: Final = frozenset(("truncated", "incomplete", "not_inspected"))


class Before(Record, frozen=True):
    """The newest visit of a name and URL, and its judgement, packed."""

    seen: bytes
    judged: bytes | None


class _Seen(Record, frozen=True):
    """What matters here of an Observation; reading no more of it takes half the time."""

    at: str
    hops: tuple[Hop, ...]
    page: Page | Failure


class _Judged(Record, frozen=True):
    """The same of an Assessment."""

    pack_digest: str
    quiet: bool = False
    tool: str = ""
    suffixes: str = ""


def earlier_visits(store: Store, names: Iterable[Name], now: str) -> dict[tuple[str, str], Before]:
    """(name, URL) -> the newest visit before `now`, for those that saw a page."""
    rows = store.rows(
        "SELECT l.name, l.url, o.body, a.body FROM json_each(?) CROSS JOIN latest l ON l.name = value"
        " CROSS JOIN observations o ON o.id = l.observation LEFT JOIN assessments a ON a.id = l.assessment"
        " WHERE o.page = 'ok' AND o.at < ?",
        *(json.dumps(sorted(set(names))), now),
    )
    return {(name, url): Before(seen, judged) for name, url, seen, judged in rows}


def read_earlier(before: Before, now: str, suffixes: str) -> Earlier | None:
    """What the visit read, where it read a page to its end. `suffixes` is the digest of those in force.

    Raises StoreFailed when its bytes are damaged.
    """
    seen = unpack(before.seen, _Seen, "Observation")
    page = seen.page
    hop = seen.hops[-1] if seen.hops else None
    if hop is None or not isinstance(page, Page) or hop.url != page.url or _CUT.intersection(page.flags):
        return None
    received = page.received or seen.at
    headers = {name.lower(): value for name, value in hop.headers}
    return Earlier(
        replace(page, record="", received=""),
        _token(headers.get("etag", "")),
        _token(headers.get("last-modified", "")),
        page.record or hop.record,
        received,
        0 <= days_between(received, now) <= REFRESH_DAYS,
        _quiet(before.judged, suffixes),
    )


def _quiet(judged: bytes | None, suffixes: str) -> str:
    """The pack by which the page proved nothing, to this very code; "" where it did or nobody knows."""
    one = unpack(judged, _Judged, "Assessment") if judged else None
    same = one is not None and (one.quiet, one.tool, one.suffixes) == (True, tool(), suffixes)
    return one.pack_digest if one is not None and same else ""


def _token(value: str) -> str:
    """A validator that can be sent back as it came; "" for anything else."""
    return value if value.isascii() and value.isprintable() and len(value) <= _VALIDATOR else ""
