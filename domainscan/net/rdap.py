"""Registration data over RDAP: the registry's answer for a registrable domain, as bytes.

Source: RFC 7480, RFC 9082, RFC 9224 (the bootstrap file's form).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Final

from domainscan.model import Answers, Failure, Name
from domainscan.net.dns import Resolver
from domainscan.net.fetch import Fetcher, Reply
from domainscan.net.urls import next_url, read_url

HOPS: Final = 4
TIMEOUT_SECONDS: Final = 10.0  # one request
MAX_BYTES: Final = 512 * 1024
STATUSES: Final = {404: "not_found", 429: "rate_limited", 503: "rate_limited"}
HEADERS: Final = (("Accept", "application/rdap+json, application/json;q=0.9"),)


class BadBootstrap(ValueError):
    """Raised for a file that names no RDAP service."""


@cache
def load_bootstrap(file: str = "") -> Mapping[str, str]:
    """The RDAP service of each suffix: {"com": "https://.../", ...}, of a file or of the shipped snapshot.

    Raises BadBootstrap for a file that cannot be read or names no service.
    """
    shipped = resources.files("domainscan.net").joinpath("data/rdap.json")
    try:
        services = read_bootstrap(json.loads((Path(file) if file else shipped).read_text("utf-8")))
    except (OSError, ValueError, AttributeError) as error:
        raise BadBootstrap(f"{file}: {error}") from error
    if not services:
        raise BadBootstrap(f"{file}: names no RDAP service: use IANA's dns.json (RFC 9224)")
    return services


def read_bootstrap(table: Mapping[str, object]) -> dict[str, str]:
    """Suffix -> service URL of an RFC 9224 file, https before http; entries that are neither are left out."""
    services: dict[str, str] = {}
    entries = table.get("services")
    for entry in entries if isinstance(entries, list) else []:
        if not (isinstance(entry, list) and len(entry) == 2 and all(isinstance(one, list) for one in entry)):
            continue
        urls = sorted((url for url in entry[1] if isinstance(url, str)), key=lambda url: url[:6] != "https:")
        usable = next((url for url in urls if not isinstance(read_url(url), Failure)), "")
        if usable:
            services |= {one.lower(): usable for one in entry[0] if isinstance(one, str)}
    return services


def service_for(domain: Name, bootstrap: Mapping[str, str]) -> str:
    """The service of the longest listed suffix of `domain`; "" when nobody runs one."""
    labels = domain.split(".")
    tails = (".".join(labels[start:]) for start in range(len(labels)))
    return next((bootstrap[tail] for tail in tails if tail in bootstrap), "")


async def ask(
    domain: Name,
    fetcher: Fetcher,
    resolver: Resolver,
    service: str = "",
    bootstrap: Mapping[str, str] | None = None,
) -> tuple[str, bytes] | Failure:
    """The URL that answered and its JSON, unread. Redirects go through the same gate as a visit's.

    `service` stands in for the bootstrap file. no_service, not_found, rate_limited, or why nothing came.
    """
    base = service or service_for(domain, load_bootstrap() if bootstrap is None else bootstrap)
    if not base:
        return Failure("no_service", domain.rpartition(".")[2])
    url: str | Failure = next_url(base, f"{base.rstrip('/')}/domain/{domain}")
    for _ in range(HOPS):
        if isinstance(url, Failure):
            return url
        reply = await _get(url, fetcher, resolver)
        if isinstance(reply, Failure):
            return reply
        if not reply.hop.location:
            return _answer(reply)
        url = reply.hop.location
    return Failure("too_many_hops", f"{HOPS} hops")


async def _get(url: str, fetcher: Fetcher, resolver: Resolver) -> Reply | Failure:
    target = read_url(url)
    if isinstance(target, Failure):
        return target
    addresses: tuple[str, ...] = ()
    if not target.literal:
        found = [one.result for one in await resolver.lookups(target.host, ("A", "AAAA"))]
        addresses = tuple(value for one in found if isinstance(one, Answers) for value in one.values)
        if not addresses:
            return next(one for one in found if isinstance(one, Failure))
    return await fetcher.fetch(
        url, addresses, headers=HEADERS, max_bytes=MAX_BYTES, timeout_seconds=TIMEOUT_SECONDS
    )


def _answer(reply: Reply) -> tuple[str, bytes] | Failure:
    hop = reply.hop
    if hop.http_status in STATUSES:
        return Failure(STATUSES[hop.http_status], hop.url)
    if hop.failure:
        return hop.failure
    if hop.http_status != 200:
        return Failure("bad_response", f"{hop.http_status} from {hop.url}"[:200])
    if reply.flags:
        return Failure("too_large" if "truncated" in reply.flags else "bad_response", ", ".join(reply.flags))
    return hop.url, reply.body
