"""hold: a release laid aside, whole, until two people approve this very artefact; publish_held: their word kept."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from blocklists.approvals import Approval, check_approval
from blocklists.edition import Edition, utc
from blocklists.files import sync_folder, write_whole
from blocklists.folder import OWN, history, keep_serial, last_serial, locked, read_record, sweep
from blocklists.formats import BadList
from blocklists.guards import WAIVABLE, GuardTripped, Trip
from blocklists.lists import BlockList
from blocklists.manifest import BadManifest, Manifest, decode_manifest, encode_manifest, sha256
from blocklists.releases import before, commit, examined, known_serials, write
from blocklists.serials import is_later, latest, next_serial

HELD: Final = "held"  # in OWN
AHEAD_DAYS: Final = 3.0  # of a held release's serial: what is published while it waits has earlier ones


@dataclass(frozen=True, slots=True)
class Held:
    """A release that waits: `digest` is what an approval binds to, `tripped` what it would waive."""

    digest: str
    manifest: Manifest
    tripped: tuple[Trip, ...]


def hold(blocklist: BlockList, folder: Path, edition: Edition) -> Held:
    """The release as `publish` would make it, whole and tried but for its signature, laid aside until two people
    approve this very artefact. What was laid aside before goes.

    Raises as `publish`, but not for the guards of WAIVABLE.
    """
    with locked(folder):
        sweep(folder)
        manifest, previous = before(folder, edition)
        seen = examined(blocklist, manifest, previous, edition, WAIVABLE)
        serial = _serial_ahead(folder, edition.at, (*known_serials(manifest, edition), held_serial(folder)))
        aside = folder / OWN / HELD
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir(mode=0o700)  # where a web server hands out the folder it lies in
        (aside / OWN).mkdir(mode=0o700)
        new = write(blocklist, folder, aside, manifest, previous, edition, serial)
        data = encode_manifest(new)
        write_whole(aside / "manifest.json", [data], 0o600)
        sync_folder(folder / OWN)
    return Held(sha256(data), new, seen.tripped)


def held_list(folder: Path) -> BlockList | None:
    """The list that lies aside, unchecked; None where nothing does that can be read."""
    aside = folder / OWN / HELD
    try:
        return read_record(aside / OWN, decode_manifest((aside / "manifest.json").read_bytes()))
    except (OSError, BadManifest, BadList, GuardTripped, UnicodeDecodeError):
        return None


def publish_held(folder: Path, approval: Approval, edition: Edition) -> Manifest:
    """The manifest of the release that was laid aside, published byte for byte as it was approved; its formats are its
    own, whatever the edition has.

    Raises GuardTripped when a byte changed since, when another release came between, when a name was lifted since,
    or when a guard trips that the approval does not name.
    """
    with locked(folder):
        aside = folder / OWN / HELD
        new = _approved(aside, approval, edition.at)
        manifest, previous = before(folder, edition)
        if new.previous not in _same_list(folder, manifest):
            raise GuardTripped("approval", "another release was published since: hold and approve anew")
        last = latest(known_serials(manifest, edition))
        if is_later(last, new.serial):
            raise GuardTripped(
                "approval", f"serial {last} was used since, which is later: hold and approve anew"
            )
        if edition.at > new.expires:
            raise GuardTripped("approval", f"it expired {new.expires} while it waited: hold and approve anew")
        edition = replace(edition, formats=tuple(one.format for one in new.files))
        examined(read_record(aside / OWN, new), manifest, previous, edition, approval.guards)
        for name in [file.name for file in new.files] + ([new.delta.name] if new.delta else []):
            _link(aside / name, folder / name)
        _link(aside / OWN / f"{new.serial}.csv", folder / OWN / f"{new.serial}.csv")
        keep_serial(folder, last_serial(folder, (new.serial,)))
        sync_folder(folder / OWN)
        commit(folder, new, edition.key)
        shutil.rmtree(aside, ignore_errors=True)
    return new


def held_serial(folder: Path) -> int:
    """The serial of the release that was laid aside, 0 without one. Raises OSError when it cannot be read."""
    held = _held(folder)
    return held.serial if held else 0


def waiting_serial(folder: Path, manifest: Manifest, now: str) -> int:
    """The serial of the held release that may follow this manifest, which is the one in force; 0 without one."""
    held = _held(folder)
    return (
        held.serial if held and now <= held.expires and held.previous in _same_list(folder, manifest) else 0
    )


def _held(folder: Path) -> Manifest | None:
    try:
        return decode_manifest((folder / OWN / HELD / "manifest.json").read_bytes())
    except (FileNotFoundError, BadManifest):  # a damaged one can only be held anew
        return None


def _serial_ahead(folder: Path, now: str, known: tuple[int, ...]) -> int:
    """A serial that leaves room for those that are needed meanwhile; it is taken when it is published."""
    return next_serial(utc(now, AHEAD_DAYS), last_serial(folder, known))


def _same_list(folder: Path, manifest: Manifest | None) -> Iterator[str]:
    """The digest of the manifest in force, and of those before it as long as they say the same list; "" without one."""
    if manifest is None:
        yield ""
        return
    yield sha256((folder / "manifest.json").read_bytes())
    for older in history(folder, manifest):
        if manifest.reissues is None or older.digest != manifest.digest:
            return
        yield manifest.previous
        manifest = older


def _approved(aside: Path, approval: Approval, now: str) -> Manifest:
    """The manifest that lies aside, with every file as it was approved. Raises GuardTripped, and OSError when it cannot
    be read.
    """
    try:
        data = (aside / "manifest.json").read_bytes()
    except FileNotFoundError as error:
        raise GuardTripped("approval", "nothing waits here: hold a release first") from error
    check_approval(approval, sha256(data), now)
    held = decode_manifest(data)
    wanted = [(file.name, file.sha256) for file in held.files]
    wanted += [(held.delta.name, held.delta.sha256)] if held.delta else []
    for name, digest in [*wanted, (f"{OWN}/{held.serial}.csv", held.digest)]:
        try:
            found = sha256((aside / name).read_bytes())
        except OSError as error:
            raise GuardTripped("approval", str(error)) from error
        if found != digest:
            raise GuardTripped("approval", f"{name} was changed after it was laid aside")
    return held


def _link(source: Path, target: Path) -> None:
    """The same file under its public name; the one aside stays until the release is out."""
    target.unlink(missing_ok=True)
    target.hardlink_to(source)
