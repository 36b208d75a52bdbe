"""Signatures in minisign's form, so that consumers can verify with `minisign -V` as well as with ours.

Source: jedisct1.github.io/minisign, "Signature format" and "Secret key format" (unencrypted, as `minisign
-G -W`).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from blocklists.files import sync_folder

_LEGACY: Final = b"Ed"
_HASHED: Final = b"ED"
_UNENCRYPTED: Final = (
    b"Ed" + b"\0\0" + b"B2" + bytes(48)
)  # algorithm, no key derivation, checksum; salt and limits


class BadKey(Exception):
    """Raised for a key that cannot be used; the message names the file and the way out."""


class BadSignature(Exception):
    """Raised for a signature that does not hold; the message says why."""


class OtherContent(BadSignature):
    """Raised for a signature by the right key that is of something else."""


class SpoiledSignature(BadSignature):
    """Raised for the text of a signature that is not as any signer wrote it, whatever it was of."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """What consumers need: a key number and an Ed25519 public key."""

    number: bytes
    raw: bytes

    def text(self) -> str:
        """The two lines of a minisign public key file."""
        shown = self.number[::-1].hex().upper()
        return (
            f"untrusted comment: minisign public key {shown}\n{_base64(_LEGACY + self.number + self.raw)}\n"
        )


@dataclass(frozen=True, slots=True)
class Key:
    """What the publisher keeps: a key number and an Ed25519 seed. It never shows itself."""

    number: bytes
    seed: bytes

    def __repr__(self) -> str:
        return f"Key({self.number[::-1].hex().upper()})"

    @property
    def public(self) -> PublicKey:
        key = Ed25519PrivateKey.from_private_bytes(self.seed).public_key()
        return PublicKey(self.number, key.public_bytes(Encoding.Raw, PublicFormat.Raw))

    def sign(self, data: bytes, trusted: str) -> str:
        """The signature file over `data`, with the line `trusted` under the signature too."""
        key = Ed25519PrivateKey.from_private_bytes(self.seed)
        signature = key.sign(hashlib.blake2b(data).digest())
        whole = key.sign(signature + trusted.encode("utf-8"))
        return (
            "untrusted comment: signature of a block list manifest\n"
            f"{_base64(_HASHED + self.number + signature)}\n"
            f"trusted comment: {trusted}\n{_base64(whole)}\n"
        )


def make_key(path: Path) -> Key:
    """A new key, written to `path` (readable by its owner only) and its public half to `path` + ".pub".

    Raises FileExistsError rather than replace a key.
    """
    seed = Ed25519PrivateKey.generate().private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
    key = Key(os.urandom(8), seed)
    secret = key.seed + key.public.raw
    checksum = hashlib.blake2b(_LEGACY + key.number + secret, digest_size=32).digest()
    body = _base64(_UNENCRYPTED + key.number + secret + checksum)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(f"untrusted comment: minisign secret key, not encrypted\n{body}\n")
        file.flush()
        os.fsync(file.fileno())
    public = path.with_name(path.name + ".pub")
    public.write_text(key.public.text(), "ascii")
    sync_folder(path.parent)
    return key


def load_key(path: Path) -> Key:
    """The secret key in a file of `make_key` or `minisign -G -W`. Raises BadKey."""
    try:
        if path.stat().st_mode & 0o077:
            raise BadKey(f"{path} can be read by others: chmod 600 it, and think of who did")
        raw = _payload(path.read_text("ascii"), 158)
    except UnicodeDecodeError as error:
        raise BadKey(f"{path}: not a minisign secret key: such a file is plain ASCII") from error
    except OSError as error:
        raise BadKey(f"{path}: {error.strerror}") from error
    except ValueError as error:
        raise BadKey(f"{path}: not a minisign secret key: {error}: put it back from a backup") from error
    if raw[2:4] != b"\0\0":
        raise BadKey(f"{path} is encrypted with a password: make one without (minisign -G -W)")
    number, secret, checksum = raw[54:62], raw[62:126], raw[126:158]
    if hashlib.blake2b(_LEGACY + number + secret, digest_size=32).digest() != checksum:
        raise BadKey(f"{path} is damaged: its checksum does not match: put it back from a backup")
    return Key(number, secret[:32])


def load_public_key(path: Path) -> PublicKey:
    """The public key in a minisign public key file. Raises BadKey."""
    try:
        return parse_public_key(path.read_text("ascii"))
    except OSError as error:
        raise BadKey(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise BadKey(f"{path}: not a minisign public key: such a file is plain ASCII") from error
    except BadKey as error:
        raise BadKey(f"{path}: {error}") from error


def parse_public_key(text: str) -> PublicKey:
    """The public key in a minisign public key file's text, or in its second line alone. Raises BadKey."""
    try:
        raw = _payload(text if "\n" in text.strip() else f"\n{text}", 42)
    except ValueError as error:
        raise BadKey(f"not a minisign public key: {error}") from error
    if raw[:2] != _LEGACY:
        raise BadKey(f"not an Ed25519 key: algorithm {raw[:2]!r}")
    return PublicKey(raw[2:10], raw[10:])


def verify(data: bytes, signature_file: str, key: PublicKey) -> str:
    """The trusted comment of a signature over `data` that holds. Raises BadSignature."""
    lines = signature_file.splitlines()
    if len(lines) != 4 or not lines[2].startswith("trusted comment: "):
        raise SpoiledSignature("not a minisign signature: four lines are wanted")
    try:
        raw, whole = _decoded(lines[1], 74), _decoded(lines[3], 64)
    except ValueError as error:
        raise SpoiledSignature(f"not a minisign signature: {error}") from error
    if raw[2:10] != key.number:
        raise BadSignature(f"signed by key {raw[9:1:-1].hex().upper()}, not {key.number[::-1].hex().upper()}")
    if raw[:2] not in (_LEGACY, _HASHED):
        raise BadSignature(f"unknown signature algorithm {raw[:2]!r}")
    trusted = lines[2].removeprefix("trusted comment: ")
    signed = hashlib.blake2b(data).digest() if raw[:2] == _HASHED else data
    public = Ed25519PublicKey.from_public_bytes(key.raw)
    try:
        public.verify(raw[10:], signed)
    except InvalidSignature as error:
        raise OtherContent("the signature does not match the content") from error
    try:
        public.verify(whole, raw[10:] + trusted.encode("utf-8"))
    except InvalidSignature as error:
        raise SpoiledSignature("the signature does not match its own trusted comment") from error
    return trusted


def _payload(text: str, length: int) -> bytes:
    lines = text.splitlines()
    if len(lines) < 2:
        raise ValueError("two lines are wanted: a comment, then the key")
    return _decoded(lines[1], length)


def _decoded(line: str, length: int) -> bytes:
    try:
        raw = base64.b64decode(line.strip(), validate=True)
    except binascii.Error as error:
        raise ValueError(f"not base64: {error}") from error
    if len(raw) != length:
        raise ValueError(f"{len(raw)} octets, not {length}")
    return raw


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")
