"""Decisions -> releases: previewed, published, held for two people, published as held, taken back."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from msgspec.structs import replace

from blocklists import lists
from blocklists.files import write_whole
from blocklists.formats import find_format
from blocklists.guards import WAIVABLE, GuardTripped
from blocklists.holding import held_list
from blocklists.lists import BlockList, Entry
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
from domainscan.config import Recipient
from domainscan.listing.entries import delisted, ended, entries, in_force
from domainscan.listing.press import Past, Press
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


def preview(
    decisions: Iterable[Decision],
    recipient: Recipient,
    folder: Path,
    press: Press,
    past: Past,
    key: Key | None,
    waived: frozenset[str] = frozenset(),
) -> Release:
    """What `export_list` would publish, with every guard asked and nothing written. No key: the very first.

    Raises GuardTripped, UnknownFormat, TakesNoList, AllWait.
    """
    return _draft(tuple(decisions), recipient, folder, press, past, key, waived)[0]


def _draft(
    known: Sequence[Decision],
    recipient: Recipient,
    folder: Path,
    press: Press,
    past: Past,
    key: Key | None,
    waived: frozenset[str] = frozenset(),
) -> tuple[Release, BlockList]:
    """The release as it would be, and its list. Raises as `preview`."""
    if not recipient.formats:
        raise TakesNoList(f"recipient {recipient.id}: formats = []: name the formats that it takes")
    gone = ended(known, press.now)
    manifest, previous = _last(folder, key, past)
    waiting = _waiting(known, recipient, previous, press)
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
    return made_of(recipient, folder, press, blocklist, seen, left), blocklist


def _last(folder: Path, key: Key | None, past: Past) -> tuple[Manifest | None, BlockList | None]:
    """The last release; where its folder is gone, the names that the store remembers of it."""
    manifest, previous = last_release(folder, key.public) if key else (None, None)
    if previous is None and past.names:
        previous = lists.block_list(Entry(Name(one)) for one in past.names)
    return manifest, previous


def _waiting(
    known: Sequence[Decision], recipient: Recipient, previous: BlockList | None, press: Press
) -> Waiting | None:
    """What is with earlier stages yet; None where there are none."""
    if press.rollout is None or not press.rollout.applies(recipient):
        return None
    live = (one for one in known if one.measure == "block" and in_force(one, press.now))
    return waiting_of(live, recipient, previous or BlockList(), press.rollout, press.now)


def export_list(
    decisions: Iterable[Decision],
    recipient: Recipient,
    folder: Path,
    press: Press,
    past: Past,
    *,
    key: Key,
    reserve: Callable[[int], None],
) -> Release:
    """The release that `folder` holds now, with its change report beside the lists.

    `reserve` remembers a serial before it is used.
    Raises GuardTripped, PublisherBusy, UnknownFormat, AllWait, OSError.
    """
    known = tuple(decisions)
    release, blocklist = _draft(known, recipient, folder, press, past, key)
    reserve(next_serial(press.now, past.serial))
    manifest = publish(blocklist, folder, _edition(known, recipient, press, past, key))
    return _told(release, manifest, folder)


def reissue_list(
    decisions: Iterable[Decision],
    recipient: Recipient,
    folder: Path,
    press: Press,
    past: Past,
    *,
    key: Key,
    reserve: Callable[[int], None],
) -> tuple[Release, int] | None:
    """The list in force under a fresh manifest, and the serial it came out with first; None where there is none, or its
    manifest is good for more than half of its time yet.

    Raises as `export_list`: a list that holds what was lifted, ran out or is protected now is not issued anew.
    """
    known = tuple(decisions)
    manifest, listed = last_release(folder, key.public)
    if manifest is None or listed is None or not is_ageing(manifest, press.now):
        return None
    edition = _edition(known, recipient, press, past, key)
    seen = examined(listed, manifest, listed, edition)
    reserve((latest((past.serial, manifest.serial)) + 1) % 2**32 or 1)
    new = reissue(folder, edition)
    release = made_of(recipient, folder, press, listed, seen)
    return (_told(release, new, folder), new.origin.serial) if new else None


def hold_list(
    decisions: Iterable[Decision],
    recipient: Recipient,
    folder: Path,
    press: Press,
    past: Past,
    key: Key,
) -> tuple[Release, Held, dict[str, str]]:
    """What `export_list` would publish if guards that people may waive did not trip, laid aside; and what they said.

    Raises as `export_list`.
    """
    known = tuple(decisions)
    release, blocklist = _draft(known, recipient, folder, press, past, key, WAIVABLE)
    held = hold(blocklist, folder, _edition(known, recipient, press, past, key))
    tripped = {one.guard: one.detail for one in held.tripped}
    return _with(release, held.manifest), held, tripped


def held_back(
    decisions: Iterable[Decision], recipient: Recipient, folder: Path, press: Press, past: Past, key: Key
) -> tuple[LeftOut, ...]:
    """What waits by now of the release that was laid aside in `folder`. Raises GuardTripped."""
    _, previous = _last(folder, key, past)
    waiting = _waiting(tuple(decisions), recipient, previous, press)
    aside = held_list(folder) if waiting and waiting.why else None
    if waiting is None or aside is None:
        return ()
    kept = waiting.left_out(previous or BlockList())
    return tuple(one for one in kept if holds(aside, one.name, one.reach))


def publish_approved(
    decisions: Iterable[Decision],
    recipient: Recipient,
    folder: Path,
    press: Press,
    past: Past,
    approval: Approval,
    key: Key,
) -> Release:
    """The release that was laid aside, published as it was approved. Raises GuardTripped, PublisherBusy."""
    known = tuple(decisions)
    release = preview(known, recipient, folder, press, past, key, WAIVABLE)
    manifest = publish_held(folder, approval, _edition(known, recipient, press, past, key))
    return _told(release, manifest, folder)


def go_back(
    decisions: Iterable[Decision],
    recipient: Recipient,
    folder: Path,
    press: Press,
    past: Past,
    *,
    key: Key,
    reserve: Callable[[int], None],
    to: int = 0,
) -> Release:
    """The list of the release before, or of release `to`, published again with a higher serial; nothing that ended
    since comes back. The files are read back, and not tried in programs: that was done when they were new.

    Raises GuardTripped, OSError.
    """
    known = tuple(decisions)
    _, before = last_release(folder, key.public)
    waiting = _waiting(known, recipient, before, press)
    wait = waiting.left_out(before or BlockList()) if waiting else ()
    new = {one.name for one in wait if not (before and before.get(one.name))}
    reserve(next_serial(press.now, past.serial))
    untried = dataclasses.replace(press, prove=None)
    edition = _edition(known, recipient, untried, past, key)
    back = roll_back(folder, dataclasses.replace(edition, lifted=edition.lifted | new), to)
    _, after = last_release(folder, key.public)
    seen = examine(after or BlockList(), before, now=press.now, terms=press.terms, waived=WAIVABLE)
    out = {one.name for one in back.left_out}
    left = tuple(one for one in wait if one.name in out & new)
    return _told(made_of(recipient, folder, press, after or BlockList(), seen, left), back.manifest, folder)


def _edition(known: Sequence[Decision], recipient: Recipient, press: Press, past: Past, key: Key) -> Edition:
    """What every way of publishing is told."""
    return Edition(
        now=press.now,
        key=key,
        formats=recipient.formats,
        terms=press.terms,
        floor=past.serial,
        lifted=ended(known, press.now),
        delisted=delisted(known, press.upheld, press.now),
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
