"""Exceptions from the never-list: names that may be listed all the same, as two named people say, and until when."""

from __future__ import annotations

import json
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from blocklists.entries import WIDTH, Reach
from blocklists.files import alone_in, write_whole
from blocklists.names import BadName, Name, covers, parse_name
from blocklists.snapshots import BadSnapshot

FILE: Final = "overrides.toml"
LONGEST_DAYS: Final = 366
_KEYS: Final = ("name", "reach", "people", "reason", "made", "expires")
_HEAD: Final = "# Written by `blocklists protect override`. What is over stays here, and counts no more.\n"


class BadOverride(ValueError):
    """Raised for an override that lacks something; the message says what."""


@dataclass(frozen=True, slots=True)
class Override:
    """Two people's word that `name` may be listed with this reach at most, up to and including `expires`."""

    name: Name
    reach: Reach
    people: tuple[str, str]
    reason: str
    made: date
    expires: date

    def is_over(self, today: date) -> bool:
        """Whether it counts no more: its last day has passed, or it was made on a day that is still to come."""
        return not self.made <= today <= self.expires

    def opens(self, name: Name, reach: Reach) -> bool:
        """Whether an entry of this name and reach is no more than what was allowed."""
        if self.name == name:
            return WIDTH[self.reach] >= WIDTH[reach]
        if self.reach is Reach.WWW:
            return name == f"www.{self.name}" and reach is Reach.HOST
        return self.reach is Reach.SUBTREE and covers(self.name, name)

    def __str__(self) -> str:
        one, two = self.people
        return f"{self.name} ({self.reach}): {one} and {two}, until {self.expires}: {self.reason}"


@lru_cache(maxsize=256)  # a desk has few people, and many decisions of each
def folded_person(name: str) -> str:
    """What a reader takes a person's name for: without case, blanks, width and what cannot be seen."""
    wide = unicodedata.normalize("NFKC", name).casefold()
    seen = (one for one in wide if not one.isspace() and unicodedata.category(one) not in ("Cf", "Cc"))
    return unicodedata.normalize("NFKC", "".join(seen))


def make_override(said: Mapping[str, Any]) -> Override:
    """The override that a table says. Raises BadOverride, with what is missing or wrong."""
    unknown = [one for one in said if one not in _KEYS]
    missing = [one for one in _KEYS if not said.get(one)]
    if unknown or missing:
        raise BadOverride(
            f"an override has {', '.join(_KEYS)}: "
            + (f"missing is {', '.join(missing)}" if missing else f"{unknown[0]!r} is none of them")
        )
    people, made, expires = said["people"], _day(said["made"]), _day(said["expires"])
    _check_people(people)
    if not str(said["reason"]).strip():
        raise BadOverride("an override needs a reason")
    if not 0 <= (expires - made).days <= LONGEST_DAYS:
        raise BadOverride(f"{expires} is not within {LONGEST_DAYS} days after {made}: an override is renewed")
    try:
        name, reach = parse_name(str(said["name"])), Reach(str(said["reach"]))
    except BadName as error:
        raise BadOverride(str(error)) from error
    except ValueError as error:
        raise BadOverride(f"{said['reach']!r} is no reach: use one of {', '.join(Reach)}") from error
    return Override(name, reach, (people[0], people[1]), str(said["reason"]).strip(), made, expires)


def _day(value: object) -> date:
    try:
        return date.fromisoformat(str(value))
    except ValueError as error:
        raise BadOverride(f"{value!r} is no day: write YYYY-MM-DD") from error


def _check_people(people: object) -> None:
    if (
        not isinstance(people, list | tuple)
        or len(people) != 2
        or not all(isinstance(one, str) for one in people)
    ):
        raise BadOverride("an override needs two people, by name")
    one, two = (folded_person(str(person)) for person in people)
    if not one or not two:
        raise BadOverride("an override needs two people, by name: one of them has none")
    if one == two:
        raise BadOverride(f"{people[0]!r} and {people[1]!r} are one person: another one has to agree")


def read_overrides(path: Path) -> tuple[Override, ...]:
    """Every override in the file, those that are over too; none when there is no file. Raises BadSnapshot."""
    if not path.exists():
        return ()
    try:
        table = tomllib.loads(path.read_text("utf-8-sig"))
        if set(table) - {"override"}:
            raise BadOverride(f"[[override]] tables are wanted, not {', '.join(set(table) - {'override'})}")
        return tuple(make_override(one) for one in table.get("override", ()))
    except (BadOverride, tomllib.TOMLDecodeError, UnicodeDecodeError, AttributeError, TypeError) as error:
        raise BadSnapshot(f"{path}: {error}") from error


def add_override(folder: Path, made: Override) -> None:
    """Writes one more into the file; none is ever taken out. Raises BadOverride, BadSnapshot when the file is none."""
    path, table = folder / FILE, _table(made)
    try:
        make_override(tomllib.loads(table)["override"][0])
    except tomllib.TOMLDecodeError as error:
        raise BadOverride(f"a text that cannot be kept: {error}") from error
    with alone_in(folder):
        read_overrides(path)
        before = path.read_text("utf-8-sig") if path.exists() else _HEAD
        write_whole(path, [before.rstrip("\n"), "\n\n", table])


def _table(one: Override) -> str:
    said = (
        ("name", one.name),
        ("reach", str(one.reach)),
        ("people", list(one.people)),
        ("reason", " ".join(one.reason.split())),
    )
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in said]
    return "\n".join(["[[override]]", *lines, f"made = {one.made}", f"expires = {one.expires}", ""])


def in_force(overrides: Iterable[Override], today: date) -> tuple[Override, ...]:
    return tuple(one for one in overrides if not one.is_over(today))
