"""Content codings undone under limits (output, ratio, layers, members), and whether the stream was whole.

aiohttp takes a truncated gzip body for complete and passes `gzip, gzip` through undecoded, so it decodes
nothing here.
Source: RFC 9110 8.4, RFC 1950-1952, RFC 7932.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Final, NamedTuple

import brotli  # type: ignore[import-untyped]

from domainscan.model import Failure

ACCEPT: Final = "gzip, deflate, br"
LAYERS: Final = 2
MEMBERS: Final = 32  # gzip members in a row: each costs a decompressor (CVE-2026-128131)
RATIO: Final = 1100  # deflate cannot do more than 1032; brotli bombs can
PIECE: Final = 16 * 1024
LEAST_OUTPUT: Final = 64 * 1024  # below this much output the ratio says nothing


class Decoded(NamedTuple):
    """The body, and what was odd: truncated, incomplete, encoding_mismatch, not_inspected."""

    body: bytes
    flags: tuple[str, ...] = ()
    failure: Failure | None = None


class _Broken(Exception):
    """A stream that cannot be decoded further; what came before it stands in the output."""


def decode_body(body: bytes, encoding: str, max_bytes: int) -> Decoded:
    """`body` with the codings of a Content-Encoding header undone, the last one applied first.

    A body that was never encoded, whatever the header says, is handed back with `encoding_mismatch`. A coding
    we do not speak, or more than LAYERS of them, is a `bad_encoding` and `not_inspected`: never "clean".
    """
    codings = [one.strip().lower() for one in encoding.split(",")]
    codings = [one for one in codings if one not in ("", "identity")]
    if not codings or not body:
        return Decoded(body, ("encoding_mismatch",) if body[:3] == b"\x1f\x8b\x08" else ())
    unknown = [one for one in codings if one not in CODINGS]
    if unknown or len(codings) > LAYERS:
        why = f"coding {unknown[0][:40]!r}" if unknown else f"{len(codings)} layers of coding"
        return Decoded(body, ("not_inspected",), Failure("bad_encoding", why))
    flags: dict[str, None] = {}
    for coding in reversed(codings):
        limit = min(max_bytes, max(LEAST_OUTPUT, RATIO * len(body)))
        out = bytearray()
        try:
            flag = CODINGS[coding](body, out, limit)
        except (_Broken, zlib.error, brotli.error) as error:
            if not out and body:
                return _undecodable(body, tuple(flags), f"{coding}: {error}")
            flag = "incomplete"
        if flag:
            flags[flag] = None
        body = bytes(out[:limit])
    return Decoded(body, tuple(flags))


def _undecodable(body: bytes, flags: tuple[str, ...], why: str) -> Decoded:
    """Plain text under a false header is a body to read; anything else is none."""
    if body[:3] != b"\x1f\x8b\x08" and b"\0" not in body[:1024]:
        return Decoded(body, (*flags, "encoding_mismatch"))
    return Decoded(body, (*flags, "not_inspected"), Failure("bad_encoding", why[:200]))


def _inflate(body: bytes, out: bytearray, limit: int, wbits: int, members: int) -> str:
    """Appends the decoded streams to `out`; returns the flag that the end of them deserves, or ""."""
    view = memoryview(body)
    at = 0
    for _ in range(members):
        stream = zlib.decompressobj(wbits)
        while not stream.eof:
            if at >= len(view):
                return "incomplete"
            piece = bytes(view[at : at + PIECE])
            at += len(piece)
            while piece and not stream.eof:
                before = stream.copy()
                try:
                    out += stream.decompress(piece, limit + 1 - len(out))
                except zlib.error:  # what the good bytes before the bad one hold
                    for byte in piece:
                        out += before.decompress(bytes((byte,)), limit + 1 - len(out))
                if len(out) > limit:
                    return "truncated"
                piece = stream.unconsumed_tail
        at -= len(stream.unused_data)
        if at >= len(view):
            return ""
    return "incomplete"  # something follows that is no part of this stream, or too many members


def _gunzip(body: bytes, out: bytearray, limit: int) -> str:
    return _inflate(body, out, limit, 31, MEMBERS)


def _deflate(body: bytes, out: bytearray, limit: int) -> str:
    """RFC 9110 8.4.1.2 means zlib's wrapper; some servers send the bare stream."""
    wrapped = len(body) > 1 and body[0] & 15 == 8 and (body[0] << 8 | body[1]) % 31 == 0
    return _inflate(body, out, limit, 15 if wrapped else -15, 1)


def _unbrotli(body: bytes, out: bytearray, limit: int) -> str:
    stream = brotli.Decompressor()
    for at in range(0, len(body), PIECE):
        piece = body[at : at + PIECE]
        good = len(out)
        try:
            over = _pour(stream, piece, out, limit)
        except brotli.error:  # what the good bytes before the bad one hold
            del out[good:]
            again = brotli.Decompressor()
            _pour(again, body[:at], bytearray(), limit)
            for byte in piece:
                if _pour(again, bytes((byte,)), out, limit) or again.is_finished():
                    return "incomplete"
            raise
        if over:
            return "truncated"
        if stream.is_finished():
            return "" if at + PIECE >= len(body) else "incomplete"
    return "incomplete"


def _pour(stream: brotli.Decompressor, piece: bytes, out: bytearray, limit: int) -> bool:
    """Appends what `piece` decodes to; whether that is over the limit (by 32 KiB blocks)."""
    out += stream.process(piece, output_buffer_limit=limit + 1 - len(out))
    while not stream.can_accept_more_data() and len(out) <= limit:
        out += stream.process(b"", output_buffer_limit=limit + 1 - len(out))
    return len(out) > limit


CODINGS: Final[dict[str, Callable[[bytes, bytearray, int], str]]] = {
    "gzip": _gunzip,
    "x-gzip": _gunzip,
    "deflate": _deflate,
    "br": _unbrotli,
}
