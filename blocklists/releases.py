"""What every release is made of and how it becomes visible; publish, hold and roll_back use it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from blocklists.files import write_whole
from blocklists.folder import OWN, last_release, retire, take_serial
from blocklists.formats import Format, find_format
from blocklists.formats.csv import write_csv
from blocklists.guards import GuardTripped, Terms
from blocklists.lists import BlockList
from blocklists.manifest import VERSION, Manifest, decode_manifest, encode_manifest, sha256
from blocklists.names import Name
from blocklists.protect import Protected
from blocklists.signature import Key
from blocklists.staging import Prover, settings_of, write_changes, write_lists


@dataclass(frozen=True, slots=True)
class Order:
    """What a release is made of and by, besides its list and its folder."""

    formats: tuple[Format, ...]
    now: str
    key: Key
    terms: Terms
    floor: int
    protected: Protected | None
    gone: frozenset[Name]
    prove: Prover | None


def make_order(
    formats: Sequence[str],
    now: str,
    key: Key,
    terms: Terms | None,
    floor: int,
    protected: Protected | None,
    gone: frozenset[Name],
    prove: Prover | None,
) -> Order:
    chosen = tuple(find_format(name) for name in dict.fromkeys(formats))
    return Order(chosen, utc(now), key, terms or Terms(), floor, protected, gone, prove)


def before(folder: Path, order: Order) -> tuple[Manifest | None, BlockList | None]:
    manifest, previous = last_release(folder, order.key.public)
    if manifest and order.now < manifest.issued:
        raise GuardTripped("clock", f"it is {order.now}, and the last release was issued {manifest.issued}")
    return manifest, previous


def write(
    blocklist: BlockList,
    folder: Path,
    into: Path,
    manifest: Manifest | None,
    previous: BlockList | None,
    order: Order,
    restores: int,
) -> Manifest:
    """The manifest of a release whose files lie in `into`; nobody sees them yet."""
    serial = take_serial(folder, order.now, (order.floor, manifest.serial if manifest else 0))
    settings = settings_of(serial, order.now, utc(order.now, order.terms.manifest_days), order.terms)
    passed = order.protected.zone() if order.protected else BlockList()
    files = write_lists(
        blocklist, passed, into, order.formats, settings, order.terms, order.gone, order.prove
    )
    record = "".join(write_csv(blocklist, settings)).encode("utf-8")
    write_whole(into / OWN / f"{serial}.csv", [record], 0o600)
    delta = None
    if manifest is not None and previous is not None:
        delta = write_changes(previous, blocklist, into, manifest.serial, serial)
    return Manifest(
        VERSION,
        serial,
        settings.issued,
        settings.expires,
        len(blocklist),
        sha256(record),
        sha256((folder / "manifest.json").read_bytes()) if manifest else "",
        files,
        delta,
        restores,
    )


def commit(folder: Path, manifest: Manifest, key: Key) -> None:
    """Makes the release visible. The rename of manifest.json is the moment; a copy of the signature follows
    it.

    The signature has the serial in its name too, so that one for the manifest, old or new, is there at
    every moment.
    """
    data = encode_manifest(manifest)
    signature = key.sign(
        data, f"serial:{manifest.serial}\tissued:{manifest.issued}\texpires:{manifest.expires}"
    )
    previous = _serial_of(folder)
    public = folder / "minisign.pub"
    if not public.exists() or public.read_bytes() != key.public.text().encode("ascii"):
        write_whole(public, [key.public.text()])
    write_whole(folder / f"manifest-{manifest.serial}.json.minisig", [signature])
    write_whole(folder / OWN / f"{manifest.serial}.json", [data], 0o600)
    write_whole(folder / "manifest.json", [data])
    write_whole(folder / "manifest.json.minisig", [signature])
    retire(folder, manifest, previous or manifest.serial)


def _serial_of(folder: Path) -> int:
    path = folder / "manifest.json"
    return decode_manifest(path.read_bytes()).serial if path.exists() else 0


def utc(now: str, later_days: float = 0) -> str:
    """A time in the one spelling that manifests use, so that texts compare as times do."""
    moment = datetime.fromisoformat(now)
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return (moment + timedelta(days=later_days)).strftime("%Y-%m-%dT%H:%M:%SZ")
