"""Microseconds of CPU that one fetch costs the client: `python -m benchmarks.fetching http://127.77.9.1:18080/ ...`.

Each URL names the server by its loopback address and port; a page of about 4 KB is what the numbers in the docs
stand for. CPU time carries over to the internet and to a machine shared with others; time on the clock does
not. Over https nearly all of it is the handshake inside OpenSSL.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

import uvloop

from domainscan.config import Net
from domainscan.net.fetch import Fetcher
from domainscan.net.pace import Pace
from domainscan.net.reach import Gate
from domainscan.net.urls import PORTS

ROUNDS: Final = 5
AT_ONCE: Final = 32
FETCHES: Final = {"http": 2000, "https": 600}  # in one round


def run(urls: Sequence[str] = ("http://127.77.9.1:18080/",)) -> list[tuple[str, float]]:
    """(what, microseconds of client CPU per fetch) for each URL: the median of ROUNDS."""
    found = []
    for url in urls:
        rounds = []
        for _ in range(ROUNDS):
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                rounds.append(runner.run(_round(url)))
        scheme = urlsplit(url).scheme
        found.append((f"one {scheme} fetch, {AT_ONCE} at once", statistics.median(rounds)))
    return found


async def _round(url: str) -> float:
    """Microseconds of CPU per fetch of one round. Raises RuntimeError when the server does not answer with 200."""
    parts = urlsplit(url)
    address = parts.hostname or ""
    own = PORTS[parts.scheme]
    net = Net(allow=(address,), unpaced=(address,), port_map={str(own): parts.port or own}, host_errors=0)
    fetches = FETCHES[parts.scheme]
    numbers = iter(range(fetches))

    async def lane() -> None:
        for number in numbers:  # another name and another path each time: nothing is remembered
            page = f"{parts.scheme}://h{number}.bench.example{parts.path}?n={number}"
            reply = await fetcher.fetch(page, (address,), timeout_seconds=20)
            if reply.hop.http_status != 200 or not reply.body or reply.flags:
                raise RuntimeError(f"{url}: {reply.hop.http_status} {reply.hop.failure} {reply.flags}")

    async with Fetcher(net, Gate(net), Pace(net)) as fetcher:
        began = time.process_time()
        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(lane())
        return (time.process_time() - began) / fetches * 1e6


def main() -> None:
    for what, microseconds in run(sys.argv[1:]):
        print(f"{what}: {microseconds:.0f} us of CPU")


if __name__ == "__main__":
    main()
