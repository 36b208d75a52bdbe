"""One name: resolve -> gate -> robots -> fetch hop by hop -> parse -> Observation and WARC records.

A visit never raises for anything the network does: every fault becomes a Failure at its place in the Observation.
Attribution never crosses a redirect: the Observation belongs to the candidate's name, and the page says which URL
served it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from msgspec.structs import replace

from blocklists.names import BadName, Name, parse_name
from domainscan import __version__, warc
from domainscan.config import Net
from domainscan.model import (
    Answers,
    Candidate,
    Certificate,
    Earlier,
    Failure,
    Hop,
    Icon,
    Lookup,
    Observation,
    Page,
    Registration,
    observation_id,
)
from domainscan.net.dns import EMPTY, HOSTS, Resolver
from domainscan.net.fetch import PAGE_HEADERS, PROFILES, Fetcher, Reply
from domainscan.net.reach import Gate
from domainscan.net.survey import Resolved
from domainscan.net.urls import read_url
from domainscan.read.certificate import TrustStore, read_certificate
from domainscan.read.difference import differences
from domainscan.read.html import page_kind
from domainscan.read.likeness import icon_hash
from domainscan.read.pool import ParserPool
from domainscan.read.robots import allowed
from domainscan.read.text import one_line
from domainscan.warc import WarcRecord

RTYPES: Final = ("A", "AAAA", "NS", "MX", "TXT")
ROBOTS_BYTES: Final = 500 * 1024  # RFC 9309 2.5: parse at least 500 KiB
ROBOTS_HOPS: Final = 5  # RFC 9309 2.3.1.2: follow at least five redirects
ROBOTS_KEPT: Final = (
    128  # origins whose rules are remembered: more than visits at once, few enough for memory
)
NOT_MODIFIED: Final = 304
ICON_BYTES: Final = 256 * 1024  # real icons have 1 to 100 KB
ICON_SECONDS: Final = 5.0
ICON_HEADERS: Final = (("Accept", "image/*,*/*;q=0.5"),)
_TRY_PLAIN: Final = frozenset(("refused", "unreachable", "tls_error", "timeout", "bad_response"))


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
class _Trail:
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


async def visit(
    candidate: Candidate,
    scan: str,
    registration: Registration | Failure,
    tools: Tools,
    resolved: Resolved,
    earlier: Earlier | None = None,
) -> tuple[Observation, tuple[WarcRecord, ...]]:
    """All that one visit sees of a candidate, and the records of what it received.

    `resolved` is what the resolvers said of its name just now. `earlier` is what was read before: the server is
    asked whether it changed, and the same bytes are not read twice.
    """
    trail = _Trail(observation_id(scan, candidate.name, candidate.url), tools.now(), earlier)
    trail.seconds = resolved.seconds
    resolution = resolved.lookups
    status, reason = _standing(resolved, tools.resolver)
    page: Page | Failure
    if status == "observed":
        page = await _look(candidate, resolution, trail, tools)
        if isinstance(page, Failure):
            reason = page.status
            answered = page.status == "disallowed" or any(hop.http_status for hop in trail.hops)
            status = "observed" if answered and page.status != "gave_up" else "failed"
    else:
        page = Failure("not_run", reason)
    second, flags = await _look_again(candidate, page, resolution, trail, tools)
    observation = Observation(
        id=trail.id,
        scan=scan,
        name=candidate.name,
        url=candidate.url,
        at=trail.at,
        status=status,
        reason=reason,
        vantage=tools.net.vantage,
        resolution=resolution,
        hops=tuple(trail.hops),
        page=page,
        certificate=trail.certificate,
        registration=registration,
        tool=f"domainscan {__version__}",
        second=second,
        flags=resolved.flags + flags,
    )
    return observation, tuple(trail.records)


async def take(
    url: str, tools: Tools, headers: tuple[tuple[str, str], ...], max_bytes: int
) -> Reply | Failure:
    """The body at the end of a URL's redirects, at most `max_bytes` of it; nothing of it is recorded.

    Under the rules of a visit: every hop's addresses pass the gate, robots.txt is asked, the deadline counts.
    """
    target = read_url(url)
    if isinstance(target, Failure):
        return target
    trail = _Trail("", tools.now(), headers=headers, max_bytes=max_bytes)
    known: dict[str, tuple[str, ...]] = {}
    where = await _reachable(target.url, known, trail, tools)
    return where if isinstance(where, Failure) else await _walk(target.url, known, trail, tools, 1.0)


async def look_at_icon(observation: Observation, tools: Tools) -> tuple[Observation, tuple[WarcRecord, ...]]:
    """The observation with its site's icon, and the records of asking for it: one request, to the page's own host.

    A redirect is not followed. The picture is hashed and let go; the evidence holds the heads only.
    """
    url = _icon_url(observation)
    if not url:
        return replace(observation, icon=Failure("not_applicable", "no page of its own")), ()
    trail = _Trail(f"{observation.id}/icon", observation.at)
    known = {str(observation.name): observation.addresses()}
    icon = await _fetch_icon(url, known, trail, tools)
    return replace(observation, icon=icon), tuple(trail.records)


def _icon_url(observation: Observation) -> str:
    """Where the icon is: the first that the page names on its own host, or the usual place; "" without a page."""
    page = observation.page
    if isinstance(page, Failure):
        return ""
    origin, host = "/".join(page.url.split("/")[:3]), urlsplit(page.url).hostname
    if host not in (observation.name, f"www.{observation.name}"):
        return ""
    named = (url for kind, url in page.meta if kind[:5] == "link:" and "icon" in kind[5:].split())
    return next((url for url in named if url.startswith(f"{origin}/")), f"{origin}/favicon.ico")


async def _fetch_icon(
    url: str, known: dict[str, tuple[str, ...]], trail: _Trail, tools: Tools
) -> Icon | Failure:
    where = await _reachable(url, known, trail, tools)
    if isinstance(where, Failure):
        return where
    refusal = await _robots(url, where, trail, tools, ICON_SECONDS)
    if refusal is not None:
        return refusal
    reply = await tools.fetcher.fetch(
        url, where, headers=ICON_HEADERS, max_bytes=ICON_BYTES, timeout_seconds=ICON_SECONDS
    )
    hop = _keep(reply, trail)
    wrong = hop.failure or _no_icon(reply)
    return wrong or Icon(url, icon_hash(reply.body), warc.digest_of(reply.body), len(reply.body), hop.record)


def _no_icon(reply: Reply) -> Failure | None:
    """Why an answer is no whole picture; None when it may be one."""
    if "truncated" in reply.flags:
        return Failure("too_large", f"more than {ICON_BYTES} bytes")
    if reply.hop.http_status != 200 or reply.flags or not reply.body:
        return Failure("not_applicable", f"HTTP {reply.hop.http_status} {', '.join(reply.flags)}".strip())
    media = _header(reply.hop, "content-type").partition(";")[0].strip().lower()
    if page_kind(reply.body, "") or not (
        media in ("", "application/octet-stream") or media.startswith("image/")
    ):
        return Failure("not_applicable", f"no picture: {one_line(media, 60) or 'text'}")
    return None


async def _resolve(name: Name, rtypes: tuple[str, ...], trail: _Trail, tools: Tools) -> tuple[Lookup, ...]:
    """The look-ups of a name; their time counts in the visit's, and ends with it."""
    clock = asyncio.get_running_loop()
    began = clock.time()
    found = await tools.resolver.lookups(name, rtypes, _left(trail, tools))
    trail.seconds += clock.time() - began
    return found


