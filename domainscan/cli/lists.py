"""export: block lists for those who carry them out."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from blocklists.formats import UnknownFormat
from blocklists.guards import GuardTripped
from blocklists.names import BadName
from blocklists.protect import Protected, StaleSnapshot, load_protected
from blocklists.publish import PublisherBusy
from blocklists.signature import BadKey, load_key
from domainscan.cli import common
from domainscan.config import Recipient
from domainscan.listing import KEY, Past, Press, Release, export_list, preview, report, signing_key, terms_of
from domainscan.model import Decision
from domainscan.providers import measures_of
from domainscan.review import expire
from domainscan.store import Store
from domainscan.store.audit import record_event
from domainscan.store.decisions import load_decisions
from domainscan.store.published import (
    Published,
    last_published,
    last_serial,
    record_published,
    reserve_serial,
)


def protected(settings: common.Settings, now: str) -> Protected:
    """The names that are never listed. Ends the program with exit 4 when nobody can say."""
    config = settings.config.protect
    try:
        return load_protected(config.names, settings.suffixes(), now, config.snapshot_max_age_days)
    except (StaleSnapshot, BadName) as error:
        common.fail(f"[protect] {error}", common.STORE)


def hand(store: Store) -> str:
    """Who acts: the person of the token where one is given, else the operator of this machine.

    Lists and orders only carry out what two people decided, so timers may make them without a token.
    """
    return common.actor(store).id if os.environ.get("DOMAINSCAN_TOKEN") else "operator"


def recipients(settings: common.Settings, named: list[str]) -> tuple[Recipient, ...]:
    """The recipients with these ids, all without any. Ends the program with exit 2 for an unknown one."""
    known = {one.id: one for one in settings.config.recipient}
    for one in named:
        if one not in known:
            common.fail(f"config.toml names no recipient {one!r}: there are {', '.join(known) or 'none'}")
    return tuple(known[one] for one in dict.fromkeys(named)) if named else tuple(known.values())


def export(
    context: typer.Context,
    recipient: Annotated[list[str] | None, typer.Option(help="Only this recipient. May be repeated.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder of the releases (default: HOME/export).")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Ask every guard, write nothing.")] = False,
    json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Publish the block list of every recipient that takes one: signed, numbered, with a change report.

    A list holds what two people decided and nothing else. When a guard trips, that recipient's last release
    stays as it was, and the exit code is 1.

    \b
    Examples:
      domainscan export
      domainscan export --recipient carrier-a --out /srv/lists --dry-run
    """
    settings = common.settings(context)
    now = settings.now()
    takers = [one for one in recipients(settings, recipient or []) if "block" in measures_of(one)]
    if not takers:
        common.fail('no recipient to publish for: config.toml needs a [[recipient]] of kind "carrier"')
    press = Press(now, terms_of(settings.config.publish), protected(settings, now))
    folder = out or settings.home / "export"
    done: list[Release] = []
    failed: list[dict[str, str]] = []
    with settings.store() as store:
        if not dry_run:
            expire(store, now)
        decisions = load_decisions(store, measure="block")
        for one in takers:
            try:
                done.append(_export(store, decisions, one, folder / one.id, press, dry_run))
            except (GuardTripped, PublisherBusy, UnknownFormat) as error:
                guard = error.guard if isinstance(error, GuardTripped) else type(error).__name__
                failed.append({"recipient": one.id, "guard": guard, "error": str(error)})
            except (BadKey, OSError) as error:
                common.fail(f"{one.id}: {error}", common.STORE)
    if json:
        common.emit_json({"releases": done, "refused": failed, "dry_run": dry_run})
    else:
        for release in done:
            print(common.visible(report(release)), end="")
    for refusal in failed:
        common.note(f"{refusal['recipient']}: nothing published: {refusal['error']}")
    if done and not dry_run:
        common.note(f"consumers verify with {settings.home / KEY}.pub (also in each folder: minisign.pub)")
    if failed:
        raise typer.Exit(common.FLAGGED)


def _export(
    store: Store, decisions: list[Decision], recipient: Recipient, folder: Path, press: Press, dry_run: bool
) -> Release:
    """One recipient's release, published and remembered; with `dry_run` only what it would be."""
    before = last_published(store, recipient.id)
    past = Past(last_serial(store, recipient.id), before.names if before else ())
    if dry_run:
        path = store.home / KEY
        return preview(decisions, recipient, folder, press, past, load_key(path) if path.exists() else None)
    release = export_list(
        decisions,
        recipient,
        folder,
        press,
        past,
        key=signing_key(store.home),
        reserve=partial(reserve_serial, store, recipient.id),
    )
    by = hand(store)
    with store.writing():
        names = tuple(str(one) for one in release.names)
        record_published(
            store,
            Published(
                recipient.id, release.serial, release.digest, str(folder.resolve()), names, press.now, by
            ),
        )
        detail = {"serial": release.serial, "digest": release.digest, "entries": release.entries}
        record_event(store, by, "export", recipient.id, detail, press.now)
    return release
