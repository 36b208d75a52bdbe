"""doctor, backup, audit verify, config show: what an operator asks of the installation itself."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import stat
import sys
import tempfile
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Final

import typer

from domainscan.cli import common
from domainscan.config import as_lines
from domainscan.model import Answers
from domainscan.net.dns import BadResolver, Resolver, system_resolvers
from domainscan.orders import file_problems
from domainscan.store import StoreError, open_store
from domainscan.store.audit import verify_audit
from domainscan.store.backup import BackupFailed, backup_store
from domainscan.store.base import FILE
from domainscan.store.evidence import verify_evidence
from domainscan.store.orders import load_orders
from domainscan.store.schema import schema_problems
from domainscan.store.soundness import damage
from domainscan.store.times import read_time

audit = typer.Typer(help="The audit chain and the evidence.", no_args_is_help=True, rich_markup_mode=None)
config = typer.Typer(help="The configuration.", no_args_is_help=True, rich_markup_mode=None)

Json = Annotated[bool, typer.Option("--json", help="One JSON document.")]

FLOORS: Final = {"aiohttp": "3.14.4", "dnspython": "2.9.2"}  # below these, known attacks on a scanner work
LEAST_FREE_BYTES: Final = 1 << 30
CLOCK_BEHIND_DAYS: Final = 5 / 1440  # two machines on one store may differ by minutes
CLOCK_AHEAD_DAYS: Final = 366
NEWEST: Final = (
    "SELECT max(at) FROM (SELECT max(at) AS at FROM observations UNION ALL SELECT max(at) FROM checks"
    " UNION ALL SELECT max(at) FROM published UNION ALL SELECT max(at) FROM audit)"
)


@config.command("show")
def config_show(context: typer.Context, json: Json = False) -> None:
    """Print every effective value and where it came from."""
    settings = common.settings(context)
    home = ("home", str(settings.home), settings.origin["home"])
    rows = [home, *as_lines(settings.config, settings.origin)]
    if json:
        common.emit_json([{"key": key, "value": value, "origin": origin} for key, value, origin in rows])
        return
    common.table("", ("key", "value", "from"), rows)


@audit.command("verify")
def audit_verify(context: typer.Context, json: Json = False) -> None:
    """Re-hash the audit chain, every evidence record and the files of orders; look for damage and removed guards.

    Names what is wrong, and ends with exit 1 then.
    """
    settings = common.settings(context)
    with settings.store() as store:
        problems = [
            *damage(store),
            *schema_problems(store),
            *verify_audit(store),
            *(str(one) for one in verify_evidence(store)),
            *(one for order in load_orders(store) for one in file_problems(store.home, order)),
        ]
    if json:
        common.emit_json({"sound": not problems, "problems": problems})
    else:
        for problem in problems:
            print(common.visible(problem))
        sound = "the store, the audit chain, the evidence and the orders are sound"
        common.note(f"{len(problems)} problems" if problems else sound)
    raise typer.Exit(common.FLAGGED if problems else common.DONE)


def backup(
    context: typer.Context,
    target: Annotated[Path, typer.Argument(help="The file to write; it must not exist.")],
) -> None:
    """Copy the store while it is in use, and check the copy before it gets its name.

    \b
    Examples:
      domainscan backup /var/backups/domainscan-$(date +%F).db
    """
    settings = common.settings(context)
    with settings.store() as store:
        try:
            backup_store(store, target)
        except (BackupFailed, OSError) as error:
            common.fail(str(error), common.STORE)
    common.note(
        f"{target}: {target.stat().st_size:,} bytes, checked; the evidence lies in {settings.home / 'evidence'}"
    )


def doctor(context: typer.Context, json: Json = False) -> None:
    """Check libraries, SQLite, disk, the home's rights, store and clock, and ask each resolver a question.

    Exit 1 when something needs attention.
    """
    settings = common.settings(context)
    checks = [_python(), *_libraries(), _sqlite(), _disk(settings.home), _private(settings.home)]
    checks += [*_records(settings), *_resolvers(settings)]
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


def _libraries() -> list[Finding]:
    return [
        (
            package,
            _numbers(version(package)) >= _numbers(floor),
            f"{version(package)}, at least {floor} is needed",
        )
        for package, floor in FLOORS.items()
    ]


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".") if part.isdigit())


def _sqlite() -> Finding:
    """SQLite 3.7.0-3.51.2 can damage a WAL with two writers; domainscan writes under one lock per home."""
    found = sqlite3.sqlite_version
    raced = (3, 7, 0) <= _numbers(found) <= (3, 51, 2) and _numbers(found) not in ((3, 44, 6), (3, 50, 7))
    detail = (
        "has the WAL-reset race; safe with domainscan's lock, so let no other program write the store"
        if raced
        else "fine"
    )
    return ("sqlite", True, f"{found}: {detail}")


def _disk(home: Path) -> Finding:
    folder = next(one for one in (home, *home.parents) if one.exists())
    free = shutil.disk_usage(folder).free
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"domainscan")
    except OSError as error:
        return ("disk", False, f"{folder} cannot be written: {error}")
    return ("disk", free >= LEAST_FREE_BYTES, f"{folder}: {free / 1e9:.1f} GB free, writable")


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
    return ("home", True, f"{home}: its owner's alone")


def _records(settings: common.Settings) -> list[Finding]:
    """Whether the store can be read, and whether the clock agrees with its newest record."""
    file = settings.home / FILE
    if not settings.has_store():
        return [("store", True, f"{file}: not there yet"), _clock(settings.now(), "")]
    try:
        with open_store(settings.home) as store:
            newest = store.value(NEWEST) or ""
    except (StoreError, OSError) as error:
        return [("store", False, str(error)), _clock(settings.now(), "")]
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
        detail = f"{servers[0]}; with one alone nothing can be called dead by a second opinion"
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


def _python() -> Finding:
    return ("python", sys.version_info >= (3, 11), sys.version.split()[0])