def _left(trail: _Trail, tools: Tools) -> float:
    """Seconds that are left of the visit's."""
    return max(0.1, tools.net.deadline_seconds - trail.seconds)


def _standing(resolved: Resolved, resolver: Resolver) -> tuple[str, str]:
    """(status, reason) as far as DNS decides it: dead only where a second resolver agrees."""
    results = [one.result for one in resolved.lookups if one.rtype in HOSTS]
    if any(isinstance(one, Answers) for one in results):
        return "observed", ""
    failures = [one for one in results if isinstance(one, Failure)]
    doubts = [one.status for one in failures if one.status not in EMPTY]
    if doubts:
        return "failed", doubts[0]
    if resolved.dead:
        return "dead", failures[0].status
    return "failed", "servfail" if resolver.alive else "no_resolver"


async def _look(
    candidate: Candidate, resolution: tuple[Lookup, ...], trail: _Trail, tools: Tools
) -> Page | Failure:
    """The page, or why there is none: the candidate's URL, or https and then http for a bare name."""
    addresses = _addresses(resolution)
    starts = (
        (candidate.url,) if candidate.url else (f"https://{candidate.name}/", f"http://{candidate.name}/")
    )
    page: Page | Failure = Failure("not_run")
    for number, start in enumerate(starts):
        known = {str(candidate.name): addresses}
        last = number == len(starts) - 1
        share = 1.0 if last else 0.6  # a silent https port must leave time for the http one
        trail.start = start
        page = await _follow(start, known, trail, tools, share)
        if not isinstance(page, Failure) or page.status not in _TRY_PLAIN or last:
            break
    if isinstance(trail.certificate, Failure) and starts[0].startswith("http://"):
        trail.certificate = Failure("not_applicable", "visited over http")
    return page


