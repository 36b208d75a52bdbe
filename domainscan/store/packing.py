"""Nouns as the store keeps them: compressed JSON, and texts that SQLite and JSON can hold."""

from __future__ import annotations

import zlib
from typing import Any, Final, TypeVar

import msgspec

from domainscan.model import decode, encode
from domainscan.store.errors import StoreFailed

_SMALL_BYTES: Final = 8192  # the window of 2 ** 13: nothing is out of its reach

T = TypeVar("T")


def plain(text: str) -> str:
    """`text` with lone surrogates as visible escapes: neither SQLite nor JSON can hold them."""
    return text.encode("utf-8", "backslashreplace").decode()


def pack(record: object) -> bytes:
    """A noun as compressed JSON."""
    return squeezed(plain_json(record))


def squeezed(data: bytes) -> bytes:
    """`data` compressed. Level 1 takes a third of the time of level 6 for 30 KB of page text; a window and tables that
    fit what is small save the clearing of large ones: 62 for 95 us a visit of 4.5 KB, and no byte more.
    """
    if len(data) > _SMALL_BYTES:
        return zlib.compress(data, 1)
    packer = zlib.compressobj(1, zlib.DEFLATED, 13, 7)
    return packer.compress(data) + packer.flush()


def plain_json(record: object) -> bytes:
    """A noun as JSON, with lone surrogates as visible escapes."""
    try:
        return encode(record)
    except UnicodeEncodeError:
        return msgspec.json.encode(_plain_all(msgspec.to_builtins(record)))


def unpack(data: bytes, kind: type[T], noun: str = "") -> T:
    """What `pack` was given, or as much of it as `kind` wants. Raises StoreFailed when the bytes are damaged."""
    noun = noun or kind.__name__
    try:
        return decode(unpacked(data, noun), kind)
    except msgspec.DecodeError as error:
        raise StoreFailed(f"a stored {noun} is damaged ({error}): restore a backup") from error


def unpacked(data: bytes, noun: str) -> bytes:
    """The JSON of a noun as `pack` wrote it. Raises StoreFailed when the bytes are damaged."""
    try:
        return zlib.decompress(data)
    except zlib.error as error:
        raise StoreFailed(f"a stored {noun} is damaged ({error}): restore a backup") from error


def _plain_all(value: Any) -> Any:
    if isinstance(value, str):
        return plain(value)
    if isinstance(value, dict):
        return {plain(key): _plain_all(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain_all(one) for one in value]
    return value
