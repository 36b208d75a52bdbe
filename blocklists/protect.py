"""What may never be listed, and why: public suffixes, shared hosts, infrastructure, popular names, own
additions. Looked up here; where the names come from stands in snapshots.py, additions.py and importers.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from copy import copy
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from blocklists import additions, overrides
from blocklists.entries import WIDTH, Reach
from blocklists.lists import BlockList, Entry, block_list
from blocklists.names import Name, covers, parents, parse_name
from blocklists.overrides import Override
from blocklists.ranking import REFUSED, Place, Ranking
from blocklists.snapshots import (
    GUARDS,
    LISTS,
    About,
    BadSnapshot,
    Group,
    Snapshot,
    StaleSnapshot,
    check_age,
    check_list,
    load_snapshot,
    read_list,
    read_snapshot,
)
from blocklists.suffixes import Suffixes

__all__ = [
    "GUARDS",
    "BadSnapshot",
    "Group",
    "Protected",
    "Refusal",
    "Snapshot",
    "StaleSnapshot",
    "load_protected",
    "load_snapshot",
    "read_snapshot",
]

OPENS: Final[dict[str, str]] = {
    "nothing": "nobody may list it",
    "override": "two named people, with a reason and an expiry",
    "review": "a decision of two people, or an override",
}
SUFFIXES_MAX_AGE_DAYS: Final = 1000  # the list that is installed with tldextract is often a year old by then


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a measure is refused: a key of GUARDS, the facts, and who may say otherwise, a key of OPENS."""

    guard: str
    detail: str
    opens: str = "override"


