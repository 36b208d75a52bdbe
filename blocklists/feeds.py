"""A file of others becomes a dated list in the folder of protected names, or takes the place of the one before."""

from __future__ import annotations

import hashlib
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Final

from blocklists.files import alone_in
from blocklists.importers import IMPORTERS, BadImport, Imported, Importer, sane, unpack
from blocklists.ranking import REFUSED, gone, ranked_lines, read_past
from blocklists.snapshots import GUARDS, SCOPES, About, BadSnapshot, read_list, write_list
from blocklists.suffixes import Suffixes

_KEY: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


@dataclass(frozen=True, slots=True)
class Wish:
    """What whoever imports says of the file; what is empty the file says itself, or its kind."""

    kind: str  # a key of IMPORTERS
    today: date
    list: str = ""  # the list's name; of the kind where there is one list of it
    made: date | None = None
    guard: str = ""
    title: str = ""
    scope: str = "as-said"
    max_age_days: int | None = None
    shrink: bool = False


def import_list(
    folder: Path, file: str, data: bytes, wish: Wish, suffixes: Suffixes
) -> tuple[About, Imported]:
    """The list as it is in `folder` now, and the account of the file.

    Raises BadImport when the file is no such list, older than the one there, or much smaller; BadSnapshot, OSError.
    """
    text, packed = unpack(data)
    found = IMPORTERS[wish.kind].read(text, suffixes)
    with alone_in(folder):
        before = _before(folder, _list_name(wish))
        sane(found, before[0].names if before else 0, shrink=wish.shrink)
        about = _about(file, data, wish, found, packed)
        if before and about.made < before[0].made:
            raise BadImport(
                f"of {about.made}, older than the list there, of {before[0].made}: not taken"
                f" (remove {folder / before[0].list}.list first if that is meant)"
            )
        return _write(folder, about, found, before, wish.scope), found


def _list_name(wish: Wish) -> str:
    name = wish.list or ("" if wish.kind in ("misp", "names") else wish.kind)
    if not _KEY.fullmatch(name):
        raise BadImport(f"--list {name!r}: name the list with a-z, 0-9, '-' and '_'")
    return name


def _before(folder: Path, name: str) -> tuple[About, str] | None:
    """The list that is to be replaced; a damaged one is none: the new one mends it."""
    path = folder / f"{name}.list"
    try:
        return read_list(path) if path.exists() else None
    except BadSnapshot:
        return None


def _about(file: str, data: bytes, wish: Wish, found: Imported, packed: date | None) -> About:
    how = IMPORTERS[wish.kind]
    guard = wish.guard or found.guard or how.guard
    if guard not in GUARDS:
        raise BadImport(f"--guard {guard}: use one of {', '.join(GUARDS)}")
    if wish.scope not in SCOPES:
        raise BadImport(f"--scope {wish.scope}: use one of {', '.join(SCOPES)}")
    source = " ".join(filter(None, (Path(file).name, found.source)))
    return About(
        list=_list_name(wish),
        kind=how.kind,
        guard=guard,
        title=_line(wish.title or found.title),
        source=_line(source),
        made=_day(wish, packed, how),
        imported=wish.today,
        digest=f"sha256:{hashlib.sha256(data).hexdigest()}",
        max_age_days=how.max_age_days if wish.max_age_days is None else wish.max_age_days,
        names=len(found.rows),
        first=sum(0 < rank <= REFUSED for rank in found.rows.values()),
        left=0,
        renew=_renewal(wish),
    )


def _day(wish: Wish, packed: date | None, how: Importer) -> date:
    """The day of the data. A ranking without one would be young for ever: it needs to be told."""
    day = wish.made or packed or (None if how.kind == "ranked" else wish.today)
    if day is None:
        raise BadImport("the file does not say of which day it is: --date YYYY-MM-DD does")
    if day > wish.today:
        raise BadImport(f"{day} is not there yet (today is {wish.today}, UTC)")
    return day


def _renewal(wish: Wish) -> str:
    """The arguments that import the next issue of the same list in the same way."""
    said = [wish.kind, "FILE", "--date", "YYYY-MM-DD"]
    told = {"--list": wish.list, "--guard": wish.guard, "--title": _line(wish.title)}
    for option, value in told.items():
        said += [option, shlex.quote(value)] if value else []
    said += ["--scope", wish.scope] if wish.scope != "as-said" else []
    said += ["--max-age", str(wish.max_age_days)] if wish.max_age_days is not None else []
    return " ".join(said)


def _write(
    folder: Path, about: About, found: Imported, before: tuple[About, str] | None, scope: str
) -> About:
    if about.kind == "names":
        return write_list(folder, about, _name_lines(found, scope))
    rows = sorted(((str(name), rank) for name, rank in found.rows.items()), key=lambda row: row[1])
    past = read_past(*before) if before and before[0].kind == "ranked" else None
    left = gone(rows, about.made, past)
    return write_list(folder, replace(about, left=len(left)), ranked_lines(rows, left))


def _name_lines(found: Imported, scope: str) -> Iterator[str]:
    for name in sorted(found.rows):
        exact = scope == "exact" or (scope == "as-said" and name in found.exact)
        yield f"{'=' if exact else ''}{name}\n"


def _line(text: str) -> str:
    """One line of printable text: it stands in a file's head."""
    return "".join(one if one.isprintable() else " " for one in text).strip()
