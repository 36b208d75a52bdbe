"""The other side of the comparisons, each a program of its own: `python -m benchmarks.peers WHAT ...`.

Needs the extra `bench`. They get every chance: names are answered from memory, robots and delays are off.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, Final

AT_ONCE: Final = {"dnspython": 100, "aiodns": 200}


def say(count: int, seconds: float, cpu: float) -> None:
    """One line that the caller reads: how many went right, wall seconds, CPU seconds; without the imports."""
    print(f"{count} {seconds:.4f} {cpu:.4f}")


async def _many(names: Iterator[str], at_once: int, ask: Callable[[str], Awaitable[bool]]) -> int:
    right = 0

    async def lane() -> None:
        nonlocal right
        for name in names:
            good = await ask(name)
            right += good

    await asyncio.gather(*(lane() for _ in range(at_once)))
    return right


def dnspython(server: str, names: list[str]) -> None:
    import dns.asyncresolver

    resolver = dns.asyncresolver.Resolver(configure=False)
    address, _, port = server.partition(":")
    resolver.nameservers, resolver.port = [address], int(port)

    async def ask(name: str) -> bool:
        return len(await resolver.resolve(f"{name}.", "A")) == 1

    _timed(names, AT_ONCE["dnspython"], lambda: ask)


def aiodns(server: str, names: list[str]) -> None:
    import aiodns as library

    address, _, port = server.partition(":")

    def make() -> Callable[[str], Awaitable[bool]]:
        resolver = library.DNSResolver(nameservers=[address], udp_port=int(port), tcp_port=int(port))

        async def ask(name: str) -> bool:
            return bool(await resolver.query_dns(name, "A"))

        return ask

    _timed(names, AT_ONCE["aiodns"], make)


def ours(server: str, names: list[str]) -> None:
    import uvloop

    from domainscan.model import Answers, Failure
    from domainscan.net.dns import Resolver

    async def work() -> int:
        right = 0

        def deliver(name: str, rtype: str, result: Answers | Failure) -> None:
            nonlocal right
            right += isinstance(result, Answers) and len(result.values) == 1

        resolver = Resolver([server])
        await resolver.bulk(((name, "A") for name in names), deliver)
        await resolver.close()
        return right

    wall, cpu = time.perf_counter(), time.process_time()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        right = runner.run(work())
    say(right, time.perf_counter() - wall, time.process_time() - cpu)


def _timed(names: list[str], at_once: int, make: Callable[[], Callable[[str], Awaitable[bool]]]) -> None:
    async def work() -> int:
        return await _many(iter(names), at_once, make())

    wall, cpu = time.perf_counter(), time.process_time()
    right = asyncio.run(work())
    say(right, time.perf_counter() - wall, time.process_time() - cpu)


def scrapy(scheme: str, web: str, count: str) -> None:
    """Fetches every page and takes its title, in Scrapy's one process; names resolve at once, from memory."""
    from scrapy import Request, Spider
    from scrapy.crawler import CrawlerProcess
    from scrapy.resolver import CachingThreadedResolver
    from twisted.internet import defer

    address, _, port = web.partition(":")
    titles: list[str] = []

    class Known(CachingThreadedResolver):  # type: ignore[misc]  # of an extra
        def getHostByName(self, name: str, timeout: Any = None) -> Any:
            return defer.succeed(address)

    class Titles(Spider):  # type: ignore[misc]  # of an extra
        name = "titles"

        async def start(self) -> Any:
            for number in range(int(count)):
                yield Request(f"{scheme}://n{number:06d}.bench:{port}/", dont_filter=True)

        def parse(self, response: Any) -> None:
            titles.append(response.css("title::text").get() or "")

    process = CrawlerProcess(
        {
            "LOG_LEVEL": "ERROR",
            "CONCURRENT_REQUESTS": 64,
            "CONCURRENT_REQUESTS_PER_DOMAIN": 64,
            "ROBOTSTXT_OBEY": False,
            "TELNETCONSOLE_ENABLED": False,
            "COOKIES_ENABLED": False,
            "RETRY_ENABLED": False,
            "DOWNLOAD_DELAY": 0,
            "TWISTED_DNS_RESOLVER": Known,
        }
    )
    process.crawl(Titles)
    wall, cpu = time.perf_counter(), time.process_time()
    process.start()
    say(sum(map(bool, titles)), time.perf_counter() - wall, time.process_time() - cpu)


def main() -> None:
    what, *words = sys.argv[1:]
    if what == "scrapy":
        scrapy(*words)
        return
    server, count = words
    names = [f"n{number:06d}.bench" for number in range(int(count))]
    {"dnspython": dnspython, "aiodns": aiodns, "ours": ours}[what](server, names)


if __name__ == "__main__":
    main()
