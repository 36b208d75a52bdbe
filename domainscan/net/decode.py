"""Content codings undone under limits (output, ratio, layers, members), and whether the stream was whole.

Libraries take a truncated gzip body for complete, and stop at their first error; here what came before stays.
Source: RFC 9110 8.4, RFC 1950-1952, RFC 7932, RFC 8878, RFC 9659.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from typing import Final, NamedTuple

import brotli
import zstandard

from domainscan.model import Failure

ACCEPT: Final = "gzip, deflate, br, zstd"
LAYERS: Final = 2
MEMBERS: Final = 32  # gzip members, zstd frames in a row: each costs a decompressor (CVE-2026-128131)
WINDOW: Final = 8 * 1024 * 1024  # of zstd, in memory: RFC 9659 allows no more on the web
BLOCKS: Final = 32 * 1024  # of one zstd frame: each is a step in Python
RATIO: Final = 1100  # deflate cannot do more than 1032; brotli bombs can
PIECE: Final = 16 * 1024
SMALL: Final = 256 * 1024
TEXT_BYTES: Final = 1024  # of a body that tell whether it is text
_CONTROLS: Final = re.compile(
    rb"[\0-\x08\x0e-\x1a\x1c-\x1f]"
)  # what binary data has, and no charset but UTF-16
LEAST_OUTPUT: Final = 64 * 1024  # below this much output the ratio says nothing


class Decoded(NamedTuple):
    """The body, and what was odd: truncated, incomplete, encoding_mismatch, not_inspected."""

    body: bytes
    flags: tuple[str, ...] = ()
    failure: Failure | None = None


def decode_body(body: bytes, encoding: str, max_bytes: int) -> Decoded:
    """`body` with the codings of a Content-Encoding header undone, the last one applied first.

    A body that was never encoded, whatever the header says, is handed back with `encoding_mismatch`; so is text
    under a coding that nobody speaks (`UTF-8`, `none`), which browsers show as it stands. Other bodies under one,
    or more than LAYERS of codings, are a `bad_encoding` and `not_inspected`: never "clean".
    """
    codings = [one.strip().lower() for one in encoding.split(",")]
    codings = [one for one in codings if one not in ("", "identity")]
    if not codings or not body:
        return Decoded(body, ("encoding_mismatch",) if body[:3] == b"\x1f\x8b\x08" else ())
    unknown = [one for one in codings if one not in CODINGS]
    if unknown and not _CONTROLS.search(body, 0, TEXT_BYTES):
        return Decoded(body, ("encoding_mismatch",))
    if unknown or len(codings) > LAYERS:
        why = f"coding {unknown[0][:40]!r}" if unknown else f"{len(codings)} layers of coding"
        return Decoded(body, ("not_inspected",), Failure("bad_encoding", why))
    flags: dict[str, None] = {}
    for coding in reversed(codings):
        limit = min(max_bytes, max(LEAST_OUTPUT, RATIO * len(body)))
        out = bytearray()
        try:
            flag = CODINGS[coding](body, out, limit)
        except (zlib.error, brotli.error, zstandard.ZstdError) as error:
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
    if len(body) <= SMALL:  # nearly always one whole stream, done in one go; whatever else it is starts anew
        stream = zlib.decompressobj(wbits)
        try:
            whole = stream.decompress(body, limit)
        except zlib.error:
            whole = b""
        if stream.eof and not stream.unused_data:
            out += whole
            return ""
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


def _unzstd(body: bytes, out: bytearray, limit: int) -> str:
    at = 0
    for _ in range(MEMBERS):
        end, whole = _zstd_frame(body, at)
        good = len(out)
        try:
            _read_zstd(body[at:end], out, limit, PIECE)
        except (
            zstandard.ZstdError
        ):  # what the good blocks before the bad one hold, or all under a bad checksum
            del out[good:]
            _read_zstd(body[at : end - 1], out, limit, 512)
            return "incomplete"
        if len(out) > limit:
            return "truncated"
        at = end
        if at >= len(body):
            return "" if whole else "incomplete"
    return "incomplete"


def _read_zstd(frame: bytes, out: bytearray, limit: int, piece_bytes: int) -> None:
    """Appends what one frame decodes to, up to one byte over the limit."""
    reader = zstandard.ZstdDecompressor(max_window_size=WINDOW).stream_reader(frame)
    while piece := reader.read(min(piece_bytes, limit + 1 - len(out))):
        out += piece


def _zstd_frame(body: bytes, at: int) -> tuple[int, bool]:
    """Where the frame that begins at `at` ends, and whether its end has come.

    The library does not tell a cut frame from a whole one. Raises ZstdError for what is no frame.
    Source: RFC 8878 3.1.1: header, blocks with a size of their own in 3 bytes, checksum.
    """
    head = body[at : at + 18]
    if head[1:4] == b"\x2a\x4d\x18" and head[0] >> 4 == 5:  # skippable: 4 bytes of length, then that much
        end = at + 8 + int.from_bytes(head[4:8], "little")
        return end, len(head) >= 8 and end <= len(body)
    parameters = zstandard.get_frame_parameters(head)
    at += zstandard.frame_header_size(head)
    for _ in range(BLOCKS):
        block = int.from_bytes(body[at : at + 3], "little")
        at += 3 + (1 if block >> 1 & 3 == 1 else block >> 3)  # type 1: one byte, repeated
        if at > len(body):
            break
        if block & 1:
            at += 4 * parameters.has_checksum
            return at, at <= len(body)
    return len(body), False


CODINGS: Final[dict[str, Callable[[bytes, bytearray, int], str]]] = {
    "gzip": _gunzip,
    "x-gzip": _gunzip,
    "deflate": _deflate,
    "br": _unbrotli,
    "zstd": _unzstd,
}
