"""What protects names, told to people: every list with its age, and every reason why one name is protected."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from blocklists.entries import Reach
from blocklists.names import BadName, Name, covers, parse_name, unicode_form
from blocklists.overrides import Override
from blocklists.protect import SUFFIXES_MAX_AGE_DAYS, Sources, list_groups
from blocklists.protected import Protected, Refusal
from blocklists.ranking import Ranking, places, places_around
from blocklists.snapshots import About, Group
from blocklists.suffixes import Suffixes

Table = dict[str, Any]


def account(sources: Sources, suffixes: Suffixes, today: date, max_age_days: int) -> Table:
    """All that protects names: `lists` with day, age and origin, `own` additions, `overrides`, past ones too."""
    shipped = [_shipped(one, sources.shipped.made, today, max_age_days) for one in sources.shipped.groups]
    return {
        "lists": [
            *shipped,
            *_suffix_list(suffixes, today),
            *(_imported(one, today) for one, _ in sources.lists),
        ],
        "own": [_own(group, name) for group in sources.own for name in group.names],
        "overrides": [_override(one, today) for one in sources.overrides],
    }


def _aged(made: date, max_age_days: int, today: date) -> Table:
    age = (today - made).days
    return {"made": str(made), "age_days": age, "max_age_days": max_age_days, "stale": age > max_age_days}


def _shipped(group: Group, made: date, today: date, max_age_days: int) -> Table:
    about = {"list": "shipped", "guard": group.guard, "title": group.title, "source": group.source}
    return about | {"names": len(group.names), "left": 0, "digest": ""} | _aged(made, max_age_days, today)


def _suffix_list(suffixes: Suffixes, today: date) -> Iterator[Table]:
    if suffixes.made is not None:
        about = {"list": "suffixes", "guard": "public_suffix", "title": "public suffixes, private ones too"}
        size = {
            "source": "publicsuffix.org, as tldextract ships it",
            "names": len(suffixes.rules()),
            "left": 0,
        }
        yield about | size | {"digest": ""} | _aged(suffixes.made, SUFFIXES_MAX_AGE_DAYS, today)


def _imported(about: About, today: date) -> Table:
    words = ("list", "guard", "title", "source", "names", "left", "digest")
    said = {word: getattr(about, word) for word in words}
    return said | _aged(about.made, about.max_age_days, today) | {"imported": str(about.imported)}


def _own(group: Group, name: Name) -> Table:
    return {
        "name": name,
        "exact": group.exact,
        "since": group.since,
        "why": group.title,
        "source": group.source,
    }


def _override(one: Override, today: date) -> Table:
    about = {"name": one.name, "reach": str(one.reach), "people": list(one.people), "reason": one.reason}
    return about | {"made": str(one.made), "expires": str(one.expires), "in_force": not one.is_over(today)}


def reasons(text: str, reach: Reach, sources: Sources, suffixes: Suffixes, today: date) -> Table:
    """Why an entry of this name and reach is refused: every list that says so, and who could open it."""
    try:
        name = parse_name(text)
    except BadName as error:
        return _told(text, text, "no name", [_reason(Refusal("grammar", str(error), "nothing"))])
    whole = sources.protected(suffixes, today)
    against = whole.objections(name, reach)
    found = [_reason(one) for one in against if one.guard == "public_suffix"]
    asked = Reach.HOST if found else reach  # many a name lies below a public suffix
    for one, about in _each(name, sources, suffixes) if against else ():
        found += [
            _reason(said) | about for said in one.objections(name, asked) if said.guard != "public_suffix"
        ]
    verdict = _verdict(whole.refusals(name, reach), bool(against))
    touching = [one for one in sources.overrides if covers(one.name, name) or covers(name, one.name)]
    told = _told(name, unicode_form(name), verdict, found)
    return told | {"overrides": [_override(one, today) for one in touching]}


def _told(name: str, unicode: str, verdict: str, found: list[Table]) -> Table:
    return {"name": name, "unicode": unicode, "verdict": verdict, "reasons": found, "overrides": []}


def _reason(one: Refusal) -> Table:
    said = {"guard": one.guard, "detail": one.detail, "opens": one.opens}
    return said | {"list": "", "since": "", "source": "", "places": {}}


def _verdict(refused: tuple[Refusal, ...], contested: bool) -> str:
    opens = {one.opens for one in refused}
    if not refused:
        return "may be listed: people answer for it" if contested else "may be listed"
    return "two people have to answer for it" if opens == {"review"} else "never listed"


def _each(name: Name, sources: Sources, suffixes: Suffixes) -> Iterator[tuple[Protected, Table]]:
    """Every list by itself, as if it were the only one; with what is known of it."""
    for group in (*sources.own, *sources.shipped.groups):
        where = "shipped" if group in sources.shipped.groups else "own"
        yield Protected((group,), suffixes), {"list": where, "since": group.since, "source": group.source}
    for about, body in sources.lists:
        said = {"list": about.list, "since": str(about.made), "source": about.source}
        if about.kind == "ranked":
            told = said | {"places": places_around(name, places(body))}
            yield Protected((), suffixes, Ranking([(about, body)])), told
        else:
            yield Protected(list_groups(about, body), suffixes), said
