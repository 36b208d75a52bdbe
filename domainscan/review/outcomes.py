"""What became of names that were reported: one word for each, so that the counts of the words add up to the names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from blocklists.names import Name, parents
from blocklists.suffixes import Suffixes
from domainscan.collateral import reached
from domainscan.model import Decision, Failure, Observation
from domainscan.review.rules import IMPOSING
from domainscan.signals.context import host_of
from domainscan.store import Store
from domainscan.store.cases import flagged_cases, newest_statuses
from domainscan.store.decisions import decisions_on
from domainscan.store.observations import newest
from domainscan.store.times import is_over

NEW: Final = "not examined"
AWAY: Final = "leads elsewhere"
WORDS: Final = {
    "observed": "not flagged",
    "unseen": "not seen",
    "none": "no action",
}  # of a visit, of a measure


def outcomes(store: Store, names: Iterable[Name], now: str, suffixes: Suffixes) -> dict[Name, str]:
    """Of each name the first that holds: a measure in force on it, `proposed`, `flagged`, `no action` or another
    measure that imposes nothing, `lifted` or `expired`, what its newest visit came to, `not examined`.

    A name whose page another site served, as of a short link, `leads elsewhere`: nobody judged that page. Nor one that
    its newest visit was not shown: `not seen`.
    """
    held: defaultdict[Name, list[Decision]] = defaultdict(list)
    over: dict[Name, str] = {}
    proposed: set[Name] = set()
    names = list(names)
    for one in decisions_on(store, (above for name in names for above in (name, *parents(name)))):
        if one.state == "proposed":
            proposed.add(one.name)
        elif one.state == "approved" and not is_over(one.expires, now):
            held[one.name].append(one)
        elif one.state != "rejected":
            over[one.name] = "lifted" if one.state == "lifted" else "expired"
    flagged = {one.name for one in flagged_cases(store, now)}
    visits = newest_statuses(store, names)

    def word(name: Name) -> str:
        above = (one for there in (name, *parents(name)) for one in held.get(there, ()))
        measures = [one.measure for one in above if reached(one.name, one.reach, name)]
        imposed = [one for one in measures if one in IMPOSING]
        waits = "proposed" if name in proposed else "flagged" if name in flagged else ""
        found = [*imposed, waits, *measures, over.get(name, ""), visits.get(name, ""), NEW]
        first = next(one for one in found if one)
        return WORDS.get(first, first)

    found = {name: word(name) for name in names}
    quiet = [name for name, one in found.items() if one == WORDS["observed"]]
    away = {one.name for one in newest(store, quiet) if another_site(one, suffixes)}
    return {name: AWAY if name in away else one for name, one in found.items()}


def another_site(observation: Observation, suffixes: Suffixes) -> str:
    """The URL of a page that another site served after redirects, which is not judged here; "" for one of its own."""
    page = observation.page
    host = "" if isinstance(page, Failure) else host_of(page.url)
    if isinstance(page, Failure) or host in ("", observation.name):
        return ""
    mine = suffixes.registrable(observation.name)
    return "" if mine is not None and mine == suffixes.registrable(host) else page.url
