"""Who shares features with whom, as of a moment, and which features say nothing because a crowd has them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from typing import Final

from blocklists.names import Name
from blocklists.suffixes import Suffixes
from domainscan.model import Kin, Record
from domainscan.read.likeness import BANDS, NEAR, distance, near, turned, turned_back
from domainscan.signals.kin import weight_of
from domainscan.store.base import Store
from domainscan.store.features import HASHES, Features, banded_kind, domain_of

# A value that more domains show which nobody ever flagged or decided against is a product's, a platform's or a
# fashion's, not one operator's. Farms have hundreds of domains, but those are flagged; an honest agency that puts one
# analytics id on its customers' sites has dozens.
CROWD_DOMAINS: Final = 30
HOLDERS: Final = 400  # of a value, at most looked at
KIN_NAMES: Final = 5  # decided cases in a History, those that share most
KIN_FEATURES: Final = 10  # of each

# What counts as decided against: a measure against the site, in force at :as_of. Who was asked for documents, or told
# that his site was broken into, makes nobody suspicious.
_MEASURES: Final = (
    "d.measure IN ('escalate', 'takedown', 'cancel-access', 'suspend-name', 'block')"
    " AND d.state IN ('approved', 'lifted', 'expired')"
)
_AGAINST: Final = f"{_MEASURES} AND d.decided_at <= :as_of AND (d.ended_at = '' OR d.ended_at > :as_of)"
# What a case shows after the decision (its parking page, the provider's page of a cut site) is not what was decided on.
_HOLDERS: Final = (
    "SELECT f.value, f.name, (SELECT d.category FROM decisions d WHERE d.name = f.name"
    " AND f.first_seen <= d.decided_at AND {against} ORDER BY d.id DESC LIMIT 1) AS category,"
    " EXISTS (SELECT 1 FROM assessments a WHERE a.name = f.name AND a.at < :as_of AND a.flagged) AS flagged"
    " FROM features f WHERE f.kind = :kind AND f.value >= :first AND f.value <= :last AND f.name <> :name"
    " AND f.first_seen < :as_of ORDER BY f.value, f.name LIMIT :most"
).replace("{against}", _AGAINST)
_AMONG_DECIDED: Final = (  # the same question, begun at the other end
    "SELECT DISTINCT f.value, f.name, d.category, 1 AS flagged FROM decisions d CROSS JOIN features f"
    " ON f.kind = :kind AND f.value BETWEEN :first AND :last AND f.name = d.name AND f.first_seen <= d.decided_at"
    " WHERE f.name <> :name AND f.first_seen < :as_of AND {against} ORDER BY f.name LIMIT :most"
).replace("{against}", _AGAINST)
_NAMED: Final = (
    "SELECT d.name, d.category FROM decisions d WHERE d.name IN (:domain, 'www.' || :domain) AND d.name <> :name"
    " AND {against} ORDER BY d.id DESC"
).replace("{against}", _AGAINST)
_CASES: Final = (
    "SELECT d.name, d.category, max(d.decided_at) AS decided_at FROM decisions d WHERE {against}"
    " GROUP BY d.name ORDER BY d.name"
).replace("{against}", _AGAINST)
_SHOWN: Final = (
    "SELECT DISTINCT f.kind, f.value, d.name FROM decisions d LEFT JOIN features f ON f.name = d.name"
    " AND f.first_seen <= d.decided_at WHERE {measures}"
).replace("{measures}", _MEASURES)


class Holder(Record, frozen=True):
    """A name that shows a feature, or one close to it."""

    name: Name
    feature: str
    category: str  # of the decision against it; "" when there is none
    decided: bool
    flagged: bool


class Neighbour(Record, frozen=True):
    """A name that shares features with another, and what they weigh together."""

    name: Name
    weight: float
    features: tuple[str, ...]
    decided: bool = False
    category: str = ""


class Case(Record, frozen=True):
    """A name that people decided against."""

    name: Name
    category: str
    decided_at: str


class Decided:
    """What decided cases show, in memory: whether a name may be their kin costs a look into a set.

    A number for each feature of a decided case and its place in a set, in the driver alone; the names of a scan add
    nothing. Values that a crowd turned out to have are remembered, as a parking page
    that a decided case shared with 50,000 names would be looked up for each of them.
    """

    def __init__(self, shown: Iterable[tuple[str, str]]) -> None:
        self.crowds: set[tuple[str, str]] = set()
        self._values: set[int] = set()
        self._hashes: dict[tuple[str, int, str], set[str]] = {}
        for kind, value in shown:
            if kind in HASHES:
                for band in range(BANDS):
                    key = (kind, band, turned(value, band)[:4])
                    self._hashes.setdefault(key, set()).add(value)
            else:
                self._values.add(hash((kind, value)))

    def shares(self, kind: str, value: str) -> bool:
        """Whether a decided case may show this, and no crowd is known to."""
        if (kind, value) in self.crowds:
            return False
        if kind not in HASHES:
            return hash((kind, value)) in self._values
        for band in range(BANDS):
            alike = self._hashes.get((kind, band, turned(value, band)[:4]))
            if alike and near(value, alike):
                return True
        return False

    def __bool__(self) -> bool:
        """Whether anybody has decided anything yet."""
        return bool(self._values or self._hashes)

    def touches(self, name: str, features: Features, suffixes: Suffixes | None) -> bool:
        """Whether any feature of a name, or its own domain on a certificate, is a decided case's."""
        if not self:
            return False
        return any(
            self.shares(kind, value) for kind, value in (*features, ("san", domain_of(name, suffixes)))
        )


