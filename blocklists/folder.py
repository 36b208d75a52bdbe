"""The folder of releases: its lock, its serials, what lies in it, and the releases before as the publisher kept them.

What only the publisher needs is in `.publisher`: the lock, the last serial, and of the last releases the manifest
and the entries with their expiry.
"""

from __future__ import annotations

import fcntl
import io
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from blocklists.check import read_manifest
from blocklists.files import sync_folder, write_whole
from blocklists.formats import BadList, find_format
from blocklists.guards import GuardTripped
from blocklists.lists import BlockList
from blocklists.manifest import BadManifest, Manifest, decode_manifest, sha256
from blocklists.names import Name
from blocklists.serials import latest, next_serial
from blocklists.signature import BadSignature, PublicKey

STEM: Final = "blocklist"
OWN: Final = ".publisher"
KEPT: Final = 10  # lists that a rollback can go back to; a list that was only issued anew counts once
_CHAIN: Final = 400  # manifests that lead to them: a year of daily ones
_OURS: Final = re.compile(rf"(?:{STEM}|manifest)-(\d+)\.[a-z.]+")
_RECORD: Final = re.compile(r"(\d+)\.csv")
_MANIFEST: Final = re.compile(r"(\d+)\.json")


class PublisherBusy(Exception):
    """Raised when another process is publishing into the same folder; it wins."""


@contextmanager
def locked(folder: Path, *, wait: bool = False) -> Iterator[None]:
    """The folder for oneself. Raises PublisherBusy, unless one is willing to wait."""
    own = folder / OWN
    own.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (own / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError as error:
            raise PublisherBusy(
                f"another process is publishing into {folder}: try again when it is done"
            ) from error
        yield


def last_release(
    folder: Path, public_key: PublicKey, names: Iterable[Name] | None = None
) -> tuple[Manifest | None, BlockList | None]:
    """The manifest and the list of the release in `folder`; (None, None) where there is none yet.

    With `names` the list has at most their entries: a few are found in a million in 0.2 s, which all take 5 s to read.
    Raises GuardTripped when it is not what the owner of the key signed.
    """
    if not (folder / "manifest.json").exists():
        return None, None
    try:
        manifest = read_manifest(folder, public_key)
        return manifest, _released(folder, manifest, names)
    except BadSignature as error:
        way_out = f"restore {folder}, or the private key that signed it, from a backup"
        last = "moved away, a list begins anew that nobody takes who has the old public key"
        raise GuardTripped("previous", f"{error}: {way_out}; {last}") from error
    except PermissionError as error:
        said = f"{error.filename}: {error.strerror}: see that whoever publishes may read {folder} and write there"
        raise GuardTripped("previous", said) from error
    except (BadManifest, BadList, OSError, UnicodeDecodeError) as error:
        way_out = f"restore {folder} from a backup, or move it away to start anew"
        raise GuardTripped("previous", f"{error}: {way_out}") from error


def _released(folder: Path, manifest: Manifest, names: Iterable[Name] | None) -> BlockList:
    """The entries of a release: from the publisher's own record, or where that is lost from a file it
    names.
    """
    record = folder / OWN / f"{manifest.serial}.csv"
    if record.exists() or not manifest.files:
        return read_record(folder / OWN, manifest, names)
    lists = [file for file in manifest.files if not find_format(file.format).passes]
    if not lists:
        raise GuardTripped("previous", f"{record} is gone, and no file of the release has the list")
    first = min(lists, key=lambda file: (file.left_out + file.narrowed, file.format != "csv"))
    return _read(folder / Path(first.name).name, first.format, first.sha256)


def read_record(folder: Path, manifest: Manifest, names: Iterable[Name] | None = None) -> BlockList:
    """The publisher's own record of a release, or of it what says something of `names`. Raises GuardTripped, BadList,
    OSError.
    """
    return _read(folder / f"{manifest.serial}.csv", "csv", manifest.digest, names)


def _read(path: Path, format_name: str, digest: str, names: Iterable[Name] | None = None) -> BlockList:
    data = path.read_bytes()
    if sha256(data) != digest:
        raise GuardTripped("previous", f"{path} was changed after it was signed")
    if names is not None and format_name == "csv":
        data = rows_of(data, names)
    return find_format(format_name).load(io.BytesIO(data))


def rows_of(table: bytes, names: Iterable[Name]) -> bytes:
    """The table with its header and the rows of these names alone. It is as `write_csv` makes it: sorted by name, a
    line for each.
    """
    begin = table.find(b"\n") + 1
    rows = (_row(table, name.encode("ascii"), begin) for name in sorted(set(names)))
    return table[:begin] + b"".join(rows)


def _row(table: bytes, name: bytes, low: int) -> bytes:
    """The line of a name; b"" without one."""
    high = len(table)
    while low < high:
        middle = (low + high) // 2
        start = table.rfind(b"\n", low, middle) + 1 or low
        end = table.find(b"\n", middle) + 1 or len(table)
        found = table[start : table.find(b",", start)]
        if found == name:
            return table[start:end]
        low, high = (end, high) if found < name else (low, start)
    return b""


def history(folder: Path, manifest: Manifest) -> Iterator[Manifest]:
    """The releases before `manifest`, newest first, as far as they are kept: each is the one that its successor
    names by its digest.
    """
    kept = {sha256(data): data for data in (path.read_bytes() for path in (folder / OWN).glob("*.json"))}
    while data := kept.get(manifest.previous):
        manifest = decode_manifest(data)
        yield manifest


def take_serial(folder: Path, now: str, known: tuple[int, ...]) -> int:
    """The next serial, on the disk before anybody uses it: a crash leaves a gap, never the same serial
    twice.
    """
    return keep_serial(folder, next_serial(now, last_serial(folder, known)))


def last_serial(folder: Path, known: tuple[int, ...]) -> int:
    """The last serial that was taken here, or is known. Raises GuardTripped."""
    path = folder / OWN / "serial"
    text = path.read_text("ascii").strip() if path.exists() else "0"
    if not text.isdecimal() or int(text) >= 2**32:
        raise GuardTripped("previous", f"{path} holds {text[:40]!r}, not a serial: restore it from a backup")
    return latest((int(text), *known))


def keep_serial(folder: Path, serial: int) -> int:
    """The serial, which is on the disk now."""
    write_whole(folder / OWN / "serial", [f"{serial}\n"])
    return serial


def sweep(folder: Path) -> None:
    """Removes what a killed publisher left half-written."""
    for where in (folder, folder / OWN):
        for path in where.iterdir():
            if path.name.startswith(".") and path.name.endswith(".tmp"):
                path.unlink(missing_ok=True)
    sync_folder(folder)


def retire(folder: Path, manifest: Manifest, before: int) -> None:
    """Removes the files of all releases but this one and `before`, and the publisher's records of those that
    nobody goes back to.
    """
    chain = [manifest, *history(folder, manifest)][:_CHAIN]
    newest: dict[str, set[int]] = {}
    for one in chain:  # what follows a list that was issued anew may name the release that had it first
        newest.setdefault(one.digest, {one.serial, one.origin.serial})
    _keep(folder, _OURS, {manifest.serial, before})
    _keep(folder / OWN, _MANIFEST, {one.serial for one in chain})
    _keep(folder / OWN, _RECORD, set().union(*list(newest.values())[: KEPT + 1]))
    sweep(folder)


def _keep(folder: Path, ours: re.Pattern[str], serials: set[int]) -> None:
    for path in folder.iterdir():
        found = ours.fullmatch(path.name)
        if found is not None and int(found[1]) not in serials:
            path.unlink(missing_ok=True)