async def _look_again(
    candidate: Candidate,
    page: Page | Failure,
    resolution: tuple[Lookup, ...],
    trail: _Trail,
    tools: Tools,
) -> tuple[Page | Failure, tuple[str, ...]]:
    """What the second profile is shown at the same address, and whether it is something else."""
    profile = tools.net.second_profile
    if not profile or isinstance(page, Failure):
        return Failure("not_run"), ()
    again = _Trail(f"{trail.id}/{profile}", trail.at, headers=PROFILES[profile], seconds=trail.seconds)
    second = await _follow(trail.start, {str(candidate.name): _addresses(resolution)}, again, tools, 1.0)
    trail.records += again.records
    differs = not isinstance(second, Failure) and differences(page, second)
    return second, ("profiles_differ",) if differs else ()


def _addresses(resolution: tuple[Lookup, ...]) -> tuple[str, ...]:
    both = (one.result for one in resolution if one.rtype in ("A", "AAAA"))
    return tuple(value for one in both if isinstance(one, Answers) for value in one.values)


async def _follow(
    url: str, known: dict[str, tuple[str, ...]], trail: _Trail, tools: Tools, share: float
) -> Page | Failure:
    """The page at the end of the redirects."""
    reply = await _walk(url, known, trail, tools, share)
    return reply if isinstance(reply, Failure) else await _read(reply, trail, tools)


async def _walk(
    url: str, known: dict[str, tuple[str, ...]], trail: _Trail, tools: Tools, share: float
) -> Reply | Failure:
    """Walks the redirects, each hop resolved and gated anew; what the last one brought."""
    seen: set[str] = set()
    for _ in range(tools.net.max_hops):
        remaining = (tools.net.deadline_seconds - trail.seconds) * share
        if remaining <= 0:
            return Failure("timeout", f"{tools.net.deadline_seconds:g} s for the whole visit")
        step = await _step(url, known, trail, tools, remaining)
        if isinstance(step, Failure):
            return step
        if not step.hop.location:
            return step
        if step.hop.location in seen:
            return Failure("too_many_hops", f"a loop through {step.hop.location[:200]}")
        seen.add(url)
        url, share = step.hop.location, 1.0
    return Failure("too_many_hops", f"more than {tools.net.max_hops}")


