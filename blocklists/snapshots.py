"""Dated lists of protected names: the shipped one and those that were imported, each with its origin and its age."""

from __future__ import annotations

import shlex
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Final

from blocklists.files import write_whole
from blocklists.names import Name, parse_name

GUARDS: Final[dict[str, str]] = {
    "public_suffix": "a public suffix: its names have many owners",
    "shared_host": "a platform that lends names to strangers",
    "infrastructure": "the internet or its users' safety rests on it",
    "public_service": "government, emergency, health, banking and help services",
    "popular": "so many people use it that a block does more harm than good",
    "own": "named in [protect] names, or added by hand",
    "alias": "an alias of a protected name",
}
KINDS: Final[dict[str, str]] = {
    "ranked": "a ranking: how widely used a name is decides how well it is protected",
    "names": "names that are protected one like the other",
}
SCOPES: Final[dict[str, str]] = {
    "as-said": "as the file says it",
    "exact": "exactly these names",
    "below": "these names and what lies below them",
}
_TOP_LEVEL: Final = frozenset(("gov", "mil", "int"))  # single labels that only public bodies register below


class StaleSnapshot(Exception):
    """Raised when a list of protected names is older than allowed: the gate is closed until somebody renews it."""

    def __init__(self, title: str, made: date, age_days: int, max_age_days: int, renew: str) -> None:
        super().__init__(
            f"{title} is {age_days} days old (of {made}), allowed are {max_age_days}: renew it, {renew}"
        )
        self.title, self.made, self.age_days, self.max_age_days = title, made, age_days, max_age_days


class BadSnapshot(ValueError):
    """Raised for a file of protected names that is damaged or none; the message names it, and the way out."""


@dataclass(frozen=True, slots=True)
class Group:
    """Protected names of one kind, from one list.

    A name protects what lies below it too, unless it `lends` (names below belong to others and may be listed one
    by one) or the list means it `exact`ly.
    """

    guard: str
    title: str
    names: tuple[Name, ...]
    lends: bool = False
    exact: bool = False
    source: str = ""
    since: str = ""  # the day of the list

    @property
    def deep(self) -> bool:
        """Whether names below are protected too."""
        return not (self.lends or self.exact)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The shipped never-list, and when it was made."""

    made: date
    groups: tuple[Group, ...]


def load_snapshot() -> Snapshot:
    """The names in data/protected.toml. Raises BadSnapshot, BadName."""
    return read_snapshot((files("blocklists") / "data" / "protected.toml").read_text("utf-8"))


def read_snapshot(text: str) -> Snapshot:
    """The snapshot that a TOML text holds: `made`, and [[group]] tables of guard, title, source, names, lends."""
    table = tomllib.loads(text)
    made = table["made"]
    if not isinstance(made, date):
        raise BadSnapshot(f"made = {made!r}: a date is wanted")
    groups = []
    for one in table["group"]:
        if one.get("guard") not in GUARDS or not one.get("source") or not one.get("names"):
            raise BadSnapshot(
                f"group {one.get('title')!r} needs a guard of {', '.join(GUARDS)}, a source and names"
            )
        names = tuple(Name(name) if name in _TOP_LEVEL else parse_name(name) for name in one["names"])
        groups.append(
            Group(
                one["guard"],
                one["title"],
                names,
                lends=bool(one.get("lends")),
                source=one["source"],
                since=made.isoformat(),
            )
        )
    return Snapshot(made, tuple(groups))


@dataclass(frozen=True, slots=True)
class About:
    """What is known of an imported list, and stands at the head of its file."""

    list: str  # its name here, and that of its file
    kind: str  # a key of KINDS
    guard: str
    title: str
    source: str  # the file it came from
    made: date  # the day it tells of
    imported: date
    digest: str  # of the file as it was received
    max_age_days: int
    names: int
    first: int  # of a ranking: how many names are in the band that is refused
    left: int  # and how many that were on it in the last weeks and are no more
    renew: str  # the arguments of `blocklists protect import` that renew it
    body: str = ""  # the digest of what follows the head


LISTS: Final = "*.list"
_HEAD: Final = "# "


def write_list(folder: Path, about: About, lines: Iterator[str]) -> About:
    """The list as a file in `folder`, whole or not at all; what is now known of it."""
    body = "".join(lines).encode()
    sealed = replace(about, body=_digest(body))
    head = "".join(f"{_HEAD}{one.name}: {getattr(sealed, one.name)}\n" for one in fields(sealed))
    write_whole(folder / f"{about.list}.list", [head.encode(), b"\n", body])
    return sealed


def _digest(data: bytes) -> str:
    import hashlib  # noqa: PLC0415 - 4 MB of OpenSSL, which who imported nothing never needs

    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def read_list(path: Path) -> tuple[About, str]:
    """What is known of a list, and its lines. Raises BadSnapshot when they are not what was written, OSError."""
    head, _, body = path.read_bytes().partition(b"\n\n")
    about = _about(path, head)
    if _digest(body) != about.body:
        raise BadSnapshot(f"{path} is damaged: import it anew, {renewal(about, path.parent)}")
    return about, body.decode()


def _about(path: Path, head: bytes) -> About:
    said = dict(
        line.removeprefix(_HEAD).partition(": ")[::2] for line in head.decode("utf-8", "replace").split("\n")
    )
    try:
        values = {one.name: _value(str(one.type), said[one.name]) for one in fields(About)}
    except (KeyError, ValueError) as error:
        raise BadSnapshot(
            f"{path} is no list that `blocklists protect import` wrote ({error}): remove it, or import it anew"
        ) from error
    about = About(**values)  # type: ignore[arg-type]
    if about.guard not in GUARDS or about.kind not in KINDS or about.list != path.name.removesuffix(".list"):
        raise BadSnapshot(f"{path} says guard {about.guard}, kind {about.kind}, list {about.list}")
    return about


def _value(kind: str, text: str) -> str | int | date:
    if kind == "int":
        return int(text)
    return date.fromisoformat(text) if kind == "date" else text


def check_age(title: str, renew: str, made: date, max_age_days: int, today: date) -> StaleSnapshot | None:
    """What to raise for a list that is older than allowed; None for one that is young enough."""
    age = (today - made).days
    return StaleSnapshot(title, made, age, max_age_days, renew) if age > max_age_days else None


def check_list(about: About, today: date, folder: Path) -> StaleSnapshot | None:
    """What to raise for an imported list of `folder` that is older than allowed."""
    title = f"the list {about.list} of protected names"
    return check_age(title, renewal(about, folder), about.made, about.max_age_days, today)


def renewal(about: About, folder: Path) -> str:
    """The command that imports the next issue of a list into `folder`; file and day are to be filled in."""
    return f"`blocklists protect import {about.renew} --folder {shlex.quote(str(folder))}`"
