"""What may never be listed: public suffixes, shared hosts, infrastructure, popular names, own additions; put together
here. Looked up in protected.py; where names come from stands in snapshots.py, additions.py, importers.py, overrides.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from blocklists import additions, overrides
from blocklists.names import Name, parse_name
from blocklists.overrides import Override
from blocklists.protected import Protected, Refusal
from blocklists.ranking import Ranking
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

SUFFIXES_MAX_AGE_DAYS: Final = 1000  # the list that is installed with tldextract is often a year old by then


@dataclass(frozen=True, slots=True)
class Sources:
    """All that protects names, as it was read."""

    shipped: Snapshot
    own: tuple[Group, ...]
    lists: tuple[tuple[About, str], ...]
    overrides: tuple[Override, ...]  # those that are over, too
    folder: Path = Path()  # of the lists, own names and overrides

    @property
    def groups(self) -> tuple[Group, ...]:
        """The names that are protected whatever their place: own ones first, imported ones last."""
        imported = (
            group for about, body in self.lists if about.kind == "names" for group in list_groups(about, body)
        )
        return (*self.own, *self.shipped.groups, *imported)

    @property
    def rankings(self) -> tuple[tuple[About, str], ...]:
        return tuple(one for one in self.lists if one[0].kind == "ranked")

    def stale(self, suffixes: Suffixes, today: date, max_age_days: int) -> list[StaleSnapshot]:
        """What is older than allowed: the shipped names, the public suffixes, imported lists."""
        ages = [check_age(*_SHIPPED, self.shipped.made, max_age_days, today)]
        if suffixes.made:
            ages.append(check_age(*_SUFFIXES, suffixes.made, SUFFIXES_MAX_AGE_DAYS, today))
        ages += [check_list(about, today, self.folder) for about, _ in self.lists]
        return [one for one in ages if one is not None]

    def protected(self, suffixes: Suffixes, today: date) -> Protected:
        return Protected(
            self.groups, suffixes, Ranking(self.rankings), overrides.in_force(self.overrides, today)
        )


_SHIPPED: Final = (
    "the shipped list of protected names",
    "`pip install --upgrade domainscan`, or raise [protect] snapshot_max_age_days after checking the names",
)
_SUFFIXES: Final = ("the list of public suffixes", "`pip install --upgrade tldextract`, which ships it")


def read_sources(
    folder: Path | None,
    own: Iterable[str] = (),
    require: Iterable[str] = (),
) -> Sources:
    """What protects names: the shipped list, `own` names, and what is in `folder`; `require` names lists that must be
    there.

    Raises BadSnapshot for what is damaged or missing, BadName for an own name that is none, OSError.
    """
    named = Group(
        "own", "named in [protect] names", tuple(parse_name(one) for one in own), source="config.toml"
    )
    shipped, lists = load_snapshot(), tuple(_lists(folder, require))
    if folder is None:
        return Sources(shipped, (named,), lists, ())
    added = additions.read_additions(folder / additions.FILE)
    return Sources(shipped, (named, *added), lists, overrides.read_overrides(folder / overrides.FILE), folder)


def load_protected(
    own: Iterable[str],
    suffixes: Suffixes,
    today: str,
    max_age_days: int,
    *,
    folder: Path | None = None,
    require: Iterable[str] = (),
) -> Protected:
    """The names that are never listed, of `read_sources`. `today` is an ISO date or time.

    Raises StaleSnapshot when a list is older than allowed (the shipped names: `max_age_days`), and what
    `read_sources` raises.
    """
    day = date.fromisoformat(today[:10])
    sources = read_sources(folder, own, require)
    for stale in sources.stale(suffixes, day, max_age_days):
        raise stale
    return sources.protected(suffixes, day)


def _lists(folder: Path | None, require: Iterable[str]) -> Iterator[tuple[About, str]]:
    if folder is not None and not folder.is_dir():
        raise BadSnapshot(
            f"{folder}: no such folder of protected names: `blocklists protect import ... --folder {folder}` makes it"
        )
    paths = {path.name.removesuffix(".list"): path for path in sorted(folder.glob(LISTS))} if folder else {}
    for one in require:
        if one not in paths:
            raise BadSnapshot(
                f"the list {one} of protected names is required and is not in {folder or 'any folder'}:"
                f" `blocklists protect import ... --folder {folder or 'HOME/protect'}` makes it"
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
