"""Decisions -> BlockList: the one crossing point to `blocklists`. What nobody decided does not cross."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from blocklists import lists
from blocklists.files import write_whole
from blocklists.formats import Losses, find_format
from blocklists.guards import WAIVABLE, GuardTripped
from blocklists.lists import BlockList, Entry
from blocklists.manifest import Manifest, next_serial, sha256
from blocklists.names import Name
from blocklists.overrides import folded_person
from blocklists.protect import Protected, Refusal
from blocklists.publish import (
    Approval,
    Examined,
    Held,
    Terms,
    examine,
    hold,
    last_release,
    publish,
    publish_held,
    roll_back,
)
from blocklists.signature import Key, load_key, make_key
from blocklists.staging import Prover
from domainscan.config import Publish, Recipient
from domainscan.model import Decision, Reach, Record, encode
from domainscan.profiles import LeftOut, fitted, held_by_none

KEY: Final = Path("keys", "publish.key")  # in the home
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
    restores: int = 0  # the release that a rollback went back to


class TakesNoList(ValueError):
    """The recipient has to block names, and config.toml names no format for it."""


class Past(Record, frozen=True):
    """What the store remembers of a recipient's releases, should their folder be gone."""

    serial: int = 0
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Press:
    """What every release of one run shares."""

    now: str
    terms: Terms
    protected: Protected
    prove: Prover | None = None
    upheld: tuple[tuple[Name, str], ...] = ()  # appeals that were upheld: name and time
    appealed: frozenset[Name] = frozenset()  # names with an open appeal
    new_owners: frozenset[Name] = frozenset()  # names registered anew after they were decided


def in_force(decision: Decision, now: str) -> bool:
    """Whether two people decided this, nobody ended it, and its day of expiry has not begun (UTC)."""
    return decision.state == "approved" and (not decision.expires or now[:10] < decision.expires[:10])


def entries(decisions: Iterable[Decision], now: str) -> Iterator[Entry]:
    """What the block decisions in force ask for, each by itself. An entry's source is its decision: `decision 12`."""
    return (
        Entry(one.name, one.reach, one.category, one.expires, (f"decision {one.id}",))
        for one in decisions
        if one.measure == "block" and in_force(one, now)
    )


def block_list(decisions: Iterable[Decision], now: str) -> BlockList:
    """The entries of the block decisions in force, folded."""
    return lists.block_list(entries(decisions, now))


def ended(decisions: Iterable[Decision], now: str) -> frozenset[Name]:
    """Names whose block expired or was lifted and was not decided anew: any number may leave a list."""
    blocks = [one for one in decisions if one.measure == "block"]
    over = {one.name for one in blocks if one.state in ("approved", "lifted", "expired")}
    return frozenset(over - {one.name for one in blocks if in_force(one, now)})


def delisted(decisions: Iterable[Decision], upheld: Iterable[tuple[Name, str]], now: str) -> frozenset[Name]:
    """Names that must be gone from every file: a block was lifted, or an appeal upheld, and none was decided anew.

    An open appeal takes nothing off a list and stops no release: anybody may make one, also against everything.
    """
    blocks = [one for one in decisions if one.measure == "block"]
    stand = [one for one in blocks if in_force(one, now)]
    lifted = {one.name for one in blocks if one.state == "lifted"} - {one.name for one in stand}
    won = {name for name, at in upheld if not any(one.name == name and one.decided_at > at for one in stand)}
    return frozenset(lifted | won)


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


def refusals(name: Name, reach: Reach, protected: Protected) -> tuple[Refusal, ...]:
    """Why this name must not be listed with this reach; asked before an approval and before a release."""
    return protected.refusals(name, reach)


def answered_for(decisions: Iterable[Decision], now: str) -> dict[Name, Reach]:
    """The names for which two different people answer, with the widest reach they decided."""
    found: dict[Name, Reach] = {}
    for one in decisions:
        two = one.approver and folded_person(one.proposer) != folded_person(one.approver)
        known = found.get(one.name)
        if two and in_force(one, now) and (known is None or lists.WIDTH[known] < lists.WIDTH[one.reach]):
            found[one.name] = one.reach
    return found


def losses(blocklist: BlockList, recipient: Recipient) -> dict[str, Losses]:
    """Format -> what it cannot say of this list, for each of the recipient's formats that loses anything.

    Raises UnknownFormat for a format in config.toml that nobody wrote.
    """
    known = ((one, find_format(one)) for one in recipient.formats)
    lost = {name: one.fit(blocklist)[1] for name, one in known if not one.passes}
    return {name: found for name, found in lost.items() if found}


def signing_key(home: Path) -> Key:
    """The key that signs releases, made on first use, for its owner's eyes only. Raises BadKey."""
    path = home / KEY
    if path.exists():
        return load_key(path)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return make_key(path)


