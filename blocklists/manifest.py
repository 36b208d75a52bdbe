"""The manifest of a release: which files belong to it, their digests, its serial and how long it is valid."""

from __future__ import annotations

import hashlib
from typing import Final

import msgspec

VERSION: Final = 1


class BadManifest(ValueError):
    """Raised for bytes that are no manifest of this version."""


class ReleaseFile(msgspec.Struct, frozen=True):
    """One list of a release. `narrowed` and `left_out` count entries that the format cannot hold whole.

    `proof` says which programs loaded the file and answered as it says; "" when nobody was asked.
    """

    name: str
    format: str
    size: int
    sha256: str
    narrowed: int = 0
    left_out: int = 0
    proof: str = ""


class Delta(msgspec.Struct, frozen=True):
    """What leads from the release `since` to this one: a file of lines `+ name reach` and `- name reach`."""

    name: str
    since: int
    size: int
    sha256: str
    added: int
    removed: int


class Issue(msgspec.Struct, frozen=True):
    """When a list came out first, and with which serial."""

    serial: int
    issued: str


class Manifest(msgspec.Struct, frozen=True):
    """A release. `digest` is of its entries as CSV; `previous` is of the manifest before it, "" for the
    first. `restores` is the serial of the release that a rollback went back to, 0 in the usual course. `reissues` is
    the release whose list this is, only issued anew; None in the usual course.
    """

    version: int
    serial: int
    issued: str
    expires: str
    entries: int
    digest: str
    previous: str
    files: tuple[ReleaseFile, ...]
    delta: Delta | None = None
    restores: int = 0
    reissues: Issue | None = None

    @property
    def origin(self) -> Issue:
        """The release that this list was made for: this one, unless it only issues a list anew."""
        return self.reissues or Issue(self.serial, self.issued)


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
