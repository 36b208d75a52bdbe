"""The source `kin`: names that belong to decided cases, by the evidence, and that nobody has looked at since."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final
from urllib.parse import urlsplit

from blocklists.suffixes import Suffixes
from domainscan.model import Observation, Page, Record
from domainscan.read.announced import announced
from domainscan.signals.kin import STRONG, told
from domainscan.sources import Line
from domainscan.store import Store
from domainscan.store.features import domain_of
from domainscan.store.kin import Case, cases_against, neighbours_of, shown_until
from domainscan.store.packing import unpack

KIN: Final = "kin"
PER_CASE: Final = 50


class Mirror(Record, frozen=True):
    """A name or URL, and what ties it to a decided case."""

    place: str
    why: str


def kin_lines(store: Store, now: str, suffixes: Suffixes, public: frozenset[str]) -> Iterator[Line]:
    """A line for each, its note saying which case and which features; a name under several cases comes once.

    Decided themselves, or looked at since the decision: not again.
    """
    cases = cases_against(store, now)
    done = {str(case.name) for case in cases}
    number = 0
    for case in cases:
        mirrors = _mirrors(store, case, now, suffixes, public)
        for mirror in islice(_fresh(store, case, mirrors, done, suffixes), PER_CASE):
            number += 1
            yield Line(number, mirror.place, KIN, f"kin of {mirror.why}")


def _fresh(
    store: Store, case: Case, mirrors: Iterable[Mirror], done: set[str], suffixes: Suffixes
) -> Iterator[Mirror]:
    """Those not in `done`, of another domain than the case, and not visited since its decision."""
    for one in mirrors:
        name = _name_of(one.place)
        if name in done or domain_of(name, suffixes) in ("", domain_of(case.name, suffixes)):
            continue
        visited = store.value("SELECT max(at) FROM latest WHERE name = ?", name)
        if visited is None or str(visited) < case.decided_at:
            done.add(name)
            yield one


def _mirrors(
    store: Store, case: Case, now: str, suffixes: Suffixes, public: frozenset[str]
) -> Iterator[Mirror]:
    own = shown_until(store, case.name, case.decided_at)
    for one in neighbours_of(store, case.name, now, own, suffixes, public):
        if one.weight >= STRONG and not one.decided:
            yield Mirror(one.name, told(case.name, case.category, one.features))
    for kind, value in own:
        if kind == "san":
            yield Mirror(value, told(case.name, case.category, ("named on its certificate",)))
    for page in _pages(store, case):
        for place, cue in announced(page):
            yield Mirror(place, told(case.name, case.category, (f"announced on its page, {cue}",)))


def _pages(store: Store, case: Case) -> Iterator[Page]:
    """What the site showed when it was decided on, and what it shows now."""
    for until in (case.decided_at, "9999"):
        body = store.value(
            "SELECT body FROM observations WHERE name = ? AND page = 'ok' AND at <= ?"
            " ORDER BY at DESC, number DESC LIMIT 1",
            *(case.name, until),
        )
        page = unpack(body, Observation).page if body else None
        if isinstance(page, Page):
            yield page


def _name_of(place: str) -> str:
    return (urlsplit(place).hostname or "") if "://" in place else place
