"""Appeals: anybody may make one; lifting upholds it, an approver other than the proposer may dismiss it."""

from __future__ import annotations

from typing import Final

from blocklists.names import Name, parents
from domainscan.collateral import reached
from domainscan.model import Decision, Person
from domainscan.review import rules
from domainscan.review.deciding import may_decide
from domainscan.review.rules import BadProposal, Conflict, NotYou
from domainscan.store import Store
from domainscan.store import decisions as rows
from domainscan.store.audit import record_event
from domainscan.store.people import current_person

REJECTION: Final = "rejection"  # who answers an appeal against what will not be


def appeal(store: Store, against: str, *, text: str, by: str, now: str) -> rows.Appeal:
    """The appeal, on record: against a decision by its number, or against whatever there is on a name: the newest
    measure in force, without one the newest proposal.

    A proposal that was rejected before it came answers it at once, as one that is rejected later does, unless
    something else stands against the name: then somebody has to read what the appellant means.
    Anybody may appeal: no token. Raises BadProposal without a text or a name.
    """
    if not text.strip() or not by.strip():
        raise BadProposal("an appeal needs a text and somebody who makes it")
    with store.writing():
        if rules.is_number(against):
            decision = rows.load_decision(store, int(against))
            name, number = decision.name, decision.id
        else:
            name = rules.host_name(against)
            held = [
                (one.measure != "none", one.state == "approved", one.id)
                for one in rows.load_decisions(store, name=name)
                if one.state in ("approved", "proposed")
            ]
            number = max(held)[-1] if held else 0
        made = rows.insert_appeal(store, name, number, text.strip(), by.strip(), now)
        record_event(
            store,
            f"appellant {by.strip()}",
            "appeal.open",
            name,
            {"appeal": made.id, "decision": number},
            now,
        )
        if rejected := _rejected(store, name, number):
            reason = f"decision {number} was rejected {rejected.decided_at}: {rejected.ended_reason}"
            rows.close_appeals(store, [made.id], "upheld", REJECTION, reason, now)
            record_event(store, REJECTION, "appeal.uphold", name, {"appeal": made.id, "reason": reason}, now)
        return rows.load_appeal(store, made.id)


def _rejected(store: Store, name: Name, number: int) -> Decision | None:
    """The decision of this number where it was rejected, and nothing else of the name is proposed or in force."""
    asked = rows.load_decision(store, number) if number else None
    if asked is None or asked.state != "rejected":
        return None
    others = (
        one
        for one in rows.decisions_on(store, (name, *parents(name)))
        if one.state in ("approved", "proposed")
        and one.measure != "none"
        and reached(one.name, one.reach, name)
    )
    return None if any(others) else asked


def dismiss(store: Store, actor: Person, appeal_id: int, *, reason: str, now: str) -> rows.Appeal:
    """The appeal, closed without lifting: by an approver who did not propose the measure.

    Raises NotYou, Conflict, BadProposal without a reason.
    """
    rules.check_reason(reason)
    with store.writing():
        asked = rows.load_appeal(store, appeal_id)
        if asked.state != "open":
            raise Conflict(f"appeal {appeal_id} is {asked.state} already, by {asked.closed_by}")
        if asked.decision:
            may_decide(store, actor, rows.load_decision(store, asked.decision))
        elif current_person(store, actor).role != "approver":
            raise NotYou(f"{actor.id} is no approver: an approver decides on appeals")
        rows.close_appeals(store, [appeal_id], "dismissed", actor.id, reason, now)
        record_event(
            store, actor.id, "appeal.dismiss", asked.name, {"appeal": appeal_id, "reason": reason}, now
        )
        return rows.load_appeal(store, appeal_id)
