"""One name: resolve -> gate -> robots -> fetch hop by hop -> parse -> Observation and WARC records.

A visit never raises for anything the network does: every fault becomes a Failure at its place in the Observation.
Attribution never crosses a redirect: the Observation belongs to the candidate's name, and the page says which URL
served it.
"""

from __future__ import annotations

import asyncio
from typing import Final
from urllib.parse import urlsplit

from msgspec.structs import replace

from domainscan import __version__, warc
from domainscan.model import (
    Answers,
    Candidate,
    Certificate,
    Earlier,
    Failure,
    Hop,
    Lookup,
    Observation,
    Page,
    Registration,
    observation_id,
)
from domainscan.net.dns import EMPTY, HOSTS, Resolver
from domainscan.net.fetch import PROFILES, Reply
from domainscan.net.survey import Resolved
from domainscan.net.urls import read_url
from domainscan.read.bodies import sent_type
from domainscan.read.certificate import TrustStore, read_certificate
from domainscan.read.difference import differences
from domainscan.visit.hosts import addresses_in, reachable
from domainscan.visit.robots import kept_out
from domainscan.visit.trail import NOT_MODIFIED, Tools, Trail, conditions, keep, unchanged
from domainscan.warc import WarcRecord

RTYPES: Final = ("A", "AAAA", "NS", "MX", "TXT")
# Answers that are no page: who is shown a page in their place is shown something else.
_OTHER: Final = (
    "not_html",
    "disallowed",
    "bad_redirect",
    "blocked_address",
    "blocked_port",
    "blocked_scheme",
)
_TRY_PLAIN: Final = frozenset(("refused", "unreachable", "tls_error", "timeout", "bad_response"))


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
    trail = Trail(observation_id(scan, candidate.name, candidate.url), tools.now(), earlier)
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
    trail = Trail("", tools.now(), headers=headers, max_bytes=max_bytes)
    known: dict[str, tuple[str, ...]] = {}
    where = await reachable(target.url, known, trail, tools)
    return where if isinstance(where, Failure) else await _walk(target.url, known, trail, tools, 1.0)


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
    candidate: Candidate, resolution: tuple[Lookup, ...], trail: Trail, tools: Tools
) -> Page | Failure:
    """The page, or why there is none: the candidate's URL, or https and then http for a bare name."""
    addresses = addresses_in(resolution)
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
    trail: Trail,
    tools: Tools,
) -> tuple[Page | Failure, tuple[str, ...]]:
    """What the second profile is shown at the same address, and whether it is something else."""
    profile = tools.net.second_profile
    if not profile or isinstance(page, Failure):
        return Failure("not_run"), ()
    again = Trail(f"{trail.id}/{profile}", trail.at, headers=PROFILES[profile], seconds=trail.seconds)
    second = await _follow(trail.start, {str(candidate.name): addresses_in(resolution)}, again, tools, 1.0)
    trail.records += again.records
    differs = second.status in _OTHER if isinstance(second, Failure) else differences(page, second)
    return second, ("profiles_differ",) if differs else ()


async def _follow(
    url: str, known: dict[str, tuple[str, ...]], trail: Trail, tools: Tools, share: float
) -> Page | Failure:
    """The page at the end of the redirects."""
    reply = await _walk(url, known, trail, tools, share)
    return reply if isinstance(reply, Failure) else await _read(reply, trail, tools)


async def _walk(
    url: str, known: dict[str, tuple[str, ...]], trail: Trail, tools: Tools, share: float
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
    url: str, known: dict[str, tuple[str, ...]], trail: Trail, tools: Tools, seconds: float
) -> Reply | Failure:
    """One hop: the host's addresses through the gate, its robots.txt, the request, the record."""
    where = await reachable(url, known, trail, tools)
    if isinstance(where, Failure):
        trail.hops.append(Hop(url=url, failure=where))
        return where
    before = trail.seconds
    refusal = await kept_out(url, where, trail, tools, seconds / 2)
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
    hop = keep(reply, trail)
    if url.startswith("https:") and isinstance(trail.certificate, Failure) and _same_site(url, known):
        trail.certificate = _certificate(reply, url, trail.at, tools.trust)
    if hop.failure is not None:
        return hop.failure
    return reply._replace(hop=hop)


async def _ask(url: str, addresses: tuple[str, ...], trail: Trail, tools: Tools, seconds: float) -> Reply:
    """One request; its time counts in the visit's."""
    headers = trail.headers + conditions(url, trail.earlier)
    reply = await tools.fetcher.fetch(
        url, addresses, headers=headers, max_bytes=trail.max_bytes, timeout_seconds=max(0.1, seconds)
    )
    trail.seconds += reply.hop.milliseconds / 1000
    return reply


def _same_site(url: str, known: dict[str, tuple[str, ...]]) -> bool:
    """Whether `url` is on the candidate's own host, the first one the visit knew."""
    return urlsplit(url).hostname == next(iter(known))


def _certificate(reply: Reply, url: str, at: str, trust: TrustStore) -> Certificate | Failure:
    if not reply.chain:
        failure = reply.hop.failure
        return failure if failure is not None else Failure("tls_error", "no certificate was seen")
    return read_certificate(reply.chain, host=urlsplit(url).hostname or "", at=at, trust=trust)


async def _read(reply: Reply, trail: Trail, tools: Tools) -> Page | Failure:
    """The page that the last hop served, parsed in a process that can be killed; the same bytes are parsed once."""
    hop, earlier = reply.hop, trail.earlier
    if earlier is not None and unchanged(reply, earlier):
        return replace(earlier.page, record=earlier.record, received=earlier.received)
    if hop.http_status == NOT_MODIFIED:
        return Failure("bad_response", "304 to a request without a condition")
    page = await tools.parser.read(
        reply.body,
        url=hop.url,
        http_status=hop.http_status,
        content_type=sent_type(hop.headers),
        body_digest=warc.digest_of(reply.body),
    )
    moves = any(name.lower() == "refresh" for name, _ in hop.headers)
    flags = (*reply.flags, "refresh_header") if moves else reply.flags
    if isinstance(page, Failure) or not flags:
        return page
    return replace(page, flags=tuple(dict.fromkeys((*page.flags, *flags))))
