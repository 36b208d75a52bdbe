"""queue, review: flagged cases, and what people decide about them."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
import typer

from blocklists.names import Name, unicode_form
from domainscan import review
from domainscan.cli import common
from domainscan.cli.guards import at_approval, at_proposal, loaded
from domainscan.collateral import Collateral, estimate
from domainscan.model import MEASURES, Decision
from domainscan.review.rules import CUTTING
from domainscan.store import Store, StoreBusy, StoreError, StoreFailed
from domainscan.store.cases import known_names, standing
from domainscan.store.decisions import load_appeals, load_decision, load_decisions
from domainscan.store.places import names_at

app = typer.Typer(
    help="Decisions: one person proposes, another approves.", no_args_is_help=True, rich_markup_mode=None
)

Json = Annotated[bool, typer.Option("--json", help="One JSON document.")]
Ids = Annotated[list[int] | None, typer.Argument(metavar="ID...", help="Numbers of decisions.")]
Reason = Annotated[str, typer.Option(help="Why; it is kept with the decision.")]
Push = Annotated[bool, typer.Option("--push", help="Then tell the hidden primary, as `transfer push` does.")]
Table = Annotated[
    str,
    typer.Option("--from-file", metavar="CSV", help="A table of decisions instead; - reads standard input."),
]


STATES: Final = ("proposed", "approved", "rejected", "lifted", "expired")
_DECISION: Final = (
    *("id", "name", "unicode", "measure", "reach", "category", "state"),
    *("proposer", "approver", "expires", "reason", "appeal"),
)


@contextmanager
def answered() -> Iterator[None]:
    """Ends the program with exit 4 when the store cannot be used, and with exit 2 when it is told no."""
    try:
        yield
    except (StoreBusy, StoreFailed) as error:
        common.fail(str(error), common.STORE)
    except StoreError as error:
        common.fail(str(error), common.USAGE)


def queue(
    context: typer.Context,
    category: Annotated[str, typer.Option(help="Only cases flagged for this category, H01-H15.")] = "",
    json: Json = False,
) -> None:
    """List flagged cases that nobody has decided on, the most urgent first.

    \b
    Examples:
      domainscan queue
      domainscan queue --category H02 --json
    """
    settings = common.settings(context)
    with answered(), settings.store() as store:
        rows = review.load_queue(store, category=category, now=settings.now())
    if json:
        common.emit_json(rows)
        return
    columns = (
        "name",
        "Unicode",
        "categories",
        "severity",
        "confidence",
        "days",
        "state",
        "proposal",
        "for",
        "visit",
    )
    common.table("", columns, (_queue_cells(row) for row in rows))
    common.note(
        f"{common.counted(len(rows), 'case waits', 'cases wait')}; `domainscan show NAME` has the reasons"
    )


def _queue_cells(row: review.QueueRow) -> tuple[object, ...]:
    about = (row.name, row.unicode, " ".join(row.categories), row.severity, row.confidence, row.age_days)
    return (*about, row.state, row.decision or "", row.assigned, row.status)


@app.command()
def propose(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="A host name, in any spelling.")] = "",
    measure: Annotated[str, typer.Option(help=f"One of {', '.join(MEASURES)}.")] = "",
    reach: Annotated[
        str, typer.Option(help="host (this name only), www (and its www), subtree (all below).")
    ] = "host",
    category: Annotated[str, typer.Option(help="H01-H15; empty: the surest one judged.")] = "",
    reason: Reason = "",
    expires: Annotated[str, typer.Option(help="The day it ends on, YYYY-MM-DD; empty: the usual term.")] = "",
    from_file: Table = "",
    json: Json = False,
) -> None:
    """Propose a measure. It rests on the judgement that stands, and does nothing before somebody approves it.

    With a table, the options fill the cells that its rows leave empty.

    \b
    Examples:
      domainscan review propose example.org --measure none --reason "a news article about the harm"
      domainscan review propose example.org --measure block --reach subtree --reason "offers the harm"
      domainscan review propose --from-file proposals.csv
    """
    row = {
        "name": name,
        "measure": measure,
        "reach": reach,
        "category": category,
        "reason": reason,
        "expires": expires,
    }
    if bool(from_file) == bool(name):
        common.fail("propose what? Give a NAME, or a table with --from-file, not both")
    _perform(context, "propose", from_file, [row], json)


@app.command()
def approve(
    context: typer.Context, ids: Ids = None, from_file: Table = "", push: Push = False, json: Json = False
) -> None:
    """Approve proposals of somebody else: from then on they are in force.

    \b
    Examples:
      domainscan review approve 12
      domainscan review approve 12 13 14
      domainscan review approve 12 --push
    """
    _perform(context, "approve", from_file, _rows(ids, "", from_file), json, push=push)


@app.command()
def reject(
    context: typer.Context, ids: Ids = None, reason: Reason = "", from_file: Table = "", json: Json = False
) -> None:
    """Reject proposals, or take back one's own.

    \b
    Examples:
      domainscan review reject 12 --reason "a news article, not an offer"
    """
    _perform(context, "reject", from_file, _rows(ids, reason, from_file), json)


@app.command()
def lift(
    context: typer.Context,
    ids: Ids = None,
    reason: Reason = "",
    from_file: Table = "",
    push: Push = False,
    json: Json = False,
) -> None:
    """Lift measures at once. One person is enough, whoever it is; it is audited.

    \b
    Examples:
      domainscan review lift 12 --reason "the operator removed the offer"
      domainscan review lift 12 --reason "the wrong name" --push
    """
    _perform(context, "lift", from_file, _rows(ids, reason, from_file), json, push=push)


def _rows(ids: list[int] | None, reason: str, from_file: str) -> list[dict[str, str]]:
    if bool(ids) == bool(from_file):
        common.fail(
            "which ones? Give the numbers of decisions (`domainscan review list`), or --from-file, not both"
        )
    return [{"id": str(id), "reason": reason} for id in ids or ("",)]


def _perform(
    context: typer.Context,
    action: str,
    from_file: str,
    rows: list[dict[str, str]],
    json: bool,
    *,
    push: bool = False,
) -> None:
    """Carries out one step on each row, says what came of it, and ends the program: 0 all done, 3 partly,
    2 nothing.
    """
    settings = common.settings(context)
    made: list[review.Outcome] = []
    with answered(), settings.store() as store:
        person = common.actor(store)
        guards = loaded(settings)
        refusals, lasting = at_approval(guards, store), at_proposal(guards, store)
        terms = review.Terms(settings.now(), refusals, action, lasting, settings.config.review)
        table = _table(from_file, rows[0]) if from_file else list(enumerate(rows, 1))
        for one in review.from_table(store, person, table, terms):
            made.append(one)
            _report(store, settings, one, f"{from_file} line {one.line}: " if from_file else "", json)
        if from_file:
            common.note(f"{sum(one.done for one in made)} of {common.counted(len(made), 'row')} done")
        if json:
            single = not from_file and len(made) == 1 and made[0].done
            common.emit_json(_document(store, settings, made[0].decision) if single else made)
    failed = sum(not one.done for one in made)
    told = _push(settings) if push and failed < len(made) else common.DONE
    if failed:
        raise typer.Exit(common.PARTLY if from_file or failed < len(made) else common.USAGE)
    if told:
        raise typer.Exit(told)


def _push(settings: common.Settings) -> int:
    """The exit code of a push to every recipient with a zone; what came of it goes to standard error."""
    from domainscan.cli.transfer import tell  # noqa: PLC0415 - which stands on this module

    try:
        return tell(settings, [], say=common.note, after=True)
    except typer.Exit:  # it has said why
        common.note("what was decided stands; only the push is left: `domainscan transfer push`")
        return common.PARTLY


def _report(store: Store, settings: common.Settings, one: review.Outcome, where: str, json: bool) -> None:
    if not one.done:
        common.note(f"error: {where}{one.message}")
        return
    decision = load_decision(store, one.decision)
    until = f" until {decision.expires}" if decision.expires else ""
    if not json:
        common.say(f"decision {one.decision}: {one.message}, reach {decision.reach}{until}")
    if decision.state in ("proposed", "approved") and decision.measure in CUTTING:
        common.note(_collateral_line(_collateral(store, settings, decision)))


def _table(file: str, options: Mapping[str, str]) -> list[tuple[int, dict[str, str]]]:
    """The rows of a CSV file, empty cells filled from the options of the command.

    Ends the program with exit 2 when the file is no table of decisions.
    """
    try:
        data = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        rows = list(review.read_table(common.text_of(data, file)))
        return [
            (line, {**options, **{key: cell for key, cell in row.items() if cell.strip()}})
            for line, row in rows
        ]
    except (OSError, review.BadTable) as error:
        common.fail(common.said(error, file))


def _collateral(store: Store, settings: common.Settings, decision: Decision) -> Collateral:
    """Who else the measure would hit, as far as anybody has seen."""
    found = standing(store, decision.name)
    return estimate(
        decision.name,
        decision.reach,
        found[0] if found else None,
        known=known_names(store, decision.name),
        cohosted=names_at(store, found[0].addresses()) if found else (),
        suffixes=settings.suffixes(),
    )


def _collateral_line(found: Collateral) -> str:
    names = ", ".join(found.falls)
    notes = "; ".join(found.notes)
    others = common.counted(found.cohosted_total, "name of others is", "names of others are")
    beside = f"; {others} served at the same addresses, and stay{'s' * (found.cohosted_total == 1)} untouched"
    return (
        f"would also hit {found.interval} other {'name' if found.interval == '1' else 'names'}"
        + "".join(f": {one}" for one in (names, notes) if one)
        + (beside if found.cohosted_total else "")
    )


def _document(store: Store, settings: common.Settings, id: int) -> dict[str, Any]:
    """A decision as JSON: its columns, the name in Unicode, and who else it would hit."""
    decision = load_decision(store, id)
    found = _collateral(store, settings, decision)
    more = {
        "unicode": unicode_form(decision.name),
        "collateral": found,
        "collateral_interval": found.interval,
    }
    return {**msgspec.to_builtins(decision), **more}


@app.command()
def appeal(
    context: typer.Context,
    against: Annotated[str, typer.Argument(metavar="NAME|ID", help="A name, or the number of a decision.")],
    text: Annotated[str, typer.Option(help="What the appellant says.")],
    by: Annotated[str, typer.Option(help="Who appeals.")],
    json: Json = False,
) -> None:
    """Put an appeal on record. Anybody may appeal, so this asks for no token.

    \b
    Examples:
      domainscan review appeal 12 --by "the site's owner" --text "the offer was removed on 2026-11-20"
    """
    settings = common.settings(context)
    with answered(), settings.store() as store:
        made = review.appeal(store, against, text=text, by=by, now=settings.now())
        unknown = not known_names(store, made.name) and not load_decisions(store, name=made.name)
    if unknown:
        common.note(
            f"{made.name} is unknown here: nobody has scanned it or decided on it; is it spelled right?"
        )
    if json:
        common.emit_json(made)
    else:
        print(
            f"appeal {made.id}: on {made.name}"
            + (f", against decision {made.decision}" if made.decision else "")
        )


@app.command()
def dismiss(
    context: typer.Context,
    number: Annotated[int, typer.Argument(help="The number of the appeal.")],
    reason: Reason = "",
) -> None:
    """Close an appeal without lifting. `lift` closes it in the appellant's favour.

    \b
    Examples:
      domainscan review dismiss 3 --reason "the offer is still there"
    """
    settings = common.settings(context)
    with answered(), settings.store() as store:
        made = review.dismiss(store, common.actor(store), number, reason=reason, now=settings.now())
    print(f"appeal {made.id}: {made.state}")


@app.command()
def assign(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="A host name, in any spelling.")],
    to: Annotated[str, typer.Option(help="Somebody else than you.")] = "",
) -> None:
    """Take a case, or give it to somebody.

    \b
    Examples:
      domainscan review assign example.org
      domainscan review assign example.org --to chen
    """
    settings = common.settings(context)
    with answered(), settings.store() as store:
        person = review.assign(store, common.actor(store), name, to=to, now=settings.now())
    print(f"{name}: assigned to {person}")


@app.command("list")
def list_(
    context: typer.Context,
    state: Annotated[str, typer.Option(help="proposed, approved, rejected, lifted or expired.")] = "",
    name: Annotated[str, typer.Option(help="Only decisions on this name.")] = "",
    appeals: Annotated[bool, typer.Option("--appeals", help="Open appeals instead.")] = False,
    json: Json = False,
) -> None:
    """List decisions, the newest last.

    \b
    Examples:
      domainscan review list --state proposed
      domainscan review list --name example.org --json
      domainscan review list --appeals
    """
    settings = common.settings(context)
    if state and state not in STATES:
        common.fail(f"{state!r} is no state of a decision: use {', '.join(STATES)}")
    if state and appeals:
        common.fail(
            f"--state {state} is of decisions: --appeals lists those that are open, with --name those on a name"
        )
    with answered(), settings.store() as store:
        host = review.rules.host_name(name) if name else ""
        if appeals:
            _print(
                load_appeals(store, name=host, state="open"),
                ("id", "name", "unicode", "decision", "at", "by", "text"),
                json,
            )
            return
        found = load_decisions(store, name=host, state=state)
    _print(found, _DECISION, json)


def _print(found: Iterable[object], columns: tuple[str, ...], json: bool) -> None:
    rows: list[Mapping[str, Any]] = [msgspec.to_builtins(one) for one in found]
    rows = [{**row, "unicode": unicode_form(Name(row["name"]))} for row in rows]
    if json:
        common.emit_json(rows)
    else:
        shown = (
            [row[column] or "" for column in columns] for row in rows
        )  # an appeal on no decision: nothing, not 0
        common.table("", columns, shown)
