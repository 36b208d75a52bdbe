"""doctor: whether this installation, its home, its store, its clock and its resolvers are fit for work."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated, Final

import typer

from domainscan.cli import common
from domainscan.config import BadConfig
from domainscan.model import Answers
from domainscan.net.dns import BadResolver, Resolver, system_resolvers
from domainscan.schedule import check
from domainscan.store import StoreError, open_store
from domainscan.store.base import FILE
from domainscan.store.times import read_time

Json = Annotated[bool, typer.Option("--json", help="One JSON document.")]

FLOORS: Final = {  # below these, known attacks on a scanner of hostile sites work; reasons in docs/dependencies.md
    "aiohttp": "3.14.4",
    "dnspython": "2.9.2",
    "idna": "3.10",
    "jinja2": "3.1.6",
    "brotli": "1.2",
}
OPTIONAL_FLOORS: Final = {"pycares": "5.2.1"}  # with aiodns (extra `bench`): c-ares 1.34.9
LEAST_FREE_BYTES: Final = 1 << 30
CLOCK_BEHIND_DAYS: Final = 5 / 1440  # two machines on one store may differ by minutes
CLOCK_AHEAD_DAYS: Final = 366
NEWEST: Final = (
    "SELECT max(at) FROM (SELECT max(at) AS at FROM observations UNION ALL SELECT max(at) FROM checks"
    " UNION ALL SELECT max(at) FROM published UNION ALL SELECT max(at) FROM audit)"
)


def doctor(context: typer.Context, json: Json = False) -> None:
    """Check libraries, SQLite, disk, the home's rights, files that are named, store and clock, and ask each resolver.

    Exit 1 when something needs attention.

    \b
    Examples:
      domainscan doctor
      domainscan doctor --json
    """
    settings = common.settings(context)
    home = settings.home
    checks = [_python(), *_libraries(), _sqlite()]
    checks += _looked("disk", lambda: [_disk(home)]) + _looked("home", lambda: [_private(home)])
    checks += [_named(settings), *_looked("store", lambda: _records(settings)), *_resolvers(settings)]
    if json:
        common.emit_json([{"check": name, "ok": ok, "detail": detail} for name, ok, detail in checks])
    else:
        common.table(
            "",
            ("check", "", "detail"),
            ((name, "ok" if ok else "LOOK", detail) for name, ok, detail in checks),
        )
    raise typer.Exit(common.DONE if all(ok for _, ok, _ in checks) else common.FLAGGED)


Finding = tuple[str, bool, str]


def _looked(check: str, look: Callable[[], list[Finding]]) -> list[Finding]:
    """What a look at the home found; where we may not even look, that."""
    try:
        return look()
    except OSError as error:
        return [(check, False, common.said(error))]


def _libraries(found: Callable[[str], str] = version) -> list[Finding]:
    """Each library against its floor; an optional one counts where it is installed."""
    checks = []
    for package, floor in (FLOORS | OPTIONAL_FLOORS).items():
        try:
            here = found(package)
        except PackageNotFoundError:
            if package in FLOORS:
                checks.append((package, False, f"not installed, at least {floor} is needed"))
            continue
        checks.append((package, _numbers(here) >= _numbers(floor), f"{here}, at least {floor} is needed"))
    return checks


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".") if part.isdigit())


def _sqlite(found: str = sqlite3.sqlite_version) -> Finding:
    """SQLite 3.7.0-3.51.2 can damage a WAL with two writers; domainscan writes under one lock per home.

    A warning, not a failure: the lock keeps the race away, and Debian 12 has no other SQLite.
    """
    numbers = _numbers(found)
    mended = numbers >= (3, 51, 3) or (3, 44, 6) <= numbers < (3, 45) or (3, 50, 7) <= numbers < (3, 51)
    detail = (
        "fine"
        if mended or numbers < (3, 7, 0)
        else "WARNING: has the WAL-reset race; safe with domainscan's lock, so let no other program write the store"
    )
    return ("sqlite", True, f"{found}: {detail}")


def _disk(home: Path, least: int = LEAST_FREE_BYTES) -> Finding:
    folder = next(one for one in (home, *home.parents) if one.exists())
    free = shutil.disk_usage(folder).free
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"domainscan")
    except OSError as error:
        return ("disk", False, f"{folder} cannot be written: {common.said(error)}")
    enough = f"at least {least / 1e9:.1f} GB are needed" if free < least else "writable"
    return ("disk", free >= least, f"{folder}: {free / 1e9:.1f} GB free, {enough}")


def _private(home: Path) -> Finding:
    """A home that we make is its owner's alone; one that was there before may be open to others."""
    if not home.exists():
        return ("home", True, f"{home}: not there yet; it will be readable by its owner alone")
    mode = stat.S_IMODE(home.stat().st_mode)
    if mode & 0o077:
        return (
            "home",
            False,
            f"{home} has mode {mode:o}: others can read cases, evidence and keys; chmod 700 {home}",
        )
    me, owner = os.geteuid(), home.stat().st_uid
    if me != owner:
        whose, mine = common.user_name(owner), common.user_name(me)
        return (
            "home",
            False,
            f"{home} belongs to {whose}, and you are {mine}: {whose} cannot change what you write",
        )
    strange = next((one for one in _written(home) if one.lstat().st_uid != owner), None)
    if strange:
        whose = common.user_name(strange.lstat().st_uid)
        return ("home", False, f"{strange} belongs to {whose}: chown {common.user_name(owner)} {strange}")
    return ("home", True, f"{home}: its owner's alone")


