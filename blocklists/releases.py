"""What every release is made of and how it becomes visible; publish, hold and roll_back use it."""

from __future__ import annotations

from pathlib import Path

from blocklists.edition import Edition
from blocklists.files import write_whole
from blocklists.folder import OWN, last_release, retire
from blocklists.formats.csv import write_csv
from blocklists.guards import Examined, GuardTripped, examine
from blocklists.lists import BlockList
from blocklists.manifest import VERSION, Manifest, decode_manifest, encode_manifest, sha256
from blocklists.signature import Key
from blocklists.staging import settings_of, write_changes, write_lists


def before(folder: Path, edition: Edition) -> tuple[Manifest | None, BlockList | None]:
    """The release in `folder`, (None, None) without one. Raises GuardTripped when it is later than the edition."""
    manifest, previous = last_release(folder, edition.key.public)
    if manifest and edition.at < manifest.issued:
        raise GuardTripped(
            "clock",
            f"it is {edition.at}, and the last release was issued {manifest.issued}: set the clock right; "
            f"if it ran ahead then, move {folder} away: the next release takes its place with a later serial",
        )
    return manifest, previous


def examined(
    blocklist: BlockList,
    manifest: Manifest | None,
    previous: BlockList | None,
    edition: Edition,
    waived: frozenset[str] = frozenset(),
) -> Examined:
    """What the list changes against the release before. Raises GuardTripped for what is not waived."""
    return examine(
        blocklist,
        previous,
        now=edition.at,
        terms=edition.terms,
        lifted=edition.lifted,
        delisted=edition.delisted,
        protected=edition.protected,
        restores=manifest.restores if manifest else 0,
        waived=waived,
        formats=edition.chosen,
    )


def known_serials(manifest: Manifest | None, edition: Edition) -> tuple[int, ...]:
    """The serials that a new one must be later than, besides those taken in the folder."""
    return edition.floor, manifest.serial if manifest else 0


def write(
    blocklist: BlockList,
    folder: Path,
    into: Path,
    manifest: Manifest | None,
    previous: BlockList | None,
    edition: Edition,
    serial: int,
    restores: int = 0,
) -> Manifest:
    """The manifest of a release whose files lie in `into`; nobody sees them yet. `previous`, where it is given, is
    what the changes are counted from.
    """
    settings = settings_of(serial, edition.at, edition.until, edition.terms)
    passed = edition.protected.zone() if edition.protected else BlockList()
    chosen, terms, gone = edition.chosen, edition.terms, edition.delisted
    files = write_lists(blocklist, passed, into, chosen, settings, terms, gone, edition.prove)
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
