"""What visits saw and how it was judged: append-only, with the slice of history that a judgement may use."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from msgspec.structs import replace

from blocklists.suffixes import Suffixes
from domainscan.model import Answers, Assessment, Earlier, History, Name, Observation, Page, Visit
from domainscan.read.kinds import base_number
from domainscan.store.base import Store, StoreError, unpack, unpacked
from domainscan.store.features import features_of
from domainscan.store.findings import Columns
from domainscan.store.kin import Decided, kin_of
from domainscan.store.times import days_between
from domainscan.tool import tool

_VISITS: Final = 100  # of one name in a History, the newest
_OWNERS: Final = 50  # of one number
REFRESH_DAYS: Final = 7  # a server's "not modified" is believed so long, then the page is fetched whole
_VALIDATOR: Final = 512  # characters of an ETag that is sent back
_SLICE: Final = 500  # names of one query
_CHAIN: Final = b'"chain":["'  # of answers that came by way of an alias
_CUT: Final = frozenset(("truncated", "incomplete", "not_inspected"))


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


def newest_assessment(store: Store, observation: str) -> Assessment | None:
    """The newest judgement of one visit."""
    body = store.value(
        "SELECT body FROM assessments WHERE observation = ? ORDER BY number DESC LIMIT 1", observation
    )
    return unpack(body, Assessment) if body else None


def observations(store: Store, name: str) -> list[Observation]:
    """Every visit of a name, oldest first."""
    rows = store.rows("SELECT body FROM observations WHERE name = ? ORDER BY at, number", name)
    return [unpack(row["body"], Observation) for row in rows]


def assessments(store: Store, name: str) -> list[Assessment]:
    """Every judgement of a name, oldest first."""
    rows = store.rows("SELECT body FROM assessments WHERE name = ? ORDER BY at, number", name)
    return [unpack(row["body"], Assessment) for row in rows]


def all_observations(store: Store) -> Iterator[Observation]:
    """Every visit in the order of recording, read in slices: memory stays flat and no snapshot stays open."""
    after = 0
    while rows := store.rows(
        "SELECT number, body FROM observations WHERE number > ? ORDER BY number LIMIT 500", after
    ):
        for row in rows:
            yield unpack(row["body"], Observation)
        after = rows[-1]["number"]


def insert_features(store: Store, found: Iterable[tuple[str, str, str, str]]) -> None:
    """Rows of (kind, value, name, first seen); what is known keeps its first date."""
    store.db.conn.executemany(
        "INSERT INTO features (kind, value, name, first_seen) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
        found,
    )


def history(
    store: Store,
    name: str,
    as_of: str,
    observation: Observation | None = None,
    suffixes: Suffixes | None = None,
    decided: Decided | None = None,
) -> History:
    """What was known of a name before `as_of`: earlier visits, the last `none`, kin, owners of its numbers.

    Kin and owners rest on what the name's earlier visits showed, and on `observation` when one is given.
    Owners are registrable domains by `suffixes`; without it, the names themselves. `decided` saves look-ups.
    """
    own = set(features_of(observation, suffixes)) if observation else set()
    visits = store.rows(
        "SELECT at, status, content, page FROM observations WHERE name = ? AND at < ?"
        " ORDER BY at DESC, number DESC LIMIT ?",
        *(name, as_of, _VISITS),
    )
    if visits:
        own |= {(row[0], row[1]) for row in _features(store, name, as_of)}
    owners = _owners(store, as_of, sorted(own))
    if suffixes is not None:
        owners = [(number, suffixes.registrable(one) or one) for number, one in owners]
    return History(
        as_of=as_of,
        visits=tuple(Visit(*row) for row in reversed(visits)),
        settled=settled(store, name, as_of),
        kin=kin_of(store, name, as_of, tuple(sorted(own)), suffixes, decided),
        owners=tuple(dict.fromkeys(owners)),
    )


def histories(
    store: Store,
    names: Iterable[Name],
    as_of: str,
    suffixes: Suffixes | None = None,
    decided: Decided | None = None,
) -> dict[Name, History]:
    """The history of each name; see `history`."""
    wanted = list(dict.fromkeys(names))
    known = _known(store, wanted)
    blank = History(as_of=as_of)
    return {
        name: history(store, name, as_of, None, suffixes, decided) if name in known else blank
        for name in wanted
    }


def earlier_pages(store: Store, names: Iterable[Name], now: str) -> dict[tuple[str, str], Earlier]:
    """(name, URL) -> what its newest visit read, for those that read a page to its end."""
    listed = json.dumps(sorted(set(names)))
    rows = store.rows(
        "SELECT l.name, l.url, o.body, a.body AS judged FROM json_each(?) CROSS JOIN latest l ON l.name = value"
        " CROSS JOIN observations o ON o.id = l.observation LEFT JOIN assessments a ON a.id = l.assessment"
        " WHERE o.page = 'ok'",
        listed,
    )
    found = ((row["name"], row["url"], _earlier(row, now)) for row in rows)
    return {(name, url): one for name, url, one in found if one is not None}


def _earlier(row: sqlite3.Row, now: str) -> Earlier | None:
    seen = unpack(row["body"], Observation)
    judged = unpack(row["judged"], Assessment) if row["judged"] else None
    page = seen.page
    hop = seen.hops[-1] if seen.hops else None
    if hop is None or not isinstance(page, Page) or hop.url != page.url or _CUT.intersection(page.flags):
        return None
    received = page.received or seen.at
    headers = {name.lower(): value for name, value in hop.headers}
    return Earlier(
        replace(page, record="", received=""),
        _token(headers.get("etag", "")),
        _token(headers.get("last-modified", "")),
        page.record or hop.record,
        received,
        0 <= days_between(received, now) <= REFRESH_DAYS,
        judged.pack_digest if judged is not None and judged.quiet and judged.tool == tool() else "",
    )


def _token(value: str) -> str:
    """A validator that can be sent back as it came; "" for anything else."""
    return value if value.isascii() and value.isprintable() and len(value) <= _VALIDATOR else ""


def _known(store: Store, names: Sequence[Name]) -> set[str]:
    """Those of `names` that anything is known of: most names of a large scan are new, and cost nothing then."""
    listed = json.dumps(names)
    rows = store.rows(
        "SELECT value FROM json_each(?) WHERE EXISTS (SELECT 1 FROM cases WHERE name = value)"
        " OR EXISTS (SELECT 1 FROM decisions WHERE name = value)",
        listed,
    )
    return {row[0] for row in rows}


def settled(store: Store, name: str, as_of: str) -> str:
    """The content digest that people decided `none` on; "" when the last decision was another one."""
    row = store.rows(
        "SELECT measure, content FROM decisions WHERE name = ? AND decided_at <= ?"
        " AND state IN ('approved', 'lifted', 'expired') AND (ended_at = '' OR ended_at > ?)"
        " AND (expires = '' OR expires > ?) ORDER BY decided_at DESC, id DESC LIMIT 1",
        *(name, as_of, as_of, as_of[:10]),
    )
    return str(row[0]["content"]) if row and row[0]["measure"] == "none" else ""


def _features(store: Store, name: str, as_of: str) -> list[sqlite3.Row]:
    return store.rows("SELECT kind, value FROM features WHERE name = ? AND first_seen < ?", name, as_of)


def _owners(store: Store, as_of: str, own: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """(registration number, name that showed it) for the numbers this name shows.

    Older rows hold ICP numbers with the site's suffix, `沪ICP备...号-6`: they count for the subject's number too.
    """
    owners: list[tuple[str, str]] = []
    for number in dict.fromkeys(_base(value) for kind, value in own if kind == "number"):
        rows = store.rows(
            "SELECT DISTINCT name FROM features WHERE kind = 'number' AND first_seen < ?"
            " AND (value = ? OR value BETWEEN ? || '-' AND ? || '-~') ORDER BY name LIMIT ?",
            *(as_of, number, number, number, _OWNERS),
        )
        owners += [(number, row["name"]) for row in rows]
    return owners


def _base(number: str) -> str:
    return base_number("icp" if "ICP备" in number else "", number)
