"""doctor, backup, audit verify, config show: what an operator asks of the installation itself."""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Final

import typer

from domainscan.cli import common
from domainscan.config import as_lines
from domainscan.net.dns import system_resolvers
from domainscan.store.audit import verify_audit
from domainscan.store.backup import BackupFailed, backup_store
from domainscan.store.evidence import verify_evidence
from domainscan.store.schema import schema_problems

audit = typer.Typer(help="The audit chain and the evidence.", no_args_is_help=True, rich_markup_mode=None)
config = typer.Typer(help="The configuration.", no_args_is_help=True, rich_markup_mode=None)

Json = Annotated[bool, typer.Option("--json", help="One JSON document.")]

FLOORS: Final = {"aiohttp": "3.14.4", "dnspython": "2.9.2"}  # below these, known attacks on a scanner work
LEAST_FREE_BYTES: Final = 1 << 30


@config.command("show")
def config_show(context: typer.Context, json: Json = False) -> None:
    """Print every effective value and where it came from."""
    settings = common.settings(context)
    rows = [("home", str(settings.home), ""), *as_lines(settings.config, settings.origin)]
    if json:
        common.emit_json([{"key": key, "value": value, "origin": origin} for key, value, origin in rows])
        return
    common.table("", ("key", "value", "from"), rows)


@audit.command("verify")
def audit_verify(context: typer.Context, json: Json = False) -> None:
    """Re-hash the audit chain and every evidence record, look for removed guards; name what is wrong. Exit 1 then."""
    settings = common.settings(context)
    with settings.store() as store:
        problems = [
            *schema_problems(store),
            *verify_audit(store),
            *(str(one) for one in verify_evidence(store)),
        ]
    if json:
        common.emit_json({"sound": not problems, "problems": problems})
    else:
        for problem in problems:
            print(common.visible(problem))
        common.note(f"{len(problems)} problems" if problems else "the audit chain and the evidence are sound")
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
    """Check the environment: libraries, SQLite, disk, clock, resolvers. Exit 1 when something needs attention."""
    settings = common.settings(context)
    checks = [*_libraries(), _sqlite(), _disk(settings.home), _resolvers(settings), _python()]
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
    writable = os.access(folder, os.W_OK)
    return (
        "disk",
        free >= LEAST_FREE_BYTES and writable,
        f"{folder}: {free / 1e9:.1f} GB free{'' if writable else ', not writable'}",
    )


def _resolvers(settings: common.Settings) -> Finding:
    servers = settings.config.net.resolvers or system_resolvers()
    second = "" if len(servers) > 1 else "; with one alone nothing can be called dead by a second opinion"
    return ("resolvers", bool(servers), (", ".join(servers) or "none: give [net] resolvers") + second)


def _python() -> Finding:
    return ("python", sys.version_info >= (3, 11), sys.version.split()[0])
