"""What may never be listed, and why: public suffixes, shared hosts, infrastructure, popular names, own
additions.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from typing import Final

from blocklists.lists import BlockList, Entry, Reach, block_list
from blocklists.names import Name, parents, parse_name
from blocklists.suffixes import Suffixes

GUARDS: Final[dict[str, str]] = {
    "public_suffix": "a public suffix: its names have many owners",
    "shared_host": "a platform that lends names to strangers",
    "infrastructure": "the internet or its users' safety rests on it",
    "public_service": "government, emergency, health, banking and help services",
    "popular": "so many people use it that a block does more harm than good",
    "own": "named in [protect] names",
}
_TOP_LEVEL: Final = frozenset(("gov", "mil", "int"))  # single labels that only public bodies register below


class StaleSnapshot(Exception):
    """Raised when the shipped snapshot is older than allowed: the gate is closed until somebody renews it."""

    def __init__(self, made: date, age_days: int, max_age_days: int) -> None:
        super().__init__(
            f"the list of protected names is {age_days} days old (of {made}), allowed are {max_age_days}: "
            "update the package, or raise [protect] snapshot_max_age_days after checking the names"
        )
        self.made, self.age_days, self.max_age_days = made, age_days, max_age_days


class BadSnapshot(ValueError):
    """Raised for a snapshot file that is not one; the message names the group."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a measure is refused: a key of GUARDS, and the facts."""

    guard: str
    detail: str


@dataclass(frozen=True, slots=True)
class Group:
    """Protected names of one kind. With `lends`, names below belong to others and may be listed one by
    one.
    """

    guard: str
    title: str
    names: tuple[Name, ...]
    lends: bool = False


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The shipped never-list, and when it was made."""

    made: date
    groups: tuple[Group, ...]


class Protected:
    """The names that are never listed; built by `load_protected`."""

    __slots__ = ("_above", "_groups", "suffixes")

    def __init__(self, groups: Iterable[Group], suffixes: Suffixes) -> None:
        self.suffixes = suffixes
        self._groups: dict[Name, Group] = {}
        self._above: dict[Name, Name] = {}
        for group in groups:
            for name in group.names:
                self._groups.setdefault(name, group)
                for above in parents(name):
                    self._above.setdefault(above, name)

    @property
    def delicate(self) -> frozenset[str]:
        """The protected names, and every name with one below it."""
        return frozenset((*self._groups, *self._above))

    @property
    def apexes(self) -> frozenset[str]:
        """The names that protect what is below them."""
        return frozenset(name for name, group in self._groups.items() if not group.lends)

    def refusals(self, name: Name, reach: Reach) -> tuple[Refusal, ...]:
        """Why a measure of this reach on `name` is refused; empty when nothing speaks against it."""
        if self._is_free(name, reach):
            return ()
        found = dict.fromkeys(self._refusals(name, reach))
        if reach is Reach.WWW:
            found |= dict.fromkeys(self._refusals(Name(f"www.{name}"), Reach.HOST))
        return tuple(found)

    def zone(self) -> BlockList:
        """The names that a passthru zone lets pass. A name alone where what lies below it belongs to others,
        who may be listed one by one; top-level labels are left out.
        """
        return block_list(
            Entry(name, Reach.HOST if self._lends(name, group) else Reach.SUBTREE, sources=(group.title,))
            for name, group in self._groups.items()
            if "." in name and not self.suffixes.is_suffix(name)
        )

    def _lends(self, name: Name, group: Group) -> bool:
        return group.lends or self.suffixes.has_suffix_below(name)

    def _is_free(self, name: Name, reach: Reach) -> bool:
        """Whether nothing at, above or below `name` is protected: so nearly every name of a long list."""
        if reach is Reach.WWW or name in self._above or self.suffixes.is_suffix(name):
            return False
        at = 0
        while name[at:] not in self._groups:
            dot = name.find(".", at)
            if dot == -1:
                return not self.suffixes.has_suffix_below(name)
            at = dot + 1
        return False

    def _refusals(self, name: Name, reach: Reach) -> Iterable[Refusal]:
        if self.suffixes.is_suffix(name):
            yield Refusal("public_suffix", f"{name} is a public suffix")
        elif reach is Reach.SUBTREE and self.suffixes.has_suffix_below(name):
            yield Refusal("public_suffix", f"public suffixes lie below {name}")
        group = self._groups.get(name)
        if group is not None:
            yield Refusal(group.guard, f"{name}: {group.title}")
        yield from self._protected_above(name)
        if reach is Reach.SUBTREE and name in self._above:
            below = self._above[name]
            yield Refusal(
                self._groups[below].guard, f"{below} lies below {name}: {self._groups[below].title}"
            )

    def _protected_above(self, name: Name) -> Iterable[Refusal]:
        """Refusals for protected names above, up to where a public suffix in between lends names to
        strangers.
        """
        lent = self.suffixes.suffix(name)
        for above in (*parents(name), Name(name.rpartition(".")[2])):
            group = self._groups.get(above)
            if group is None or group.lends or lent.endswith(f".{above}"):
                continue
            yield Refusal(group.guard, f"{name} lies below {above}: {group.title}")


def load_protected(
    own: Iterable[str], suffixes: Suffixes, today: str, max_age_days: int, snapshot: Snapshot | None = None
) -> Protected:
    """The shipped never-list and `own` names. `today` is an ISO date or time.

    Raises StaleSnapshot when the shipped names are older than `max_age_days`, BadName for an own name that
    is none.
    """
    shipped = snapshot or load_snapshot()
    age = (date.fromisoformat(today[:10]) - shipped.made).days
    if age > max_age_days:
        raise StaleSnapshot(shipped.made, age, max_age_days)
    added = Group("own", "named in [protect] names", tuple(parse_name(one) for one in own))
    return Protected((added, *shipped.groups), suffixes)


def load_snapshot() -> Snapshot:
    """The names in data/protected.toml. Raises BadSnapshot, BadName."""
    return read_snapshot((files("blocklists") / "data" / "protected.toml").read_text("utf-8"))


def read_snapshot(text: str) -> Snapshot:
    """The snapshot that a TOML text holds: `made`, and [[group]] tables of guard, title, source, names,
    lends.
    """
    table = tomllib.loads(text)
    groups = []
    for one in table["group"]:
        if one.get("guard") not in GUARDS or not one.get("source") or not one.get("names"):
            raise BadSnapshot(
                f"group {one.get('title')!r} needs a guard of {', '.join(GUARDS)}, a source and names"
            )
        names = tuple(Name(name) if name in _TOP_LEVEL else parse_name(name) for name in one["names"])
        groups.append(Group(one["guard"], one["title"], names, bool(one.get("lends"))))
    if not isinstance(table["made"], date):
        raise BadSnapshot(f"made = {table['made']!r}: a date is wanted")
    return Snapshot(table["made"], tuple(groups))
