"""roll_back: the list of an earlier release again, with a higher serial."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from blocklists.edition import Edition
from blocklists.folder import OWN, history, locked, read_record, sweep, take_serial
from blocklists.formats import BadList
from blocklists.guards import WAIVABLE, GuardTripped
from blocklists.lists import BlockList, Entry
from blocklists.manifest import Manifest
from blocklists.releases import before, commit, examined, known_serials, write


@dataclass(frozen=True, slots=True)
class RolledBack:
    """The release that went back, and the entries of the old one that are over since and stayed out."""

    manifest: Manifest
    left_out: tuple[Entry, ...]


def roll_back(folder: Path, edition: Edition, to: int = 0) -> RolledBack:
    """The list of the release before, or of release `to`, published anew with a higher serial.

    What is over since (expired, lifted, or blocks a name that is delisted) and what is protected now stays out. Waits
    for a publisher that is at work. From then on names are added again only with two people's approval.
    Raises GuardTripped when that release is not kept, and as `publish`.
    """
    with locked(folder, wait=True):
        sweep(folder)
        manifest, previous = before(folder, edition)
        if manifest is None:
            raise GuardTripped("way_back", "nothing was published yet")
        known = list(history(folder, manifest))
        target = _target(manifest, known, to)
        old = _list_of(folder, target, known)
        kept = BlockList(one for one in old if _stands(one, edition))
        examined(kept, manifest, previous, edition, WAIVABLE)
        serial = take_serial(folder, edition.at, known_serials(manifest, edition))
        new = write(kept, folder, folder, manifest, previous, edition, serial, target.serial)
        commit(folder, new, edition.key)
    return RolledBack(new, tuple(one for one in old if kept.get(one.name) is None))


def _target(manifest: Manifest, known: Sequence[Manifest], to: int) -> Manifest:
    """The release to go back to: `to`, or the last one with another list; of a rollback, the one before that which
    it went back to.
    """
    chain = [manifest, *known]
    if to:
        found = [one for one in chain if one.serial == to]
    else:
        undone = next((at for at, one in enumerate(chain) if one.serial == manifest.restores), 0)
        found = [one for one in chain[undone:] if one.digest != chain[undone].digest]
    if not found:
        kept = ", ".join(str(one.serial) for one in chain)
        what = f"release {to}" if to else "earlier release with another list"
        raise GuardTripped("way_back", f"no {what} is kept: there are {kept}")
    return found[0]


def _list_of(folder: Path, target: Manifest, known: Sequence[Manifest]) -> BlockList:
    """The entries of a release; one with the same list may have the record."""
    same = [one for one in known if one.digest == target.digest]
    for one in (target, *same):
        if (folder / OWN / f"{one.serial}.csv").exists():
            try:
                return read_record(folder / OWN, one)
            except (OSError, BadList) as error:
                raise GuardTripped("previous", f"release {one.serial}: {error}") from error
    raise GuardTripped("way_back", f"the list of release {target.serial} is not kept any more")


def _stands(entry: Entry, edition: Edition) -> bool:
    """Whether an entry of an old release may be listed still."""
    if entry.name in edition.lifted or (entry.expires and entry.expires[:10] <= edition.at[:10]):
        return False
    if edition.delisted and any(BlockList((entry,)).covering(name) for name in edition.delisted):
        return False
    return not (edition.protected and edition.protected.refusals(entry.name, entry.reach))
