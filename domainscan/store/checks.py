"""Checks: what probes saw of measures at recipients."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from domainscan.model import Check, Name
from domainscan.store.base import Store
from domainscan.store.packing import plain

_COLUMNS: Final = "recipient, name, decision, at, verdict, wanted, detail"
_VALUES: Final = 500  # in one statement


def record_checks(store: Store, checks: Iterable[Check]) -> None:
    with store.writing() as db:
        db.conn.executemany(
            "INSERT INTO checks (recipient, name, decision, at, verdict, wanted, detail)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (one.recipient, one.name, one.decision, one.at, one.verdict, one.wanted, plain(one.detail))
                for one in checks
            ],
        )


def load_checks(store: Store, *, recipient: str = "", name: str = "") -> list[Check]:
    """Checks by recipient and name where they are given, oldest first."""
    rows = store.rows(
        f"SELECT {_COLUMNS} FROM checks"  # noqa: S608 - columns only
        " WHERE (? = '' OR recipient = ?) AND (? = '' OR name = ?) ORDER BY id",
        *(recipient, recipient, name, name),
    )
    return [Check(*row) for row in rows]


def standing_overs(store: Store, recipient: str) -> list[Check]:
    """Checks at a recipient that say `over`, and no later one of the same name says otherwise, oldest first.

    One of a measure that ended does not stand: whether that is gone is asked by itself. `unknown` says nothing.
    """
    # `+`: by the index on recipients each row would be fetched by itself; a million rows are read through in 0.2 s.
    rows = store.rows(
        f"SELECT {_COLUMNS}, max(id) FROM checks c WHERE +recipient = ? AND verdict = 'over'"  # noqa: S608
        " AND (decision = 0 OR EXISTS (SELECT 1 FROM decisions d"
        " WHERE d.id = c.decision AND d.state = 'approved'))"
        " AND NOT EXISTS (SELECT 1 FROM checks n WHERE n.name = c.name AND n.recipient = c.recipient"
        " AND n.id > c.id AND n.verdict NOT IN ('over', 'unknown')"
        " AND (n.decision = c.decision OR n.at > c.at))"
        " GROUP BY name, decision ORDER BY max(id)",
        recipient,
    )
    return [Check(*row[:-1]) for row in map(tuple, rows)]


def canaries_over(store: Store, recipient: str) -> list[Name]:
    """The canaries whose newest check at a recipient says that they are kept back."""
    rows = store.rows(
        "SELECT name, verdict FROM checks WHERE recipient = ? AND decision = 0 AND verdict <> 'unknown' ORDER BY id",
        recipient,
    )
    newest = {Name(name): verdict for name, verdict in rows}
    return [name for name, verdict in newest.items() if verdict == "over"]


def last_looks(store: Store, recipient: str, names: Iterable[str]) -> dict[Name, str]:
    """When these names were checked last at a recipient, whatever came of it; without those that never were."""
    asked, found = list(names), dict[Name, str]()
    for at in range(0, len(asked), _VALUES):
        some = asked[at : at + _VALUES]
        marks = ", ".join("?" * len(some))
        rows = store.rows(
            "SELECT name, max(at) FROM checks WHERE recipient = ? AND decision <> 0"  # noqa: S608 - marks only
            f" AND name IN ({marks}) GROUP BY name",
            *(recipient, *some),
        )
        found.update((Name(name), when) for name, when in rows)
    return found


def last_telling(store: Store, recipient: str) -> str:
    """When a check last learned anything at a recipient; "" for never."""
    newest = "SELECT at FROM checks WHERE +recipient = ? AND verdict <> 'unknown' ORDER BY id DESC LIMIT 1"
    return str(store.value(newest, recipient) or "")
