"""One hostile server must not hold up the visits of others: a watchdog beside the fetches sees no long gap."""

from __future__ import annotations

import asyncio
import gzip
import multiprocessing
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection

import pytest
import uvloop
import zstandard

from domainscan.config import Net
from domainscan.net.fetch import Fetcher
from domainscan.net.pace import Pace
from domainscan.net.reach import Gate

SITE = "127.78.0.13"
AT_ONCE = 8
LAG_SECONDS = 0.25
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
CODED = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Encoding: "
# what is sent again and again at full speed, after a head that is sent once
FLOODS = {
    "one-byte chunks": (CHUNKED, b"1\r\nx\r\n" * 10_000),
    "chunk extension": (CHUNKED + b"1;", b"e" * 65536),
    "trailers": (CHUNKED + b"0\r\n", b"t: v\r\n" * 10_000),
    "interim answers": (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 3000),
    "headers": (b"HTTP/1.1 200 OK\r\n", b"a: b\r\n" * 10_000),
    "one header": (b"HTTP/1.1 200 OK\r\na: ", b"b" * 65536),
    "blank lines": (b"", b"\r\n" * 30_000),
    "endless body": (b"HTTP/1.1 200 OK\r\n\r\n", b"e" * 65536),
    "gzip bomb": (CODED + b"gzip\r\n\r\n" + gzip.compress(bytes(200_000_000)), b""),
    "gzip members": (CODED + b"gzip\r\n\r\n" + gzip.compress(b"") * 100_000, b""),
    "zstd blocks": (CODED + b"zstd\r\n\r\n\x28\xb5\x2f\xfd\x00\x58" + bytes(3) * 600_000, b""),
    "zstd bomb": (CODED + b"zstd\r\n\r\n" + zstandard.compress(bytes(200_000_000)), b""),
}


def serve(pipe: Connection) -> None:
    """In a process of its own, so that its work is no lag of ours."""

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = (await reader.readuntil(b"\r\n\r\n")).split(b" ")[1]
        head, piece = list(FLOODS.values())[int(asked.removeprefix(b"/"))]
        try:
            writer.write(head)
            for _ in range(2000 if piece else 0):
                writer.write(piece)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()

    async def main() -> None:
        server = await asyncio.start_server(handler, SITE, 0)
        pipe.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(main())


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=serve, args=(theirs,), daemon=True)
    process.start()
    yield ours.recv()
    process.terminate()
    process.join()


async def longest_gap(number: int, port: int) -> float:
    """Seconds of CPU between two turns of a watchdog while AT_ONCE fetches of one flood run."""
    net = Net(allow=(SITE,), unpaced=(SITE,), port_map={"80": port}, host_errors=0)
    gap = 0.0

    async def watch() -> None:
        nonlocal gap
        last = time.process_time()
        while True:
            await asyncio.sleep(0)
            now = time.process_time()
            gap, last = max(gap, now - last), now

    async with Fetcher(net, Gate(net), Pace(net)) as fetcher:
        watchdog = asyncio.create_task(watch())
        url = f"http://hostile.example/{number}"
        await asyncio.gather(*(fetcher.fetch(url, (SITE,), timeout_seconds=10) for _ in range(AT_ONCE)))
        watchdog.cancel()
    return gap


@pytest.mark.soak
@pytest.mark.parametrize("flood", FLOODS)
def test_no_flood_holds_up_the_loop(flood: str, port: int) -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        gap = runner.run(longest_gap(list(FLOODS).index(flood), port))
    print(f"{flood}: {gap * 1000:.0f} ms")
    assert gap < LAG_SECONDS
