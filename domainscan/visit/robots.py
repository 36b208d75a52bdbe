"""robots.txt of an origin, asked once by all visits of a shard (RFC 9309)."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from domainscan.model import (
    Failure,
)
from domainscan.read.robots import allowed
from domainscan.visit.hosts import reachable
from domainscan.visit.trail import Tools, Trail

ROBOTS_BYTES: Final = 500 * 1024  # RFC 9309 2.5: parse at least 500 KiB
ROBOTS_HOPS: Final = 5  # RFC 9309 2.3.1.2: follow at least five redirects
ROBOTS_KEPT: Final = (
    128  # origins whose rules are remembered: more than visits at once, few enough for memory
)


async def kept_out(
    url: str, addresses: tuple[str, ...], trail: Trail, tools: Tools, seconds: float
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
    url: str, addresses: tuple[str, ...], trail: Trail, tools: Tools, seconds: float
) -> bytes | Failure:
    """The rules; no rules where there is no such file; "disallowed" where the server failed (RFC 9309 2.3.1.4).

    A server that cannot be reached at all is left to the visit itself, which will say so. All hops share `seconds`.
    """
    known = {urlsplit(url).hostname or "": addresses}
    end = trail.seconds + seconds
    for _ in range(ROBOTS_HOPS + 1):
        where = await reachable(url, known, trail, tools)
        if isinstance(where, Failure):
            return b""
        left = max(0.1, end - trail.seconds)
        reply = await tools.fetcher.fetch(url, where, max_bytes=ROBOTS_BYTES, timeout_seconds=left)
        trail.seconds += reply.hop.milliseconds / 1000
        if not reply.hop.location:
            break
        url = reply.hop.location
    if reply.hop.http_status >= 500:
        return Failure("disallowed", f"{url} answered {reply.hop.http_status}")
    if reply.hop.failure is not None and not reply.body:
        return reply.hop.failure
    return reply.body if reply.hop.http_status == 200 else b""