def load_decided(store: Store, suffixes: Suffixes | None = None) -> Decided:
    """Everything that cases showed until a measure against them was decided, whether it is in force or not."""
    rows = store.rows(_SHOWN)
    shown = {(kind, value) for kind, value, _ in rows if kind is not None}
    return Decided(shown | {("san", domain_of(name, suffixes)) for _, _, name in rows})


def cases_against(store: Store, as_of: str) -> list[Case]:
    """The decided cases at a moment, by name; of several decisions on one, the newest."""
    rows = store.rows(_CASES, as_of=as_of)
    return [Case(Name(row["name"]), row["category"], row["decided_at"]) for row in rows]


def shown_until(store: Store, name: str, moment: str) -> Features:
    """The features that a name had shown by a moment."""
    rows = store.rows(
        "SELECT kind, value FROM features WHERE name = ? AND first_seen <= ? ORDER BY kind, value",
        *(name, moment),
    )
    return tuple((row[0], row[1]) for row in rows)


def kin_of(
    store: Store,
    name: str,
    as_of: str,
    own: Features,
    suffixes: Suffixes | None = None,
    decided: Decided | None = None,
) -> tuple[Kin, ...]:
    """What a name that shows `own` shares with decided cases: of the KIN_NAMES that share most, in order of weight.

    `decided` saves the look-ups of what no decided case shows; it changes nothing of the answer.
    """
    if decided is not None and not decided:
        return ()
    shared: dict[str, list[Kin]] = {}
    for kind, value in _asked(name, own, suffixes):
        if decided is not None and not decided.shares(kind, value):
            continue
        holders = holders_of(store, kind, value, name, as_of, suffixes)
        if holders is None:
            if decided is not None:
                decided.crowds.add((kind, value))
            continue
        for one in holders:
            if one.decided:
                shared.setdefault(one.name, []).append(Kin(one.feature, one.name, one.category))
    ranked = sorted(shared.items(), key=lambda one: (-weight_of(kin.feature for kin in one[1]), one[0]))
    return tuple(kin for _, found in ranked[:KIN_NAMES] for kin in found[:KIN_FEATURES])


