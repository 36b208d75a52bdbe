"""Decisions -> releases: previewed, published, held for two people, published as held, taken back."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from pathlib import Path

from msgspec.structs import replace

from blocklists.files import write_whole
from blocklists.formats import find_format
from blocklists.guards import WAIVABLE, GuardTripped
from blocklists.holding import held_list
from blocklists.lists import BlockList
from blocklists.manifest import Manifest, sha256
from blocklists.names import Name
from blocklists.publish import (
    Approval,
    Edition,
    Held,
    examine,
    examined,
    hold,
    is_ageing,
    last_release,
    publish,
    publish_held,
    reissue,
    roll_back,
)
from blocklists.serials import latest, next_serial
from blocklists.signature import Key
from domainscan.listing.entries import delisted, ended, entries, in_force, remembered
from domainscan.listing.press import Job
from domainscan.listing.release import Release, made_of, report
from domainscan.listing.stages import Waiting, waiting_of
from domainscan.model import Decision, encode
from domainscan.profiles import LeftOut, fitted, holds


class TakesNoList(ValueError):
    """The recipient has to block names, and config.toml names no format for it."""


class AllWait(Exception):
    """Raised where a first release would hold nothing, because all of it is with earlier stages yet."""

    def __init__(self, recipient: str, left_out: tuple[LeftOut, ...]) -> None:
        first = f"{left_out[0].name}: {left_out[0].why}"
        super().__init__(f"{recipient}: its first release waits, with {len(left_out)} left out: {first}")
        self.recipient, self.left_out = recipient, left_out


def preview(job: Job, waived: frozenset[str] = frozenset()) -> Release:
    """What `export_list` would publish, with every guard asked and nothing written. No key: the very first.

    Raises GuardTripped, UnknownFormat, TakesNoList, AllWait.
    """
    return _draft(job, waived)[0]


def _draft(job: Job, waived: frozenset[str] = frozenset()) -> tuple[Release, BlockList]:
    """The release as it would be, and its list. Raises as `preview`."""
    known, recipient, press = job.decisions, job.recipient, job.press
    if not recipient.formats:
        raise TakesNoList(f"recipient {recipient.id}: formats = []: name the formats that it takes")
    gone = ended(known, press.now)
    manifest, previous = _last(job)
    waiting = _waiting(job, previous)
    blocklist, left = fitted(entries(waiting.without(known) if waiting else known, press.now), recipient)
    if waiting:
        left = (*waiting.left_out(blocklist), *left)
        if previous is None and not blocklist and waiting.why:
            raise AllWait(recipient.id, left)
    seen = examine(
        blocklist,
        previous,
        now=press.now,
        terms=press.terms,
        lifted=gone,
        delisted=delisted(known, press.upheld, press.now),
        protected=press.protected,
        restores=manifest.restores if manifest else 0,
        waived=waived,
        formats=[find_format(one) for one in recipient.formats],
    )
    return made_of(job, blocklist, seen, left), blocklist


def _last(job: Job) -> tuple[Manifest | None, BlockList | None]:
    """The last release; where its folder is gone, what the store remembers of it."""
    manifest, previous = last_release(job.folder, job.key.public) if job.key else (None, None)
    if previous is None and job.past.names:
        previous = remembered(job.past.names, job.decisions, job.past.at)
    return manifest, previous


def _waiting(job: Job, previous: BlockList | None) -> Waiting | None:
    """What is with earlier stages yet; None where there are none."""
    rollout, now = job.press.rollout, job.press.now
    if rollout is None or not rollout.applies(job.recipient):
        return None
    live = (one for one in job.decisions if one.measure == "block" and in_force(one, now))
    return waiting_of(live, job.recipient, previous or BlockList(), rollout, now)


def export_list(job: Job, reserve: Callable[[int], None]) -> Release:
    """The release that the folder holds now, with its change report beside the lists.

    `reserve` remembers a serial before it is used.
    Raises GuardTripped, PublisherBusy, UnknownFormat, AllWait, OSError.
    """
    release, blocklist = _draft(job)
    reserve(next_serial(job.press.now, job.past.serial))
    manifest = publish(blocklist, job.folder, _edition(job))
    return _told(release, manifest, job.folder)


def reissue_list(job: Job, reserve: Callable[[int], None]) -> tuple[Release, int] | None:
    """The list in force under a fresh manifest, and the serial it came out with first; None where there is none, or its
    manifest is good for more than half of its time yet.

    Raises as `export_list`: a list that holds what was lifted, ran out or is protected now is not issued anew.
    """
    manifest, listed = last_release(job.folder, job.signer.public)
    if manifest is None or listed is None or not is_ageing(manifest, job.press.now):
        return None
    edition = _edition(job)
    seen = examined(listed, manifest, listed, edition)
    reserve((latest((job.past.serial, manifest.serial)) + 1) % 2**32 or 1)
    new = reissue(job.folder, edition)
    return (_told(made_of(job, listed, seen), new, job.folder), new.origin.serial) if new else None


def hold_list(job: Job) -> tuple[Release, Held, dict[str, str]]:
    """What `export_list` would publish if guards that people may waive did not trip, laid aside; and what they said.

    Raises as `export_list`.
    """
    release, blocklist = _draft(job, WAIVABLE)
    held = hold(blocklist, job.folder, _edition(job))
    tripped = {one.guard: one.detail for one in held.tripped}
    return _with(release, held.manifest), held, tripped


def held_back(job: Job) -> tuple[LeftOut, ...]:
    """What waits by now of the release that was laid aside in the folder. Raises GuardTripped."""
    _, previous = _last(job)
    waiting = _waiting(job, previous)
    aside = held_list(job.folder) if waiting and waiting.why else None
    if waiting is None or aside is None:
        return ()
    kept = waiting.left_out(previous or BlockList())
    return tuple(one for one in kept if holds(aside, one.name, one.reach))


def publish_approved(job: Job, approval: Approval) -> Release:
    """The release that was laid aside, published as it was approved. Raises GuardTripped, PublisherBusy."""
    release = preview(job, WAIVABLE)
    return _told(release, publish_held(job.folder, approval, _edition(job)), job.folder)


def go_back(job: Job, reserve: Callable[[int], None], to: int = 0) -> Release:
    """The list of the release before, or of release `to`, published again with a higher serial; nothing that ended
    since comes back. The files are read back, and not tried in programs: that was done when they were new.

    Raises GuardTripped, OSError.
    """
    folder, press, public = job.folder, job.press, job.signer.public
    _, before = last_release(folder, public)
    waiting = _waiting(job, before)
    wait = waiting.left_out(before or BlockList()) if waiting else ()
    new = {one.name for one in wait if not (before and before.get(one.name))}
    reserve(next_serial(press.now, job.past.serial))
    edition = dataclasses.replace(_edition(job), prove=None)
    back = roll_back(folder, dataclasses.replace(edition, lifted=edition.lifted | new), to)
    _, after = last_release(folder, public)
    seen = examine(after or BlockList(), before, now=press.now, terms=press.terms, waived=WAIVABLE)
    out = {one.name for one in back.left_out}
    left = tuple(one for one in wait if one.name in out & new)
    return _told(made_of(job, after or BlockList(), seen, left), back.manifest, folder)


def _edition(job: Job) -> Edition:
    """What every way of publishing is told."""
    press = job.press
    return Edition(
        now=press.now,
        key=job.signer,
        formats=job.recipient.formats,
        terms=press.terms,
        floor=job.past.serial,
        lifted=ended(job.decisions, press.now),
        delisted=delisted(job.decisions, press.upheld, press.now),
        protected=press.protected,
        prove=press.prove,
    )


def overdue(decisions: Iterable[Decision], folder: Path, key: Key, now: str) -> tuple[int, tuple[Name, ...]]:
    """The serial of the release in `folder`, and the names on it whose block ended: they are blocked until the next.

    (0, ()) where there is no release, or none that this key signed.
    """
    try:
        manifest, listed = last_release(folder, key.public)
    except GuardTripped:
        return 0, ()
    if manifest is None or listed is None:
        return 0, ()
    return manifest.serial, tuple(one for one in sorted(ended(decisions, now)) if listed.get(one))


def _with(release: Release, manifest: Manifest) -> Release:
    """The release with what its manifest says; without its digest."""
    return replace(
        release,
        serial=manifest.serial,
        expires=manifest.expires,
        proofs=tuple((file.format, file.proof) for file in manifest.files if file.proof),
        restores=manifest.restores,
    )


def _told(release: Release, manifest: Manifest, folder: Path) -> Release:
    """The release as it is out, with its change report beside the lists."""
    release = replace(_with(release, manifest), digest=sha256((folder / "manifest.json").read_bytes()))
    write_whole(folder / "changes.json", [encode(release).decode(), "\n"])
    write_whole(folder / "changes.txt", [report(release)])
    return release
