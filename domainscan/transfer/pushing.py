"""What was decided since the last release -> the zones of one recipient at the primary, in a second or two.

The release goes its own, thorough way: its file replaces the zone's file. Between two releases only the records that
decisions touched are sent, as RFC 2136 updates that say what an owner shall hold. Sent twice they change nothing, and
the next file finds them done.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import msgspec

from blocklists.check import read_manifest
from blocklists.files import write_whole
from blocklists.folder import last_release
from blocklists.formats import FORMATS
from blocklists.guards import GuardTripped, Terms, examine
from blocklists.lists import BlockList
from blocklists.manifest import BadManifest, Manifest
from blocklists.names import Name, parents
from blocklists.protected import Protected
from blocklists.serials import is_later, latest, next_serial
from blocklists.signature import BadKey, BadSignature, PublicKey, load_key
from domainscan.config import Config, Recipient
from domainscan.listing import (
    KEY,
    Press,
    Rollout,
    Waiting,
    answered_for,
    ended,
    in_force,
    waiting_of,
    with_parents,
)
from domainscan.model import Decision, Reach, Record
from domainscan.net.updates import Primary, Records, zone_of
from domainscan.profiles import LeftOut
from domainscan.store import Store
from domainscan.store.audit import record_event
from domainscan.store.decisions import decided_since, decisions_on, listed_below
from domainscan.store.observations import aliases
from domainscan.store.published import last_folder, last_serial, reserve_serial
from domainscan.transfer.changes import Part, affected, part_of, recent, recent_start
from domainscan.transfer.keys import TransferKey
from domainscan.transfer.setup import At, folder_of, now_zone, policy_format, settings_of

OWNERS: Final = 300  # in one update: at most 300 x 255 octets and their records, of 65,535


class NotPushable(Exception):
    """Raised when a recipient's zones cannot be brought up to date this way; the message says why and what to do."""


class Pushed(Record, frozen=True):
    """What the primary was told for one recipient."""

    recipient: str
    zone: str
    release: int  # serial of the release that the changes follow
    serial: int  # of both zones now; 0: there was nothing to say
    added: tuple[Name, ...]
    removed: tuple[Name, ...]
    waiting: str  # why the released zone was left as it was; "" when both zones were told
    left_out: tuple[LeftOut, ...] = ()  # decided since, and with earlier stages yet


def push(
    store: Store, config: Config, recipient: Recipient, press: Press, key: TransferKey, by: str
) -> Pushed:
    """Brings the recipient's two zones at the primary up to what is decided now.

    Raises NotPushable, GuardTripped, PrimaryFailed.
    """
    out, wanted = _pushable(store, recipient)
    manifest = _manifest(store, out)
    release, since = (
        manifest.origin.serial,
        manifest.origin.issued,
    )  # a release that waited for its approval is of the time when it was laid aside
    touched = decided_since(store, min(since, recent_start(press.now)), measure="block")
    fresh = [one for one in touched if max(one.decided_at, one.ended_at) >= since]
    stage = _Stage.of(store, recipient, out, press)
    if stage and not manifest.restores:
        fresh = stage.with_ripe(fresh, touched)
    names, around = _around(store, fresh)
    waiting = stage.waiting((*touched, *around)) if stage else None
    part = part_of(around, names, recipient, since, press.now, waiting)
    protected = _protected(store, press, (*touched, *around))
    seen = examine(
        part.now,
        part.before,
        now=press.now,
        terms=_scaled(press.terms, recipient, manifest.entries, part),
        lifted=ended(fresh, press.now),
        protected=protected,
        restores=manifest.restores,
    )
    # After a rollback nothing comes back by the fast way that the rollback took out.
    newest = fresh if manifest.restores else touched
    last = recent(waiting.without(newest) if waiting else newest, recipient, press.now)
    examine(last, last, now=press.now, protected=protected)
    desk = _Desk(store, config, recipient, key, press.now)
    serial, left = desk.tell(wanted, release, part, last)
    added = tuple(one.name for one in seen.added)
    removed = tuple(one.name for one in seen.removed)
    if serial:
        detail = {"serial": serial, "release": release, "added": len(added), "removed": len(removed)}
        record_event(store, by, "transfer.push", recipient.id, detail, press.now)
    later = waiting.left_out(part.now) if waiting else ()
    return Pushed(recipient.id, recipient.zone, release, serial, added, removed, left, later)


