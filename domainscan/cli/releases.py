"""release: held releases, the second person's approval, and the way back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final, NamedTuple

import typer

from blocklists.cli_usage import named_folder
from blocklists.formats import UnknownFormat
from blocklists.formats.base import BadSettings
from blocklists.guards import GuardTripped
from blocklists.publish import PublisherBusy
from blocklists.signature import BadKey
from domainscan.cli import common
from domainscan.cli.guards import log_overrides
from domainscan.cli.press import place, press_of, recipients
from domainscan.listing import AllWait, Job, Release, TakesNoList, report, signing_key
from domainscan.model import Person
from domainscan.releases import approve_release, blocks, hold_release, take_back
from domainscan.review import expire
from domainscan.store import Store
from domainscan.store.holds import load_holds

app = typer.Typer(
    help="Releases that two people have to approve, and the way back to an earlier one.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Json = Annotated[bool, typer.Option("--json", help="One JSON document.")]
Who = Annotated[str, typer.Argument(metavar="RECIPIENT", help="A recipient of config.toml.")]
Reason = Annotated[str, typer.Option(help="Why; it is kept with the release.")]
Out = Annotated[
    Path | None,
    typer.Option(
        metavar="<path>", parser=named_folder, help="Folder of the releases (default: HOME/export)."
    ),
]
_COLUMNS: Final = (
    "id",
    "recipient",
    "serial",
    "state",
    "guards",
    "proposer",
    "approver",
    "expires",
    "reason",
)


class _Desk(NamedTuple):
    """What `hold` and `rollback` begin with: who acts, and what the release is made of."""

    store: Store
    actor: Person
    job: Job


@contextmanager
def _desk(settings: common.Settings, recipient: str, out: Path | None) -> Iterator[_Desk]:
    (one,) = recipients(settings, [recipient])
    with _guarded(), settings.store() as store:
        actor, now = common.actor(store), settings.now()
        expire(store, now)
        decisions, folder = blocks(store), (out or settings.home / "export") / one.id
        press = press_of(settings, store, decisions, now)
        yield _Desk(store, actor, Job(decisions, one, folder, press, key=signing_key(store.home)))


@contextmanager
def _guarded() -> Iterator[None]:
    """Ends the program with exit 1 when a guard trips, with 4 when key, settings or disk fail."""
    try:
        with common.answered():
            yield
    except (GuardTripped, PublisherBusy, UnknownFormat, TakesNoList, AllWait) as error:
        common.fail(f"nothing published: {error}", common.FLAGGED)
    except (BadKey, BadSettings, OSError) as error:
        common.fail(common.said(error), common.STORE)


@app.command()
def hold(
    context: typer.Context, recipient: Who, reason: Reason = "", out: Out = None, json: Json = False
) -> None:
    """Lay a release aside that changes more than it may, until somebody else approves this very artefact.

    \b
    Examples:
      domainscan release hold carrier-a --reason "the lists of the campaign's second week"
    """
    settings = common.settings(context)
    with _desk(settings, recipient, out) as (store, actor, job):
        release, made = hold_release(store, actor, job, reason)
    if json:
        common.emit_json({"hold": made, "release": release})
        return
    common.say_lines(report(release))
    common.say_lines(f"held release {made.id}: {made.detail}")
    common.note(
        f"not published: another approver says `domainscan release approve {made.id}` until {made.expires}"
    )


@app.command()
def approve(
    context: typer.Context,
    number: Annotated[int, typer.Argument(help="The number of the held release.")],
    json: Json = False,
) -> None:
    """Approve a release that somebody else held. It is published as it was held, byte for byte, or not at all.

    \b
    Examples:
      domainscan release approve 1
    """
    settings = common.settings(context)
    with _guarded(), settings.store() as store:
        actor, now = common.actor(store), settings.now()
        press, key = press_of(settings, store, blocks(store), now), signing_key(store.home)
        release = approve_release(store, actor, number, settings.config.recipient, press, key)
        log_overrides(store, press.protected, release, actor.id, now)
        (taker,) = recipients(settings, [release.recipient])
        place(settings, taker, Path(release.folder), key)
    _print(release, json)


@app.command()
def rollback(
    context: typer.Context,
    recipient: Who,
    reason: Reason = "",
    to: Annotated[
        int, typer.Option(help="The serial to go back to (default: the last with another list).")
    ] = 0,
    out: Out = None,
    json: Json = False,
) -> None:
    """Publish the list of the release before again, with a higher serial. One person is enough, whoever it is.

    What was lifted or expired since stays out. Until two people approve a release, names only leave the list.

    \b
    Examples:
      domainscan release rollback carrier-a --reason "a wrong file was imported"
    """
    settings = common.settings(context)
    with _desk(settings, recipient, out) as (store, actor, job):
        release = take_back(store, actor, job, reason, to)
        log_overrides(store, job.press.protected, release, actor.id, job.press.now)
        place(settings, job.recipient, job.folder, job.signer)
    _print(release, json)


@app.command("list")
def list_(context: typer.Context, json: Json = False) -> None:
    """List held releases, the newest last.

    \b
    Examples:
      domainscan release list
    """
    settings = common.settings(context)
    with common.answered(), settings.store() as store:
        found = load_holds(store)
    if json:
        common.emit_json(found)
        return
    rows = (
        [" ".join(v) if isinstance(v := getattr(one, key), tuple) else v for key in _COLUMNS] for one in found
    )
    common.table("", _COLUMNS, rows)


def _print(release: Release, json: bool) -> None:
    if json:
        common.emit_json(release)
    else:
        common.say_lines(report(release))
