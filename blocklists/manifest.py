"""The manifest of a release: which files belong to it, their digests, its serial and how long it is valid."""

from __future__ import annotations

import hashlib
from typing import Final

import msgspec

VERSION: Final = 1
HALF: Final = 2**31


class BadManifest(ValueError):
    """Raised for bytes that are no manifest of this version."""


class ReleaseFile(msgspec.Struct, frozen=True):
    """One list of a release. `narrowed` and `left_out` count entries that the format cannot hold whole."""

    name: str
    format: str
    size: int
    sha256: str
    narrowed: int = 0
    left_out: int = 0


class Manifest(msgspec.Struct, frozen=True):
    """A release. `digest` is of its entries as CSV; `previous` is of the manifest before it, "" for the
    first.
    """

    version: int
    serial: int
    issued: str
    expires: str
    entries: int
    digest: str
    previous: str
    files: tuple[ReleaseFile, ...]


def encode_manifest(manifest: Manifest) -> bytes:
    """The manifest as indented JSON."""
    return msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n"


def decode_manifest(data: bytes) -> Manifest:
    """The manifest in `data`. Raises BadManifest."""
    try:
        manifest = msgspec.json.decode(data, type=Manifest)
    except msgspec.DecodeError as error:
        raise BadManifest(f"manifest.json: {error}") from error
    if manifest.version != VERSION:
        raise BadManifest(
            f"manifest.json is of version {manifest.version}; this program reads version {VERSION}"
        )
    return manifest


def sha256(data: bytes) -> str:
    """`sha256:` and the digest in hexadecimal."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def is_later(one: int, two: int) -> bool:
    """Whether serial `one` comes after serial `two`. Source: RFC 1982 3.2."""
    return one != two and (one - two) % 2**32 < HALF


def latest(serials: tuple[int, ...]) -> int:
    """The last of `serials` in the order of RFC 1982; 0, which stands for none, before all others."""
    found = 0
    for serial in serials:
        if serial and (not found or is_later(serial, found)):
            found = serial
    return found


def next_serial(now: str, last: int) -> int:
    """The serial after `last` (0: none yet): the day and 01, or one more where that is not later. Never 0."""
    today = int(now[:10].replace("-", "")) * 100 + 1
    if not last or is_later(today, last):
        return today
    return (last + 1) % 2**32 or 1
