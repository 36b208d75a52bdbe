"""transfer: lists by zone transfer, from a hidden primary to the recipients' own resolvers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from blocklists.cli_usage import named_folder
from blocklists.files import write_whole
from blocklists.guards import GuardTripped
from domainscan.cli import common
from domainscan.cli.press import hand, quick_press, recipients
from domainscan.config import Recipient
from domainscan.net.updates import PrimaryFailed
from domainscan.review import expire
from domainscan.transfer import (
    NotPushable,
    Pushed,
    key_of,
    policy_format,
    primary_files,
    push,
    recipient_files,
)
from domainscan.transfer.keys import DESK, BadTransferKey, TransferKey
from domainscan.transfer.setup import folder_of, takers

app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Lists by zone transfer, from a hidden primary."
)


@app.command()
def setup(
    context: typer.Context,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="<path>",
            parser=named_folder,
            help="Folder of the texts for recipients (default: HOME/transfer/for).",
        ),
    ] = None,
) -> None:
    """Write the primary's configuration (Knot DNS), and what each recipient's BIND, PowerDNS Recursor or Unbound needs.

    It goes by [transfer] and by the recipients with a `zone`. Keys are made once and stay; texts are written anew.
    The texts for a recipient hold its key: hand them over as you would a password.

    \b
    Examples:
      domainscan transfer setup
      knotd --config HOME/transfer/knot.conf
    """
    settings = common.settings(context)
    served = _served(settings, [])
    folder = folder_of(settings.config, settings.home).resolve()
    for one in ("run", "db"):
        (folder / one).mkdir(parents=True, exist_ok=True)
    try:
        desk, keys = key_of(settings.home, DESK), [key_of(settings.home, one.id) for one in served]
        files = primary_files(settings.config, folder, desk, keys, settings.now())
        texts = {
            one.id: recipient_files(settings.config, one, key) for one, key in zip(served, keys, strict=True)
        }
    except (BadTransferKey, ValueError, OSError) as error:
        common.fail(common.said(error), common.STORE)
    for name, text in files.items():
        if not (name.endswith(".zone") and (folder / name).exists()):  # the primary writes it by now
            write_whole(folder / name, [text], 0o640)
    for id, made in texts.items():
        place = (out or folder / "for") / id
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name, text in made.items():
            write_whole(place / name, [text], 0o600)
        common.note(
            f"{id}: {place}: bind.conf and bind-policy.conf, recursor.lua, or unbound.conf and a relay-N.conf"
        )
    for taker in served:
        if not taker.secondaries:
            common.note(
                f"{taker.id}: secondaries = []: nobody is let in or told of changes; name its servers"
            )
    file = folder / "knot.conf"
    common.note(f"start the primary: knotd --config {file}; one that runs: knotc --config {file} reload")


@app.command("push")
def push_(
    context: typer.Context,
    recipient: Annotated[list[str] | None, typer.Option(help="Only this recipient. May be repeated.")] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Tell the primary what was approved, lifted or ended since the last `export`: recipients have it in seconds.

    The guards and limits of an export hold here too, for all that was decided since. Exit code 1 when one trips or the
    primary does not take it, 3 when a released zone has to be reloaded first.

    \b
    Examples:
      domainscan transfer push
      domainscan review approve 12 --push          the same after a decision, in one step
    """
    settings = common.settings(context)
    code = tell(settings, recipient or [], say=print, json=json)
    if code:
        raise typer.Exit(code)


def tell(
    settings: common.Settings,
    named: list[str],
    *,
    say: Callable[[str], None],
    json: bool = False,
    after: bool = False,
) -> int:
    """Pushes to the recipients, all without any named, and says what came of it. The exit code.

    `after` a decision it makes haste: whose day of expiry came is left to the next push or export.
    """
    now = settings.now()
    served, key = _served(settings, named), _desk_key(settings)
    done: list[Pushed] = []
    failed: list[dict[str, str]] = []
    with common.answered(), settings.store() as store:
        if not after:
            expire(store, now)
        press = quick_press(settings, store, now)
        by = hand(store)
        for one in served:
            try:
                done.append(push(store, settings.config, one, press, key, by))
            except (NotPushable, GuardTripped, PrimaryFailed) as error:
                failed.append({"recipient": one.id, "error": str(error)})
    if json:
        common.emit_json({"pushed": done, "failed": failed})
    else:
        for made in done:
            say(common.visible(_line(made)))
    for refusal in failed:
        common.note(f"{refusal['recipient']}: not told: {refusal['error']}")
    for made in done:
        if made.waiting:
            common.note(f"{made.recipient}: {made.waiting}")
        for left in made.left_out:
            common.note(f"{made.recipient}: {left.name} ({left.reach}) not yet: {left.why}")
    waiting = any(made.waiting for made in done)
    return common.FLAGGED if failed else common.PARTLY if waiting else common.DONE


def _desk_key(settings: common.Settings) -> TransferKey:
    try:
        return key_of(settings.home, DESK)
    except (BadTransferKey, OSError) as error:
        common.fail(common.said(error), common.STORE)


def _served(settings: common.Settings, named: list[str]) -> list[Recipient]:
    """The recipients whose lists are zones. Ends the program with exit 2 when there is none, or no primary."""
    if not settings.config.transfer.primary:
        common.fail(f'{settings.file} names no primary: [transfer] primary = "127.0.0.1:5300"')
    chosen = recipients(settings, named)
    served = [one for one in takers(settings.config) if one in chosen]
    if not served:
        common.fail('no list is handed out by zone transfer: give a [[recipient]] a zone = "rpz.example.org"')
    for one in served:
        if not policy_format(one):
            common.fail(
                f"recipient {one.id} has a zone, and its formats name no response policy zone (rpz, ...)"
            )
    return served


def _line(made: Pushed) -> str:
    changes = f"{len(made.added)} added, {len(made.removed)} removed since release {made.release}"
    said = f"serial {made.serial}" if made.serial else "nothing new to say"
    return f"{made.recipient}: {made.zone}: {said}; {changes}"
