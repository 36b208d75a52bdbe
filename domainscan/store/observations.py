"""What visits saw and how it was judged: append-only."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from domainscan.model import Answers, Assessment, Name, Observation
from domainscan.store.base import Store
from domainscan.store.errors import StoreError
from domainscan.store.findings import Columns
from domainscan.store.packing import unpack, unpacked

_SLICE: Final = 500  # names of one query
_CHAIN: Final = b'"chain":["'  # of answers that came by way of an alias


class UnknownRecord(StoreError):
    """No observation or assessment has this id."""


def insert_observations(store: Store, rows: Iterable[Columns]) -> None:
    """Records visits; one that is recorded already is left as it is."""
    store.db.conn.executemany(
        "INSERT INTO observations (id, scan, name, url, at, status, reason, page, title, content, digest,"
        " body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        rows,
    )


def insert_assessments(store: Store, rows: Iterable[Columns]) -> None:
    """Records judgements; one that is recorded already is left as it is."""
    store.db.conn.executemany(
        "INSERT INTO assessments (id, observation, name, at, pack, pack_digest, context_digest, content,"
        " flagged, settled, compromised, made_at, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        rows,
    )


def load_observation(store: Store, id: str) -> Observation:
    """Raises UnknownRecord."""
    body = store.value("SELECT body FROM observations WHERE id = ?", id)
    if body is None:
        raise UnknownRecord(f"no observation {id!r}")
    return unpack(body, Observation)


def load_assessment(store: Store, id: str) -> Assessment:
    """Raises UnknownRecord."""
    body = store.value("SELECT body FROM assessments WHERE id = ?", id)
    if body is None:
        raise UnknownRecord(f"no assessment {id!r}")
    return unpack(body, Assessment)


def latest(store: Store, name: str, at: str = "") -> tuple[Observation, Assessment | None] | None:
    """The newest visit of a name and its newest judgement, as they stood at the moment `at` when one is given.

    A judgement made later of the same visit is left out; when those of schema 1 were made is not known.
    A candidate with a URL and the bare name are visits of one name; None when there was no visit.
    """
    rows = store.rows(
        "SELECT id, body FROM observations WHERE name = ? AND (? = '' OR at <= ?)"
        " ORDER BY at DESC, number DESC LIMIT 1",
        *(name, at, at),
    )
    if not rows:
        return None
    judged = store.value(
        "SELECT body FROM assessments WHERE observation = ? AND (? = '' OR made_at <= ?)"
        " ORDER BY number DESC LIMIT 1",
        *(rows[0]["id"], at, at),
    )
    return unpack(rows[0]["body"], Observation), unpack(judged, Assessment) if judged else None


def newest(store: Store, names: Sequence[Name]) -> Iterator[Observation]:
    """The newest visit of each name that was visited, in no order."""
    for first in range(0, len(names), _SLICE):
        rows = store.rows(
            "SELECT o.body, max(l.at) FROM json_each(?) CROSS JOIN latest l ON l.name = value"
            " JOIN observations o ON o.id = l.observation GROUP BY l.name",
            json.dumps(names[first : first + _SLICE]),
        )
        yield from (unpack(row["body"], Observation) for row in rows)


def aliases(store: Store, names: Sequence[Name]) -> dict[Name, tuple[Name, ...]]:
    """What names are aliases of (CNAME), by the newest visits of each; those that are of none are left out.

    Most visits saw none, which their bytes tell before they are made records: 0.08 ms a name (12 KB of page text).
    """
    found: dict[Name, set[Name]] = {}
    for at in range(0, len(names), _SLICE):
        rows = store.rows(
            "SELECT l.name, o.body FROM json_each(?) CROSS JOIN latest l ON l.name = value"
            " JOIN observations o ON o.id = l.observation",
            json.dumps(sorted(set(names[at : at + _SLICE]))),
        )
        for row in rows:
            if _CHAIN in unpacked(row["body"], "Observation"):
                seen = unpack(row["body"], Observation)
                answers = (one.result for one in seen.resolution if isinstance(one.result, Answers))
                found.setdefault(seen.name, set()).update(link for one in answers for link in one.chain)
    return {name: tuple(sorted(chain - {name})) for name, chain in found.items()}


def observations(store: Store, name: str) -> list[Observation]:
    """Every visit of a name, oldest first."""
    rows = store.rows("SELECT body FROM observations WHERE name = ? ORDER BY at, number", name)
    return [unpack(row["body"], Observation) for row in rows]


def assessments(store: Store, name: str) -> list[Assessment]:
    """Every judgement of a name, oldest first."""
    rows = store.rows("SELECT body FROM assessments WHERE name = ? ORDER BY at, number", name)
    return [unpack(row["body"], Assessment) for row in rows]


def insert_features(store: Store, found: Iterable[tuple[str, str, str, str]]) -> None:
    """Rows of (kind, value, name, first seen); what is known keeps its first date."""
    store.db.conn.executemany(
        "INSERT INTO features (kind, value, name, first_seen) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
        found,
    )
