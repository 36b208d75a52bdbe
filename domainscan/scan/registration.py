"""Registrations, in one paced lane of the driver: each registrable domain once in a scan."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Final

import uvloop
from msgspec.structs import replace

from blocklists.names import Name
from domainscan.config import Net
from domainscan.model import Failure, Registration
from domainscan.net.dns import resolver_of
from domainscan.net.fetch import Fetcher
from domainscan.net.pace import Pace, steady
from domainscan.net.rdap import ask, load_bootstrap
from domainscan.net.reach import Gate, local_addresses
from domainscan.read.rdap import read_registration

AT_ONCE = 8  # look-ups in flight; services pace themselves with 429
# Look-ups in a row that a service may fail; after that one of each job tries it, and the others are not made. Behind
# a firewall each costs its time-out, one after the other, and no name is visited before those of its job are over.
PATIENCE: Final = 8


KEPT: Final = 4096


class Registry:
    """Each domain is asked about once in a scan: the answers of the newest KEPT domains are kept. For one thread."""

    def __init__(self, net: Net) -> None:
        self._net = net
        self._known: dict[Name, Registration | Failure] = {}
        self._failing: dict[str, int] = {}  # services, and how often in a row

    def look_up(self, domains: Iterable[Name]) -> dict[str, Registration | Failure]:
        """What is registered for each domain. Blocks."""
        wanted = set(domains)
        for service, times in self._failing.items():
            self._failing[service] = min(times, PATIENCE - 1)
        found = registrations(sorted(wanted - self._known.keys()), self._net, self._failing)
        self._known |= {Name(domain): one for domain, one in found.items()}
        known: dict[str, Registration | Failure] = {domain: self._known[domain] for domain in wanted}
        while len(self._known) > KEPT:
            del self._known[next(iter(self._known))]
        return known


def registrations(
    domains: Iterable[Name], net: Net, failing: dict[str, int] | None = None
) -> dict[str, Registration | Failure]:
    """What RDAP says of each domain, or why it says nothing. Blocks; run it in a thread of its own.

    `failing` counts the failures in a row of each service, from one call to the next.
    """
    wanted = tuple(domains)
    if not wanted:
        return {}
    if not net.registration:
        return dict.fromkeys(wanted, Failure("not_run", "[net] registration = false"))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_ask_all(wanted, net, failing))


async def _ask_all(
    domains: tuple[Name, ...], net: Net, failing: dict[str, int] | None
) -> dict[str, Registration | Failure]:
    resolver = resolver_of(net)
    found: dict[str, Registration | Failure] = {}
    waiting = iter(domains)
    try:
        pace = Pace(replace(steady(net), host_errors=PATIENCE), failing)
        async with Fetcher(net, Gate(net, local_addresses()), pace) as fetcher:

            async def lane() -> None:
                for domain in waiting:
                    if not resolver.alive:
                        found[domain] = Failure("no_resolver")
                        continue
                    answer = await ask(domain, fetcher, resolver, net.rdap, load_bootstrap(net.bootstrap))
                    found[domain] = (
                        answer
                        if isinstance(answer, Failure)
                        else read_registration(answer[1], domain=domain, source=answer[0])
                    )

            async with asyncio.TaskGroup() as group:
                for _ in range(AT_ONCE):
                    group.create_task(lane())
    finally:
        await resolver.close()
    return found