@dataclass(frozen=True)
class _Stage:
    """A recipient of a later stage, and where its last release is."""

    recipient: Recipient
    folder: Path
    key: PublicKey
    rollout: Rollout
    now: str

    @classmethod
    def of(cls, store: Store, recipient: Recipient, folder: Path, press: Press) -> _Stage | None:
        """None where there is no earlier stage."""
        if press.rollout is None or not press.rollout.applies(recipient):
            return None
        return cls(recipient, folder, load_key(store.home / KEY).public, press.rollout, press.now)

    def waiting(self, decisions: Iterable[Decision]) -> Waiting:
        """What of these decisions is with earlier stages yet. Raises NotPushable."""
        known = {one.id: one for one in decisions}
        names = with_parents((*(one.name for one in known.values()), *self.rollout.appeals()))
        try:
            last = last_release(self.folder, self.key, names)[1]
        except GuardTripped as error:
            raise NotPushable(f"{error}: run `export` first") from error
        live = [one for one in known.values() if in_force(one, self.now)]
        return waiting_of(live, self.recipient, last or BlockList(), self.rollout, self.now)

    def with_ripe(self, fresh: Sequence[Decision], touched: Sequence[Decision]) -> list[Decision]:
        """The fresh decisions, and those that waited when the list was released and may go now."""
        waiting = self.waiting(touched)
        ripe = {one.id for one in waiting.asked} - set(waiting.why) - {one.id for one in fresh}
        return [*fresh, *(one for one in touched if one.id in ripe)]


def _around(store: Store, fresh: Sequence[Decision]) -> tuple[tuple[Name, ...], list[Decision]]:
    """The names that the changes may touch, and all decisions on them and above."""
    # What lies below a new tree may stay beside it until the next release: it is denied either way, and the look for it
    # takes a second among a million names. What lay folded below a tree that ended has to come back.
    trees = [one.name for one in fresh if one.reach is Reach.SUBTREE and one.ended_at]
    names = affected(fresh, listed_below(store, trees))
    around = {above for name in names for above in (name, *parents(name))}
    return names, decisions_on(store, sorted(around), measure="block")


def _pushable(store: Store, recipient: Recipient) -> tuple[Path, str]:
    """Where the recipient's last release is, and the format that its zone is in. Raises NotPushable."""
    out, wanted = last_folder(store, recipient.id), policy_format(recipient)
    if out is None:
        raise NotPushable(f"recipient {recipient.id} has no release yet: run `export` first")
    if not wanted:
        raise NotPushable(f"recipient {recipient.id}: its formats name no response policy zone (rpz, ...)")
    return out, wanted


def _protected(store: Store, press: Press, decisions: Iterable[Decision]) -> Protected:
    """The never-list, with what is known of the names that these decisions block."""
    live = [one for one in decisions if in_force(one, press.now)]
    return press.protected.knowing(aliases(store, [one.name for one in live]), answered_for(live, press.now))


def _manifest(store: Store, folder: Path) -> Manifest:
    """The manifest of the last release. Raises NotPushable where it is not what this desk signed."""
    try:
        return read_manifest(folder, load_key(store.home / KEY).public)
    except (BadManifest, BadSignature, BadKey, OSError) as error:
        raise NotPushable(f"{folder}: {error}: run `export` first") from error


