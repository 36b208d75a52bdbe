"""Reviewers and approvers: whoever sets up the desk adds the first two, later roles take two people."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import unicodedata
from typing import Final

from domainscan.model import Person, Record
from domainscan.store.audit import record_event
from domainscan.store.base import Store
from domainscan.store.errors import StoreError

ROLES: Final = ("reviewer", "approver")
FOUNDERS: Final = 2
_TAKEN: Final = ("setup", "expiry", "operator", "appellant")  # who the log names where nobody acts


class Change(Record, frozen=True):
    """A role that one person proposed for another and a second one has to confirm."""

    id: int
    person: str
    role: str
    state: str  # proposed | confirmed | withdrawn; `ready` between confirmation and role, in one transaction
    proposer: str
    proposed_at: str
    confirmer: str = ""
    confirmed_at: str = ""


class BadPerson(StoreError):
    """Nobody can have this name or role."""


class PersonExists(StoreError):
    """The person has this role already, or waits for it."""


class UnknownPerson(StoreError):
    """Nobody has this name."""


class NotAllowed(StoreError):
    """This person may not do that; the message says who may."""


class UnknownChange(StoreError):
    """No such role change is waiting."""


def add_person(store: Store, id: str, role: str, actor: Person | None, now: str) -> str | Change:
    """The new person's token, shown once and never stored; or the change that somebody else has to confirm.

    The first two people need no actor and no confirmation. For somebody who is there it is a change of role.
    Raises BadPerson, PersonExists, NotAllowed.
    """
    if role not in ROLES:
        raise BadPerson(f"{role!r} is no role: use {' or '.join(ROLES)}")
    if not 0 < len(id) <= 64 or not id.isprintable() or any(c.isspace() for c in id) or _folded(id) in _TAKEN:
        raise BadPerson(f"{id[:64]!r} cannot be a person's name: take up to 64 characters without spaces")
    with store.writing() as db:
        known = _find(store, id)
        like = [one.id for one in load_people(store) if one.id != id and _folded(one.id) == _folded(id)]
        if like and known is None:
            raise BadPerson(f"{id} looks like {like[0]}, who is or was here: four eyes have two names")
        if known and known.state == "active" and known.role == role:
            raise PersonExists(f"{id} is {role} already")
        if known is None and len(load_people(store)) < FOUNDERS:
            token = secrets.token_urlsafe(32)
            db.execute(
                "INSERT INTO people (id, role, state, added, token_digest) VALUES (?, ?, 'active', ?, ?)",
                (id, role, now, _digest(token)),
            )
            detail = {"role": role, "token": _digest(token)}
            record_event(store, actor.id if actor else "setup", "people.add", id, detail, now)
            return token
        return _propose_change(store, id, role, known, actor, now)


def _folded(id: str) -> str:
    """What a reader takes a name for: without case, width and other compatibility forms."""
    return unicodedata.normalize("NFKC", id).casefold()


def _propose_change(
    store: Store, id: str, role: str, known: Person | None, actor: Person | None, now: str
) -> Change:
    if actor is None:
        raise NotAllowed(f"adding {id} takes two people: one of the desk proposes it, another confirms it")
    current_person(store, actor)
    waiting = [one for one in load_changes(store, "proposed") if one.person == id]
    if waiting:
        raise PersonExists(f"change {waiting[0].id} for {id} waits for confirmation already")
    if known is None:
        store.db.execute(
            "INSERT INTO people (id, role, state, added) VALUES (?, ?, 'pending', ?)", (id, role, now)
        )
    made = store.db.execute(
        "INSERT INTO changes (person, role, state, proposer, proposed_at) VALUES (?, ?, 'proposed', ?, ?)",
        (id, role, actor.id, now),
    ).lastrowid
    record_event(store, actor.id, "people.propose", id, {"change": made, "role": role}, now)
    return _change(store, int(made or 0))


def confirm_change(store: Store, change: int, actor: Person, now: str) -> str:
    """The new person's token; "" for a change of role, where the person keeps the old one.

    Raises UnknownChange; NotAllowed for the proposer and the person themself.
    """
    with store.writing() as db:
        current_person(store, actor)
        asked = _change(store, change)
        if asked.state != "proposed":
            raise UnknownChange(f"change {change} is {asked.state} already")
        if actor.id in (asked.proposer, asked.person):
            raise NotAllowed(
                f"change {change} takes a second person: neither {asked.proposer} nor {asked.person}"
            )
        db.execute(
            "UPDATE changes SET state = 'ready', confirmer = ?, confirmed_at = ? WHERE id = ?",
            (actor.id, now, change),
        )
        known = _find(store, asked.person)
        token = "" if known and known.state == "active" else secrets.token_urlsafe(32)
        db.execute("UPDATE people SET role = ?, state = 'active' WHERE id = ?", (asked.role, asked.person))
        if token:
            db.execute("UPDATE people SET token_digest = ? WHERE id = ?", (_digest(token), asked.person))
        detail = {"change": change, "role": asked.role, "token": _digest(token) if token else ""}
        record_event(store, actor.id, "people.confirm", asked.person, detail, now)
    return token


def withdraw_change(store: Store, change: int, actor: Person, now: str) -> None:
    """Anybody of the desk can stop a change that waits. Raises UnknownChange."""
    with store.writing() as db:
        current_person(store, actor)
        asked = _change(store, change)
        if asked.state != "proposed":
            raise UnknownChange(f"change {change} is {asked.state} already")
        db.execute("UPDATE changes SET state = 'withdrawn' WHERE id = ?", (change,))
        db.execute("UPDATE people SET state = 'revoked' WHERE id = ? AND state = 'pending'", (asked.person,))
        record_event(store, actor.id, "people.withdraw", asked.person, {"change": change}, now)


def revoke_person(store: Store, id: str, actor: Person, now: str) -> None:
    """The token is void at once: taking a right away is easier than giving one. Past decisions stand.

    Raises UnknownPerson; NotAllowed unless an approver, or the person themself, asks, and for the last of all.
    """
    with store.writing() as db:
        acting = current_person(store, actor)
        known = _find(store, id)
        if known is None or known.state == "revoked":
            raise UnknownPerson(
                f"{id} is nobody's name here" if known is None else f"{id} is revoked already"
            )
        if acting.role != "approver" and acting.id != id:
            raise NotAllowed(f"{acting.id} is {acting.role}: an approver, or {id}, can revoke {id}")
        if known.state == "active" and not any(
            one.state == "active" and one.id != id for one in load_people(store)
        ):
            raise NotAllowed(
                f"{id} is the last who is active: with nobody left no measure could be lifted, and nobody added"
            )
        db.execute("UPDATE people SET state = 'revoked', token_digest = '' WHERE id = ?", (id,))
        db.execute("UPDATE changes SET state = 'withdrawn' WHERE person = ? AND state = 'proposed'", (id,))
        record_event(store, actor.id, "people.revoke", id, {"role": known.role}, now)


def person_for_token(store: Store, token: str) -> Person | None:
    """Whose token this is; None for nobody's. Takes as long for a wrong token as for a right one."""
    given, found = _digest(token), None
    for row in store.rows("SELECT id, role, state, added, token_digest FROM people WHERE token_digest <> ''"):
        if hmac.compare_digest(row["token_digest"], given) and row["state"] == "active":
            found = Person(row["id"], row["role"], row["state"], row["added"])
    return found


