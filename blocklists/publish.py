"""publish: one release of a list into a folder, and check: that folder as a consumer sees it.

A release is visible from the moment its manifest.json is renamed into place, and not before: list files
carry the serial in their names and are written first, the release before stays until the next one. So
whoever reads by the manifest sees the old release or the new one, at whatever point the publisher is
killed. What only the publisher needs (lock, last serial, entries with their expiry) is in `.publisher`.
"""

from __future__ import annotations

import fcntl
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import zip_longest
from pathlib import Path
from typing import Final

from blocklists.check import check, read_manifest
from blocklists.files import stage, sync_folder, write_whole
from blocklists.formats import BadList, Format, Settings, find_format
from blocklists.formats.csv import write_csv
from blocklists.guards import Examined, GuardTripped, Terms, examine
from blocklists.lists import BlockList, Entry, Reach, block_list
from blocklists.manifest import (
    VERSION,
    BadManifest,
    Manifest,
    ReleaseFile,
    encode_manifest,
    latest,
    next_serial,
    sha256,
)
from blocklists.names import Name
from blocklists.protect import Protected
from blocklists.signature import BadSignature, Key, PublicKey

__all__ = [
    "Examined",
    "GuardTripped",
    "PublisherBusy",
    "Terms",
    "check",
    "examine",
    "last_release",
    "publish",
]

STEM: Final = "blocklist"
_OURS: Final = re.compile(rf"(?:{STEM}|manifest)-(\d+)\.[a-z.]+|(\d+)\.csv")


class PublisherBusy(Exception):
    """Raised when another process is publishing into the same folder; it wins."""


def publish(  # noqa: PLR0913  one argument per fact that the caller alone knows
    blocklist: BlockList,
    folder: Path,
    formats: Sequence[str],
    *,
    now: str,
    key: Key,
    terms: Terms | None = None,
    floor: int = 0,
    lifted: frozenset[Name] = frozenset(),
    protected: Protected | None = None,
) -> Manifest:
    """The manifest of the release that `folder` holds now. `now` is a UTC time as 2026-11-23T14:00:00Z.

    The serial is later than the last one here and than `floor`, the last one that the caller remembers.
    Raises GuardTripped, PublisherBusy, UnknownFormat, BadSettings, OSError; the release before then stays as
    it was. A format that lets names pass is made of `protected`, and empty without.
    """
    terms, now = terms or Terms(), _utc(now)
    chosen = [find_format(name) for name in dict.fromkeys(formats)]
    (folder / ".publisher").mkdir(parents=True, exist_ok=True)
    with _lock(folder):
        _sweep(folder, keep=None)
        manifest, previous = last_release(folder, key.public)
        if manifest and now < manifest.issued:
            raise GuardTripped("clock", f"it is {now}, and the last release was issued {manifest.issued}")
        examine(blocklist, previous, now=now, terms=terms, lifted=lifted, protected=protected)
        serial = _take_serial(folder, now, (floor, manifest.serial if manifest else 0))
        until = _utc(now, terms.manifest_days)
        settings = _settings(serial, now, until, terms)
        passed = protected.zone() if protected else BlockList()
        files = tuple(
            _write_list(passed if one.passes else blocklist, folder, one, settings) for one in chosen
        )
        record = "".join(write_csv(blocklist, settings))
        write_whole(folder / ".publisher" / f"{serial}.csv", [record], 0o600)
        before = sha256((folder / "manifest.json").read_bytes()) if manifest else ""
        new = Manifest(
            VERSION,
            serial,
            settings.issued,
            settings.expires,
            len(blocklist),
            sha256(record.encode()),
            before,
            files,
        )
        _commit(folder, new, key)
        _sweep(folder, keep={serial, manifest.serial if manifest else serial})
    return new


def last_release(folder: Path, public_key: PublicKey) -> tuple[Manifest | None, BlockList | None]:
    """The manifest and the list of the release in `folder`; (None, None) where there is none yet.

    Raises GuardTripped when it is not what the owner of the key signed.
    """
    if not (folder / "manifest.json").exists():
        return None, None
    try:
        manifest = read_manifest(folder, public_key)
        return manifest, _released(folder, manifest)
    except (BadManifest, BadSignature, BadList, OSError, UnicodeDecodeError) as error:
        way_out = f"restore {folder} from a backup, or move it away to start anew"
        raise GuardTripped("previous", f"{error}: {way_out}") from error


