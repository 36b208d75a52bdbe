"""Names that were registered anew after a measure was decided: the evidence is about somebody who has left."""

from __future__ import annotations

from blocklists.names import Name
from domainscan.model import Record, Registration
from domainscan.review.rules import CUTTING
from domainscan.store import Store
from domainscan.store.decisions import decisions_in_force
from domainscan.store.observations import newest


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
    cutting = [one for one in decisions_in_force(store, now) if one.measure in CUTTING]
    registered = {
        seen.name: (seen.registration.registered, seen.status)
        for seen in newest(store, [one.name for one in cutting])
        if isinstance(seen.registration, Registration)
    }
    return [
        NewOwner(one.name, one.id, one.category, *registered[one.name])
        for one in cutting
        if one.name in registered and registered[one.name][0][:10] > one.proposed_at[:10]
    ]
