"""What was, or would be, handed to one recipient, and what changed; told to people by `report`."""

from __future__ import annotations

from typing import Final

from blocklists.formats import Losses, find_format
from blocklists.lists import BlockList
from blocklists.names import Name
from blocklists.publish import Examined
from domainscan.config import Recipient
from domainscan.listing.press import Job
from domainscan.model import Reach, Record
from domainscan.profiles import LeftOut, held_by_none

_SHOWN: Final = 200  # names of one kind in the report for people; the JSON one has all


class Narrowed(Record, frozen=True):
    """An entry that a format cannot hold whole."""

    format: str
    name: Name
    reach: Reach
    kept: str  # the reach that is left; "" when the entry is left out
    why: str


class Release(Record, frozen=True):
    """What was, or with serial 0 would be, handed to one recipient, and what changed."""

    recipient: str
    folder: str
    at: str
    serial: int  # 0: nothing was published
    expires: str
    digest: str  # of manifest.json
    entries: int
    names: tuple[Name, ...]
    added: tuple[Name, ...]
    removed: tuple[Name, ...]
    changed: tuple[Name, ...]  # same name, other reach, category or expiry
    narrowed: tuple[Narrowed, ...]
    left_out: tuple[LeftOut, ...]  # what this recipient is not asked to block, or has no format for
    still_blocked: tuple[tuple[Name, Name], ...]  # an ended name, and the entry that goes on blocking it
    appealed: tuple[Name, ...] = ()  # listed, and somebody's appeal against that is open
    new_owners: tuple[Name, ...] = ()  # listed, and registered anew since: to be reviewed
    proofs: tuple[
        tuple[str, str], ...
    ] = ()  # format, and which programs loaded the file and answered as it says
    silent: tuple[str, ...] = ()  # formats that can say none of the entries: their files say nothing
    restores: int = 0  # the release that a rollback went back to


def losses(blocklist: BlockList, recipient: Recipient) -> dict[str, Losses]:
    """Format -> what it cannot say of this list, for each of the recipient's formats that loses anything.

    Raises UnknownFormat for a format in config.toml that nobody wrote.
    """
    known = ((one, find_format(one)) for one in recipient.formats)
    lost = {name: one.fit(blocklist)[1] for name, one in known if not one.passes}
    return {name: found for name, found in lost.items() if found}


def made_of(job: Job, blocklist: BlockList, seen: Examined, left: tuple[LeftOut, ...] = ()) -> Release:
    """A release of this list as it would be: with serial 0."""
    recipient, press = job.recipient, job.press
    lost = losses(blocklist, recipient)
    return Release(
        recipient=recipient.id,
        folder=str(job.folder),
        at=press.now,
        serial=0,
        expires="",
        digest="",
        entries=len(blocklist),
        names=tuple(one.name for one in blocklist),
        added=tuple(one.name for one in seen.added),
        removed=tuple(one.name for one in seen.removed),
        changed=tuple(one.name for _, one in seen.change.changed),
        narrowed=tuple(
            Narrowed(format, one.name, one.reach, str(one.kept or ""), one.why)
            for format, found in lost.items()
            for one in found
        ),
        silent=tuple(one for one, found in lost.items() if found.left_out == len(blocklist)),
        left_out=(*left, *held_by_none(lost, recipient)),
        still_blocked=tuple((name, entry.name) for name, entry in seen.still_blocked),
        appealed=tuple(name for name in sorted(press.appealed) if blocklist.covering(name)),
        new_owners=tuple(name for name in sorted(press.new_owners) if blocklist.covering(name)),
    )


def report(release: Release) -> str:
    """The change report for people."""
    entries = f"{release.entries} {'entry' if release.entries == 1 else 'entries'}"
    head = f"{release.recipient}: serial {release.serial or 'none (dry run)'}, {entries}"
    parts = (
        ("added", [str(one) for one in release.added]),
        ("removed", [str(one) for one in release.removed]),
        ("changed", [str(one) for one in release.changed]),
        ("files that say nothing", [_silence(one, release) for one in release.silent]),
        ("cannot be said in full", [_narrowing(one) for one in release.narrowed]),
        ("not blocked there at all", [f"{one.name} ({one.reach}): {one.why}" for one in release.left_out]),
        ("ended, yet blocked by", [f"{name} (by {entry})" for name, entry in release.still_blocked]),
        ("listed, with an open appeal", [str(one) for one in release.appealed]),
        ("listed, and registered anew since", [str(one) for one in release.new_owners]),
    )
    lines = [f"{head}, {release.at}" + (f", back to {release.restores}" if release.restores else "")]
    for title, found in parts:
        lines.append(f"  {title}: {len(found)}")
        lines += [f"    {one}" for one in found[:_SHOWN]]
    lines += [f"  tried: {len(release.proofs) or _untried(release)}"]
    lines += [f"    {format}: {words}" for format, words in release.proofs]
    return "\n".join(lines) + "\n"


def _untried(release: Release) -> str:
    """Why no program was asked about the files."""
    if not release.serial:
        return "no, a dry run writes no files"
    if release.restores:
        return "no, the way back waits for no program: its files were read back and compared"
    return "no, [publish] proof names no program"


def _silence(format: str, release: Release) -> str:
    return f"{format}: it can say none of the entries ({release.entries}); take another format as well"


def _narrowing(one: Narrowed) -> str:
    kept = f"narrowed from {one.reach} to {one.kept}" if one.kept else "left out"
    return f"{one.format}: {one.name} {kept}: {one.why}"
