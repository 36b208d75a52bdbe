"""The sites of the lab as data: TOML tables and the page files beside them, checked before servers start."""

from __future__ import annotations

import mimetypes
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec

from blocklists.names import BadName, Name, parse_name
from domainscan.lab.records import BadRecord, record_sets
from domainscan.lab.world import BULK, SUFFIXES, Body, Brand, PageFile, Provider, Site, World
from domainscan.model import CATEGORIES

__all__ = ["SHIPPED", "BadSite", "Site", "World", "load_sites"]

SHIPPED: Final = Path(__file__).with_name("sites")

T = TypeVar("T")

SERVES_PAGES: Final = frozenset(
    ("page", "http-only", "self-signed", "expired", "wrong-host", "robots", "wildcard")
)


class BadSite(Exception):
    """A site that cannot be served; the message names the file, the key and what is wrong."""

    def __init__(self, file: Path, key: str, reason: str) -> None:
        super().__init__(f"{file}: {key}: {reason}")
        self.file, self.key, self.reason = file, key, reason


def load_sites(folders: Iterable[Path], bulk: int = 0) -> World:
    """The world that the TOML files of `folders` describe; the shipped providers are known besides.

    Raises BadSite, with file and key, on the first thing that cannot be served.
    """
    tables = [(file, _read(file)) for file in _files(folders)]
    providers = _providers(tables)
    by_name: dict[Name, Site] = {}
    origin: dict[Name, Path] = {}
    bodies: dict[Name, dict[str, Body]] = {}
    for file, table in tables:
        for index, row in enumerate(_rows(file, table, "site")):
            site = _site(file, index, row, providers)
            if site.name in origin:
                raise BadSite(file, f"site {site.name}", f"already in {origin[site.name]}")
            by_name[site.name], origin[site.name] = site, file
            bodies[site.name] = {path: _body(file, site, path, one) for path, one in site.pages.items()}
    _mirror(by_name, bodies, origin)
    brands = tuple(_brands(tables))
    suffixes = _suffixes(tables, bulk)
    return World(by_name, tuple(providers.values()), bodies, suffixes, bulk, brands, providers)


def _files(folders: Iterable[Path]) -> Iterator[Path]:
    """The TOML files of the folders in order, each once; last the shipped providers if no folder had them."""
    seen: set[Path] = set()
    for folder in folders:
        if not folder.is_dir():
            raise BadSite(folder, "folder", "no such folder")
        for file in sorted(folder.rglob("*.toml")):
            if file.resolve() not in seen:
                seen.add(file.resolve())
                yield file
    providers = SHIPPED / "providers.toml"
    if providers.exists() and providers.resolve() not in seen:
        yield providers