class Protected:
    """The names that are never listed; built by `load_protected`."""

    __slots__ = ("_above", "_aliases", "_groups", "_overrides", "_ranking", "_reviews", "suffixes")

    def __init__(
        self,
        groups: Iterable[Group],
        suffixes: Suffixes,
        ranking: Ranking | None = None,
        overrides: Iterable[Override] = (),
    ) -> None:
        self.suffixes = suffixes
        self._ranking = ranking or Ranking()
        self._overrides = tuple(overrides)
        self._aliases: Mapping[Name, tuple[Name, ...]] = {}
        self._reviews: Mapping[Name, Reach] = {}
        self._groups: dict[Name, Group] = {}
        self._above: dict[Name, Name] = {}
        for group in groups:
            for name in group.names:
                known = self._groups.setdefault(name, group)
                if known.exact and not group.exact:  # of two lists the one that protects more
                    self._groups[name] = group
                for above in parents(name):
                    self._above.setdefault(above, name)

    def knowing(
        self,
        aliases: Mapping[Name, tuple[Name, ...]] | None = None,
        reviews: Mapping[Name, Reach] | None = None,
    ) -> Protected:
        """The same, told what visits and people know: the names that a name is an alias of (CNAME), and the reach
        that two people decided for a name.
        """
        made = copy(self)
        made._aliases = aliases or {}
        made._reviews = reviews or {}
        return made

    @property
    def delicate(self) -> frozenset[str]:
        """The protected names, and every name with one below it."""
        ranked = self._ranking
        return frozenset().union(self._groups, self._above, ranked.names, ranked.above, self._aliases)

    @property
    def apexes(self) -> frozenset[str]:
        """The names that protect what is below them."""
        deep = (name for name, group in self._groups.items() if group.deep)
        return frozenset(deep).union(self._ranking.names)

    @property
    def overrides(self) -> tuple[Override, ...]:
        """The overrides in force."""
        return self._overrides

    def refusals(self, name: Name, reach: Reach) -> tuple[Refusal, ...]:
        """Why a measure of this reach on `name` is refused; empty when nothing speaks against it."""
        return tuple(one for one in self.objections(name, reach) if not self._is_open(one, name, reach))

    def objections(self, name: Name, reach: Reach) -> tuple[Refusal, ...]:
        """What speaks against a measure, also where people answered for it."""
        if self._is_free(name, reach):
            return ()
        found = dict.fromkeys(self._refusals(name, reach))
        if reach is Reach.WWW:
            found |= dict.fromkeys(self._refusals(Name(f"www.{name}"), Reach.HOST))
        return tuple(found)

    def zone(self) -> BlockList:
        """The names that a passthru zone lets pass. A name alone where what lies below it belongs to others,
        who may be listed one by one; top-level labels are left out, and what an override lets be listed.
        """
        return block_list(
            Entry(name, reach, sources=(group.title,))
            for name, group in self._groups.items()
            if "." in name and not self.suffixes.is_suffix(name) and (reach := self._passing(name, group))
        )

    def _passing(self, name: Name, group: Group) -> Reach | None:
        """How far a protected name passes: a zone that lets it pass goes before the one that blocks."""
        if any(one.opens(name, Reach.HOST) for one in self._overrides):
            return None
        alone = not group.deep or self.suffixes.has_suffix_below(name)
        below = any(covers(name, one.name) for one in self._overrides)
        return Reach.HOST if alone or below else Reach.SUBTREE

    def _is_free(self, name: Name, reach: Reach) -> bool:
        """Whether nothing at, above or below `name` is protected: so nearly every name of a long list."""
        ranked = self._ranking
        if reach is Reach.WWW or name in self._above or name in ranked.above or name in self._aliases:
            return False
        if self.suffixes.is_suffix(name):
            return False
        at = 0
        while (tail := name[at:]) not in self._groups and tail not in ranked:
            dot = name.find(".", at)
            if dot == -1:
                return not self.suffixes.has_suffix_below(name)
            at = dot + 1
        return False

    def _is_open(self, refusal: Refusal, name: Name, reach: Reach) -> bool:
        """Whether people who may do so answered for it."""
        if refusal.opens == "nothing":
            return False
        decided = self._reviews.get(name)
        if refusal.opens == "review" and decided is not None and WIDTH[decided] >= WIDTH[reach]:
            return True
        return any(one.opens(name, reach) for one in self._overrides)

    def _refusals(self, name: Name, reach: Reach) -> Iterator[Refusal]:
        if self.suffixes.is_suffix(name):
            yield Refusal("public_suffix", f"{name} is a public suffix", "nothing")
        elif reach is Reach.SUBTREE and self.suffixes.has_suffix_below(name):
            yield Refusal("public_suffix", f"public suffixes lie below {name}", "nothing")
        group = self._groups.get(name)
        if group is not None:
            yield Refusal(group.guard, f"{name}: {group.title}")
        yield from self._protected_above(name)
        if reach is Reach.SUBTREE and name in self._above:
            below = self._above[name]
            yield Refusal(
                self._groups[below].guard, f"{below} lies below {name}: {self._groups[below].title}"
            )
        yield from self._popular(name, reach)
        for target in self._aliases.get(name, ()):
            yield from self._alias(name, target)

    def _protected_above(self, name: Name) -> Iterator[Refusal]:
        for above, group in self._groups_above(name):
            yield Refusal(group.guard, f"{name} lies below {above}: {group.title}")

    def _groups_above(self, name: Name) -> Iterator[tuple[Name, Group]]:
        """Protected names above that protect what lies below, up to where a public suffix in between lends names
        to strangers.
        """
        lent = self.suffixes.suffix(name)
        for above in (*parents(name), Name(name.rpartition(".")[2])):
            group = self._groups.get(above)
            if group is not None and group.deep and not lent.endswith(f".{above}"):
                yield above, group

    def _popular(self, name: Name, reach: Reach) -> Iterator[Refusal]:
        """What the rankings say: the most used names are refused, two people answer for the others and for one
        host below a popular name, whose site may have been broken into there.
        """
        ranked = self._ranking
        if place := ranked.place(name):
            yield Refusal("popular", f"{name} is {place}", _opens(place))
        lent = self.suffixes.suffix(name)
        for above in parents(name):
            place, group = ranked.place(above), self._groups.get(above)
            if place is None or (group and group.lends) or f".{lent}".endswith(f".{above}"):
                continue
            opens = "review" if reach is Reach.HOST else _opens(place)
            yield Refusal("popular", f"{name} lies below {above}, {place}", opens)
        if reach is Reach.SUBTREE and (place := ranked.place_below(name)):
            yield Refusal("popular", f"{place} lies below {name}", _opens(place))

    def _alias(self, name: Name, target: Name) -> Iterator[Refusal]:
        """Refusals for a name that leads to a protected one: it is that one's own, or a trap for it. Hosts that
        many share do not count, nor does mere popularity: every customer's name leads there.
        """
        group = self._groups.get(target)
        found = [(target, group)] if group and not group.lends else []
        for at, one in (*found, *self._groups_above(target)):
            if one.guard != "shared_host":
                where = target if at == target else f"{target}, which lies below {at}"
                yield Refusal("alias", f"{name} is an alias of {where}: {one.title}")


