"""Releases that need people: held until a second one approves, and taken back by one. Everything is on record."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

from blocklists.manifest import sha256
from blocklists.publish import Approval, GuardTripped, last_release
from blocklists.signature import Key
from domainscan.config import Recipient
from domainscan.listing import Job, Past, Press, Release, go_back, held_back, hold_list, publish_approved
from domainscan.model import Decision, Name, Person
from domainscan.store import Store, StoreError
from domainscan.store.audit import record_event
from domainscan.store.decisions import load_appeals, load_decisions
from domainscan.store.holds import Hold, approve_hold, end_hold, insert_hold, load_hold
from domainscan.store.people import NotAllowed, current_person
from domainscan.store.published import (
    Published,
    digests,
    last_published,
    last_serial,
    place_now,
    record_published,
    reserve_serial,
)
from domainscan.store.times import later

HOLD_DAYS: Final = 2.0  # so long a held release can be approved; its manifest ages meanwhile


class NothingTripped(StoreError):
    """The release needs nobody's approval: `export` publishes it."""


class NotWaiting(StoreError):
    """The held release was decided already."""


class StillWait(StoreError):
    """The held release has names that may not go to its recipient yet. It stays held."""


class NoReason(StoreError):
    """A reason is kept with every step that people take."""


def blocks(store: Store) -> tuple[Decision, ...]:
    return tuple(load_decisions(store, measure="block"))


def appeals(store: Store) -> tuple[tuple[tuple[Name, str], ...], frozenset[Name]]:
    """Appeals that were upheld, by name and time, and the names with an open one.

    Not those against a proposal that was rejected: what else is blocked there stands.
    """
    never = {one.id for one in load_decisions(store) if one.state == "rejected"}
    upheld = tuple(
        (one.name, one.closed_at) for one in load_appeals(store, state="upheld") if one.decision not in never
    )
    return upheld, frozenset(one.name for one in load_appeals(store, state="open"))


def past_of(store: Store, recipient: Recipient) -> Past:
    """What the store remembers of a recipient's releases."""
    before = last_published(store, recipient.id)
    return Past(last_serial(store, recipient.id), *((before.names, before.at) if before else ()))


def reserver(store: Store, recipient: Recipient) -> Callable[[int], None]:
    """Remembers a serial of this recipient before it is used."""
    return partial(reserve_serial, store, recipient.id)


def remember(store: Store, release: Release, by: str, now: str, **more: object) -> None:
    """The release on record: its row, and the row of the log that `audit verify` holds against it."""
    names = tuple(str(one) for one in release.names)
    folder = str(Path(release.folder).resolve())
    made = Published(release.recipient, release.serial, release.digest, folder, names, now, by)
    _record(store, "export", made, now, more)


def adopt(store: Store, recipient: Recipient, folder: Path, key: Key, by: str, now: str) -> None:
    """Remembers a release that is out, but whose publisher was killed before it could write that down."""
    manifest, blocklist = last_release(folder, key.public)
    if manifest is None or blocklist is None or manifest.serial in digests(store, recipient.id):
        return
    names = tuple(str(one.name) for one in blocklist)
    digest = sha256((folder / "manifest.json").read_bytes())
    where = str(folder.resolve())
    found = Published(recipient.id, manifest.serial, digest, where, names, manifest.issued, by)
    _record(store, "export.found", found, now, {})


def _record(store: Store, action: str, made: Published, now: str, more: dict[str, object]) -> None:
    with store.writing():
        record_published(store, made)
        detail = {"serial": made.serial, "digest": made.digest, "entries": len(made.names)}
        record_event(store, made.by, action, made.recipient, detail | more, now)


def _ready(store: Store, actor: Person, job: Job, reason: str) -> Job:
    """The job with what is remembered of its recipient. Raises NoReason, NotAllowed."""
    if not reason.strip():
        raise NoReason("give a reason: it is kept with the release")
    current_person(store, actor)
    adopt(store, job.recipient, job.folder, job.signer, actor.id, job.press.now)
    return replace(job, past=past_of(store, job.recipient))