def _written(home: Path) -> Iterator[Path]:
    """What commands write again and again: others may own what lies in export/ and transfer/."""
    for folder in (home, *(home / one for one in ("evidence", "keys", "orders", "spool"))):
        if folder.is_dir():
            yield from folder.iterdir()


def _named(settings: common.Settings) -> Finding:
    """Whether the files and folders that the configuration names are there, and each schedule can be kept."""
    said = common.missing(settings)
    try:
        check(settings.config.schedule)
    except BadConfig as error:
        said = said or str(error)
    return ("configuration", not said, said or settings.file)


def _records(settings: common.Settings) -> list[Finding]:
    """Whether the store can be read, and whether the clock agrees with its newest record."""
    file = settings.home / FILE
    if not settings.has_store():
        return [("store", True, f"{file}: not there yet"), _clock(settings.now(), "")]
    try:
        with open_store(settings.home) as store:
            newest = store.value(NEWEST) or ""
    except (StoreError, OSError) as error:
        return [("store", False, common.said(error)), _clock(settings.now(), "")]
    return [("store", True, str(file)), _clock(settings.now(), newest)]


def _clock(now: str, newest: str) -> Finding:
    if not newest:
        return ("clock", True, f"{now}: nothing is recorded yet to compare it with")
    days = (read_time(now) - read_time(newest)).total_seconds() / 86_400
    where = f"{abs(days):,.1f} days {'after' if days >= 0 else 'before'} the newest record ({newest})"
    return ("clock", -CLOCK_BEHIND_DAYS <= days <= CLOCK_AHEAD_DAYS, f"{now}: {where}")


def _resolvers(settings: common.Settings) -> list[Finding]:
    """Each resolver by itself, and whether they are enough together."""
    net = settings.config.net
    servers = net.resolvers or system_resolvers()
    found = asyncio.run(_ask_each(servers, net.dns_timeout_seconds))
    if not servers:
        detail = "none: give [net] resolvers"
    elif not any(ok for _, ok, _ in found):
        detail = f"none answers: {', '.join(servers)}"
    elif len(servers) == 1:
        detail = (
            f"{servers[0]}; alone it is asked twice before a name is called dead; two give a second opinion"
        )
    else:
        detail = ", ".join(servers)
    return [("resolvers", any(ok for _, ok, _ in found), detail), *found]


async def _ask_each(servers: Sequence[str], seconds: float) -> list[Finding]:
    return await asyncio.gather(*(_ask(one, seconds) for one in servers))


async def _ask(server: str, seconds: float) -> Finding:
    """Whether this resolver knows the root's name servers; it has twice `seconds` to say so."""
    check = f"resolver {server}"
    try:
        resolver = Resolver([server], timeout_seconds=seconds, tries=1)
    except BadResolver as error:
        return (check, False, str(error))
    result = await resolver.lookup(".", "NS")
    await resolver.close()
    if isinstance(result, Answers) or result.status in ("nxdomain", "no_data"):
        return (check, True, "answers")
    silent = result.status in ("timeout", "no_resolver")
    return (check, False, "silent" if silent else f"answers {result.status}: {result.detail}")


def _python(found: Sequence[int] = tuple(sys.version_info[:3])) -> Finding:
    return ("python", tuple(found) >= (3, 11), f"{'.'.join(map(str, found))}, at least 3.11 is needed")
