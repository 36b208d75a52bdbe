"""The addresses of a URL's host: looked up once in a visit, and never used past the gate."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

from blocklists.names import BadName, Name, parse_name
from domainscan.model import (
    Answers,
    Failure,
    Lookup,
)
from domainscan.visit.trail import Tools, Trail


async def reachable(
    url: str, known: dict[str, tuple[str, ...]], trail: Trail, tools: Tools
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
        found = addresses_in(await _resolve(name, ("A", "AAAA"), trail, tools))
        if not found:
            asked = "has no address" if tools.resolver.alive else "cannot be looked up: no resolver answers"
            return Failure("unreachable", f"{name} {asked}")
        known[name] = found
    for address in known[name]:
        refusal = tools.gate.refusal(address, port)
        if refusal is not None:
            return refusal
    return known[name]


async def _resolve(name: Name, rtypes: tuple[str, ...], trail: Trail, tools: Tools) -> tuple[Lookup, ...]:
    """The look-ups of a name; their time counts in the visit's, and ends with it."""
    clock = asyncio.get_running_loop()
    began = clock.time()
    found = await tools.resolver.lookups(name, rtypes, _left(trail, tools))
    trail.seconds += clock.time() - began
    return found


def _left(trail: Trail, tools: Tools) -> float:
    """Seconds that are left of the visit's."""
    return max(0.1, tools.net.deadline_seconds - trail.seconds)


def addresses_in(resolution: tuple[Lookup, ...]) -> tuple[str, ...]:
    both = (one.result for one in resolution if one.rtype in ("A", "AAAA"))
    return tuple(value for one in both if isinstance(one, Answers) for value in one.values)
