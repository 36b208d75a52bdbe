"""Microseconds of processor time to read a page, in this process and through the pool, and to keep its evidence."""

from __future__ import annotations

import asyncio
import resource
import statistics
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import cycle
from pathlib import Path
from typing import Final

import uvloop
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

import domainscan
from domainscan.model import Page
from domainscan.read.certificate import TrustStore, load_trust, read_certificate
from domainscan.read.html import read_page
from domainscan.read.pool import ParserPool
from domainscan.warc import Message, record_id, request_record, response_record

SITES: Final = Path(domainscan.__file__).parent / "lab" / "sites"
ROUNDS: Final = 7
AT: Final = "2026-11-23T15:00:00Z"
URL: Final = "https://name.lab/"
TYPE: Final = "text/html; charset=utf-8"
DIGEST: Final = "sha256:" + "0" * 64
HEAD: Final = b"HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Type: text/html\r\nConnection: keep-alive"
ASKED: Final = b"GET / HTTP/1.1\r\nHost: name.lab\r\nUser-Agent: domainscan\r\nAccept: text/html"
IN_FLIGHT: Final = 16  # documents that the pool is asked for at a time


def run() -> list[tuple[str, float]]:
    """(what, microseconds of processor time), the median of 7 rounds each."""
    pages = _pages(3_300, 4_100)
    large = [b"".join(_pages(0, 30_000)[n : n + 12])[:30_000] for n in range(10)]
    body = (pages[0] + pages[-1])[:4096]
    record, coded = record_id("o1", 0), HEAD + b"\r\nContent-Encoding: gzip"
    trust = load_trust()
    return [
        ("read_page, 3.7 KB", _median(_read, pages, 10)),
        ("read_page, 30 KB", _median(_read, large, 5)),
        ("pool round trip, 3.7 KB, with the workers", _pool(pages)),
        (
            "WARC response, 4 KB",
            _median(lambda _: response_record(Message(record, URL, "", AT, HEAD), body), [body], 500),
        ),
        (
            "WARC response, 4 KB sent compressed",
            _median(lambda _: response_record(Message(record, URL, "", AT, coded), body), [body], 500),
        ),
        ("WARC request", _median(lambda _: request_record(Message(record, URL, "", AT, ASKED)), [b""], 500)),
        ("certificate, self-signed", _median(lambda der: _judge(der, TrustStore({})), _leaves(50), 1)),
        ("certificate, seen before", _median(lambda der: _judge(der, trust), _leaves(1), 500)),
    ]


def _pages(smallest: int, largest: int) -> list[bytes]:
    bodies = (file.read_bytes() for file in sorted(SITES.glob("*.html")))
    return [body for body in bodies if smallest < len(body) < largest]


def _read(body: bytes) -> None:
    read_page(body, url=URL, http_status=200, content_type=TYPE, body_digest=DIGEST)


def _judge(der: bytes, trust: TrustStore) -> None:
    read_certificate([der], host="name.lab", at=AT, trust=trust)


def _leaves(count: int) -> list[bytes]:
    """Self-signed certificates of as many keys."""
    begins = datetime(2026, 11, 1, tzinfo=UTC)
    ders = []
    for number in range(count):
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, f"n{number}.lab")])
        sans = x509.SubjectAlternativeName([x509.DNSName("name.lab"), x509.DNSName("*.name.lab")])
        builder = x509.CertificateBuilder(name, name, key.public_key(), number + 1)
        builder = builder.not_valid_before(begins).not_valid_after(begins + timedelta(days=90))
        ders.append(builder.add_extension(sans, False).sign(key, hashes.SHA256()).public_bytes(Encoding.DER))
    return ders


def _median(work: Callable[[bytes], object], inputs: list[bytes], times: int) -> float:
    """Microseconds for one input, after one round to warm up."""
    spent = []
    for _ in range(ROUNDS + 1):
        before = _processor_seconds()
        for _ in range(times):
            for one in inputs:
                work(one)
        spent.append((_processor_seconds() - before) / times / len(inputs) * 1e6)
    return statistics.median(spent[1:])


def _pool(pages: list[bytes]) -> float:
    """Microseconds of both sides for one page. The time of a child counts when it ends, so each round has its pool."""
    empty, full = [], []
    for _ in range(ROUNDS):
        empty.append(uvloop.run(_round(pages, IN_FLIGHT)))
        full.append(uvloop.run(_round(pages, IN_FLIGHT + 2_000)))
    return (statistics.median(full) - statistics.median(empty)) / 2_000 * 1e6


async def _round(pages: list[bytes], count: int) -> float:
    """Processor seconds of a pool that reads `count` pages, from its start to its end."""
    before = _processor_seconds()
    todo = iter([page for page, _ in zip(cycle(pages), range(count), strict=False)])
    async with ParserPool(2) as pool:
        await asyncio.gather(*(_ask(pool, todo) for _ in range(IN_FLIGHT)))
    return _processor_seconds() - before


async def _ask(pool: ParserPool, todo: Iterator[bytes]) -> None:
    for body in todo:
        page = await pool.read(body, url=URL, http_status=200, content_type=TYPE, body_digest=DIGEST)
        assert isinstance(page, Page), page


def _processor_seconds() -> float:
    """Of this process and of its children that have ended."""
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used)


def main() -> None:
    """Print what each part costs."""
    for what, microseconds in run():
        print(f"{microseconds:8.1f} us  {what}")


if __name__ == "__main__":
    main()
