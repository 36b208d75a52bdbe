"""What visits share, and what one of them has gathered: a reply is a hop of its trail and a record of the evidence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from msgspec.structs import replace

from domainscan import warc
from domainscan.config import Net
from domainscan.model import (
    Certificate,
    Earlier,
    Failure,
    Hop,
)
from domainscan.net.dns import Resolver
from domainscan.net.fetch import PAGE_HEADERS, Fetcher, Reply
from domainscan.net.reach import Gate
from domainscan.read.bodies import page_kind, sent_type
from domainscan.read.certificate import TrustStore
from domainscan.read.pool import ParserPool
from domainscan.read.text import one_line
from domainscan.warc import WarcRecord

NOT_MODIFIED: Final = 304


@dataclass
class Tools:
    """What visits share within one shard: clients, parsers, and what robots.txt said."""

    net: Net
    gate: Gate
    resolver: Resolver
    fetcher: Fetcher
    parser: ParserPool
    trust: TrustStore
    now: Callable[[], str]
    robots: dict[str, bytes | Failure] = field(default_factory=dict)


@dataclass
class Trail:
    """What one visit has gathered so far."""

    id: str
    at: str
    earlier: Earlier | None = None
    headers: tuple[tuple[str, str], ...] = PAGE_HEADERS
    max_bytes: int | None = None  # of one body; None: as configured
    start: str = ""  # the URL whose redirects led to the page
    hops: list[Hop] = field(default_factory=list)
    records: list[WarcRecord] = field(default_factory=list)
    certificate: Certificate | Failure = field(default_factory=lambda: Failure("not_run"))
    seconds: float = 0.0  # spent on look-ups and requests; waiting for one's turn is not the site's fault


def conditions(url: str, earlier: Earlier | None) -> tuple[tuple[str, str], ...]:
    """The headers that ask for the page only if it changed (RFC 9110 13.1)."""
    if earlier is None or not earlier.fresh or earlier.page.url != url:
        return ()
    found = (("If-None-Match", earlier.etag), ("If-Modified-Since", earlier.modified))
    return tuple((name, value) for name, value in found if value)


def unchanged(reply: Reply, earlier: Earlier | None) -> bool:
    """Whether these are the bytes of the earlier visit, by the server's word or by their digest."""
    if earlier is None or earlier.page.url != reply.hop.url or reply.flags or reply.hop.failure:
        return False
    if reply.hop.http_status == NOT_MODIFIED:
        return bool(conditions(reply.hop.url, earlier))
    page = earlier.page
    alike = (reply.hop.http_status, one_line(sent_type(reply.hop.headers), 200))
    return alike == (page.http_status, page.content_type) and warc.digest_of(reply.body) == page.body_digest


def keep(reply: Reply, trail: Trail) -> Hop:
    """The hop as recorded: with its WARC record where anything was received. Media are never kept."""
    hop = reply.hop
    if reply.response_head:
        record = warc.record_id(trail.id, len(trail.hops))
        trail.records.append(_response(reply, record, trail))
        trail.records.append(
            warc.request_record(warc.Message(record, hop.url, hop.address, trail.at, reply.request_head))
        )
        hop = replace(hop, record=record)
    trail.hops.append(hop)
    return hop


def _response(reply: Reply, record: str, trail: Trail) -> WarcRecord:
    """The response as received; one whose body is in the evidence already points there."""
    hop, earlier = reply.hop, trail.earlier
    if earlier is not None and earlier.record and unchanged(reply, earlier):
        told = hop.http_status == NOT_MODIFIED
        return warc.revisit_record(
            warc.Message(record, hop.url, hop.address, trail.at, reply.response_head),
            earlier.record,
            "server-not-modified" if told else "identical-payload-digest",
            payload_digest="" if told else warc.digest_of(reply.received),
        )
    head, body = _storable(reply)
    return warc.response_record(warc.Message(record, hop.url, hop.address, trail.at, head), body)


def _storable(reply: Reply) -> tuple[bytes, bytes]:
    """(head, body) for the evidence: a text page as received; without its inline pictures where it has any."""
    if not page_kind(reply.body, sent_type(reply.hop.headers)):
        return reply.response_head, b""
    bare = warc.without_media(reply.body)
    if bare == reply.body:
        return reply.response_head, reply.received
    return warc.without_coding(reply.response_head), bare
