"""The slice of history that a judgement may use, for one name or for all names of a job.

A job of a re-scan asks about each of its names; six questions for all of them together take a tenth of the time of
four for each.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from blocklists.suffixes import Suffixes
from domainscan.model import History, Name, Observation, Visit
from domainscan.read.kinds import base_number
from domainscan.store.base import Store
from domainscan.store.features import Features, features_of
from domainscan.store.kin import Decided, kin_of

_VISITS: Final = 100  # of one name in a History, the newest
_OWNERS: Final = 50  # of one number


def history(
    store: Store,
    name: Name,
    as_of: str,
    observation: Observation | None = None,
    suffixes: Suffixes | None = None,
    decided: Decided | None = None,
) -> History:
    """What was known of a name before `as_of`: earlier visits, the last `none`, kin, owners of its numbers.

    Kin and owners rest on what the name's earlier visits showed, and on `observation` when one is given.
    Owners are registrable domains by `suffixes`; without it, the names themselves. `decided` saves look-ups.
    """
    own = features_of(observation, suffixes) if observation else ()
    return _histories(store, {name: own}, as_of, suffixes, decided)[name]


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
    found = _histories(store, {name: () for name in wanted if name in known}, as_of, suffixes, decided)
    return {name: found.get(name, blank) for name in wanted}


def _histories(
    store: Store,
    shown: Mapping[Name, Features],
    as_of: str,
    suffixes: Suffixes | None,
    decided: Decided | None,
) -> dict[Name, History]:
    """The history of each name, of which `shown` tells what it shows besides what earlier visits did."""
    if not shown:
        return {}
    visits = _visits(store, list(shown), as_of)
    features = _features(store, list(visits), as_of)
    settled = _settled(store, list(shown), as_of)
    owners = _Owners(store, as_of, suffixes)
    found = {}
    for name, more in shown.items():
        own = tuple(sorted({*more, *features.get(name, ())}))
        found[name] = History(
            as_of=as_of,
            visits=tuple(visits.get(name, ())),
            settled=settled.get(name, ""),
            kin=kin_of(store, name, as_of, own, suffixes, decided),
            owners=owners.of(own),
        )
    return found


def _known(store: Store, names: Sequence[Name]) -> set[str]:
    """Those of `names` that anything is known of: most names of a large scan are new, and cost nothing then."""
    rows = store.rows(
        "SELECT value FROM json_each(?) WHERE EXISTS (SELECT 1 FROM cases WHERE name = value)"
        " OR EXISTS (SELECT 1 FROM decisions WHERE name = value)",
        json.dumps(names),
    )
    return {row[0] for row in rows}


def _visits(store: Store, names: Sequence[Name], as_of: str) -> dict[str, list[Visit]]:
    """The newest _VISITS visits of each name that had any, oldest first."""
    rows = store.rows(
        "SELECT o.name, o.at, o.status, o.content, o.page FROM json_each(?) CROSS JOIN observations o"
        " ON o.number IN (SELECT number FROM observations WHERE name = value AND at < ?"
        " ORDER BY at DESC, number DESC LIMIT ?) ORDER BY o.at, o.number",
        *(json.dumps(names), as_of, _VISITS),
    )
    found: dict[str, list[Visit]] = {}
    for name, *visit in rows:
        found.setdefault(name, []).append(Visit(*visit))
    return found


def _features(store: Store, names: Sequence[str], as_of: str) -> dict[str, list[tuple[str, str]]]:
    """What each name has shown."""
    rows = store.rows(
        "SELECT f.name, f.kind, f.value FROM json_each(?) CROSS JOIN features f"
        " ON f.name = json_each.value AND f.first_seen < ?",
        *(json.dumps(names), as_of),
    )
    found: dict[str, list[tuple[str, str]]] = {}
    for name, kind, value in rows:
        found.setdefault(name, []).append((kind, value))
    return found


def _settled(store: Store, names: Sequence[Name], as_of: str) -> dict[str, str]:
    """The content digest that people decided `none` on, for each name whose last decision that was."""
    rows = store.rows(
        "SELECT d.name, d.measure, d.content FROM json_each(?) CROSS JOIN decisions d ON d.name = value"
        " AND d.decided_at <= ? AND d.state IN ('approved', 'lifted', 'expired')"
        " AND (d.ended_at = '' OR d.ended_at > ?) AND (d.expires = '' OR d.expires > ?)"
        " ORDER BY d.decided_at, d.id",
        *(json.dumps(names), as_of, as_of, as_of[:10]),
    )
    last = {name: (measure, content) for name, measure, content in rows}
    return {name: content for name, (measure, content) in last.items() if measure == "none"}


class _Owners:
    """Who showed a registration number before a moment; names of one job that show the same ask once."""

    def __init__(self, store: Store, as_of: str, suffixes: Suffixes | None) -> None:
        self._store, self._as_of, self._suffixes = store, as_of, suffixes
        self._known: dict[str, list[str]] = {}

    def of(self, own: Features) -> tuple[tuple[str, str], ...]:
        """(registration number, name that showed it) for the numbers among the features."""
        numbers = dict.fromkeys(_base(value) for kind, value in own if kind == "number")
        return tuple(dict.fromkeys((number, one) for number in numbers for one in self._who(number)))

    def _who(self, number: str) -> list[str]:
        """Older rows hold ICP numbers with the site's suffix, `沪ICP备...号-6`: they count for the subject's number."""
        found = self._known.get(number)
        if found is None:
            rows = self._store.rows(
                "SELECT DISTINCT name FROM features WHERE kind = 'number' AND first_seen < ?"
                " AND (value = ? OR value BETWEEN ? || '-' AND ? || '-~') ORDER BY name LIMIT ?",
                *(self._as_of, number, number, number, _OWNERS),
            )
            found = self._known[number] = [self._domain(row[0]) for row in rows]
        return found

    def _domain(self, name: str) -> str:
        return (self._suffixes.registrable(name) if self._suffixes else None) or name


def _base(number: str) -> str:
    return base_number("icp" if "ICP备" in number else "", number)
