"""The queue: flagged cases that nobody has decided on, most urgent first."""

from __future__ import annotations

from blocklists.names import Name, unicode_form
from domainscan.model import CATEGORIES, CONFIDENCES, SEVERITIES, Record
from domainscan.review import rules
from domainscan.review.owners import NewOwner, new_owners
from domainscan.store import Store
from domainscan.store.cases import Flagged, flagged_cases
from domainscan.store.decisions import load_appeals, load_decisions
from domainscan.store.times import days_between


class QueueRow(Record, frozen=True):
    """One case that waits for people."""

    name: Name
    unicode: str
    categories: tuple[str, ...]  # flagged ones, gravest first
    severity: str  # of the gravest
    confidence: str  # of the surest
    flagged_since: str
    age_days: int
    assigned: str  # "" for nobody
    state: str  # new | assigned | proposed | appealed | new owner
    decision: int | None  # the proposal that waits for an approver; of a new owner, the measure in force
    status: str  # of the newest visit: observed | dead | failed
    unseen: str = ""  # why it was not shown the page, though the site answered


def load_queue(store: Store, *, category: str = "", now: str) -> list[QueueRow]:
    """Flagged cases without a measure in force: by severity, then confidence, then the longest wait.

    With them, names with a measure in force that were registered anew after it was decided. Names that are dead now
    come last. An approved measure that imposes nothing, `none` among them, keeps a
    case out until its content changes. Raises BadProposal for a category that is none.
    """
    category = rules.category_of(category) if category else ""
    proposed = {one.name: one.id for one in load_decisions(store, state="proposed")}
    appealed = {one.name for one in load_appeals(store, state="open")}
    rows = [_row(one, proposed.get(one.name), one.name in appealed, now) for one in flagged_cases(store, now)]
    rows += [_owner_row(one, now) for one in new_owners(store, now)]
    found = [row for row in rows if not category or category in row.categories]
    return sorted(found, key=_urgency)


def _row(case: Flagged, proposal: int | None, appealed: bool, now: str) -> QueueRow:
    states = (("appealed", appealed), ("proposed", proposal), ("assigned", case.assigned), ("new", True))
    since = case.flagged_since or case.visited
    return QueueRow(
        name=case.name,
        unicode=unicode_form(case.name),
        categories=case.categories,
        severity=next(word for word, rank in SEVERITIES.items() if rank == case.severity),
        confidence=next(word for word, rank in CONFIDENCES.items() if rank == case.confidence),
        flagged_since=since,
        age_days=int(days_between(since, now)),
        assigned=case.assigned,
        state=next(word for word, true in states if true),
        decision=proposal,
        status=case.status,
        unseen=case.unseen,
    )


def _owner_row(case: NewOwner, now: str) -> QueueRow:
    """What was judged was somebody else's: the confidence is none until somebody looks again."""
    return QueueRow(
        name=case.name,
        unicode=unicode_form(case.name),
        categories=(case.category,) if case.category else (),
        severity=CATEGORIES[case.category][1] if case.category in CATEGORIES else "low",
        confidence="none",
        flagged_since=case.registered,
        age_days=int(days_between(case.registered, now)),
        assigned="",
        state="new owner",
        decision=case.decision,
        status=case.status,
    )


def _urgency(row: QueueRow) -> tuple[bool, int, int, str, str]:
    grave, sure = SEVERITIES[row.severity], CONFIDENCES[row.confidence]
    return (row.status == "dead", -grave, -sure, row.flagged_since, row.name)