def neighbours_of(
    store: Store, name: str, as_of: str, own: Features, suffixes: Suffixes, public: frozenset[str]
) -> list[Neighbour]:
    """Every name that shares features with this one, decided or not, the nearest first."""
    shared: dict[str, list[Holder]] = {}
    for kind, value in _asked(name, own, suffixes):
        if f"{kind}:{value}" in public:
            continue
        for one in holders_of(store, kind, value, name, as_of, suffixes) or ():
            shared.setdefault(one.name, []).append(one)
    found = [
        Neighbour(
            Name(other),
            weight_of(one.feature for one in holders),
            tuple(one.feature for one in holders[:KIN_FEATURES]),
            any(one.decided for one in holders),
            max(one.category for one in holders),
        )
        for other, holders in shared.items()
    ]
    return sorted(found, key=lambda one: (-one.weight, one.name))


def _asked(name: str, own: Features, suffixes: Suffixes | None) -> Iterator[tuple[str, str]]:
    """The features to look up: each once, simhashes by their first band, and the name's domain on certificates."""
    asked = dict.fromkeys(one for one in own if "." not in one[0])
    mine = domain_of(name, suffixes)
    if mine:
        asked[("san", mine)] = None
    return iter(sorted(asked))


def holders_of(
    store: Store, kind: str, value: str, name: str, as_of: str, suffixes: Suffixes | None
) -> list[Holder] | None:
    """The other domains' names that showed a feature before `as_of`; None when a crowd did.

    A crowd is more than CROWD_DOMAINS registrable domains that were never flagged nor decided against. Names of one's
    own domain are no kin: a measure's reach covers them, and a platform's customers share everything.
    """
    mine = domain_of(name, suffixes)
    found: dict[str, Holder] = {}
    for holder in _holders(store, kind, value, name, as_of):
        if domain_of(holder.name, suffixes) != mine:
            found.setdefault(holder.name, holder)
    honest = {domain_of(one.name, suffixes) for one in found.values() if not (one.flagged or one.decided)}
    return None if len(honest) > CROWD_DOMAINS else sorted(found.values(), key=lambda one: one.name)


def _holders(store: Store, kind: str, value: str, name: str, as_of: str) -> Iterator[Holder]:
    if kind in HASHES:
        yield from _near_holders(store, kind, value, name, as_of)
        return
    asked = {"as_of": as_of, "kind": kind, "first": value, "last": value, "name": name, "most": HOLDERS}
    rows = store.rows(_HOLDERS, **asked)
    if len(rows) >= HOLDERS:  # a large family: its decided members may stand further down
        rows += store.rows(_AMONG_DECIDED, **asked)
    yield from (_holder(row, f"{kind}:{value}") for row in rows)
    if kind == "san":
        yield from _named(store, value, name, as_of)


def _named(store: Store, domain: str, name: str, as_of: str) -> Iterator[Holder]:
    """The decided case that a certificate names, whatever its own certificate says."""
    rows = store.rows(_NAMED, as_of=as_of, domain=domain, name=name)
    yield from (Holder(Name(row[0]), f"san:{domain}", row[1], True, True) for row in rows)


def _near_holders(store: Store, kind: str, value: str, name: str, as_of: str) -> Iterator[Holder]:
    """Who shows a simhash at most NEAR bits away: one of the four bands is equal then."""
    for band in range(BANDS):
        first = turned(value, band)[:4]
        asked = {"as_of": as_of, "kind": banded_kind(kind, band), "name": name, "most": HOLDERS}
        rows = store.rows(_HOLDERS, first=first, last=first + "g", **asked)  # "g" comes after every digit
        for row in rows:
            other = turned_back(row["value"], band)
            bits = distance(value, other)
            if bits <= NEAR:
                yield _holder(row, f"{kind}~{bits}:{other}" if bits else f"{kind}:{other}")


def _holder(row: sqlite3.Row, feature: str) -> Holder:
    decided = row["category"] is not None
    return Holder(Name(row["name"]), feature, row["category"] or "", decided, bool(row["flagged"]))