def _digest(token: str) -> str:
    """A token is 256 random bits: slow hashes guard short passwords, one round of SHA-256 guards this."""
    return "sha256:" + hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def current_person(store: Store, actor: Person) -> Person:
    """The actor as the store knows them now. Raises NotAllowed when the right was taken away meanwhile."""
    known = _find(store, actor.id)
    if known is None or known.state != "active":
        raise NotAllowed(f"{actor.id} is not an active person of this desk")
    return known


def load_people(store: Store) -> list[Person]:
    """Everybody who ever was here, in the order of joining."""
    return [
        Person(*row) for row in store.rows("SELECT id, role, state, added FROM people ORDER BY added, rowid")
    ]


def load_changes(store: Store, state: str = "") -> list[Change]:
    rows = store.rows(
        "SELECT id, person, role, state, proposer, proposed_at, coalesce(confirmer, ''), confirmed_at"
        " FROM changes WHERE ? = '' OR state = ? ORDER BY id",
        *(state, state),
    )
    return [Change(*row) for row in rows]


def _find(store: Store, id: str) -> Person | None:
    rows = store.rows("SELECT id, role, state, added FROM people WHERE id = ?", id)
    return Person(*rows[0]) if rows else None


def _change(store: Store, id: int) -> Change:
    found = [one for one in load_changes(store) if one.id == id]
    if not found:
        raise UnknownChange(f"no role change {id}: `people list` shows those that wait")
    return found[0]
