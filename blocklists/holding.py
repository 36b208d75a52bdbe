"""hold: a release laid aside, whole, until two people approve this very artefact; publish_held: their word kept."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from blocklists.approvals import Approval, check_approval
from blocklists.edition import Edition
from blocklists.files import sync_folder, write_whole
from blocklists.folder import OWN, locked, read_record, sweep
from blocklists.guards import WAIVABLE, GuardTripped, Trip
from blocklists.lists import BlockList
from blocklists.manifest import Manifest, decode_manifest, encode_manifest, sha256
from blocklists.releases import before, commit, examined, write

HELD: Final = "held"  # in OWN


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
        aside = folder / OWN / HELD
        shutil.rmtree(aside, ignore_errors=True)
        (aside / OWN).mkdir(mode=0o700, parents=True)
        new = write(blocklist, folder, aside, manifest, previous, edition, 0)
        data = encode_manifest(new)
        write_whole(aside / "manifest.json", [data], 0o600)
        sync_folder(folder / OWN)
    return Held(sha256(data), new, seen.tripped)


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
        stands = sha256((folder / "manifest.json").read_bytes()) if manifest else ""
        if new.previous != stands:
            raise GuardTripped("approval", "another release was published since: hold and approve anew")
        if edition.at > new.expires:
            raise GuardTripped("approval", f"it expired {new.expires} while it waited: hold and approve anew")
        examined(read_record(aside / OWN, new), manifest, previous, edition, approval.guards)
        for name in [file.name for file in new.files] + ([new.delta.name] if new.delta else []):
            _link(aside / name, folder / name)
        _link(aside / OWN / f"{new.serial}.csv", folder / OWN / f"{new.serial}.csv")
        sync_folder(folder / OWN)
        commit(folder, new, edition.key)
        shutil.rmtree(aside, ignore_errors=True)
    return new


def _approved(aside: Path, approval: Approval, now: str) -> Manifest:
    """The manifest that lies aside, with every file as it was approved. Raises GuardTripped."""
    try:
        data = (aside / "manifest.json").read_bytes()
    except OSError as error:
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
