"""Servers that misbehave, and what one request to each must end in: the W cases of HOSTILE 6.

The tests of `net.fetch` serve them one by one; `benchmarks.hostile` all at once, among good hosts.
"""

# ruff: noqa: E501  (the table is read row by row)

from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import Awaitable, Callable

import brotli
import zstandard

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


def drips(text: bytes, pause: float) -> Handler:
    """Sends a byte at a time."""

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        for byte in text:
            writer.write(bytes((byte,)))
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
    ("401 Digest", says(b'HTTP/1.1 401 No\r\nWWW-Authenticate: Digest realm="a", nonce="b"\r\nContent-Length: 1\r\n\r\nx'), 401,
     "", set(), b"x", "W18"),
    ("401 Negotiate", says(b"HTTP/1.1 401 No\r\nWWW-Authenticate: Negotiate\r\nContent-Length: 1\r\n\r\nx"), 401, "", set(),
     b"x", "W18"),
    ("407", says(b"HTTP/1.1 407 No\r\nProxy-Authenticate: Basic\r\nContent-Length: 1\r\n\r\nx"), 407, "", set(), b"x", "W18"),
    ("204", says(b"HTTP/1.1 204 No\r\nContent-Length: 5\r\n\r\n", stay=True), 204, "", set(), b"", "a 204 has no body, whatever it says"),
    ("304", says(b"HTTP/1.1 304 x\r\nETag: a\r\nContent-Length: 5\r\n\r\n", stay=True), 304, "", set(), b"", "nor has a 304"),
    ("no length", says(OK + b"\r\n" + PAGE), 200, "", set(), PAGE, "the end of the connection ends it"),
    ("TE identity", says(OK + b"Transfer-Encoding: identity\r\n\r\n" + PAGE), 200, "", set(), PAGE, "no coding, by an old name for it"),
    ("padded chunk size", says(chunked(b"%x  \r\n%b\r\n0\r\n\r\n" % (len(PAGE), PAGE))), 200, "", set(), PAGE, "as old servers write it"),
    ("gzip", says(coded(b"gzip", gzip.compress(PAGE))), 200, "", set(), PAGE, "decoded by our own code"),
    ("brotli", says(coded(b"br", brotli.compress(PAGE))), 200, "", set(), PAGE, "decoded by our own code"),
    ("gzip bomb", says(coded(b"gzip", gzip.compress(b"a" * 50_000_000))), 200, "", {"truncated"}, b"aaa",
     "W01: 50 MB in 50 KB end at the cap"),
    ("deflate bomb", says(coded(b"deflate", zlib.compress(b"a" * 50_000_000))), 200, "", {"truncated"}, b"aaa", "W01"),
    ("br bomb", says(coded(b"br", brotli.compress(b"a" * 50_000_000, quality=3))), 200, "", {"truncated"}, b"aaa", "W01"),
    ("zstd bomb", says(coded(b"zstd", zstandard.compress(b"a" * 50_000_000))), 200, "", {"truncated"}, b"aaa", "W01"),
    ("layers", says(coded(b"gzip, gzip, gzip, gzip, gzip", b"x")), 200, "bad_encoding", {"not_inspected"},
     b"x", "W02: never clean"),
    ("members", says(coded(b"gzip", gzip.compress(b"") * 20_000)), 200, "", {"incomplete"}, b"", "W03"),
    ("gzip cut", says(coded(b"gzip", gzip.compress(PAGE)[:-6])), 200, "", {"incomplete"}, b"hello",
     "W04: zlib alone takes it for whole"),
    ("gzip sum", says(coded(b"gzip", gzip.compress(PAGE)[:-8] + bytes(8))), 200, "", {"incomplete"}, PAGE, "W04: bad CRC"),
    ("zstd", says(coded(b"zstd", zstandard.compress(PAGE))), 200, "", set(), PAGE, "decoded by our own code"),
    ("zstd cut", says(coded(b"zstd", zstandard.ZstdCompressor(write_checksum=True).compress(PAGE)[:-1])), 200, "",
     {"incomplete"}, PAGE, "W04"),
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
    ("drip true status", drips(b"HTTP/1.1 200 OK\r\n", 0.1), 0, "timeout", set(), b"", "W07"),
    ("silence", silent, 0, "timeout", set(), b"", "W08"),
    ("head only", says(OK + b"Content-Length: 5\r\n\r\n", stay=True), 200, "timeout", {"incomplete"}, b"", "W08"),
    ("200k headers", says(OK + b"a: b\r\n" * 200_000 + b"\r\n"), 0, "too_large", set(), b"", "W09"),
    ("2 MB header", says(OK + b"a: " + b"b" * 2_000_000 + b"\r\n\r\n"), 0, "too_large", set(), b"", "W09"),
    ("trailers", says(chunked(b"1\r\nx\r\n"), b"0\r\n" + b"t: v\r\n" * 100_000 + b"\r\n"), 200, "", {"incomplete"},
     b"x", "W09"),
    ("129 headers", says(OK + b"a: b\r\n" * 128 + length(b"x")[17:]), 0, "too_large", set(), b"", "W09: one over the limit"),
    ("128 headers", says(OK + b"a: b\r\n" * 127 + length(b"x")[17:]), 200, "", set(), b"x", "W09: its neighbour"),
    ("17 KB header", says(OK + b"a: " + b"b" * 17_000 + b"\r\n" + length(b"x")[17:]), 0, "too_large", set(), b"", "W09"),
    ("66 KB of headers", says(OK + (b"a: " + b"b" * 11_000 + b"\r\n") * 6 + length(b"x")[17:]), 0, "too_large", set(), b"", "W09"),
    ("100 cookies", says(OK + b"".join(b"Set-Cookie: c%d=%s; Domain=other.example\r\n" % (n, b"x" * 4000) for n in range(100))
     + b"\r\n"), 0, "too_large", set(), b"", "W17"),
    ("endless 100", repeats(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 50, 0.01), 0, "too_large", set(), b"", "W10"),
    ("endless 103", repeats(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n", 0.1), 0, "timeout", set(), b"", "W10: slowly"),
    ("three 103", says(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 3 + length(PAGE)), 200, "", set(), PAGE, "W10: as good servers do"),
    ("chunk extension", repeats(chunked(b"1;"), b"e" * 4096), 200, "too_large", {"incomplete"}, b"", "W11"),
    ("one-byte chunks", says(chunked(b"1\r\nx\r\n" * 50_000, b"0\r\n\r\n")), 200, "", set(), b"xxx", "W11"),
    ("a million chunks", says(chunked(b"1\r\nx\r\n" * 1_000_000, b"0\r\n\r\n")), 200, "", {"incomplete"}, b"xxx",
     "W11: five bytes of framing for one of body"),
    ("CL and TE", says(OK + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"), 0,
     "bad_response", set(), b"", "W12"),
    ("two CL", says(OK + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"), 0, "bad_response", set(), b"",
     "W12"),
    ("CL -1", says(OK + b"Content-Length: -1\r\n\r\n"), 0, "bad_response", set(), b"", "W12"),
    ("CL +5", says(OK + b"Content-Length: +5\r\n\r\nhello"), 0, "bad_response", set(), b"", "W12"),
    ("two equal CL", says(OK + b"Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc"), 0, "bad_response", set(), b"", "W12"),
    ("bare LF", says(b"HTTP/1.1 200 OK\nContent-Length: 1\n\nx"), 0, "bad_response", set(), b"", "W12"),
    ("one bare LF", says(OK + b"X: a\nContent-Length: 1\r\n\r\nx"), 0, "bad_response", set(), b"", "W12"),
    ("bare CR", says(OK + b"X: a\rb\r\n\r\n"), 0, "bad_response", set(), b"", "W12"),
    ("obs-fold", says(OK + b"X: a\r\n b\r\nContent-Length: 1\r\n\r\nx"), 0, "bad_response", set(), b"", "W12"),
    ("chunk -1", says(chunked(b"-1\r\nabc\r\n0\r\n\r\n")), 200, "bad_response", {"incomplete"}, b"", "W12"),
    ("TE gzip", says(OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"), 200, "bad_encoding",
     {"not_inspected"}, b"abc", "W12: never clean"),
    ("junk after the end", says(length(PAGE) + b"junk"), 200, "", {"incomplete"}, PAGE, "W12: no part of the answer"),
    ("second answer", says(length(PAGE) + length(b"two")), 200, "", {"incomplete"}, PAGE, "W12: nobody asked for it"),
    ("chunk overflow", says(chunked(b"fffffffffffffffff\r\nabc")), 200, "bad_response", {"incomplete"}, b"", "W12"),
    ("bad chunk", says(chunked(b"3\r\nabc\r\n"), b"zz\r\n"), 200, "", {"incomplete"}, b"abc", "W12: abc is kept"),
    ("NUL in header", says(OK + b"X: a\0b\r\n\r\n"), 0, "bad_response", set(), b"", "W13"),
    ("NUL in status", says(b"HTTP/1.1 200 O\0K\r\nContent-Length: 1\r\n\r\nx"), 0, "bad_response", set(), b"", "W13"),
    ("control in header", says(OK + b"X: a\x01b\r\nContent-Length: 1\r\n\r\nx"), 200, "", set(), b"x", "W13: escaped; browsers take it"),
    ("8-bit in header", says(OK + b"X: \xff\x85\r\nContent-Length: 1\r\n\r\nx"), 200, "", set(), b"x", "W13"),
    ("HTTP/0.9", says(b"<html>hello</html>"), 0, "bad_response", set(), b"", "W14"),
    ("status 99999", says(b"HTTP/1.1 99999 OK\r\n\r\n"), 0, "bad_response", set(), b"", "W14"),
    ("status 0", says(b"HTTP/1.1 000 OK\r\n\r\n"), 0, "bad_response", set(), b"", "W14"),
    ("RTSP", says(b"RTSP/1.0 200 OK\r\n\r\n"), 0, "bad_response", set(), b"", "W14: llhttp alone takes it for HTTP"),
    ("garbage", says(bytes(range(256)) * 20), 0, "bad_response", set(), b"", "W14"),
    ("SSH", banner, 0, "bad_response", set(), b"", "W14"),
    ("short body", says(OK + b"Content-Length: 5000\r\n\r\npart"), 200, "", {"incomplete"}, b"part", "W15"),
    ("reset in body", says(OK + b"Content-Length: 50\r\n\r\npart", reset=True), 200, "", {"incomplete"}, b"part",
     "W15"),
    ("chunks cut", says(chunked(b"3\r\nabc\r\n")), 200, "", {"incomplete"}, b"abc", "W15: the last chunk is missing"),
    ("head cut", says(OK + b"Content-Le"), 0, "unreachable", set(), b"", "W15: broke before an answer"),
    ("reset at once", leaves, 0, "unreachable", set(), b"", "the connection broke before an answer"),
    ("closed at once", says(), 0, "unreachable", set(), b"", "the connection broke before an answer"),
    ("64 KB Location", says(b"HTTP/1.1 302 x\r\nLocation: /" + b"a" * 65536 + b"\r\n\r\n"), 0, "too_large", set(),
     b"", "W16"),
    ("9 KB Location", says(b"HTTP/1.1 302 x\r\nLocation: /" + b"a" * 9000 + b"\r\nContent-Length: 0\r\n\r\n"), 302,
     "bad_redirect", set(), b"", "W16: a growing URL"),
    ("long redirect", says(b"HTTP/1.1 302 x\r\nLocation: /a\r\nContent-Length: 100000\r\n\r\n" + b"r" * 100_000), 302, "",
     {"truncated"}, b"rrr", "W16: nobody reads them"),
    ("no Location", says(b"HTTP/1.1 302 x\r\nContent-Length: 2\r\n\r\nhi"), 302, "bad_redirect", set(), b"hi",
     "W16"),
    ("two Locations", says(b"HTTP/1.1 302 x\r\nLocation: /a\r\nLocation: /b\r\n\r\n"), 302, "bad_redirect", set(),
     b"", "W16"),
    ("silent redirect", says(b"HTTP/1.1 302 x\r\nLocation: /a\r\nContent-Length: 9\r\n\r\n", stay=True), 302, "",
     {"incomplete"}, b"", "the Location is all that a redirect must bring"),
    ("101", says(b"HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n", stay=True), 101,
     "bad_response", set(), b"", "W20"),
    ("bare 101", says(b"HTTP/1.1 101 x\r\n\r\n", stay=True), 101, "bad_response", set(), b"", "W20"),
    ("mixed replace", repeats(OK + b"Content-Type: multipart/x-mixed-replace; boundary=b\r\n\r\n", b"--b\r\n\r\nx\r\n", 0.05), 200,
     "", {"incomplete"}, b"--b", "W20: the deadline ends it"),
    ("spider trap", says(length(b"".join(b"<a href=/%d>" % n for n in range(10_000)))), 200, "", set(), b"<a href=/9999>",
     "W21: one visit reads one page"),
    ("charset zlib", says(OK + b"Content-Type: text/html; charset=zlib\r\n\r\n" + PAGE), 200, "", set(), PAGE, "W23: bytes"),
    ("64 KB charset", says(OK + b"Content-Type: text/html; charset=" + b"u" * 65536 + b"\r\n\r\n"), 0, "too_large", set(), b"", "W23"),
    ("picture of text", says(OK + b"Content-Type: image/png\r\n\r\n" + PAGE), 200, "", set(), PAGE, "W24: bytes"),
    ("event stream", repeats(OK + b"Content-Type: text/event-stream\r\n\r\n", b"data: x\n\n", 0.05), 200, "",
     {"incomplete"}, b"data: x", "W20: the deadline ends it"),
]  # fmt: skip
