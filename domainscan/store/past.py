"""A case as it stood at a moment: what people had decided by then, and what settled it."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from operator import itemgetter

import msgspec
from msgspec.structs import replace

from domainscan.model import Assessment, Decision, Name, Observation
from domainscan.store.audit import load_events
from domainscan.store.base import Store
from domainscan.store.cases import Case, forget_flag, load_case, update_latest
from domainscan.store.decisions import Appeal, load_appeals, load_decisions
from domainscan.store.findings import seal
from domainscan.store.schema import STEPS


def decisions_then(store: Store, name: Name, moment: str) -> list[Decision]:
    """The name's decisions; of what people did after a moment, nothing."""
    known = load_decisions(store, name=name)
    if not moment:
        return known
    appeals = [
        one
        for one in load_appeals(store, name=name)
        if one.at <= moment and (not one.closed_at or one.closed_at > moment)
    ]
    return [_decision_then(one, moment, appeals) for one in known if one.proposed_at <= moment]


def appeals_then(store: Store, name: Name, moment: str) -> list[Appeal]:
    """The appeals on a name, oldest first; of what was made or closed after a moment, nothing."""
    known = [one for one in load_appeals(store, name=name) if not moment or one.at <= moment]
    if not moment:
        return known
    return [
        replace(one, state="open", closed_at="", closed_by="", closed_reason="")
        if one.closed_at > moment
        else one
        for one in known
    ]


def _decision_then(decision: Decision, moment: str, appeals: Sequence[Appeal]) -> Decision:
    against = [one.text for one in appeals if one.decision == decision.id]
    decision = replace(decision, appeal="\n".join(against))
    if decision.decided_at > moment:
        decision = replace(decision, state="proposed", approver="", decided_at="")
    elif decision.ended_at > moment:
        decision = replace(decision, state="approved")
    else:
        return decision
    return replace(decision, ended_at="", ended_by="", ended_reason="")


def case_then(
    store: Store,
    name: Name,
    moment: str,
    visits: Sequence[Observation],
    judged: Sequence[Assessment],
    decisions: Sequence[Decision],
) -> Case | None:
    """The case at a moment: its visits up to then, and what settled it, played again in a store in memory."""
    judgements = {one.observation: one for one in judged}
    events: list[tuple[str, Observation | None]] = [(one.at, one) for one in visits]
    events += [(one.decided_at, None) for one in decisions if _settles(one)]
    with Store(store.home, sqlite3.connect(":memory:", isolation_level=None)) as past:
        for step in STEPS:
            step(past.db)
        past.db.conn.execute("PRAGMA foreign_keys = OFF")  # the visits themselves stay where they are
        past.db.conn.execute("BEGIN")  # inside a transaction nothing takes the home's lock
        for at, seen in sorted(events, key=itemgetter(0)):
            if seen is None:
                forget_flag(past, name)
            else:
                update_latest(past, [seal(0, seen, judgements.get(seen.id), ())], at)
        then, now = load_case(past, name), load_case(store, name)
    return then and replace(then, opened=now.opened if now else "", assigned=_assigned(store, name, moment))


def _settles(decision: Decision) -> bool:
    return decision.measure == "none" and decision.state in ("approved", "lifted")


def _assigned(store: Store, name: Name, moment: str) -> str:
    """Whose case it was, by the audit log."""
    events = (one for one in load_events(store, name) if one.action == "case.assign" and one.at <= moment)
    last = next(events, None)
    return str(msgspec.json.decode(last.detail)["to"]) if last else ""