def _released(folder: Path, manifest: Manifest) -> BlockList:
    """The entries of a release: from the publisher's own record, or where that is lost from a file it
    names.
    """
    record = folder / ".publisher" / f"{manifest.serial}.csv"
    if record.exists() or not manifest.files:
        known, path, digest = find_format("csv"), record, manifest.digest
    else:
        lists = [file for file in manifest.files if not find_format(file.format).passes]
        if not lists:
            raise GuardTripped("previous", f"{record} is gone, and no file of the release has the list")
        first = min(lists, key=lambda file: (file.left_out + file.narrowed, file.format != "csv"))
        known, path, digest = find_format(first.format), folder / Path(first.name).name, first.sha256
    data = path.read_bytes()
    if sha256(data) != digest:
        raise GuardTripped("previous", f"{path} was changed after it was signed")
    return known.load(io.BytesIO(data))


def _write_list(blocklist: BlockList, folder: Path, chosen: Format, settings: Settings) -> ReleaseFile:
    """One list file, read back from the disk and compared before it gets its name."""
    fitted, losses = chosen.fit(blocklist)
    path = folder / f"{STEM}-{settings.serial}{chosen.extension}"
    temporary = stage(path, chosen.save(blocklist, settings))
    try:
        with temporary.open("rb") as file:
            said = chosen.load(file)
        if not same_names(said, fitted):
            raise GuardTripped("parse_back", f"{chosen.name}: read back, it blocks other names")
        data = temporary.read_bytes()
        temporary.replace(path)
    except BadList as error:
        raise GuardTripped("parse_back", str(error)) from error
    finally:
        temporary.unlink(missing_ok=True)
    left_out = losses.left_out
    return ReleaseFile(path.name, chosen.name, len(data), sha256(data), len(losses) - left_out, left_out)


def _settings(serial: int, now: str, until: str, terms: Terms) -> Settings:
    return Settings(
        serial,
        now,
        until,
        terms.primary,
        terms.ttl_seconds,
        terms.garden,
        terms.blocked_by,
        terms.empty_zone,
        terms.sinkhole,
    )


def same_names(one: BlockList, two: BlockList) -> bool:
    """Whether two lists block exactly the same names."""
    pairs = zip_longest(_single(one), _single(two))
    return all(a is not None and b is not None and (a.name, a.reach) == (b.name, b.reach) for a, b in pairs)


def _single(blocklist: BlockList) -> Iterable[Entry]:
    """The list without WWW entries: each is two hosts."""
    if not any(entry.reach is Reach.WWW for entry in blocklist):
        return blocklist
    hosts = (Name(one) for one in blocklist.patterns() if not one.startswith("*."))
    trees = (entry for entry in blocklist if entry.reach is Reach.SUBTREE)
    return block_list([*trees, *(Entry(name, Reach.HOST) for name in hosts)])


def _commit(folder: Path, manifest: Manifest, key: Key) -> None:
    """Makes the release visible. The rename of manifest.json is the moment; a copy of the signature follows
    it.

    The signature has the serial in its name too, so that one for the manifest, old or new, is there at
    every moment.
    """
    data = encode_manifest(manifest)
    signature = key.sign(
        data, f"serial:{manifest.serial}\tissued:{manifest.issued}\texpires:{manifest.expires}"
    )
    public = folder / "minisign.pub"
    if not public.exists() or public.read_bytes() != key.public.text().encode("ascii"):
        write_whole(public, [key.public.text()])
    write_whole(folder / f"manifest-{manifest.serial}.json.minisig", [signature])
    write_whole(folder / "manifest.json", [data.decode()])
    write_whole(folder / "manifest.json.minisig", [signature])


def _take_serial(folder: Path, now: str, known: tuple[int, ...]) -> int:
    """The next serial, on the disk before anybody uses it: a crash leaves a gap, never the same serial
    twice.
    """
    path = folder / ".publisher" / "serial"
    text = path.read_text("ascii").strip() if path.exists() else "0"
    if not text.isdecimal() or int(text) >= 2**32:
        raise GuardTripped("previous", f"{path} holds {text[:40]!r}, not a serial: restore it from a backup")
    serial = next_serial(now, latest((int(text), *known)))
    write_whole(path, [f"{serial}\n"])
    return serial


def _sweep(folder: Path, keep: set[int] | None) -> None:
    """Removes what a killed publisher left half-written, and with `keep` the files of all other releases."""
    for path in (*folder.iterdir(), *(folder / ".publisher").iterdir()):
        ours = _OURS.fullmatch(path.name)
        old = keep is not None and ours is not None and int(ours[1] or ours[2]) not in keep
        if old or (path.name.startswith(".") and path.name.endswith(".tmp")):
            path.unlink(missing_ok=True)
    sync_folder(folder)


def _utc(now: str, later_days: float = 0) -> str:
    """A time in the one spelling that manifests use, so that texts compare as times do."""
    moment = datetime.fromisoformat(now)
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return (moment + timedelta(days=later_days)).strftime("%Y-%m-%dT%H:%M:%SZ")


@contextmanager
def _lock(folder: Path) -> Iterator[None]:
    with (folder / ".publisher" / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise PublisherBusy(f"another process is publishing into {folder}") from error
        yield
