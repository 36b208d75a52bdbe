"""What the audit log says was done, against what the tables hold: a change behind the program's back shows.

The log is chained and anchored, the tables are not. Whoever edits a decision, a role, an order or a release
with another program leaves the log as it was, and so the two differ.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from domainscan.store.base import Store

_WORDS = ("measure", "reach", "category", "reason", "expires", "proposer", "state", "assessment")
_PERSON = {"people.add": "active", "people.confirm": "active", "people.revoke": "revoked"}


class Trace(NamedTuple):
    """One row of the log, as far as the tables can be held against it."""

    actor: str
    action: str
    subject: str
    detail: Mapping[str, Any]


def untraced(store: Store, log: Iterable[tuple[str, str, str, str]]) -> list[str]:
    """What the tables say and the log, as (actor, action, subject, detail), does not; oldest first by table."""
    try:
        traces = [Trace(actor, action, subject, json.loads(detail)) for actor, action, subject, detail in log]
        return [
            *_decisions(store, traces),
            *_people(store, traces),
            *_orders(store, traces),
            *_releases(store, traces),
        ]
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        return [f"the log holds a row that this program never writes: {error!r}"]


def _decisions(store: Store, traces: Iterable[Trace]) -> Iterator[str]:
    """Decisions that nobody took, or that differ from what was taken."""
    newest: dict[int, Trace] = {}
    approvers: dict[int, str] = {}
    for trace in traces:
        if trace.action.startswith("decision."):
            number = int(trace.detail["decision"])
            newest[number] = trace
            if trace.action == "decision.approve":
                approvers[number] = trace.actor
    for row in store.rows("SELECT * FROM decisions ORDER BY id"):
        said = newest.get(row["id"])
        if said is None:
            yield f"decision {row['id']} on {row['name']} stands in no row of the log"
            continue
        wrong = [word for word in _WORDS if said.detail.get(word) != (row[word] or "")]
        wrong += ["name"] if said.subject != row["name"] else []
        wrong += ["approver"] if approvers.get(row["id"], row["approver"]) != row["approver"] else []
        if wrong:
            yield f"decision {row['id']} on {row['name']}: the log says another {', '.join(wrong)}"
    here = {row["id"] for row in store.rows("SELECT id FROM decisions")}
    yield from (f"decision {one} of the log is gone" for one in sorted(newest.keys() - here))


def _people(store: Store, traces: Iterable[Trace]) -> Iterator[str]:
    """Roles and tokens that nobody gave."""
    newest: dict[str, Trace] = {}
    tokens: dict[str, str] = {}
    for trace in traces:
        if trace.action in _PERSON:
            newest[trace.subject] = trace
        if trace.detail.get("token"):
            tokens[trace.subject] = trace.detail["token"]
    for row in store.rows(
        "SELECT id, role, state, token_digest FROM people WHERE state = 'active' ORDER BY rowid"
    ):
        said = newest.get(row["id"])
        if said is None or _PERSON[said.action] != "active":
            yield f"{row['id']} is active, and no row of the log says so"
        elif said.detail["role"] != row["role"]:
            yield f"{row['id']} is {row['role']}, and the log says {said.detail['role']}"
        elif row["token_digest"] != tokens.get(row["id"], row["token_digest"]):
            yield f"the token of {row['id']} is not the one that was handed out"


def _orders(store: Store, traces: Iterable[Trace]) -> Iterator[str]:
    """Orders that nobody issued, or that nobody answered so."""
    states: dict[str, str] = {}
    digests: dict[str, str] = {}
    answers: Counter[tuple[str, ...]] = Counter()
    for trace in traces:
        if trace.action == "order.issue":
            states[trace.subject], digests[trace.subject] = "issued", trace.detail["digest"]
        elif trace.action == "order.receipt":
            answers[trace.subject, *_answer(trace.detail)] += 1
            states[trace.subject] = trace.detail.get("state", trace.detail["status"])
    for row in store.rows("SELECT number, state, digest FROM orders ORDER BY number"):
        key = f"order {row['number']}"
        if row["state"] != states.get(key, "draft"):
            yield f"{key} is {row['state']}, and the log says {states.get(key, 'draft')}"
        elif row["digest"] != digests.get(key, ""):
            yield f"{key}: its digest is not the one in the log"
    rows = store.rows('SELECT "order", at, items, until FROM receipts')
    kept = Counter((f"order {row[0]}", *map(str, row[1:])) for row in rows)
    for key, at in sorted({one[:2] for one in (answers - kept) | (kept - answers)}):
        yield f"{key}: the log and the receipts differ on the answer of {at}"


def _answer(detail: Mapping[str, Any]) -> tuple[str, str, str]:
    """When an answer came, which items it was about, and until when it gave time: as the table has them."""
    return str(detail.get("at")), " ".join(map(str, detail.get("items", ()))), str(detail.get("until", ""))


def _releases(store: Store, traces: Iterable[Trace]) -> Iterator[str]:
    """Releases that nobody exported."""
    said = {
        (trace.subject, trace.detail["serial"], trace.detail["digest"])
        for trace in traces
        if trace.action in ("export", "export.found")
    }
    for row in store.rows("SELECT recipient, serial, digest FROM published ORDER BY id"):
        if tuple(row) not in said:
            yield f"release {row['serial']} for {row['recipient']} stands in no row of the log"
