"""What may never be listed, and why, looked up: a name itself, what lies above it and below, what it is an alias of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from copy import copy
from dataclasses import dataclass
from typing import Final

from blocklists.entries import WIDTH, Reach
from blocklists.lists import BlockList, Entry, block_list
from blocklists.names import Name, covers, parents
from blocklists.overrides import Override
from blocklists.ranking import REFUSED, Ranking
from blocklists.snapshots import Group
from blocklists.suffixes import Suffixes

OPENS: Final[dict[str, str]] = {
    "nothing": "nobody may list it",
    "override": "two named people, with a reason and an expiry",
    "review": "a decision of two people, or an override",
}


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
        """The protected names, and every name with one below it; without the rankings."""
        return frozenset((*self._groups, *self._above, *self._aliases))

    @property
    def apexes(self) -> frozenset[str]:
        """The names that protect what is below them; without the rankings."""
        return frozenset(name for name, group in self._groups.items() if group.deep)

    @property
    def ranking(self) -> Ranking:
        """The places of popular names."""
        return self._ranking

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
        if reach is Reach.WWW or name in self._above or name in self._aliases or ranked.band_below(name):
            return False
        if self.suffixes.is_suffix(name):
            return False
        at = 0
        while (tail := name[at:]) not in self._groups and not ranked.band(tail):
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
        if band := ranked.band(name):
            yield self._in_band(f"{name} is", band)
        lent = self.suffixes.suffix(name)
        for above in parents(name):
            band, group = ranked.band(above), self._groups.get(above)
            if band and not (group and group.lends) and not f".{lent}".endswith(f".{above}"):
                alone = reach is Reach.HOST and name != f"www.{above}"  # which is the site itself
                yield self._in_band(f"{name} lies below {above},", band, alone=alone)
        if reach is Reach.SUBTREE and (band := ranked.band_below(name)):
            yield self._in_band(f"below {name} lies a name", band)

    def _in_band(self, what: str, band: int, *, alone: bool = False) -> Refusal:
        opens = "review" if alone or band > REFUSED else "override"
        return Refusal("popular", f"{what} among the first {band:,} ({self._ranking.lists})", opens)

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
