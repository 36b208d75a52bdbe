"""people: who reviews and who approves."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from domainscan.cli import common
from domainscan.store.people import (
    FOUNDERS,
    add_person,
    confirm_change,
    load_changes,
    load_people,
    revoke_person,
    withdraw_change,
)

app = typer.Typer(help="Reviewers and approvers.", no_args_is_help=True, rich_markup_mode=None)

Json = Annotated[bool, typer.Option("--json", help="One JSON document.")]
Who = Annotated[str, typer.Argument(metavar="NAME", help="The person's name at this desk.")]
Number = Annotated[int, typer.Argument(help="The number of the change.")]

_ONCE = (
    "this token is shown once and is nowhere stored: the person keeps it, and puts it into DOMAINSCAN_TOKEN"
)


@app.command()
def add(
    context: typer.Context,
    name: Who,
    role: Annotated[str, typer.Option(help="reviewer (proposes) or approver (proposes and approves).")],
    json: Json = False,
) -> None:
    """Add a person, or change a role. After the first two people, somebody else has to confirm it.

    \b
    Examples:
      domainscan people add chen --role approver
      domainscan people add li --role reviewer
    """
    settings = common.settings(context)
    with common.answered(), settings.store() as store:
        known = load_people(store)
        founding = len(known) < FOUNDERS and name not in [one.id for one in known]
        by = None if founding else common.actor(store)
        with store.writing():  # a token that nobody could be shown makes nobody
            made = add_person(store, name, role, by, settings.now())
            if isinstance(made, str):
                _show_token(name, role, made, json)
    if isinstance(made, str):
        common.note(f"{name} is {role}; {_ONCE}")
        if len(known) == FOUNDERS - 1:
            common.note(
                "add a third person soon: a new token takes two people,"
                " so a desk of two that loses one token cannot replace it"
            )
    elif json:
        _emit(name, role, "pending", change=made.id)
    else:
        print(
            f"change {made.id}: {role} for {name} waits for a second person:"
            f" `domainscan people confirm {made.id}`"
        )


def _emit(name: str, role: str, state: str, token: str | None = None, change: int | None = None) -> None:
    """What came of a step, with the same keys always: a token is shown once, a change waits for somebody."""
    common.emit_json({"id": name, "role": role, "state": state, "token": token, "change": change})


def _show_token(name: str, role: str, token: str, json: bool) -> None:
    """Prints a token, and waits until it is out."""
    if json:
        _emit(name, role, "active", token)
    else:
        print(token)
    sys.stdout.flush()


@app.command()
def confirm(context: typer.Context, number: Number, json: Json = False) -> None:
    """Confirm a change that somebody else proposed; prints the new person's token.

    \b
    Examples:
      domainscan people confirm 1
    """
    settings = common.settings(context)
    with common.answered(), settings.store() as store:
        by = common.actor(store)
        with store.writing():
            token = confirm_change(store, number, by, settings.now())
            change = next(one for one in load_changes(store) if one.id == number)
            if token:
                _show_token(change.person, change.role, token, json)
    if token:
        common.note(f"{change.person} is {change.role}; {_ONCE}")
    elif json:
        _emit(change.person, change.role, "active")
    else:
        common.note(f"{change.person} is {change.role} now and keeps the old token")


@app.command()
def withdraw(context: typer.Context, number: Number) -> None:
    """Stop a change that waits for confirmation.

    \b
    Examples:
      domainscan people withdraw 1
    """
    settings = common.settings(context)
    with common.answered(), settings.store() as store:
        withdraw_change(store, number, common.actor(store), settings.now())
    common.note(f"change {number} is withdrawn")


@app.command("list")
def list_(context: typer.Context, json: Json = False) -> None:
    """List everybody, and the changes that wait for confirmation.

    \b
    Examples:
      domainscan people list
    """
    settings = common.settings(context)
    with common.answered(), settings.store() as store:
        people, changes = load_people(store), load_changes(store, "proposed")
    if json:
        common.emit_json({"people": people, "changes": changes})
        return
    common.table("", ("name", "role", "state", "added"), ((p.id, p.role, p.state, p.added) for p in people))
    for one in changes:
        common.note(
            f"change {one.id}: {one.role} for {one.person}, proposed by {one.proposer}, waits for another"
        )


@app.command()
def revoke(context: typer.Context, name: Who) -> None:
    """Take a person's token away, at once. Their decisions stand.

    \b
    Examples:
      domainscan people revoke chen
    """
    settings = common.settings(context)
    with common.answered(), settings.store() as store:
        actor = common.actor(store)
        left = [one.role for one in load_people(store) if one.state == "active" and one.id != name]
        if 0 < len(left) < FOUNDERS or (left and "approver" not in left):
            stops = "approve or confirm" if len(left) < FOUNDERS else "approve"
            common.note(f"this leaves {len(left)} active: nobody can {stops} anything then")
            if sys.stdin.isatty() and not typer.confirm("revoke anyway?", err=True):
                common.fail("nothing was changed")
        revoke_person(store, name, actor, settings.now())
    common.note(f"{name} is revoked")
