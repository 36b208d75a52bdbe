"""One request to a hostile server: a typed outcome, whatever was received, in bounded time."""

# ruff: noqa: E501  (the table is read row by row)

from __future__ import annotations

import asyncio
import gzip
import ssl
import warnings
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import brotli
import msgspec
import pytest
import uvloop

from domainscan.config import Net
from domainscan.net import exchange
from domainscan.net.fetch import Fetcher, Reply
from domainscan.net.reach import Gate, Pace

SITE = "127.78.0.10"
HOST = "hostile.example"
Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

PAGE = b"<title>hello</title>" * 50
OK = b"HTTP/1.1 200 OK\r\n"


def length(body: bytes) -> bytes:
    return OK + b"Content-Length: %d\r\n\r\n" % len(body) + body


def coded(coding: bytes, body: bytes) -> bytes:
    return OK + b"Content-Encoding: %s\r\nContent-Length: %d\r\n\r\n" % (coding, len(body)) + body


def chunked(*chunks: bytes) -> bytes:
    return OK + b"Transfer-Encoding: chunked\r\n\r\n" + b"".join(chunks)


def says(*pieces: bytes, reset: bool = False, stay: bool = False) -> Handler:
    """Reads the request, sends the pieces and leaves: with a reset, or only when the visitor has left."""

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.02)  # the pieces arrive apart
        if reset:
            await asyncio.sleep(0.05)
            writer.transport.abort()
        elif stay:
            await reader.read()

    return handler


def repeats(head: bytes, piece: bytes, pause: float = 0.0) -> Handler:
    """Sends the piece again and again, for as long as the visitor stays."""

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(head)
        for _ in range(1_000_000):
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(pause)

    return handler


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()
    await asyncio.sleep(10)


