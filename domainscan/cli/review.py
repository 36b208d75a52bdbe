"""queue, review: flagged cases, and what people decide about them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Annotated, Final

import typer

from blocklists.names import unicode_form
from domainscan import review
from domainscan.cli import common
from domainscan.cli.deciding import perform
from domainscan.model import MEASURES
from domainscan.store.cases import Unseen, known_names, unseen_cases
from domainscan.store.decisions import load_appeals, load_decisions

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


UNSEEN_SHOWN: Final = (
    100  # on a terminal: a large scan leaves thousands, the first are those that were flagged or reported
)
STATES: Final = ("proposed", "approved", "rejected", "lifted", "expired")
_DECISION: Final = (
    *("id", "name", "unicode", "measure", "reach", "category", "state"),
    *("proposer", "approver", "expires", "reason", "appeal"),
)


def queue(
    context: typer.Context,
    category: Annotated[str, typer.Option(help="Only cases flagged for this category, H01-H15.")] = "",
    unseen: Annotated[
        bool,
        typer.Option(
            "--unseen",
            help="Instead: names whose newest visit was not shown their page, but a check for robots, a log-in, an"
            " error, or nothing.",
        ),
    ] = False,
    json: Json = False,
) -> None:
    """List flagged cases that nobody has decided on, the most urgent first.

    \b
    Examples:
      domainscan queue
      domainscan queue --category H02 --json
      domainscan queue --unseen
    """
    settings = common.settings(context)
    if unseen:
        if category:
            common.fail("--category: what was not seen is of none; leave it out with --unseen")
        _unseen(settings, json=json)
        return
    with common.answered(), settings.store() as store:
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


def _unseen(settings: common.Settings, *, json: bool) -> None:
    """What no visit was shown: people look with their own eyes, as nothing here passes a check or logs in."""
    with common.answered(), settings.store() as store:
        rows = unseen_cases(store, settings.now())
    if json:
        common.emit_json(rows)
        return
    cells = (
        (*_names(one), one.why, "yes" if one.flagged else "", one.reports or "", one.visited)
        for one in rows[:UNSEEN_SHOWN]
    )
    common.table("", ("name or URL", "Unicode", "not seen", "flagged before", "tips", "visited"), cells)
    if len(rows) > UNSEEN_SHOWN:
        kinds = "; ".join(f"{count:,} {what}" for what, count in Counter(map(_kind, rows)).most_common())
        common.note(f"these are the first {UNSEEN_SHOWN} of {len(rows):,}; --json has all: {kinds}")
    common.note(
        f"{common.counted(len(rows), 'page was', 'pages were')} not seen: look in a browser of your own, and put what"
        " you see on record with `domainscan review propose NAME --measure MEASURE --reason TEXT`"
    )


def _kind(one: Unseen) -> str:
    """What stood in the page's place, without what is each site's own."""
    status, _, detail = one.why.partition(": ")
    return detail.partition(" (HTTP ")[0] if status == "walled" else status


def _names(one: Unseen) -> tuple[str, str]:
    return one.url or one.name, unicode_form(one.name)


def _queue_cells(row: review.QueueRow) -> tuple[object, ...]:
    about = (row.name, row.unicode, " ".join(row.categories), row.severity, row.confidence, row.age_days)
    return (*about, row.state, row.decision or "", row.assigned, "unseen" if row.unseen else row.status)


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
    perform(context, "propose", from_file, [row], json)


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
    perform(context, "approve", from_file, _rows(ids, "", from_file), json, push=push)


@app.command()
def reject(
    context: typer.Context, ids: Ids = None, reason: Reason = "", from_file: Table = "", json: Json = False
) -> None:
    """Reject proposals, or take back one's own.

    \b
    Examples:
      domainscan review reject 12 --reason "a news article, not an offer"
    """
    perform(context, "reject", from_file, _rows(ids, reason, from_file), json)


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
    perform(context, "lift", from_file, _rows(ids, reason, from_file), json, push=push)


def _rows(ids: list[int] | None, reason: str, from_file: str) -> list[dict[str, str]]:
    if bool(ids) == bool(from_file):
        common.fail(
            "which ones? Give the numbers of decisions (`domainscan review list`), or --from-file, not both"
        )
    return [{"id": str(id), "reason": reason} for id in ids or ("",)]


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
    with common.answered(), settings.store() as store:
        made = review.appeal(store, against, text=text, by=by, now=settings.now())
        unknown = not known_names(store, made.name) and not load_decisions(store, name=made.name)
        over = next((one for one in load_decisions(store, name=made.name) if one.id == made.decision), None)
    if over and over.state not in ("proposed", "approved"):
        answered = ", which answers the appeal" if made.state != "open" else ""
        common.note(
            f"decision {over.id} is {over.state} already{answered}: `domainscan show {made.name}` says since when"
        )
    if unknown:
        common.note(
            f"{made.name} is unknown here: nobody has scanned it or decided on it; is it spelled right?"
        )
    if json:
        common.emit_json(common.spelled(made))
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
    with common.answered(), settings.store() as store:
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
    with common.answered(), settings.store() as store:
        person = review.assign(store, common.actor(store), name, to=to, now=settings.now())
    print(f"{name}: assigned to {person}")


@app.command("list")
def list_(
    context: typer.Context,
    state: Annotated[str, typer.Option(help="proposed, approved, rejected, lifted or expired.")] = "",
    name: Annotated[str, typer.Option(help="Only decisions on this name.")] = "",
    appeals: Annotated[bool, typer.Option("--appeals", help="Open appeals instead.")] = False,
    every: Annotated[
        bool, typer.Option("--all", help="With --appeals: also those that were decided.")
    ] = False,
    json: Json = False,
) -> None:
    """List decisions, the newest last.

    \b
    Examples:
      domainscan review list --state proposed
      domainscan review list --name example.org --json
      domainscan review list --appeals
      domainscan review list --appeals --all --name example.org
    """
    settings = common.settings(context)
    if state and state not in STATES:
        common.fail(f"{state!r} is no state of a decision: use {', '.join(STATES)}")
    if state and appeals:
        common.fail(
            f"--state {state} is of decisions: --appeals lists those that are open, with --all those decided too"
        )
    if every and not appeals:
        common.fail("--all goes with --appeals: decisions are listed in every state")
    with common.answered(), settings.store() as store:
        host = review.rules.host_name(name) if name else ""
        if appeals:
            columns = ("id", "name", "unicode", "decision", "at", "by", "text")
            ends = ("state", "closed_at", "closed_by", "closed_reason") if every else ()
            found = load_appeals(store, name=host, state="" if every else "open")
            _print(found, (*columns, *ends), json)
            return
        decisions = load_decisions(store, name=host, state=state)
    _print(decisions, _DECISION, json)


def _print(found: Iterable[object], columns: tuple[str, ...], json: bool) -> None:
    rows = [common.spelled(one) for one in found]
    if json:
        common.emit_json(rows)
    else:
        common.table("", columns, ([_cell(row[column]) for column in columns] for row in rows))


def _cell(value: object) -> str:
    """Of no decision "", not 0; the lines of a text are told apart: each appeal has its own."""
    return str(value or "").replace("\n", " / ")
