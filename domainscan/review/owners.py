"""Names that were registered anew after a measure was decided: the evidence is about somebody who has left."""

from __future__ import annotations

from blocklists.names import Name
from domainscan.model import Decision, Observation, Record, Registration
from domainscan.review.rules import CUTTING
from domainscan.store import Store
from domainscan.store.base import unpack
from domainscan.store.decisions import decisions_in_force


class NewOwner(Record, frozen=True):
    """A measure in force whose name has another registration than the one that was judged."""

    name: Name
    decision: int
    category: str
    registered: str  # the date that the registry gives now
    status: str  # of the newest visit


def new_owners(store: Store, now: str) -> list[NewOwner]:
    """Measures in force to be reviewed: the newest visit saw a registration of a later day than the proposal's.

    Nothing is lifted by itself. A registry that says nothing, or could not be asked, changes nothing.
    """
    found = []
    for one in decisions_in_force(store, now):
        if one.measure in CUTTING and (seen := _newest(store, one)) is not None:
            since = seen.registration.registered if isinstance(seen.registration, Registration) else ""
            if since[:10] > one.proposed_at[:10]:
                found.append(NewOwner(one.name, one.id, one.category, since, seen.status))
    return found


def _newest(store: Store, decision: Decision) -> Observation | None:
    rows = store.rows(
        "SELECT o.body FROM latest l JOIN observations o ON o.id = l.observation WHERE l.name = ?"
        " ORDER BY l.at DESC LIMIT 1",
        decision.name,
    )
    return unpack(rows[0]["body"], Observation) if rows else None
