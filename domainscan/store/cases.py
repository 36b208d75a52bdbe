"""Cases: the newest visit of each name, the judgement that stands, and when to look again."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from domainscan.model import CATEGORIES, SEVERITIES, Assessment, Name, Observation, Record
from domainscan.store.base import Store, below
from domainscan.store.errors import StoreError
from domainscan.store.findings import Columns, Finding, Judged, Standing
from domainscan.store.kept import insert_contexts
from domainscan.store.observations import insert_assessments, insert_features
from domainscan.store.packing import plain, unpack
from domainscan.store.places import insert_places
from domainscan.store.times import days_between, later

RISKY_DAYS: Final = 1
QUIET_DAYS: Final = 14
FAILED_DAYS: Final = 1
DEAD_DAYS_MAX: Final = 64
DORMANT_VISITS: Final = 3
DORMANT_DAYS: Final = 3
RENEWAL_DAYS: Final = 3  # before a measure expires its name is visited again, whatever its state


class Case(Record, frozen=True):
    """The review file of one name, as far as visits make it."""

    name: Name
    opened: str
    flagged: bool
    flagged_since: str
    assigned: str
    status: str  # of the newest visit
    visited: str  # when that was
    next_due: str
    dead_visits: int  # in a row
    dormant: bool


class UnknownCase(StoreError):
    """This name was never visited."""


_FLAGGED: Final = 8  # its place in a row of table latest
_LATEST: Final = (
    "INSERT OR REPLACE INTO latest (name, url, at, status, observation, assessment, standing, content,"
    " flagged, severity, confidence, categories, next_due, dead_visits, dead_since, unseen)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


def update_latest(store: Store, findings: Sequence[Finding], now: str) -> None:
    """Moves the cases of these visits on; visits older than the one a case has are history only.

    A visit of the future, of a clock that once ran ahead, holds up nothing.
    """
    run = store.db.conn.executemany
    insert_features(store, ((*one, seen.name, seen.at) for seen in findings for one in seen.features))
    insert_places(store, ((one, seen.name, seen.at) for seen in findings for one in seen.addresses))
    run(
        "INSERT INTO cases (name, opened) VALUES (?, ?) ON CONFLICT DO NOTHING",
        [(seen.name, now) for seen in findings],
    )
    before = _before(store, findings)
    fresh: dict[tuple[str, str], Columns] = {}
    for seen in findings:
        key = (seen.name, seen.url)
        old = before.get(key)
        if old is None or old["at"] <= seen.at or old["at"] > now:
            fresh[key] = _moved_on(seen, old)
    run(_LATEST, fresh.values())
    refresh_flags(store, _moved(before, fresh), now)


def _moved(
    before: Mapping[tuple[str, str], sqlite3.Row], fresh: Mapping[tuple[str, str], Columns]
) -> set[str]:
    """The names of which a URL is flagged, or was: most are neither, and their cases are left alone."""
    return {
        key[0] for key, row in fresh.items() if row[_FLAGGED] or (key in before and before[key]["flagged"])
    }


def _before(store: Store, findings: Sequence[Finding]) -> dict[tuple[str, str], sqlite3.Row]:
    """The newest visit of each name as it stands before these."""
    names = json.dumps(sorted({seen.name for seen in findings}))
    rows = store.rows("SELECT l.* FROM json_each(?) CROSS JOIN latest l ON l.name = value", names)
    return {(row["name"], row["url"]): row for row in rows}


def _moved_on(seen: Finding, before: sqlite3.Row | None) -> Columns:
    stand = seen.standing
    if not seen.saw_page and before is not None and before["standing"] is not None:
        stand = Standing(*(before[key] for key in ("standing", *Standing.__struct_fields__[1:])))
    dead_visits, dead_since = 0, ""
    if seen.status == "dead":
        dead_visits = 1 + (before["dead_visits"] if before else 0)
        dead_since = (before["dead_since"] if before else "") or seen.at
    due = later(seen.at, _delay_days(seen.status, bool(stand.flagged), dead_visits, dead_since, seen.at))
    judged = seen.judged[0] if seen.judged else None
    about = (seen.name, seen.url, seen.at, seen.status, seen.id, judged)
    return (*about, *stand.columns(), due, dead_visits, dead_since, plain(seen.unseen))


def _delay_days(status: str, flagged: bool, dead_visits: int, dead_since: str, at: str) -> float:
    """Days to the next visit: risky soon, dead ever later, but no later than the days it was dead justify."""
    if status == "dead":
        seen_dead = max(2.0, 2 * days_between(dead_since, at))  # ten visits in one hour are one finding
        return min(2.0 ** min(dead_visits, 6), seen_dead, DEAD_DAYS_MAX)
    if status == "failed":
        return FAILED_DAYS
    return RISKY_DAYS if flagged else QUIET_DAYS


def refresh_flags(store: Store, names: Iterable[str], now: str) -> None:
    """Starts or stops the clock of how long each case has been flagged."""
    store.db.conn.executemany(
        "UPDATE cases SET flagged_since = CASE"
        " WHEN NOT EXISTS (SELECT 1 FROM latest WHERE name = cases.name AND flagged) THEN ''"
        " WHEN flagged_since = '' THEN ? ELSE flagged_since END WHERE name = ?",
        [(now, name) for name in names],
    )


def forget_flag(store: Store, name: str) -> None:
    """Stops the clock of a case that people settled; content that is new starts it again."""
    with store.writing() as db:
        db.execute("UPDATE cases SET flagged_since = '' WHERE name = ?", (name,))


class Flagged(Record, frozen=True):
    """A case that waits for people, as the visits of its URLs make it."""

    name: Name
    categories: tuple[str, ...]  # gravest first
    severity: int
    confidence: int
    flagged_since: str
    assigned: str
    status: str  # dead only when every flagged URL is
    visited: str
    unseen: str  # why the newest visit was not shown the page


class Unseen(Record, frozen=True):
    """A name and URL whose newest visit was answered and was not shown the page."""

    name: Name
    url: str
    why: str  # a status, and what stood there: "walled: a log-in"
    visited: str
    flagged: bool  # an earlier judgement stands
    reports: int  # tips about the name that nobody has closed


# One that imposes a measure and is in force, or any approved one on the very content that stands.
_UNDECIDED: Final = (
    " AND NOT EXISTS (SELECT 1 FROM decisions d WHERE d.name = l.name AND d.state = 'approved'"
    " AND (d.expires = '' OR d.expires > ?)"
    " AND (d.content = l.content OR d.measure IN ('takedown', 'cancel-access', 'suspend-name', 'block')))"
)


def unseen_cases(store: Store, now: str) -> list[Unseen]:
    """What nobody saw and nobody decided on: flagged first, then what was reported most, then by name."""
    rows = store.rows(
        "SELECT l.name, l.url, l.unseen AS why, l.at AS visited, l.flagged,"  # noqa: S608
        " (SELECT count(*) FROM reports r WHERE r.name = l.name AND r.state <> 'closed') AS reports"
        f" FROM latest l WHERE l.unseen <> ''{_UNDECIDED}"
        " ORDER BY l.flagged DESC, reports DESC, l.severity DESC, l.name, l.url",
        now[:10],
    )
    return [
        Unseen(row["name"], row["url"], row["why"], row["visited"], bool(row["flagged"]), row["reports"])
        for row in rows
    ]


def count_unseen(store: Store, scan: str) -> int:
    """How many visits of a scan are the newest of their name and URL and were not shown the page."""
    return int(
        store.value(
            "SELECT count(*) FROM items i CROSS JOIN latest l ON l.name = i.name AND l.observation = i.observation"
            " WHERE i.scan = ? AND i.status = 'observed' AND l.unseen <> ''",
            scan,
        )
    )


def flagged_cases(store: Store, now: str) -> list[Flagged]:
    """Flagged cases without a decision that answers them."""
    rows = store.rows(
        "SELECT l.name, group_concat(l.categories, ' ') AS categories, max(l.severity) AS severity,"  # noqa: S608
        " max(l.confidence) AS confidence, c.flagged_since, c.assigned, max(l.status) AS status,"
        " max(l.at) AS visited, max(l.unseen) AS unseen FROM latest l JOIN cases c ON c.name = l.name"
        f" WHERE l.flagged = 1{_UNDECIDED} GROUP BY l.name ORDER BY l.name",
        now[:10],
    )
    return [_flagged(row) for row in rows]


def _flagged(row: sqlite3.Row) -> Flagged:
    values = {key: row[key] for key in row.keys()}  # noqa: SIM118
    found = dict.fromkeys(values.pop("categories").split())
    grave = sorted(found, key=lambda one: (-SEVERITIES[CATEGORIES[one][1]], one))
    return Flagged(**values, categories=tuple(grave))


def record_judged(store: Store, judged: Sequence[Judged], now: str) -> int:
    """How many judgements were new. Those of the newest visit of a case replace the one that stands.

    One of a visit that was not shown the page replaces its own earlier judgement alone.
    """
    with store.writing() as db:
        run = db.conn.executemany
        insert_contexts(store, [one.context for one in judged if one.context])
        before = db.conn.total_changes
        insert_assessments(store, [one.row for one in judged])
        new = db.conn.total_changes - before
        run(
            "UPDATE latest SET assessment = ?, unseen = ? WHERE name = ? AND observation = ?",
            [(one.row[0], plain(one.unseen), one.name, one.observation) for one in judged],
        )
        run(
            "UPDATE latest SET standing = ?, content = ?, flagged = ?, severity = ?, confidence = ?,"
            " categories = ? WHERE name = ?"
            " AND (standing IN (SELECT id FROM assessments WHERE observation = ?)"
            " OR observation = ? AND (status = 'observed' AND unseen = '' OR standing IS NULL))",
            [(*one.standing.columns(), one.name, *[one.observation] * 2) for one in judged],
        )
        refresh_flags(store, {one.name for one in judged}, now)
    return new


def standing(store: Store, name: str) -> tuple[Observation, Assessment] | None:
    """The judgement a decision rests on, and the visit it judged: the gravest over the name's URLs.

    Content that an approved decision answers already comes behind content that still waits for one.
    Other than `latest` it survives a visit that failed; None when nothing of the name was ever judged.
    """
    rows = store.rows(
        "SELECT o.body AS seen, a.body AS judged FROM latest l JOIN assessments a ON a.id = l.standing"
        " JOIN observations o ON o.id = a.observation WHERE l.name = ?"
        " ORDER BY l.flagged DESC, EXISTS (SELECT 1 FROM decisions d WHERE d.name = l.name"
        " AND d.state = 'approved' AND d.content = l.content),"
        " l.severity DESC, l.confidence DESC, l.at DESC LIMIT 1",
        name,
    )
    return (unpack(rows[0]["seen"], Observation), unpack(rows[0]["judged"], Assessment)) if rows else None


def load_case(store: Store, name: str) -> Case | None:
    rows = store.rows(
        "SELECT c.opened, c.flagged_since, c.assigned, l.* FROM cases c JOIN latest l ON l.name = c.name"
        " WHERE c.name = ? ORDER BY l.at DESC",
        name,
    )
    if not rows:
        return None
    newest = rows[0]
    return Case(
        name=newest["name"],
        opened=newest["opened"],
        flagged=any(row["flagged"] for row in rows),
        flagged_since=newest["flagged_since"],
        assigned=newest["assigned"],
        status=newest["status"],
        visited=newest["at"],
        next_due=min(row["next_due"] for row in rows),
        dead_visits=newest["dead_visits"],
        dormant=all(_dormant(row) for row in rows),
    )


def _dormant(row: sqlite3.Row) -> bool:
    if row["dead_visits"] < DORMANT_VISITS:
        return False
    return days_between(row["dead_since"], row["at"]) >= DORMANT_DAYS


def newest_statuses(store: Store, names: Sequence[Name]) -> dict[Name, str]:
    """What the newest visit of each of these names came to: observed, unseen, dead or failed; without those never
    visited.
    """
    rows = store.rows(
        "SELECT l.name, iif(l.unseen <> '', 'unseen', l.status) AS status, max(l.at)"
        " FROM json_each(?) CROSS JOIN latest l ON l.name = value GROUP BY l.name",
        json.dumps(names),
    )  # each with the status of its maximum
    return {row["name"]: row["status"] for row in rows}


def assign_case(store: Store, name: str, person: str) -> None:
    """Raises UnknownCase."""
    with store.writing() as db:
        if not db.execute("UPDATE cases SET assigned = ? WHERE name = ?", (person, name)).rowcount:
            raise UnknownCase(f"no case {name!r}: scan it first")


def known_names(store: Store, name: str) -> list[Name]:
    """The names with a case at or below `name`, sorted."""
    rows = store.rows(
        "SELECT name FROM cases WHERE name = ? OR name LIKE ? ESCAPE '\\' ORDER BY name", name, below(name)
    )
    return [row["name"] for row in rows]


def due(store: Store, now: str, limit: int = 0) -> list[tuple[Name, str]]:
    """(name, URL) of what should be visited again by now, flagged first, the longest overdue first.

    A name whose approved measure expires within three days is due once before that, whatever its state; so is
    one whose newest visit is of the future: a clock ran ahead then.
    """
    rows = store.rows(
        "SELECT l.name, l.url FROM latest l WHERE l.next_due <= ? OR l.at > ? OR EXISTS (SELECT 1 FROM decisions d"
        " WHERE d.name = l.name AND d.state = 'approved' AND d.expires <> '' AND d.expires <= ?"
        " AND l.at < date(d.expires, ?))"
        " ORDER BY l.flagged DESC, l.next_due, l.name, l.url LIMIT ?",
        *(now, now, later(now, RENEWAL_DAYS)[:10], f"-{RENEWAL_DAYS} days", limit or -1),
    )
    return [(row["name"], row["url"]) for row in rows]