def hold_release(store: Store, actor: Person, job: Job, reason: str) -> tuple[Release, Hold]:
    """The release, laid aside under its digest, with the guards that a second person would waive.

    Raises GuardTripped for a guard that nobody waives, NothingTripped, NoReason, NotAllowed.
    """
    job = _ready(store, actor, job, reason)
    recipient, now = job.recipient.id, job.press.now
    release, held, tripped = hold_list(job)
    if not tripped:
        raise NothingTripped(f"{recipient}: no guard trips: `domainscan export` publishes it")
    wanted = Hold(
        id=0,
        recipient=recipient,
        serial=held.manifest.serial,
        digest=held.digest,
        path=str(job.folder.resolve()),
        guards=tuple(tripped),
        detail="; ".join(f"{guard}: {detail}" for guard, detail in tripped.items()),
        reason=reason.strip(),
        expires=later(now, HOLD_DAYS),
        proposer=actor.id,
        proposed_at=now,
    )
    with store.writing():
        current_person(store, actor)
        made = insert_hold(store, wanted)
        detail = {"hold": made.id, "serial": made.serial, "digest": made.digest, "guards": made.guards}
        record_event(store, actor.id, "release.hold", recipient, detail | {"reason": made.reason}, now)
    return release, made


def approve_release(
    store: Store, actor: Person, number: int, recipients: Iterable[Recipient], press: Press, key: Key
) -> Release:
    """The held release, approved by a second person and published byte for byte as it was laid aside.

    Raises NotAllowed for the proposer and for whoever is no approver, NotWaiting, UnknownHold, StillWait;
    GuardTripped when it is not any more what was laid aside, or not allowed any more: the hold is void then.
    """
    asked = load_hold(store, number)
    recipient = next((one for one in recipients if one.id == asked.recipient), None)
    if recipient is None:
        raise NotWaiting(f"config.toml names no recipient {asked.recipient!r} any more")
    folder = place_now(store, recipient.id, asked.path)
    job = Job(blocks(store), recipient, folder, press, past_of(store, recipient), key)
    if wait := held_back(job):
        raise StillWait(
            f"held release {asked.id} stays held: {len(wait)} of its names wait: {wait[0].name}: {wait[0].why}"
        )
    with store.writing():
        person = current_person(store, actor)
        if person.role != "approver":
            raise NotAllowed(f"{person.id} is a {person.role}: an approver decides")
        if person.id == asked.proposer:
            raise NotAllowed(f"{person.id} held release {asked.id}: another approver decides")
        if not approve_hold(store, asked.id, person.id, press.now):
            raise NotWaiting(f"held release {asked.id} is {load_hold(store, asked.id).state} already")
        detail = {
            "hold": asked.id,
            "serial": asked.serial,
            "digest": asked.digest,
            "proposer": asked.proposer,
        }
        record_event(store, person.id, "release.approve", asked.recipient, detail, press.now)
    approval = Approval(
        asked.digest, frozenset(asked.guards), asked.proposer, person.id, asked.reason, asked.expires
    )
    reserver(store, recipient)(asked.serial)
    try:
        release = publish_approved(replace(job, past=past_of(store, recipient)), approval)
    except GuardTripped as error:
        with store.writing():
            end_hold(store, asked.id, "void", str(error))
            detail = {"hold": asked.id, "because": str(error)}
            record_event(store, person.id, "release.void", asked.recipient, detail, press.now)
        raise
    with store.writing():
        remember(store, release, person.id, press.now, hold=asked.id)
        end_hold(store, asked.id, "published")
    return release


def take_back(store: Store, actor: Person, job: Job, reason: str, to: int = 0) -> Release:
    """The release before, or release `to`, published again under a higher serial. One person is enough.

    Raises GuardTripped, NoReason, NotAllowed.
    """
    job = _ready(store, actor, job, reason)
    release = go_back(job, reserver(store, job.recipient), to)
    more = {"restores": release.restores, "reason": reason.strip()}
    with store.writing():
        remember(store, release, actor.id, job.press.now, **more)
        detail = {"serial": release.serial, "digest": release.digest}
        record_event(store, actor.id, "release.rollback", job.recipient.id, detail | more, job.press.now)
    return release