def _opens(place: Place) -> str:
    return "override" if place.rank <= REFUSED else "review"


def load_protected(
    own: Iterable[str],
    suffixes: Suffixes,
    today: str,
    max_age_days: int,
    snapshot: Snapshot | None = None,
    *,
    folder: Path | None = None,
    require: Iterable[str] = (),
) -> Protected:
    """The shipped never-list, `own` names, and what `folder` holds: imported lists, additions, overrides.

    `today` is an ISO date or time. `require` names lists that must be there.
    Raises StaleSnapshot when a list is older than allowed, BadSnapshot for one that is damaged or missing, BadName
    for an own name that is none.
    """
    day = date.fromisoformat(today[:10])
    shipped = snapshot or load_snapshot()
    _check_shipped(shipped, suffixes, day, max_age_days)
    groups = [Group("own", "named in [protect] names", tuple(parse_name(one) for one in own))]
    ranked: list[tuple[About, str]] = []
    imported: list[Group] = []
    for about, body in _lists(folder, require):
        check_list(about, day)
        if about.kind == "ranked":
            ranked.append((about, body))
        else:
            imported += list_groups(about, body)
    allowed: tuple[Override, ...] = ()
    if folder is not None:
        groups += additions.read_additions(folder / additions.FILE)
        allowed = overrides.in_force(overrides.read_overrides(folder / overrides.FILE), day)
    return Protected((*groups, *shipped.groups, *imported), suffixes, Ranking(ranked), allowed)


def _check_shipped(shipped: Snapshot, suffixes: Suffixes, day: date, max_age_days: int) -> None:
    check_age(
        "the shipped list of protected names",
        shipped.made,
        max_age_days,
        day,
        "`pip install --upgrade domainscan`, or raise [protect] snapshot_max_age_days after checking the names",
    )
    if suffixes.made:
        check_age(
            "the list of public suffixes",
            suffixes.made,
            SUFFIXES_MAX_AGE_DAYS,
            day,
            "`pip install --upgrade tldextract`, which ships it",
        )


def _lists(folder: Path | None, require: Iterable[str]) -> Iterator[tuple[About, str]]:
    if folder is not None and not folder.is_dir():
        raise BadSnapshot(
            f"{folder}: no such folder of protected names: `blocklists protect import` makes it"
        )
    paths = {path.name.removesuffix(".list"): path for path in sorted(folder.glob(LISTS))} if folder else {}
    for one in require:
        if one not in paths:
            raise BadSnapshot(
                f"the list {one} of protected names is required and is not there: `blocklists protect import` makes it"
            )
    for path in paths.values():
        yield read_list(path)


def list_groups(about: About, body: str) -> tuple[Group, ...]:
    """The names of an imported list that protect what lies below them, and those that do not."""
    lines = body.split()
    parts = (
        (tuple(Name(one) for one in lines if one[0] != "="), False),
        (tuple(Name(one[1:]) for one in lines if one[0] == "="), True),
    )
    return tuple(
        Group(
            about.guard,
            about.title,
            names,
            lends=about.guard == "shared_host",
            exact=exact,
            source=about.list,
            since=about.made.isoformat(),
        )
        for names, exact in parts
        if names
    )