async def _step(
    url: str, known: dict[str, tuple[str, ...]], trail: _Trail, tools: Tools, seconds: float
) -> Reply | Failure:
    """One hop: the host's addresses through the gate, its robots.txt, the request, the record."""
    where = await _reachable(url, known, trail, tools)
    if isinstance(where, Failure):
        trail.hops.append(Hop(url=url, failure=where))
        return where
    before = trail.seconds
    refusal = await _robots(url, where, trail, tools, seconds / 2)
    if refusal is not None:
        trail.hops.append(Hop(url=url, failure=refusal))
        return refusal
    reply = await _ask(url, where, trail, tools, seconds - (trail.seconds - before))
    left = seconds - (trail.seconds - before)
    pause = reply.retry_after_seconds
    if pause is not None and pause <= left:
        await asyncio.sleep(pause)
        trail.seconds += pause  # or a site that asks for one and then says nothing has its deadline twice
        reply = await _ask(url, where, trail, tools, left - pause)
    hop = _keep(reply, trail)
    if url.startswith("https:") and isinstance(trail.certificate, Failure) and _same_site(url, known):
        trail.certificate = _certificate(reply, url, trail.at, tools.trust)
    if hop.failure is not None:
        return hop.failure
    return reply._replace(hop=hop)


async def _ask(url: str, addresses: tuple[str, ...], trail: _Trail, tools: Tools, seconds: float) -> Reply:
    """One request; its time counts in the visit's."""
    headers = trail.headers + _conditions(url, trail.earlier)
    reply = await tools.fetcher.fetch(
        url, addresses, headers=headers, max_bytes=trail.max_bytes, timeout_seconds=max(0.1, seconds)
    )
    trail.seconds += reply.hop.milliseconds / 1000
    return reply


def _same_site(url: str, known: dict[str, tuple[str, ...]]) -> bool:
    """Whether `url` is on the candidate's own host, the first one the visit knew."""
    return urlsplit(url).hostname == next(iter(known))


async def _reachable(
    url: str, known: dict[str, tuple[str, ...]], trail: _Trail, tools: Tools
) -> tuple[str, ...] | Failure:
    """The addresses of the URL's host; a Failure when the host is no name or the gate refuses any one of them."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        name = parse_name(parts.hostname or "")
    except BadName as error:
        return Failure(
            "blocked_address" if error.reason in ("address", "special_use") else "bad_redirect", str(error)
        )
    if name not in known:
        found = _addresses(await _resolve(name, ("A", "AAAA"), trail, tools))
        if not found:
            return Failure("unreachable", f"{name} has no address")
        known[name] = found
    for address in known[name]:
        refusal = tools.gate.refusal(address, port)
        if refusal is not None:
            return refusal
    return known[name]


async def _robots(
    url: str, addresses: tuple[str, ...], trail: _Trail, tools: Tools, seconds: float
) -> Failure | None:
    """Failure("disallowed") where robots.txt asks visitors to stay out (RFC 9309)."""
    if not tools.net.robots or all(tools.gate.unpaced(address) for address in addresses):
        return None
    parts = urlsplit(url)
    origin = f"{parts.scheme}://{parts.netloc}"
    rules = tools.robots.pop(origin, None)
    if rules is None:
        rules = await _ask_robots(f"{origin}/robots.txt", addresses, trail, tools, seconds)
    tools.robots[origin] = rules  # the newest last
    while len(tools.robots) > ROBOTS_KEPT:
        del tools.robots[next(iter(tools.robots))]
    if isinstance(rules, Failure):
        return rules if rules.status == "disallowed" else None
    agent = "domainscan"
    return None if allowed(rules, agent, url) else Failure("disallowed", f"{origin}/robots.txt")


async def _ask_robots(
    url: str, addresses: tuple[str, ...], trail: _Trail, tools: Tools, seconds: float
) -> bytes | Failure:
    """The rules; no rules where there is no such file; "disallowed" where the server failed (RFC 9309 2.3.1.4).

    A server that cannot be reached at all is left to the visit itself, which will say so.
    """
    known = {urlsplit(url).hostname or "": addresses}
    for _ in range(ROBOTS_HOPS + 1):
        where = await _reachable(url, known, trail, tools)
        if isinstance(where, Failure):
            return b""
        reply = await tools.fetcher.fetch(url, where, max_bytes=ROBOTS_BYTES, timeout_seconds=seconds)
        trail.seconds += reply.hop.milliseconds / 1000
        if not reply.hop.location:
            break
        url = reply.hop.location
    if reply.hop.http_status >= 500:
        return Failure("disallowed", f"{url} answered {reply.hop.http_status}")
    if reply.hop.failure is not None and not reply.body:
        return reply.hop.failure
    return reply.body if reply.hop.http_status == 200 else b""


def _conditions(url: str, earlier: Earlier | None) -> tuple[tuple[str, str], ...]:
    """The headers that ask for the page only if it changed (RFC 9110 13.1)."""
    if earlier is None or not earlier.fresh or earlier.page.url != url:
        return ()
    found = (("If-None-Match", earlier.etag), ("If-Modified-Since", earlier.modified))
    return tuple((name, value) for name, value in found if value)


def _unchanged(reply: Reply, earlier: Earlier | None) -> bool:
    """Whether these are the bytes of the earlier visit, by the server's word or by their digest."""
    if earlier is None or earlier.page.url != reply.hop.url or reply.flags or reply.hop.failure:
        return False
    if reply.hop.http_status == NOT_MODIFIED:
        return bool(_conditions(reply.hop.url, earlier))
    page = earlier.page
    alike = (reply.hop.http_status, one_line(_header(reply.hop, "content-type"), 200))
    return alike == (page.http_status, page.content_type) and warc.digest_of(reply.body) == page.body_digest


