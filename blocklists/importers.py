"""Files of others -> names that are never listed: rankings (Tranco, Umbrella, CrUX), MISP warning lists, plain lists.

What is not a name is counted by reason and shown, never dropped in silence.
"""

from __future__ import annotations

import gzip
import io
import ipaddress
import json
import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from blocklists.names import BadName, Name, parse_name
from blocklists.ranking import REVIEWED
from blocklists.suffixes import Suffixes

LARGEST: Final = 1 << 28  # octets, unpacked
_SHOWN: Final = 3
_ORIGIN: Final = re.compile(r"https?://([^/:]+)(?::\d+)?/?")
_ABOUT_NAMES: Final = frozenset(  # what MISP compares with a list: attributes that hold names
    ("domain", "hostname", "domain|ip", "hostname|port", "url", "uri")
)
_MISP_TYPES: Final[dict[str, bool]] = {  # type -> whether an entry means what lies below it, too
    "hostname": True,
    "substring": True,
    "string": False,
}

SKIPPED: Final[dict[str, str]] = {
    "not_a_name": "not a host name",
    "address": "an address: only names are protected here",
    "network": "a range of addresses: only names are protected here",
    "pattern": "a pattern, which stands for no single name",
    "top_level": "a top-level domain: never listed anyway",
    "public_suffix": "a public suffix: never listed anyway, and what lies below it has other owners",
    "other_attribute": "of a list that MISP compares with hashes, mails or other things that are no names",
    "beyond": f"beyond place {REVIEWED:,}",
    "again": "there already",
}
HARMLESS: Final = frozenset(
    ("top_level", "public_suffix", "beyond", "again")
)  # they are protected, or need not be
_MISP_GUARDS: Final = (  # a word of a warning list's name -> what its names are; others: infrastructure
    ("bank", "public_service"),
    ("universit", "public_service"),
    ("covid", "public_service"),
    ("top ", "popular"),
    ("living off trusted", "shared_host"),
    ("link in bio", "shared_host"),
    ("shortener", "shared_host"),
    ("ipfs", "shared_host"),
    ("disposable", "shared_host"),
    ("dynamic dns", "shared_host"),
)


class BadImport(ValueError):
    """Raised for a file that is not what it should be; the message says why."""


@dataclass(slots=True)
class Imported:
    """What a file holds: names with their place (0 where there are no places), and what was left out."""

    title: str
    source: str = ""
    guard: str = ""  # what its names are, where the file tells
    rows: dict[Name, int] = field(default_factory=dict)
    exact: set[Name] = field(default_factory=set)
    skipped: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=dict)

    def skip(self, reason: str, text: str) -> None:
        """Counts what is no name, with the first few of each reason; `reason` is a key of SKIPPED."""
        self.skipped[reason] += 1
        shown = self.examples.setdefault(reason, [])
        if len(shown) < _SHOWN:
            shown.append(text[:80])

    def take(self, text: str, suffixes: Suffixes, rank: int = 0, *, exact: bool = False) -> None:
        """Takes up one name, or counts why not."""
        reason, name = _name(text, suffixes)
        if reason:
            self.skip(reason, text)
        elif rank > REVIEWED:
            self.skip("beyond", text)
        elif name in self.rows and (exact or name not in self.exact):
            self.rows[name] = min(self.rows[name], rank)
            self.skip("again", text)
        else:
            self.rows.setdefault(name, rank)
            (self.exact.add if exact else self.exact.discard)(name)


def _name(text: str, suffixes: Suffixes) -> tuple[str, Name]:
    """("", the name), or the reason why it is none."""
    try:
        name = parse_name(text)
    except BadName as error:
        return _why(text, error), Name("")
    return ("public_suffix" if suffixes.is_suffix(name) else ""), name


def _why(text: str, error: BadName) -> str:
    if error.reason == "single_label":
        return "top_level"
    if error.reason == "address":
        return "address"
    try:
        ipaddress.ip_network(text.strip(), strict=False)
    except ValueError:
        return "pattern" if set(text) & set("*^$\\|()[]+?") else "not_a_name"
    return "network" if "/" in text else "address"


def unpack(data: bytes) -> tuple[str, date | None]:
    """The text of a file, plain, gzip or the only member of a zip; with the day that the zip gives it.

    Raises BadImport for what cannot be read, or is larger than any such list.
    """
    try:
        if data.startswith(b"PK\x03\x04"):
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                members = [one for one in archive.infolist() if not one.is_dir()]
                if len(members) != 1:
                    raise BadImport(f"a zip of {len(members)} files: one is wanted")
                with archive.open(members[0]) as file:
                    return _text(file.read(LARGEST + 1)), date(*members[0].date_time[:3])
        if data.startswith(b"\x1f\x8b"):
            with gzip.open(io.BytesIO(data)) as file:
                return _text(file.read(LARGEST + 1)), None
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError) as error:
        raise BadImport(f"cannot be unpacked: {error}") from error
    return _text(data), None


def _text(data: bytes) -> str:
    if len(data) > LARGEST:
        raise BadImport(f"more than {LARGEST:,} octets")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadImport(f"not UTF-8: {error}") from error


def _rows(text: str) -> Iterator[list[str]]:
    for line in text.splitlines():
        if cells := line.strip():
            yield [cell.strip().strip('"') for cell in cells.split(",")]


