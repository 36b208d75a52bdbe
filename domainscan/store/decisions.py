"""Decisions and appeals as rows. The database itself refuses one person for two, and changes to the past."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from domainscan.model import Decision, Name, Record
from domainscan.store.base import Store, below
from domainscan.store.errors import StoreError
from domainscan.store.packing import plain

_SELECT: Final = (
    "SELECT id, name, measure, reach, category, reason, expires, proposer, proposed_at, state,"
    " coalesce(approver, '') AS approver, decided_at, ended_at, ended_by, ended_reason,"
    " coalesce(assessment, '') AS assessment, content, coalesce((SELECT group_concat(text, char(10))"
    " FROM (SELECT text FROM appeals a WHERE a.name = decisions.name AND a.state = 'open'"
    " AND a.decision = decisions.id ORDER BY a.id)), '') AS appeal"
    " FROM decisions "
)

_CHANGES: Final = ("decision.approve", "decision.lift", "decision.expire")
_VALUES: Final = 500  # in one statement
_PATTERNS: Final = 50


class Appeal(Record, frozen=True):
    """What somebody says against a measure, or against being examined."""

    id: int
    name: Name
    decision: int  # 0: against no decision in particular
    text: str
    by: str
    at: str
    state: str  # open | upheld | dismissed
    closed_at: str = ""
    closed_by: str = ""
    closed_reason: str = ""


class UnknownDecision(StoreError):
    """No decision has this number."""


class DecisionRefused(StoreError):
    """The database does not take this decision or this change of one."""


def insert_decision(store: Store, decision: Decision) -> Decision:
    """The proposal with its number; of the argument, `id`, `state` and what people did later are ignored.

    Raises DecisionRefused.
    """
    with store.writing() as db:
        try:
            made = db.execute(
                "INSERT INTO decisions (name, measure, reach, category, reason, expires, proposer,"
                " proposed_at, state, assessment, content) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'proposed', ?, ?)",
                (
                    *(decision.name, decision.measure, str(decision.reach), decision.category),
                    *(plain(decision.reason), decision.expires, decision.proposer, decision.proposed_at),
                    *(decision.assessment or None, decision.content),
                ),
            )
        except sqlite3.IntegrityError as error:
            raise DecisionRefused(f"{decision.name}: {error}") from error
        return load_decision(store, int(made.lastrowid or 0))


def decide(store: Store, id: int, state: str, approver: str, now: str, reason: str = "") -> bool:
    """Whether the proposal became `approved` or `rejected` by this call; False when somebody was faster.

    Raises DecisionRefused when the approver is the proposer or no active approver.
    """
    return _update(
        store,
        "UPDATE decisions SET state = ?, approver = ?, decided_at = ?, ended_reason = ?"
        " WHERE id = ? AND state = 'proposed'",
        *(state, approver or None, now, plain(reason), id),
    )


def end_decision(store: Store, id: int, state: str, by: str, reason: str, now: str) -> bool:
    """Whether the measure became `lifted` or `expired` by this call; False when it was not in force."""
    return _update(
        store,
        "UPDATE decisions SET state = ?, ended_by = ?, ended_reason = ?, ended_at = ?"
        " WHERE id = ? AND state = 'approved'",
        *(state, by, plain(reason), now, id),
    )


def withdraw_decision(store: Store, id: int, by: str, reason: str, now: str) -> bool:
    """Whether the proposal was taken back by this call: rejected without an approver."""
    return _update(
        store,
        "UPDATE decisions SET state = 'rejected', decided_at = ?, ended_by = ?, ended_reason = ?"
        " WHERE id = ? AND state = 'proposed'",
        *(now, by, plain(reason), id),
    )


def _update(store: Store, sql: str, *values: object) -> bool:
    try:
        return store.changes_one(sql, *values)
    except sqlite3.IntegrityError as error:
        raise DecisionRefused(f"decision {values[-1]}: {error}") from error


def load_decision(store: Store, id: int) -> Decision:
    """Raises UnknownDecision."""
    rows = store.rows(_SELECT + "WHERE id = ?", id)
    if not rows:
        raise UnknownDecision(f"no decision {id}")
    return _decision(rows[0])


def load_decisions(store: Store, *, name: str = "", state: str = "", measure: str = "") -> list[Decision]:
    """Decisions by name, state and measure where they are given, in the order of proposal."""
    rows = store.rows(
        _SELECT
        + "WHERE (? = '' OR name = ?) AND (? = '' OR state = ?) AND (? = '' OR measure = ?) ORDER BY id",
        *(name, name, state, state, measure, measure),
    )
    return [_decision(row) for row in rows]


def decisions_in_force(store: Store, now: str) -> list[Decision]:
    """Approved and not over by `now`, whether or not somebody has recorded the expiry yet."""
    rows = store.rows(
        _SELECT + "WHERE state = 'approved' AND (expires = '' OR expires > ?) ORDER BY id", now[:10]
    )
    return [_decision(row) for row in rows]


def expired_decisions(store: Store, now: str) -> list[Decision]:
    """Approved, and over by `now`."""
    rows = store.rows(
        _SELECT + "WHERE state = 'approved' AND expires <> '' AND expires <= ? ORDER BY id", now[:10]
    )
    return [_decision(row) for row in rows]


def decided_since(store: Store, when: str, *, measure: str) -> list[Decision]:
    """What was approved, lifted or ended by its expiry at `when` or later, in the order of proposal.

    Found in the audit log, which has all of it, read from its end: to look through a million decisions takes a second.
    """
    numbers: set[int] = set()
    before = int(store.value("SELECT coalesce(max(id), 0) + 1 FROM audit"))
    while True:
        rows = store.rows(
            "SELECT id, at, action, detail FROM audit WHERE id < ? ORDER BY id DESC LIMIT ?", before, _VALUES
        )
        recent = [row for row in rows if row["at"] >= when]
        numbers.update(json.loads(row["detail"])["decision"] for row in recent if row["action"] in _CHANGES)
        if not recent:  # a whole page is older: a clock that was set back a little does no harm
            break
        before = rows[-1]["id"]
    asked, found = sorted(numbers), []
    for at in range(0, len(asked), _VALUES):
        some = asked[at : at + _VALUES]
        marks = ", ".join("?" * len(some))
        found += store.rows(f"{_SELECT}WHERE id IN ({marks}) AND measure = ? ORDER BY id", *some, measure)
    return [_decision(row) for row in found]


def decisions_on(store: Store, names: Iterable[str], *, measure: str = "") -> list[Decision]:
    """All decisions on exactly these names, of one measure where it is given, in the order of proposal."""
    asked, found = list(dict.fromkeys(names)), []
    for at in range(0, len(asked), _VALUES):
        some = asked[at : at + _VALUES]
        marks = ", ".join("?" * len(some))
        found += store.rows(f"{_SELECT}WHERE name IN ({marks}) AND ? IN ('', measure)", *some, measure)
    return sorted(map(_decision, found), key=lambda one: one.id)


def cleared_names(store: Store, most: int) -> list[Name]:
    """The names on which people decided `none` last, the newest first."""
    rows = store.rows(
        "SELECT name FROM decisions WHERE state = 'approved' AND measure = 'none' ORDER BY id DESC LIMIT ?",
        most,
    )
    return [Name(name) for (name,) in rows]


def listed_below(store: Store, names: Iterable[str]) -> list[Name]:
    """The names with an approved decision that lie below one of these; one pass over an index for each fifty."""
    asked, found = list(names), set[Name]()
    for at in range(0, len(asked), _PATTERNS):
        some = asked[at : at + _PATTERNS]
        tests = " OR ".join(["name LIKE ? ESCAPE '\\'"] * len(some))
        rows = store.rows(
            f"SELECT name FROM decisions WHERE state = 'approved' AND ({tests})",  # noqa: S608 - marks only
            *map(below, some),
        )
        found.update(Name(row[0]) for row in rows)
    return sorted(found)


def _decision(row: Sequence[object]) -> Decision:
    return msgspec.convert(dict(zip(Decision.__struct_fields__, row, strict=True)), Decision)


def insert_appeal(store: Store, name: str, decision: int, text: str, by: str, now: str) -> Appeal:
    with store.writing() as db:
        made = db.execute(
            "INSERT INTO appeals (name, decision, text, by, at, state) VALUES (?, ?, ?, ?, ?, 'open')",
            (name, decision or None, plain(text), plain(by), now),
        )
        return load_appeal(store, int(made.lastrowid or 0))


def load_appeal(store: Store, id: int) -> Appeal:
    """Raises UnknownDecision."""
    found = [one for one in load_appeals(store) if one.id == id]
    if not found:
        raise UnknownDecision(f"no appeal {id}")
    return found[0]


def load_appeals(store: Store, *, name: str = "", state: str = "") -> list[Appeal]:
    rows = store.rows(
        "SELECT id, name, coalesce(decision, 0), text, by, at, state, closed_at, closed_by, closed_reason"
        " FROM appeals WHERE (? = '' OR name = ?) AND (? = '' OR state = ?) ORDER BY id",
        *(name, name, state, state),
    )
    return [Appeal(*row) for row in rows]


def close_appeals(store: Store, ids: Iterable[int], state: str, by: str, reason: str, now: str) -> None:
    """Marks open appeals `upheld` or `dismissed`."""
    with store.writing() as db:
        for id in ids:
            db.execute(
                "UPDATE appeals SET state = ?, closed_at = ?, closed_by = ?, closed_reason = ?"
                " WHERE id = ? AND state = 'open'",
                (state, now, by, plain(reason), id),
            )