def _keep(reply: Reply, trail: _Trail) -> Hop:
    """The hop as recorded: with its WARC record where anything was received. Media are never kept."""
    hop = reply.hop
    if reply.response_head:
        record = warc.record_id(trail.id, len(trail.hops))
        trail.records.append(_response(reply, record, trail))
        trail.records.append(warc.request_record(record, hop.url, hop.address, trail.at, reply.request_head))
        hop = replace(hop, record=record)
    trail.hops.append(hop)
    return hop


def _response(reply: Reply, record: str, trail: _Trail) -> WarcRecord:
    """The response as received; one whose body is in the evidence already points there."""
    hop, earlier = reply.hop, trail.earlier
    if earlier is not None and earlier.record and _unchanged(reply, earlier):
        told = hop.http_status == NOT_MODIFIED
        return warc.revisit_record(
            *(record, hop.url, hop.address, trail.at, reply.response_head, earlier.record),
            "server-not-modified" if told else "identical-payload-digest",
            payload_digest="" if told else warc.digest_of(reply.received),
        )
    head, body = _storable(reply)
    return warc.response_record(record, hop.url, hop.address, trail.at, head, body)


def _header(hop: Hop, name: str) -> str:
    return next((value for key, value in hop.headers if key.lower() == name), "")


def _storable(reply: Reply) -> tuple[bytes, bytes]:
    """(head, body) for the evidence: a text page as received; without its inline pictures where it has any."""
    if not page_kind(reply.body, _header(reply.hop, "content-type")):
        return reply.response_head, b""
    bare = warc.without_media(reply.body)
    if bare == reply.body:
        return reply.response_head, reply.received
    return warc.without_coding(reply.response_head), bare


def _certificate(reply: Reply, url: str, at: str, trust: TrustStore) -> Certificate | Failure:
    if not reply.chain:
        failure = reply.hop.failure
        return failure if failure is not None else Failure("tls_error", "no certificate was seen")
    return read_certificate(reply.chain, host=urlsplit(url).hostname or "", at=at, trust=trust)


async def _read(reply: Reply, trail: _Trail, tools: Tools) -> Page | Failure:
    """The page that the last hop served, parsed in a process that can be killed; the same bytes are parsed once."""
    hop, earlier = reply.hop, trail.earlier
    if earlier is not None and _unchanged(reply, earlier):
        return replace(earlier.page, record=earlier.record, received=earlier.received)
    if hop.http_status == NOT_MODIFIED:
        return Failure("bad_response", "304 to a request without a condition")
    page = await tools.parser.read(
        reply.body,
        url=hop.url,
        http_status=hop.http_status,
        content_type=_header(hop, "content-type"),
        body_digest=warc.digest_of(reply.body),
    )
    if isinstance(page, Failure) or not reply.flags:
        return page
    return replace(page, flags=tuple(dict.fromkeys((*page.flags, *reply.flags))))
