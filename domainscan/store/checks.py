"""Checks: what probes saw of measures at recipients."""

from __future__ import annotations

from collections.abc import Iterable

from domainscan.model import Check
from domainscan.store.base import Store, plain


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


def load_checks(store: Store, *, recipient: str = "", name: str = "", decision: int = 0) -> list[Check]:
    """Checks by recipient, name and decision where they are given, oldest first."""
    rows = store.rows(
        "SELECT recipient, name, decision, at, verdict, wanted, detail FROM checks"
        " WHERE (? = '' OR recipient = ?) AND (? = '' OR name = ?) AND (? = 0 OR decision = ?) ORDER BY id",
        *(recipient, recipient, name, name, decision, decision),
    )
    return [Check(*row) for row in rows]