def _scaled(terms: Terms, recipient: Recipient, entries: int, part: Part) -> Terms:
    """The limits of a release, counted from the whole list. Raises NotPushable where the recipient has no room."""
    grown = entries + len(part.now) - len(part.before)
    if recipient.budget and grown > recipient.budget:
        raise NotPushable(
            f"recipient {recipient.id} can hold {recipient.budget} entries, and there would be {grown}:"
            " run `export`, which chooses"
        )
    return replace(
        terms,
        max_adds=max(terms.max_adds, int(terms.max_adds_ratio * entries)),
        max_removals=max(terms.max_removals, int(terms.max_removals_ratio * entries)),
    )


class _Sent(msgspec.Struct, frozen=True):
    """What the released zone was told last."""

    digest: str = ""
    serial: int = 0


class _Desk:
    """One recipient's two zones, seen from the desk."""

    def __init__(
        self, store: Store, config: Config, recipient: Recipient, key: TransferKey, now: str
    ) -> None:
        at = At.of(config.transfer.primary)
        self._primary = Primary(at.address, at.port, key.name, key.secret)
        self._store, self._publish, self._recipient, self._now = store, config.publish, recipient, now
        self._memory = folder_of(config, store.home) / f".{recipient.zone}.sent"
        self._floor = 0

    def tell(self, format: str, release: int, part: Part, last: BlockList) -> tuple[int, str]:
        """The serial that the zones have now, 0 when there was nothing to say; and why the released one was left."""
        zone, quick = self._recipient.zone, now_zone(self._recipient.zone)
        held, quick_held = self._primary.serial(zone), self._primary.serial(quick)
        self._floor = latest((last_serial(self._store, self._recipient.id), held, quick_held))
        serial = self._tell_quick(format, quick, last)
        if held != release and is_later(release, held):
            return serial, (
                f"the primary has serial {held} of {zone}, and the release is {release}:"
                f" `knotc zone-reload {zone}`, then push again"
            )
        wanted = _within(self._records(format, zone, part.now)[0], part.owners)
        digest = _digest(release, part.owners, wanted)
        if part.owners and self._sent() != _Sent(digest, held):
            serial = self._send(format, zone, part.owners, wanted)
            write_whole(self._memory, [msgspec.json.encode(_Sent(digest, serial)).decode()], 0o600)
        return serial, ""

    def _tell_quick(self, format: str, zone: str, last: BlockList) -> int:
        wanted, _ = self._records(format, zone, last)
        held = self._primary.records(zone)
        owners = sorted(one for one in {*wanted, *held} if wanted.get(one) != held.get(one))
        return self._send(format, zone, owners, wanted) if owners else 0

    def _send(self, format: str, zone: str, owners: Sequence[str], wanted: Records) -> int:
        """The serial of the last update; each is reserved before it is used."""
        serial = 0
        for at in range(0, len(owners), OWNERS):
            serial = self._floor = next_serial(self._now, self._floor)
            reserve_serial(self._store, self._recipient.id, serial)
            soa = self._records(format, zone, BlockList(), serial)[1]
            self._primary.change(zone, owners[at : at + OWNERS], wanted, soa)
        return serial

    def _records(self, format: str, zone: str, blocklist: BlockList, serial: int = 1) -> tuple[Records, str]:
        """What the format's own writer says of the list, as records: no second way to write a zone."""
        settings = settings_of(self._publish, serial, self._now)
        return zone_of("".join(FORMATS[format].write(blocklist, settings)), zone)

    def _sent(self) -> _Sent:
        try:
            return msgspec.json.decode(self._memory.read_bytes(), type=_Sent)
        except (OSError, msgspec.DecodeError):
            return _Sent()  # to say it once more changes nothing


def _within(records: Records, owners: Sequence[str]) -> Records:
    inside = set(owners)
    return {owner: found for owner, found in records.items() if owner in inside}


def _digest(release: int, owners: Sequence[str], wanted: Records) -> str:
    said = [str(release), *(f"{owner} {' '.join(sorted(wanted.get(owner, ())))}" for owner in owners)]
    return hashlib.sha256("\n".join(said).encode()).hexdigest()