def _ranked(title: str) -> Callable[[str, Suffixes], Imported]:
    """A reader of lines `RANK,NAME`."""

    def read(text: str, suffixes: Suffixes) -> Imported:
        found = Imported(title)
        for cells in _rows(text):
            if len(cells) == 2 and cells[0].isascii() and cells[0].isdecimal() and len(cells[0]) < 10:
                found.take(cells[1], suffixes, max(int(cells[0]), 1))
            else:
                found.skip("not_a_name", ",".join(cells))
        return found

    return read


def read_crux(text: str, suffixes: Suffixes) -> Imported:
    """The hosts of lines `ORIGIN,RANK`, where a rank is that of a whole bucket: 1000, 5000, ... 1000000.

    A site on `www.` stands for the name without it, too.
    """
    found = Imported("Chrome UX report")
    for number, cells in enumerate(_rows(text)):
        host = _ORIGIN.fullmatch(cells[0].lower())
        if host and len(cells) == 2 and cells[1].isascii() and cells[1].isdecimal() and len(cells[1]) < 10:
            rank = max(int(cells[1]), 1)
            found.take(host[1], suffixes, rank)
            bare = host[1].removeprefix("www.")
            if bare != host[1] and not _name(bare, suffixes)[0]:
                found.rows.setdefault(parse_name(bare), rank)
        elif number or cells[:2] != ["origin", "rank"]:
            found.skip("not_a_name", ",".join(cells))
    return found


def read_plain(text: str, suffixes: Suffixes) -> Imported:
    """The names of a file with one a line, `=NAME` for exactly this one; `#` begins a comment."""
    found = Imported("names of a file")
    for line in text.splitlines():
        if one := line.partition("#")[0].strip():
            found.take(one.removeprefix("=").removeprefix("."), suffixes, exact=one.startswith("="))
    return found


def read_misp(text: str, suffixes: Suffixes) -> Imported:
    """The names of a warning list of MISP (`list.json`).

    `string` means an entry exactly; `hostname` and `substring` mean what lies below it, too, and so does a leading
    dot. Source: github.com/MISP/misp-warninglists, README, "Format of a warning list".
    """
    table = _misp_table(text)
    kind = str(table.get("type", "string"))
    found = Imported(" ".join(str(table.get("name", "")).split()) or "MISP warning list")
    version = str(table.get("version", ""))
    found.source = f"MISP warning list, version {version}"
    found.guard = next((guard for word, guard in _MISP_GUARDS if word in found.title.lower()), "")
    compared = table.get("matching_attributes") or ["hostname"]
    foreign = isinstance(compared, list) and not _ABOUT_NAMES & {str(one) for one in compared}
    for one in table["list"]:
        text = str(one).strip()
        if foreign or not isinstance(one, str):
            found.skip("other_attribute", text)
        elif kind not in _MISP_TYPES:
            found.skip("network" if kind == "cidr" else "pattern", text)
        else:
            deep = text.startswith(".") or _MISP_TYPES[kind]
            found.take(text.removeprefix("."), suffixes, exact=not deep)
    return found


def _misp_table(text: str) -> dict[str, Any]:
    try:
        table = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadImport(f"no JSON: {error}") from error
    if not isinstance(table, dict) or not isinstance(table.get("list"), list):
        raise BadImport("no MISP warning list: it needs an array `list`")
    return table


@dataclass(frozen=True, slots=True)
class Importer:
    """How a kind of file is read, what its names are protected as, and how soon it is too old."""

    kind: str  # a key of snapshots.KINDS
    guard: str
    max_age_days: int
    read: Callable[[str, Suffixes], Imported]


IMPORTERS: Final[dict[str, Importer]] = {
    "tranco": Importer("ranked", "popular", 14, _ranked("Tranco ranking")),
    "umbrella": Importer("ranked", "popular", 14, _ranked("Cisco Umbrella ranking")),
    "crux": Importer("ranked", "popular", 45, read_crux),  # published once a month
    "misp": Importer("names", "infrastructure", 90, read_misp),
    "names": Importer("names", "own", 400, read_plain),
}


def sane(found: Imported, before: int, *, shrink: bool) -> None:
    """Raises BadImport for a file that names nobody, is mostly rubbish, or has lost half of what it had before."""
    if not found.rows:
        raise BadImport("; ".join(["nothing in it is a name that can be protected", *told(found)]))
    if found.skipped["not_a_name"] > max(len(found.rows) // 10, 20):
        raise BadImport("; ".join(["more than a tenth of it is no name: another kind of file", *told(found)]))
    if len(found.rows) * 2 < before and not shrink:
        raise BadImport(
            f"it has {len(found.rows):,} names and the list before has {before:,}: --shrink takes it all the same"
        )


def told(found: Imported, scope: str = "as-said") -> Iterator[str]:
    """What was left out, by reason and with examples; and how many names protect nothing below them."""
    exact = {"exact": len(found.rows), "below": 0}.get(scope, len(found.exact))
    if exact:
        yield f"{exact:,} are protected exactly as they stand: names below may be listed (--scope below)"
    for reason, number in found.skipped.most_common():
        yield f"{number:,} {reason}: {SKIPPED[reason]}: {', '.join(found.examples[reason])}"
