"""report add, import, list: tips from the public and partners."""

from __future__ import annotations

import csv
from itertools import chain
from pathlib import Path
from typing import Annotated

import typer

from blocklists.names import unicode_form
from domainscan import review
from domainscan.cli import common
from domainscan.model import CATEGORIES
from domainscan.sources import BadCandidate, parse_candidate
from domainscan.store.reports import Report, load_reports, record_reports

app = typer.Typer(help="Tips from the public and partners.", no_args_is_help=True, rich_markup_mode=None)

Category = Annotated[str, typer.Option(help="The category the reporter names, H01-H15; may be empty.")]


@app.command()
def add(
    context: typer.Context,
    candidate: Annotated[str, typer.Argument(help="A name or URL.")],
    text: Annotated[str, typer.Option(help="What the reporter says.")],
    category: Category = "",
    source: Annotated[str, typer.Option(help="Who reports: public, a partner's name ...")] = "public",
    contact: Annotated[str, typer.Option(help="How to reach the reporter; stored, never exported.")] = "",
) -> None:
    """Record one tip. It becomes a candidate: `domainscan scan --source reports` visits what is new.

    \b
    Examples:
      domainscan report add example.org --text "offers face cloning without consent" --category H02
    """
    settings = common.settings(context)
    try:
        report = _report(settings, candidate, category, text, source, contact)
    except BadCandidate as error:
        common.fail(str(error))
    with settings.store() as store:
        numbers = record_reports(store, [report])
    common.note(f"report {numbers[0]} recorded for {report.name}")


@app.command("import")
def import_(
    context: typer.Context,
    file: Annotated[
        Path,
        typer.Argument(
            help="CSV with the columns candidate,text and optionally category,contact; semicolons or tabs will do."
        ),
    ],
    source: Annotated[str, typer.Option(help="Who sent it.")] = "partner",
) -> None:
    """Record a table of tips; bad rows are named with their line and the good ones kept. Exit 3 when one was bad."""
    settings = common.settings(context)
    good: list[Report] = []
    bad = 0
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            head = stream.readline()
            table = csv.DictReader(chain((head,), stream), delimiter=review.separator(head))
            for number, row in enumerate(table, 2):
                try:
                    good.append(
                        _report(settings, row.get("candidate") or "", row.get("category") or "", row.get("text") or "",
                                source, row.get("contact") or "")
                    )  # fmt: skip
                except BadCandidate as error:
                    bad += 1
                    common.note(f"{file} line {number}: {error}")
    except UnicodeDecodeError as error:
        common.fail(f"{file}: no UTF-8 text, at byte {error.start}: save the table as CSV in UTF-8")
    except (OSError, csv.Error) as error:
        common.fail(common.said(error, file))
    with settings.store() as store:
        record_reports(store, good)
    common.note(f"{common.counted(len(good), 'report')} recorded, {common.counted(bad, 'row')} refused")
    raise typer.Exit(common.PARTLY if bad else common.DONE)


@app.command("list")
def list_(
    context: typer.Context,
    json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """List tips, newest first."""
    settings = common.settings(context)
    with settings.store() as store:
        reports = load_reports(store)
    if json:
        common.emit_json(reports)
        return
    columns = ("id", "at", "name", "Unicode", "category", "state", "source", "text")
    rows = (
        (one.id, one.at, one.name, unicode_form(one.name), one.category, one.state, one.source, one.text)
        for one in reports
    )
    common.table("", columns, rows)


def _report(
    settings: common.Settings, candidate: str, category: str, text: str, source: str, contact: str
) -> Report:
    """The report, checked. Raises BadCandidate with what is wrong and the way out."""
    if category and category not in CATEGORIES:
        raise BadCandidate(
            "category", f"{category!r} is no category: use one of {', '.join(CATEGORIES)}, or leave it empty"
        )
    if not text.strip():
        raise BadCandidate("text", "a report needs a text: what did the reporter see?")
    parsed = parse_candidate(candidate, source, settings.config.net.ports)
    return Report(0, parsed.name, parsed.url, category, text.strip(), source, contact, settings.now(), "new")
