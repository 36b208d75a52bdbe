"""A release folder as its consumer sees it: trust nothing that the signed manifest does not vouch for."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from blocklists.formats import FORMATS, BadList
from blocklists.formats.rpz import soa_serial
from blocklists.manifest import BadManifest, Delta, Manifest, ReleaseFile, decode_manifest, sha256
from blocklists.serials import is_later
from blocklists.signature import (
    BadKey,
    BadSignature,
    OtherContent,
    PublicKey,
    SpoiledSignature,
    load_public_key,
    verify,
)

_NAME: Final = re.compile(r"blocklist-(\d{1,10})(?:\.[a-z]{1,9}){1,2}")
_SERIAL: Final = re.compile(rb'"serial": ?(\d{1,10})\b')  # the first one in a manifest is its own
_LARGEST: Final = 4_000_000  # octets of a manifest or a signature
_TRIES: Final = 3  # a publisher may put the next release in place while we read


def check(folder: Path, public_key: PublicKey | None, now: str, *, last_serial: int = 0) -> list[str]:
    """What is wrong with the release in `folder`; empty when a consumer may load it. Keep the last good one
    else.

    Without a key the one in the folder is used: that shows damage, but not who published. `last_serial` is
    that of the release the consumer has: an older one is refused.
    """
    problems: list[str] = []
    for _ in range(_TRIES):
        seen = _in_force(folder)
        problems = _problems(folder, public_key, now, last_serial)
        if not problems or seen == _in_force(folder):
            break
    return problems


def _in_force(folder: Path) -> bytes | None:
    """The octets of the manifest, to tell whether another took its place; why there are none `_problems` says."""
    try:
        return _content(folder / "manifest.json", _LARGEST)
    except OSError:
        return None


def read_manifest(folder: Path, public_key: PublicKey) -> Manifest:
    """The manifest in `folder`; nobody reads in it before its signature holds. Raises BadManifest, BadSignature,
    OSError.
    """
    data = _small(folder / "manifest.json")
    try:
        _verify(data, folder / "manifest.json.minisig", public_key)
    except BadSignature:
        # Between the renames of manifest and signature, only the signature that names the serial fits.
        said = _SERIAL.search(data)
        named = folder / f"manifest-{said[1].decode() if said else ''}.json.minisig"
        if not named.exists():
            raise
        _verify(data, named, public_key)
    return decode_manifest(data)


def _verify(data: bytes, signature: Path, public_key: PublicKey) -> None:
    try:
        verify(data, _small(signature).decode("utf-8", "replace"), public_key)
    except OtherContent as error:
        raise BadSignature(
            f"manifest.json is not what was signed: it was changed or damaged on its way ({error})"
        ) from error
    except SpoiledSignature as error:
        raise SpoiledSignature(f"{signature}: {error}") from error


def _problems(folder: Path, public_key: PublicKey | None, now: str, last_serial: int) -> list[str]:
    try:
        if not folder.is_dir():
            return [f"{folder} is no folder: name the one that holds the release's manifest.json"]
        if not (folder / "manifest.json").is_file():
            return [f"{folder / 'manifest.json'}: there is no such file: no release lies there"]
        manifest = read_manifest(folder, public_key or load_public_key(folder / "minisign.pub"))
    except SpoiledSignature as error:
        return [f"{error}: it was changed or damaged on its way: fetch the release again"]
    except (BadManifest, BadSignature, BadKey) as error:
        return [str(error)]
    except OSError as error:
        return [f"{error.filename}: {error.strerror}"]
    problems = []
    if now > manifest.expires:
        problems.append(f"the release expired {manifest.expires}")
    if now < manifest.issued:
        problems.append(f"the release was issued {manifest.issued}, which is in the future")
    if last_serial and manifest.serial != last_serial and not is_later(manifest.serial, last_serial):
        problems.append(f"serial {manifest.serial} is older than {last_serial}")
    for file in manifest.files:
        problems.extend(_file_problems(folder, file, manifest.serial))
    if manifest.delta is not None:
        problems.extend(content_problems(folder, manifest.delta, manifest.serial))
    return problems


def _file_problems(folder: Path, file: ReleaseFile, serial: int) -> Iterator[str]:
    """What is wrong with one list file: missing, changed, unreadable, or of another release."""
    known = FORMATS.get(file.format)
    problems = list(content_problems(folder, file, serial))
    if problems or known is None:
        yield from problems or (f"{file.name} has the unknown format {file.format!r}",)
        return
    try:
        data = _content(folder / file.name, file.size) or b""
        known.load(io.BytesIO(data))
    except OSError as error:  # since it was compared
        yield f"{file.name} cannot be read: {error.strerror}"
        return
    except (BadList, UnicodeDecodeError) as error:
        yield f"{file.name}: {error}"
    if file.format.startswith("rpz") and soa_serial(_lines(data)) != serial:
        yield f"{file.name}: its SOA serial is not {serial}"


def content_problems(folder: Path, file: ReleaseFile | Delta, serial: int) -> Iterator[str]:
    """What is wrong with a file of release `serial`: missing, unreadable, or not the one that the manifest names."""
    named = _NAME.fullmatch(file.name)
    if named is None or int(named[1]) != serial:
        yield f"{file.name!r} is no file name of release {serial}"
        return
    try:
        data = _content(folder / file.name, file.size)
    except OSError as error:
        yield f"{file.name} cannot be read: {error.strerror}"
        return
    if data is None:
        yield f"{file.name} is missing"
    elif len(data) != file.size or sha256(data) != file.sha256:
        yield f"{file.name} is not the file that was signed"


def _lines(data: bytes) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(data), encoding="utf-8", newline="")


def _content(path: Path, size: int) -> bytes | None:
    """The octets of a file, one more than `size` at most; None for what is missing, or is no file (a pipe would never
    end). Raises OSError for one that cannot be read, which is no reason to fetch it anew.
    """
    try:
        if not path.is_file():
            return None
        with path.open("rb") as file:
            return file.read(size + 1)
    except FileNotFoundError:
        return None


def _small(path: Path) -> bytes:
    """The octets of a manifest or a signature. Raises BadManifest, OSError."""
    if path.exists() and not path.is_file():
        raise BadManifest(f"{path} is no file")
    with path.open("rb") as file:
        data = file.read(_LARGEST + 1)
    if len(data) > _LARGEST:
        raise BadManifest(f"{path} is larger than {_LARGEST} octets: that is none of ours")
    return data
