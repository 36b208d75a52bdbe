"""backup, audit verify, config show: what an operator asks of the installation itself."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from domainscan.assess import BadPack
from domainscan.cli import common
from domainscan.config import as_lines
from domainscan.orders import file_problems
from domainscan.packfiles import files_of
from domainscan.store import Store, StoreError
from domainscan.store.audit import verify_audit
from domainscan.store.backup import BackupFailed, backup_store
from domainscan.store.base import FILE
from domainscan.store.evidence import verify_evidence
from domainscan.store.handed_out import release_problems
from domainscan.store.kept import kept_packs
from domainscan.store.orders import load_orders
from domainscan.store.schema import schema_problems
from domainscan.store.soundness import damage

audit = typer.Typer(help="The audit chain and the evidence.", no_args_is_help=True, rich_markup_mode=None)
config = typer.Typer(help="The configuration.", no_args_is_help=True, rich_markup_mode=None)

Json = Annotated[bool, typer.Option("--json", help="One JSON document.")]


@config.command("show")
def config_show(context: typer.Context, json: Json = False) -> None:
    """Print every effective value and where it came from.

    \b
    Examples:
      domainscan config show
      domainscan config show --json
    """
    settings = common.settings(context)
    home = ("home", str(settings.home), settings.origin["home"])
    rows = [home, *as_lines(settings.config, settings.origin)]
    if json:
        common.emit_json([{"key": key, "value": value, "origin": origin} for key, value, origin in rows])
        return
    common.table("", ("key", "value", "from"), rows)


@audit.command("verify")
def audit_verify(context: typer.Context, json: Json = False) -> None:
    """Re-hash the audit chain, evidence, and the files of orders and releases; look for damage and removed guards.

    Names what is wrong, and ends with exit 1 then.

    \b
    Examples:
      domainscan audit verify
    """
    settings = common.settings(context)
    count, told = 0, []
    with settings.store() as store:
        for problem in _problems(store):
            count += 1
            if json:
                told.append(problem)
            else:
                common.say_lines(problem)
                sys.stdout.flush()
    if json:
        common.emit_json({"sound": not count, "problems": told})
    else:
        sound = "the store, the audit chain, the evidence, the orders and the releases are sound"
        common.note(common.counted(count, "problem") if count else sound)
    raise typer.Exit(common.FLAGGED if count else common.DONE)


def _problems(store: Store) -> Iterator[str]:
    """What is wrong, one by one as it is found: nothing is kept in memory that grows with the evidence."""
    yield from damage(store)
    try:
        yield from _pack_problems(store)
        yield from schema_problems(store)
        yield from verify_audit(store)
        yield from map(str, verify_evidence(store))
        for order in load_orders(store):
            yield from file_problems(store.home, order)
        yield from release_problems(store)
    except (sqlite3.DatabaseError, StoreError) as error:
        yield f"{store.home / FILE} cannot be read to its end: {error}"


def _pack_problems(store: Store) -> Iterator[str]:
    """The packs that are not what judgements rested on: those cannot be replayed."""
    for digest, body in kept_packs(store):
        try:
            found = files_of(body).digest()
        except BadPack as error:
            yield f"packs: {digest}: {error}"
        else:
            if found != digest:
                yield f"packs: what lies under {digest} is {found}"


def backup(
    context: typer.Context,
    target: Annotated[Path, typer.Argument(help="The file to write; it must not exist.")],
) -> None:
    """Copy the store while it is in use, and check the copy before it gets its name.

    Beside it FILE.sha256, for `sha256sum --check`: SQLite's own checks do not see every changed byte.

    \b
    Examples:
      domainscan backup /var/backups/domainscan-$(date +%F).db
    """
    settings = common.settings(context)
    with settings.store() as store:
        try:
            backup_store(store, target)
        except (BackupFailed, OSError) as error:
            common.fail(common.said(error), common.STORE)
    common.note(
        f"{target}: {target.stat().st_size:,} bytes, checked, with {target.name}.sha256;"
        f" the evidence lies in {settings.home / 'evidence'}"
    )
