"""Registrations, in one paced lane of the driver: each registrable domain once in a scan."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import uvloop

from blocklists.names import Name
from domainscan.config import Net
from domainscan.model import Failure, Registration
from domainscan.net.dns import resolver_of
from domainscan.net.fetch import Fetcher
from domainscan.net.rdap import ask
from domainscan.net.reach import Gate, Pace, local_addresses, steady
from domainscan.read.rdap import read_registration

AT_ONCE = 8  # look-ups in flight; services pace themselves with 429


def registrations(domains: Iterable[Name], net: Net) -> dict[str, Registration | Failure]:
    """What RDAP says of each domain, or why it says nothing. Blocks; run it in a thread of its own."""
    wanted = tuple(domains)
    if not wanted:
        return {}
    if not net.registration:
        return dict.fromkeys(wanted, Failure("not_run", "[net] registration = false"))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_ask_all(wanted, net))


async def _ask_all(domains: tuple[Name, ...], net: Net) -> dict[str, Registration | Failure]:
    resolver = resolver_of(net)
    found: dict[str, Registration | Failure] = {}
    waiting = iter(domains)
    try:
        async with Fetcher(net, Gate(net, local_addresses()), Pace(steady(net))) as fetcher:

            async def lane() -> None:
                for domain in waiting:
                    if not resolver.alive:
                        found[domain] = Failure("no_resolver")
                        continue
                    answer = await ask(domain, fetcher, resolver, service=net.rdap)
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