async def banner(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(100)
    writer.write(b"SSH-2.0-OpenSSH_9.2\r\n")
    await reader.read()


async def leaves(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


# case of HOSTILE 6, handler, HTTP status, failure status or "", flags, what must be in the body, reason
Row = tuple[str, Handler, int, str, set[str], bytes, str]
TABLE: list[Row] = [
    ("plain", says(length(PAGE)), 200, "", set(), PAGE, "the ordinary page"),
    ("404", says(b"HTTP/1.1 404 No\r\nContent-Length: 4\r\n\r\ngone"), 404, "", set(), b"gone", "a page, too"),
    ("401", says(b"HTTP/1.1 401 No\r\nWWW-Authenticate: Basic\r\nContent-Length: 1\r\n\r\nx"), 401, "", set(),
     b"x", "W18: no credentials, no second request"),
    ("gzip", says(coded(b"gzip", gzip.compress(PAGE))), 200, "", set(), PAGE, "decoded by our own code"),
    ("brotli", says(coded(b"br", brotli.compress(PAGE))), 200, "", set(), PAGE, "decoded by our own code"),
    ("gzip bomb", says(coded(b"gzip", gzip.compress(b"a" * 50_000_000))), 200, "", {"truncated"}, b"aaa",
     "W01: 50 MB in 50 KB end at the cap"),
    ("layers", says(coded(b"gzip, gzip, gzip, gzip, gzip", b"x")), 200, "bad_encoding", {"not_inspected"},
     b"x", "W02: never clean"),
    ("members", says(coded(b"gzip", gzip.compress(b"") * 20_000)), 200, "", {"incomplete"}, b"", "W03"),
    ("gzip cut", says(coded(b"gzip", gzip.compress(PAGE)[:-6])), 200, "", {"incomplete"}, b"hello",
     "W04: aiohttp alone takes it for whole"),
    ("brotli cut", says(coded(b"br", brotli.compress(PAGE)[:-1])), 200, "", {"incomplete"}, b"hello", "W04"),
    ("gzip junk", says(coded(b"gzip", gzip.compress(PAGE) + b"junk")), 200, "", {"incomplete"}, PAGE, "W04"),
    ("false gzip", says(coded(b"gzip", PAGE)), 200, "", {"encoding_mismatch"}, PAGE, "W05: the body is kept"),
    ("hidden gzip", says(length(gzip.compress(PAGE))), 200, "", {"encoding_mismatch"}, b"\x1f\x8b", "W05"),
    ("endless", repeats(OK + b"\r\n", b"e" * 65536), 200, "", {"truncated"}, b"eee", "W06: ends at the cap"),
    ("endless chunks", repeats(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1000\r\n" + b"e" * 4096 + b"\r\n"),
     200, "", {"truncated"}, b"eee", "W06"),
    ("drip body", repeats(OK + b"\r\n", b"d", 0.05), 200, "", {"incomplete"}, b"ddd", "W07: what came is kept"),
    ("drip header", repeats(OK, b"a", 0.05), 0, "timeout", set(), b"", "W07"),
    ("drip status", repeats(b"", b"H", 0.05), 0, "bad_response", set(), b"", "W07: HHH is no status line"),
    ("silence", silent, 0, "timeout", set(), b"", "W08"),
    ("head only", says(OK + b"Content-Length: 5\r\n\r\n", stay=True), 200, "timeout", {"incomplete"}, b"", "W08"),
    ("200k headers", says(OK + b"a: b\r\n" * 200_000 + b"\r\n"), 0, "too_large", set(), b"", "W09"),
    ("2 MB header", says(OK + b"a: " + b"b" * 2_000_000 + b"\r\n\r\n"), 0, "too_large", set(), b"", "W09"),
    ("trailers", says(chunked(b"1\r\nx\r\n"), b"0\r\n" + b"t: v\r\n" * 100_000 + b"\r\n"), 200, "", {"incomplete"},
     b"x", "W09"),
    ("endless 100", repeats(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 50, 0.01), 0, "too_large", set(), b"", "W10"),
    ("endless 103", repeats(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n", 0.1), 0, "timeout", set(), b"", "W10: slowly"),
    ("three 103", says(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 3 + length(PAGE)), 200, "", set(), PAGE, "W10: as good servers do"),
    ("chunk extension", repeats(chunked(b"1;"), b"e" * 4096), 200, "too_large", {"incomplete"}, b"", "W11"),
    ("one-byte chunks", says(chunked(b"1\r\nx\r\n" * 50_000, b"0\r\n\r\n")), 200, "", set(), b"xxx", "W11"),
    ("CL and TE", says(OK + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"), 0,
     "bad_response", set(), b"", "W12"),
    ("two CL", says(OK + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"), 0, "bad_response", set(), b"",
     "W12"),
    ("CL -1", says(OK + b"Content-Length: -1\r\n\r\n"), 0, "bad_response", set(), b"", "W12"),
    ("CL +5", says(OK + b"Content-Length: +5\r\n\r\nhello"), 0, "bad_response", set(), b"", "W12"),
    ("chunk overflow", says(chunked(b"fffffffffffffffff\r\nabc")), 200, "bad_response", {"incomplete"}, b"", "W12"),
    ("bad chunk", says(chunked(b"3\r\nabc\r\n"), b"zz\r\n"), 200, "", {"incomplete"}, b"abc", "W12: abc is kept"),
    ("NUL in header", says(OK + b"X: a\0b\r\n\r\n"), 0, "bad_response", set(), b"", "W13"),
    ("8-bit in header", says(OK + b"X: \xff\x85\r\nContent-Length: 1\r\n\r\nx"), 200, "", set(), b"x", "W13"),
    ("HTTP/0.9", says(b"<html>hello</html>"), 0, "bad_response", set(), b"", "W14"),
    ("status 99999", says(b"HTTP/1.1 99999 OK\r\n\r\n"), 0, "bad_response", set(), b"", "W14"),
    ("RTSP", says(b"RTSP/1.0 200 OK\r\n\r\n"), 0, "bad_response", set(), b"", "W14: llhttp alone takes it for HTTP"),
    ("garbage", says(bytes(range(256)) * 20), 0, "bad_response", set(), b"", "W14"),
    ("SSH", banner, 0, "bad_response", set(), b"", "W14"),
    ("short body", says(OK + b"Content-Length: 5000\r\n\r\npart"), 200, "", {"incomplete"}, b"part", "W15"),
    ("reset in body", says(OK + b"Content-Length: 50\r\n\r\npart", reset=True), 200, "", {"incomplete"}, b"part",
     "W15"),
    ("reset at once", leaves, 0, "unreachable", set(), b"", "the connection broke before an answer"),
    ("closed at once", says(), 0, "unreachable", set(), b"", "the connection broke before an answer"),
    ("64 KB Location", says(b"HTTP/1.1 302 x\r\nLocation: /" + b"a" * 65536 + b"\r\n\r\n"), 0, "too_large", set(),
     b"", "W16"),
    ("no Location", says(b"HTTP/1.1 302 x\r\nContent-Length: 2\r\n\r\nhi"), 302, "bad_redirect", set(), b"hi",
     "W16"),
    ("two Locations", says(b"HTTP/1.1 302 x\r\nLocation: /a\r\nLocation: /b\r\n\r\n"), 302, "bad_redirect", set(),
     b"", "W16"),
    ("silent redirect", says(b"HTTP/1.1 302 x\r\nLocation: /a\r\nContent-Length: 9\r\n\r\n", stay=True), 302, "",
     {"incomplete"}, b"", "the Location is all that a redirect must bring"),
    ("101", says(b"HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n", stay=True), 101,
     "bad_response", set(), b"", "W20"),
    ("event stream", repeats(OK + b"Content-Type: text/event-stream\r\n\r\n", b"data: x\n\n", 0.05), 200, "",
     {"incomplete"}, b"data: x", "W20: the deadline ends it"),
]  # fmt: skip


async def get(settings: Net, url: str = f"http://{HOST}/", seconds: float = 0.5, **more: Any) -> Reply:
    async with Fetcher(settings, Gate(settings), Pace(settings)) as fetcher:
        return await fetcher.fetch(url, more.pop("addresses", (SITE,)), timeout_seconds=seconds, **more)


# These servers never come to an end: that the tests do is the deadline's doing.
UNENDING = ("drip body", "drip header", "silence", "head only", "endless 103", "silent redirect",
            "event stream")  # fmt: skip


async def outcome(row: Row, site: Any, settings: Any) -> str:
    """What is wrong with the outcome of one row; "" when it is the expected one."""
    case, handler, status, failure, flags, body, _ = row
    async with site(handler).running() as server:
        reply = await get(settings(server.port), seconds=0.4 if case in UNENDING else 30)
    found = reply.hop.failure.status if reply.hop.failure else ""
    seen = (reply.hop.http_status, found, set(reply.flags), body in reply.body)
    wrong = [str(seen)] if seen != (status, failure, flags, True) else []
    wrong += ["over the cap"] if max(len(reply.body), len(reply.received)) > 2 * 1024 * 1024 else []
    wrong += ["asked twice"] if server.visits != 1 else []
    return ", ".join(wrong)


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row[0])
async def test_every_server_ends_in_a_typed_outcome(row: Row, site: Any, settings: Any) -> None:
    assert await outcome(row, site, settings) == "", row[-1]


def test_uvloop_gives_the_same_outcomes(site: Any, settings: Any) -> None:
    async def one(row: Row) -> str:
        wrong = await outcome(row, site, settings)
        return f"{row[0]}: {wrong}" if wrong else ""

    async def all_rows() -> list[str]:
        unending = [row for row in TABLE if row[0] in UNENDING]
        found = await asyncio.gather(*(one(row) for row in unending))
        return [*found, *[await one(row) for row in TABLE if row not in unending]]

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        assert [wrong for wrong in runner.run(all_rows()) if wrong] == []


async def test_without_our_decoder_a_cut_gzip_body_passes_for_whole(site: Any, settings: Any) -> None:
    """The negative control of the end-of-stream check: aiohttp's own decoding raises nothing."""
    async with (
        site(says(coded(b"gzip", gzip.compress(PAGE)[:-6]))).running() as server,
        aiohttp.ClientSession() as session,
        session.get(f"http://{SITE}:{server.port}/") as response,
    ):
        assert b"hello" in await response.read()


async def test_without_the_deadline_a_drip_goes_on(site: Any, settings: Any) -> None:
    """The negative control of the deadline: with a far one the same server is still being read later on."""
    async with site(repeats(OK + b"\r\n", b"d", 0.05)).running() as server:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.8):
                await get(settings(server.port), seconds=3600)


async def test_without_the_cap_on_interim_answers_a_flood_goes_on(
    site: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control of W10: only the deadline is left."""
    monkeypatch.setattr(exchange, "INTERIM_ANSWERS", 10**9)
    async with site(repeats(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 50, 0.01)).running() as server:
        reply = await get(settings(server.port), seconds=0.4)
    assert reply.hop.failure and reply.hop.failure.status == "timeout"


async def test_a_body_slower_than_the_floor_ends_before_the_deadline(
    site: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "GRACE_SECONDS", 0.3)
    async with site(repeats(OK + b"\r\n", b"d", 0.05)).running() as server:
        reply = await get(settings(server.port), seconds=30)
    assert (reply.flags, reply.hop.failure) == (("incomplete",), None)
    assert reply.received.startswith(b"ddd")


@pytest.mark.parametrize(
    ("sent", "leads_to"),
    [
        (b"/there", "http://hostile.example/there"),
        ("/\u00fc".encode(), "http://hostile.example/%C3%BC"),
        ("/\u00fc".encode("latin-1"), "http://hostile.example/%C3%BC"),
        (b"/\xc2\xa0", "http://hostile.example/%C2%A0"),
        (b"//127.0.0.1/", "http://127.0.0.1/"),
    ],
)
async def test_a_redirect_is_reported_and_not_followed(
    sent: bytes, leads_to: str, site: Any, settings: Any
) -> None:
    page = b"HTTP/1.1 302 x\r\nLocation: " + sent + b"\r\nContent-Length: 0\r\n\r\n"
    async with site(says(page)).running() as server:
        reply = await get(settings(server.port), seconds=30)
        assert server.visits == 1
    assert (reply.hop.location, reply.hop.failure) == (leads_to, None)


async def test_the_evidence_is_what_went_over_the_wire(site: Any, settings: Any) -> None:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 Fine\r\nX-Odd: \xff\x1b[31m\r\nContent-Length: 2\r\n\r\nhi")

    heads: list[bytes] = []
    async with site(handler).running() as server:
        reply = await get(settings(server.port), f"http://{HOST}/a b?q=\u00fc#part", 30)
    assert heads == [reply.request_head + b"\r\n\r\n"]
    assert reply.request_head.startswith(b"GET /a%20b?q=%C3%BC HTTP/1.1\r\nHost: hostile.example\r\n")
    assert reply.response_head == b"HTTP/1.1 200 Fine\r\nX-Odd: \xff\x1b[31m\r\nContent-Length: 2"
    assert reply.hop.headers[0] == ("X-Odd", "\xff\\x1b[31m")  # W13: escaped
    assert (reply.hop.url, reply.hop.address) == ("http://hostile.example/a%20b?q=%C3%BC", SITE)
    assert msgspec.json.encode(reply.hop)


async def test_the_visitor_names_itself_and_brings_nothing_else(
    site: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """W17, W18, S18: no cookie comes back, no credentials leave, no environment is read."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.78.0.66:9")
    cookies = b"".join(b"Set-Cookie: c%d=%s; Domain=example\r\n" % (n, b"x" * 4000) for n in range(15))
    page = OK + cookies + b"Content-Length: 2\r\n\r\nhi"
    async with site(says(page)).running() as server:
        chosen = settings(server.port, contact="desk@example.org\r\nX-Injected: 1")
        async with Fetcher(chosen, Gate(chosen), Pace(chosen)) as fetcher:
            for _ in range(2):
                reply = await fetcher.fetch(f"http://{HOST}/", (SITE,), timeout_seconds=2)
    names = [line.split(b":")[0].lower() for line in reply.request_head.split(b"\r\n")[1:]]
    assert sorted(names) == sorted(
        [b"host", b"user-agent", b"accept", b"accept-language", b"accept-encoding", b"connection"]
    )
    assert b"(+desk@example.orgX-Injected: 1)" in reply.request_head
    assert len(reply.hop.headers) == 16


async def test_the_operators_proxy_is_the_only_way_out(site: Any, settings: Any) -> None:
    """A proxy on an address that no visit may reach is let through; the site behind it is still gated."""
    async with site(says(length(PAGE)), "127.0.0.1").running() as proxy:
        chosen = settings(9, proxy=f"http://127.0.0.1:{proxy.port}", port_map={})
        reply = await get(chosen)
        refused = await get(chosen, addresses=("127.0.0.1",))
    assert reply.body == PAGE
    assert reply.request_head.startswith(b"GET / HTTP/1.1\r\nHost: hostile.example\r\n")
    assert refused.hop.failure and refused.hop.failure.status == "blocked_address"
    assert proxy.visits == 1


async def test_through_a_proxy_the_address_of_https_is_pinned_too(
    site: Any, settings: Any, certificate: Any
) -> None:
    tunnels: list[bytes] = []
    async with site(says(length(PAGE))).running(certificate(HOST)) as server:

        async def tunnel(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            tunnels.append(await reader.readuntil(b"\r\n\r\n"))
            onward, outward = await asyncio.open_connection(SITE, server.port)
            writer.write(b"HTTP/1.1 200 Connected\r\n\r\n")
            try:
                await asyncio.gather(pipe(reader, outward), pipe(onward, writer))
            finally:
                outward.close()

        async with site(tunnel, "127.0.0.1").running() as proxy:
            chosen = settings(server.port, instead_of=443, proxy=f"http://127.0.0.1:{proxy.port}")
            reply = await get(chosen, f"https://{HOST}/", 30)
    assert reply.body == PAGE
    assert reply.chain
    assert tunnels[0].startswith(b"CONNECT %s:%d HTTP/1.1\r\n" % (SITE.encode(), server.port))


async def pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)


def test_a_proxy_is_named_by_its_address() -> None:
    """A name would have to be resolved, and the gate could not know it again."""
    chosen = Net(proxy="http://proxy.example:3128")
    with pytest.raises(ValueError, match=r"proxy\.example"):
        Fetcher(chosen, Gate(chosen), Pace(chosen))


async def test_the_next_address_is_tried_when_one_does_not_connect(site: Any, settings: Any) -> None:
    async with site(says(length(PAGE))).running() as server:
        chosen = settings(server.port, allow=(SITE, "127.78.0.11"))
        reply = await get(chosen, addresses=("127.78.0.11", SITE))
        nobody = await get(chosen, addresses=("127.78.0.11",))
    assert (reply.hop.address, reply.body) == (SITE, PAGE)
    assert nobody.hop.failure and nobody.hop.failure.status == "refused"


# ---------------------------------------------------------------- TLS


async def get_tls(server: Any, settings: Any, seconds: float = 1.0) -> Reply:
    chosen = settings(server.port, instead_of=443)
    return await get(chosen, f"https://{HOST}/", seconds)


@pytest.mark.parametrize(
    ("host", "days", "reason"),
    [
        (HOST, 30, "self-signed is how all of these are"),
        (HOST, -30, "T01: expired"),
        ("other.example", 30, "T01: wrong host"),
        ("*", 30, "T03: a name that is none"),
    ],
)
@pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def test_a_bad_certificate_is_recorded_and_the_page_still_read(
    host: str, days: int, reason: str, loop: Any, site: Any, settings: Any, certificate: Any
) -> None:
    async def visit() -> Reply:
        context = certificate(host, days)
        names: list[str | None] = []
        context.sni_callback = lambda tls, name, _: names.append(name)
        async with site(says(length(PAGE))).running(context) as server:
            reply = await get_tls(server, settings)
        assert names == [HOST]  # S21: the address is pinned, the name is still told
        return reply

    with asyncio.Runner(loop_factory=loop) as runner:
        reply = runner.run(visit())
    assert reply.body == PAGE, reason
    assert len(reply.chain) == 1
    assert host.encode() in reply.chain[0]


async def test_a_chain_is_handed_on_leaf_first_and_capped(site: Any, settings: Any, certificate: Any) -> None:
    async with site(says(length(PAGE))).running(certificate(HOST, extra=40)) as server:
        reply = await get_tls(server, settings)
    assert len(reply.chain) == 16, "T02"
    assert HOST.encode() in reply.chain[0]
    assert b"ca1.example" in reply.chain[1]


async def test_a_certificate_of_many_names_is_no_more_than_bytes(
    site: Any, settings: Any, certificate: Any
) -> None:
    async with site(says(length(PAGE))).running(certificate(HOST, names=3000)) as server:
        reply = await get_tls(server, settings)
    assert len(reply.chain[0]) > 40_000
    assert reply.hop.failure is None


async def tls_alert(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(100)
    writer.write(b"\x15\x03\x03\x00\x02\x02\x28")


async def tls_empty_records(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(100)
    for _ in range(1000):
        writer.write(b"\x16\x03\x03\x00\x00" * 100)
        await writer.drain()


async def plain_http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(100)
    writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")


async def tls_reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(100)
    writer.transport.abort()


@pytest.mark.parametrize(
    ("handler", "status", "detail", "reason"),
    [
        (tls_alert, "tls_error", "", "T05: alert after hello"),
        (tls_empty_records, "tls_error", "", "T05: empty records"),
        (tls_reset, "tls_error", "during the TLS handshake", "how some providers cut a site, by SNI"),
        (plain_http, "tls_error", "", "T05: plain HTTP on 443"),
        (banner, "tls_error", "", "another protocol"),
        (silent, "timeout", "during the TLS handshake", "W08: TCP stands, TLS does not"),
    ],
)
@pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def test_a_broken_handshake_has_its_own_name(
    handler: Handler, status: str, detail: str, reason: str, loop: Any, site: Any, settings: Any
) -> None:
    async def visit() -> Reply:
        async with site(handler).running() as server:
            return await get_tls(server, settings, 0.4)

    with asyncio.Runner(loop_factory=loop) as runner:
        failure = runner.run(visit()).hop.failure
    assert failure and failure.status == status, reason
    assert detail in failure.detail


async def test_old_tls_is_a_tls_error(site: Any, settings: Any, certificate: Any) -> None:
    context = certificate(HOST)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    async with site(says(length(PAGE))).running(context) as server:
        failure = (await get_tls(server, settings)).hop.failure
    assert failure and failure.status == "tls_error", "T04"


async def test_a_stream_cut_without_close_notify_keeps_what_came(
    site: Any, settings: Any, certificate: Any
) -> None:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK + b"Content-Length: 5000\r\n\r\npart")
        await writer.drain()
        await asyncio.sleep(0.05)
        writer.transport.abort()

    async with site(handler).running(certificate(HOST)) as server:
        reply = await get_tls(server, settings)
    assert (reply.received, reply.flags, reply.hop.failure) == (b"part", ("incomplete",), None)