def _read(file: Path) -> dict[str, Any]:
    try:
        table = tomllib.loads(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadSite(file, "file", str(error)) from error
    for key in table:
        if key not in ("provider", "site", "brand", "suffixes"):
            raise BadSite(file, key, "unknown: a file holds [[provider]], [[site]], [[brand]] and suffixes")
    return table


def _rows(file: Path, table: dict[str, Any], key: str) -> list[dict[str, Any]]:
    rows = table.get(key, [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise BadSite(file, key, f"write [[{key}]], a table in double brackets")
    return rows


def _suffixes(tables: Iterable[tuple[Path, dict[str, Any]]], bulk: int) -> tuple[str, ...]:
    """The shared suffixes of the world; each bulk name counts as a domain of its own."""
    suffixes = dict.fromkeys((*SUFFIXES, BULK) if bulk else SUFFIXES)
    for file, table in tables:
        for one in table.get("suffixes", ()):
            try:
                suffixes[parse_name(one) if "." in one else one] = None
            except (BadName, TypeError) as error:
                raise BadSite(file, "suffixes", str(error)) from error
    return tuple(suffixes)


def _brands(tables: Iterable[tuple[Path, dict[str, Any]]]) -> Iterator[Brand]:
    for file, table in tables:
        for index, row in enumerate(_rows(file, table, "brand")):
            yield _convert(file, f"brand {row.get('token', index)}", row, Brand)


def _providers(tables: Iterable[tuple[Path, dict[str, Any]]]) -> dict[str, Provider]:
    found: dict[str, Provider] = {}
    for file, table in tables:
        for index, row in enumerate(_rows(file, table, "provider")):
            provider = _convert(file, f"provider {row.get('key', index)}", row, Provider)
            if not re.fullmatch(r"[a-z0-9_-]+", provider.key):
                raise BadSite(file, "key", f"{provider.key!r}: use a-z, 0-9, '-' and '_'")
            if provider.key in found:
                raise BadSite(file, f"provider {provider.key}", "already defined")
            found[provider.key] = msgspec.structs.replace(provider, number=len(found) + 1)
    if len(found) > 199:
        raise BadSite(file, "provider", f"{len(found)} providers: 127.77.1.0 to 127.77.199.0 hold 199")
    return found or {"lab-idc": Provider("lab-idc", "实验数据中心", number=1)}


def _convert(file: Path, where: str, row: dict[str, Any], kind: type[T]) -> T:
    try:
        return msgspec.convert(row, kind)
    except msgspec.ValidationError as error:
        named = re.findall(r"`\$?\.?([^`]+)`", str(error))
        raise BadSite(file, f"{where}: {named[-1] if named else ''}".rstrip(": "), str(error)) from error


def _site(file: Path, index: int, row: dict[str, Any], providers: Mapping[str, Provider]) -> Site:
    """One checked site, its name as an A-label."""
    where = f"site {row.get('name', index)}"
    site = _convert(file, where, row, Site)
    try:
        name = parse_name(site.name)
        mirror = parse_name(site.mirror_of) if site.mirror_of else ""
        record_sets(site.records)
    except BadName as error:
        raise BadSite(file, f"{where}: name", str(error)) from error
    except BadRecord as error:
        raise BadSite(file, f"{where}: records.{error.rtype}", str(error)) from error
    site = msgspec.structs.replace(
        site, name=name, mirror_of=mirror, provider=site.provider or next(iter(providers))
    )
    for key, reason in _complaints(site, providers):
        raise BadSite(file, f"{where}: {key}", reason)
    return site


def _complaints(site: Site, providers: Mapping[str, Provider]) -> Iterator[tuple[str, str]]:
    """(key, what is wrong with it) for what the types alone do not tell."""
    if site.provider not in providers:
        yield "provider", f"{site.provider!r} is none of {', '.join(providers)}"
    for category in site.expect:
        if category not in CATEGORIES:
            yield "expect", f"{category!r} is no category"
    if site.registered_days < 0 or site.certificate_days < 0:
        yield "registered_days" if site.registered_days < 0 else "certificate_days", "may not be negative"
    for path in site.pages:
        if not path.startswith("/"):
            yield "pages", f"{path!r}: a path begins with /"
    if site.behaviour in SERVES_PAGES and "/" not in site.pages and not site.mirror_of:
        yield "pages", f'behaviour {site.behaviour!r} needs a page "/"'
    if site.behaviour == "redirect" and not site.target:
        yield "target", "a redirect needs one"


def _body(file: Path, site: Site, path: str, written: str | PageFile) -> Body:
    """The bytes of one page. Raises BadSite for a file that is missing or outside the TOML file's folder."""
    page = PageFile(written) if isinstance(written, str) else written
    folder = file.parent.resolve()
    source = (folder / page.file).resolve()
    if not source.is_relative_to(folder):
        raise BadSite(file, f"site {site.name}: pages {path!r}", f"{page.file!r} lies outside {folder}")
    try:
        content = source.read_bytes()
    except OSError as error:
        raise BadSite(file, f"site {site.name}: pages {path!r}", str(error)) from error
    guessed = mimetypes.guess_type(source.name)[0] or "application/octet-stream"
    spelled = f"{guessed}; charset=utf-8" if guessed.startswith("text/") else guessed
    return Body(content, page.type or spelled)


def _mirror(
    by_name: Mapping[Name, Site], bodies: dict[Name, dict[str, Body]], origin: Mapping[Name, Path]
) -> None:
    """Gives a mirror without pages of its own those of its original. Raises BadSite when there is none."""
    for site in by_name.values():
        if not site.mirror_of:
            continue
        if site.mirror_of not in by_name:
            raise BadSite(origin[site.name], f"site {site.name}: mirror_of", f"no site {site.mirror_of!r}")
        bodies[site.name] = {**bodies[Name(site.mirror_of)], **bodies[site.name]}