def terms_of(config: Publish) -> Terms:
    """The limits of a release, from the table [publish]. Raises BadTerms."""
    return Terms(
        max_adds=config.max_adds,
        max_adds_ratio=config.max_adds_ratio,
        max_removals=config.max_removals,
        max_removals_ratio=config.max_removals_ratio,
        manifest_days=config.manifest_days,
        primary=config.primary,
        ttl_seconds=config.ttl_seconds,
        garden=config.garden,
        blocked_by=config.blocked_by,
        empty_zone=config.empty_zone,
        sinkhole=config.sinkhole,
        canaries=config.canaries,
    )


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

    Raises GuardTripped, UnknownFormat, TakesNoList.
    """
    if not recipient.formats:
        raise TakesNoList(f"recipient {recipient.id}: formats = []: name the formats that it takes")
    known = tuple(decisions)
    blocklist, left = fitted(entries(known, press.now), recipient)
    gone = ended(known, press.now)
    manifest, previous = last_release(folder, key.public) if key else (None, None)
    if previous is None and past.names:
        previous = lists.block_list(Entry(Name(one)) for one in past.names)
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
    )
    return _release(recipient, folder, press, blocklist, seen, left)


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
    Raises GuardTripped, PublisherBusy, UnknownFormat, OSError.
    """
    known = tuple(decisions)
    release = preview(known, recipient, folder, press, past, key)
    reserve(next_serial(press.now, past.serial))
    manifest = publish(
        fitted(entries(known, press.now), recipient)[0],
        folder,
        recipient.formats,
        now=press.now,
        key=key,
        terms=press.terms,
        floor=past.serial,
        lifted=ended(known, press.now),
        delisted=delisted(known, press.upheld, press.now),
        protected=press.protected,
        prove=press.prove,
    )
    return _told(release, manifest, folder)


def hold_list(
    decisions: Iterable[Decision],
    recipient: Recipient,
    folder: Path,
    press: Press,
    past: Past,
    *,
    key: Key,
    reserve: Callable[[int], None],
) -> tuple[Release, Held, dict[str, str]]:
    """What `export_list` would publish if guards that people may waive did not trip, laid aside; and what they said.

    Raises as `export_list`.
    """
    known = tuple(decisions)
    release = preview(known, recipient, folder, press, past, key, WAIVABLE)
    reserve(next_serial(press.now, past.serial))
    held = hold(
        fitted(entries(known, press.now), recipient)[0],
        folder,
        recipient.formats,
        now=press.now,
        key=key,
        terms=press.terms,
        floor=past.serial,
        lifted=ended(known, press.now),
        delisted=delisted(known, press.upheld, press.now),
        protected=press.protected,
        prove=press.prove,
    )
    tripped = {one.guard: one.detail for one in held.tripped}
    return replace(release, serial=held.manifest.serial), held, tripped


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
    manifest = publish_held(
        folder,
        approval,
        now=press.now,
        key=key,
        terms=press.terms,
        lifted=ended(known, press.now),
        delisted=delisted(known, press.upheld, press.now),
        protected=press.protected,
    )
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
    reserve(next_serial(press.now, past.serial))
    back = roll_back(
        folder,
        recipient.formats,
        now=press.now,
        key=key,
        to=to,
        terms=press.terms,
        floor=past.serial,
        lifted=ended(known, press.now),
        delisted=delisted(known, press.upheld, press.now),
        protected=press.protected,
    )
    _, after = last_release(folder, key.public)
    seen = examine(after or BlockList(), before, now=press.now, terms=press.terms, waived=WAIVABLE)
    return _told(_release(recipient, folder, press, after or BlockList(), seen), back.manifest, folder)


def _told(release: Release, manifest: Manifest, folder: Path) -> Release:
    """The release as it is out, with its change report beside the lists."""
    digest = sha256((folder / "manifest.json").read_bytes())
    release = replace(
        release,
        serial=manifest.serial,
        expires=manifest.expires,
        digest=digest,
        proofs=tuple((file.format, file.proof) for file in manifest.files if file.proof),
        restores=manifest.restores,
    )
    write_whole(folder / "changes.json", [encode(release).decode(), "\n"])
    write_whole(folder / "changes.txt", [report(release)])
    return release


def _release(
    recipient: Recipient,
    folder: Path,
    press: Press,
    blocklist: BlockList,
    seen: Examined,
    left: tuple[LeftOut, ...] = (),
) -> Release:
    lost = losses(blocklist, recipient)
    return Release(
        recipient=recipient.id,
        folder=str(folder),
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
        left_out=(*left, *held_by_none(lost, recipient)),
        still_blocked=tuple((name, entry.name) for name, entry in seen.still_blocked),
        appealed=tuple(name for name in sorted(press.appealed) if blocklist.covering(name)),
        new_owners=tuple(name for name in sorted(press.new_owners) if blocklist.covering(name)),
    )


def report(release: Release) -> str:
    """The change report for people."""
    head = f"{release.recipient}: serial {release.serial or 'none (dry run)'}, {release.entries} entries"
    parts = (
        ("added", [str(one) for one in release.added]),
        ("removed", [str(one) for one in release.removed]),
        ("changed", [str(one) for one in release.changed]),
        ("cannot be said in full", [_narrowing(one) for one in release.narrowed]),
        ("not blocked there at all", [f"{one.name} ({one.reach}): {one.why}" for one in release.left_out]),
        ("ended, yet blocked by", [f"{name} (by {entry})" for name, entry in release.still_blocked]),
        ("listed, with an open appeal", [str(one) for one in release.appealed]),
        ("listed, and registered anew since", [str(one) for one in release.new_owners]),
        ("tried", [f"{format}: {words}" for format, words in release.proofs]),
    )
    lines = [f"{head}, {release.at}" + (f", back to {release.restores}" if release.restores else "")]
    for title, found in parts:
        lines.append(f"  {title}: {len(found)}")
        lines += [f"    {one}" for one in found[:_SHOWN]]
    return "\n".join(lines) + "\n"


def _narrowing(one: Narrowed) -> str:
    kept = f"narrowed from {one.reach} to {one.kept}" if one.kept else "left out"
    return f"{one.format}: {one.name} {kept}: {one.why}"
