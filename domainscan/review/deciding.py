"""Decisions: one person proposes a measure, another approves it; anybody of the desk may lift it."""

from __future__ import annotations

from typing import Final

from domainscan.config import Review
from domainscan.model import MEASURES, Decision, Person, Reach, Record
from domainscan.review import rules
from domainscan.review.rules import BadProposal, Conflict, NotYou, Refusals
from domainscan.store import Store
from domainscan.store import decisions as rows
from domainscan.store.audit import record_event
from domainscan.store.cases import assign_case, forget_flag, standing
from domainscan.store.people import current_person
from domainscan.store.times import is_over

_LIMITS: Final = Review()


class Proposal(Record, frozen=True):
    """What somebody asks for, as it was typed."""

    name: str
    measure: str
    reason: str
    reach: str = "host"
    category: str = ""  # empty: the surest one judged
    expires: str = ""  # empty: the usual term


def propose(
    store: Store,
    actor: Person,
    asked: Proposal,
    *,
    now: str,
    limits: Review = _LIMITS,
    refusals: Refusals = rules.nothing_against,
) -> Decision:
    """The proposal, which rests on the judgement that stands now.

    `limits` has the usual term. `refusals` are those that nobody can open: `approve` asks for all.
    Raises BadProposal, NotScanned, Compromised, Guarded, Conflict, and NotAllowed for somebody who left the desk.
    """
    host, measure = rules.host_name(asked.name), rules.one_of(asked.measure, MEASURES, "measure")
    category = rules.category_of(asked.category) if asked.category else ""
    with store.writing():
        current_person(store, actor)
        found = standing(store, host)
        judged = found[1] if found else None
        ground = category or (rules.surest(judged) if measure != "none" else "")
        wanted = Decision(
            id=0,
            name=host,
            measure=measure,
            reach=Reach(rules.one_of(asked.reach, [str(one) for one in Reach], "reach")),
            category=ground,
            reason=asked.reason.strip(),
            expires=rules.expiry(measure, asked.expires, now, limits),
            proposer=actor.id,
            proposed_at=now,
            state="proposed",
            assessment=judged.id if judged else "",
            content=judged.content if judged else "",
        )
        rules.check(wanted, judged)
        rules.check_guards(wanted, refusals)
        rules.check_others(store, wanted, found[0].at if found else "")
        made = rows.insert_decision(store, wanted)
        _audit(store, actor.id, "decision.propose", made, now)
    return made


def approve(store: Store, actor: Person, decision_id: int, *, refusals: Refusals, now: str) -> Decision:
    """The decision in force, approved by a second person.

    Raises NotYou, Conflict, Compromised, Guarded, BadProposal when it would be over at once.
    """
    asked = rows.load_decision(store, decision_id)
    with store.writing():
        may_decide(store, actor, asked)
        found = standing(store, asked.name)
        rules.check_compromised(asked, found[1] if found else None)
        if is_over(asked.expires, now):
            raise BadProposal(
                f"decision {asked.id} would have ended on {asked.expires}: reject it and propose anew"
            )
        rules.check_guards(asked, refusals)
        if not rows.decide(store, asked.id, "approved", actor.id, now):
            raise _conflict(store, asked.id)
        if asked.measure == "none":
            forget_flag(store, asked.name)
        made = rows.load_decision(store, asked.id)
        _audit(store, actor.id, "decision.approve", made, now)
    return made


def may_decide(store: Store, actor: Person, asked: Decision) -> None:
    person = current_person(store, actor)
    if person.role != "approver":
        raise NotYou(f"{person.id} is a {person.role}: an approver decides")
    if person.id == asked.proposer:
        raise NotYou(f"{person.id} proposed decision {asked.id}: another approver decides")


def _conflict(store: Store, id: int) -> Conflict:
    now = rows.load_decision(store, id)
    by = now.ended_by or now.approver
    return Conflict(f"decision {id} is {now.state} already{f', by {by}' if by else ''}")


def reject(store: Store, actor: Person, decision_id: int, *, reason: str, now: str) -> Decision:
    """The decision that will not be: rejected by an approver, or taken back by its proposer.

    Open appeals against it are upheld.

    Raises NotYou, Conflict, BadProposal without a reason.
    """
    rules.check_reason(reason)
    asked = rows.load_decision(store, decision_id)
    with store.writing():
        if actor.id == asked.proposer:
            current_person(store, actor)
            done = rows.withdraw_decision(store, asked.id, actor.id, reason, now)
        else:
            may_decide(store, actor, asked)
            done = rows.decide(store, asked.id, "rejected", actor.id, now, reason)
        if not done:
            raise _conflict(store, asked.id)
        _uphold(store, asked.id, actor, reason, now)
        made = rows.load_decision(store, asked.id)
        _audit(store, actor.id, "decision.reject", made, now, reason=reason)
    return made


def lift(store: Store, actor: Person, decision_id: int, *, reason: str, now: str) -> Decision:
    """The measure's end, now: one person is enough, whoever it is. Open appeals against it are upheld.

    Raises Conflict when it is not in force, BadProposal without a reason.
    """
    rules.check_reason(reason)
    with store.writing():
        current_person(store, actor)
        if not rows.end_decision(store, decision_id, "lifted", actor.id, reason, now):
            raise _conflict(store, decision_id)
        _uphold(store, decision_id, actor, reason, now)
        made = rows.load_decision(store, decision_id)
        _audit(store, actor.id, "decision.lift", made, now, reason=reason)
    return made


def _uphold(store: Store, decision_id: int, actor: Person, reason: str, now: str) -> None:
    """What the open appeals against a decision ask for has come about."""
    against = [one.id for one in rows.load_appeals(store, state="open") if one.decision == decision_id]
    rows.close_appeals(store, against, "upheld", actor.id, reason, now)


def expire(store: Store, now: str) -> list[Decision]:
    """The measures whose day has come, now ended. Nobody has to ask for it."""
    ended = []
    with store.writing():
        for one in rows.expired_decisions(store, now):
            rows.end_decision(store, one.id, "expired", "expiry", f"expired on {one.expires}", now)
            ended.append(rows.load_decision(store, one.id))
            _audit(store, "expiry", "decision.expire", ended[-1], now)
    return ended


def assign(store: Store, actor: Person, name: str, *, to: str = "", now: str) -> str:
    """Whose case it is now: the actor's, or that of the person named. Raises UnknownCase, NotYou."""
    host = rules.host_name(name)
    with store.writing():
        person = current_person(store, actor)
        if to and to != person.id:
            person = current_person(store, Person(to, "", "", ""))
        assign_case(store, host, person.id)
        record_event(store, actor.id, "case.assign", host, {"to": person.id}, now)
    return person.id


def _audit(store: Store, actor: str, action: str, made: Decision, now: str, **more: str) -> None:
    detail: dict[str, object] = {
        "decision": made.id,
        "measure": made.measure,
        "reach": str(made.reach),
        "category": made.category,
        "reason": made.reason,
        "expires": made.expires,
        "proposer": made.proposer,
        "state": made.state,
        "assessment": made.assessment,
    } | ({"because": more["reason"]} if more else {})
    record_event(store, actor, action, made.name, detail, now)
