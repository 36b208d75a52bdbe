"""Where names are served: which other names were seen at the same addresses. Never a reason to list anybody."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from domainscan.model import Name
from domainscan.store.base import Store

_NAMES: Final = 1000  # beyond that "very many" is all a reviewer needs


def insert_places(store: Store, found: Iterable[tuple[str, str, str]]) -> None:
    """Rows of (address, name, last seen); within a day what is known is left alone."""
    store.db.conn.executemany(
        "INSERT INTO places (address, name, last_seen) VALUES (?, ?, ?)"
        " ON CONFLICT DO UPDATE SET last_seen = excluded.last_seen"
        " WHERE substr(excluded.last_seen, 1, 10) > substr(last_seen, 1, 10)",
        found,
    )


def names_at(store: Store, addresses: Sequence[str]) -> tuple[Name, ...]:
    """The names seen at any of these addresses, at most a thousand, in order."""
    marks = ", ".join("?" * len(addresses))
    rows = store.rows(
        f"SELECT DISTINCT name FROM places WHERE address IN ({marks}) ORDER BY name LIMIT {_NAMES}",  # noqa: S608 - marks
        *addresses,
    )
    return tuple(Name(row["name"]) for row in rows)
