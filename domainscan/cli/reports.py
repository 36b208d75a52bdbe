"""report add, import, list: tips from the public and partners."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated, Final

import typer

from blocklists.names import BadName, parse_name, unicode_form
from domainscan.cli import common
from domainscan.model import CATEGORIES, category_id
from domainscan.read.tables import BadTable, Heading, TableRow, quoted, read_rows
from domainscan.review.outcomes import NEW, outcomes
from domainscan.sources import BadCandidate, parse_candidate
from domainscan.sources.intake import HEADINGS, split_candidates
from domainscan.store.reports import Report, load_reports, mark_reports, record_reports, unrecorded

app = typer.Typer(help="Tips from the public and partners.", no_args_is_help=True, rich_markup_mode=None)

COLUMNS: Final = {  # the spellings of each column, in small letters
    **dict.fromkeys(HEADINGS, "candidate"),
    **dict.fromkeys(("text", "description", "说明", "描述", "内容", "举报内容"), "text"),
    **dict.fromkeys(("category", "类别", "分类"), "category"),
    **dict.fromkeys(("contact", "联系方式"), "contact"),
}
NOTES: Final = dict.fromkeys(  # what else can be the text, in a table that has no column of it
    ("note", "remark", "备注", "情况", "情况说明", "问题", "问题描述", "线索内容", "违规情形"), "text"
)

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
        reports = _reports(settings, candidate, category, text, source, contact)
    except BadCandidate as error:
        common.fail(str(error))
    with settings.store() as store:
        numbers = record_reports(store, reports)
        became = outcomes(store, {one.name for one in reports}, settings.now(), settings.suffixes())
    for number, report in zip(numbers, reports, strict=True):
        known = "" if became[report.name] == NEW else f", so far: {became[report.name]}"
        common.note(f"report {number} recorded for {report.name}{known}")


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
    """Record a table of tips; bad rows are named with their line and the good ones kept. Exit 3 when one was bad.

    The heading may be Chinese (域名, 说明, 类别, 联系方式); UTF-8, UTF-16 and GB 18030 are read. A tip that waits
    already, word for word, is not recorded again. A cell with several names or URLs makes a tip of each.

    \b
    Examples:
      domainscan report import tips.csv --source "province hotline"
    """
    settings = common.settings(context)
    good: list[Report] = []
    try:
        rows, bad = _read(settings, file, source, good)
        with settings.store() as store, store.writing():
            fresh = unrecorded(store, good)
            record_reports(store, fresh)
    except KeyboardInterrupt:
        with settings.store() as store:
            there = len(good) - len(unrecorded(store, good))
        common.note(
            f"interrupted: of {common.counted(len(good), 'report')} read, {there:,} are stored; type the same command"
            " again to go on, it doubles none"
        )
        raise typer.Exit(common.INTERRUPTED) from None
    before = len(good) - len(fresh)
    several = f" of {common.counted(rows, 'row')}" if rows != len(good) else ""
    common.note(
        f"{common.counted(len(fresh), 'report')}{several} recorded, {f'{before:,} there already, ' if before else ''}"
        f"{common.counted(bad, 'row')} refused"
    )
    raise typer.Exit(common.PARTLY if bad else common.DONE)


def _read(settings: common.Settings, file: Path, source: str, good: list[Report]) -> tuple[int, int]:
    """Adds the reports of a table to `good`, names the rows that make none; how many rows make some, and none."""
    some = bad = 0
    try:
        text = common.text_of(file.read_bytes(), file)
        heading, rows = read_rows(text, COLUMNS)
        if "text" not in heading.columns:
            heading, rows = read_rows(text, COLUMNS | NOTES)
        _check(heading, file)
        for row in rows:
            try:
                good += _imported(settings, row, heading.separator, source)
                some += 1
            except BadCandidate as error:
                bad += 1
                common.note(f"{file} line {row.line}: {error}")
    except (OSError, BadTable) as error:
        common.fail(common.said(error, file))
    return some, bad


def _check(heading: Heading, file: Path) -> None:
    """Says which columns are not read. Raises BadTable when one is missing without which there is no tip."""
    if missing := [column for column in ("candidate", "text") if column not in heading.columns]:
        raise BadTable(
            f"the heading has no column {quoted(missing)} but {quoted(heading.spelled)}; it takes"
            f" {', '.join(dict.fromkeys(COLUMNS.values()))} (域名, 说明, 类别, 联系方式). Names without a text are for"
            " `domainscan scan -l`"
        )
    if heading.unknown:
        common.note(f"{file}: not read: {quoted(heading.unknown)}")


def _imported(settings: common.Settings, row: TableRow, separator: str, source: str) -> list[Report]:
    """The reports of one row. Raises BadCandidate."""
    if row.surplus:
        raise BadCandidate("surplus", f"more cells than columns: a {separator} in a text needs quotes")
    cells = {key: cell.strip() for key, cell in row.cells.items()}
    about = (cells["candidate"], cells.get("category", ""), cells["text"])
    return _reports(settings, *about, source, cells.get("contact", ""))


@app.command("list")
def list_(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Only tips on this name; empty: all.")] = "",
    json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """List tips, newest first, and what became of each name: that is what a reporter may be told.

    \b
    Examples:
      domainscan report list
      domainscan report list example.org
      domainscan report list --json
    """
    settings = common.settings(context)
    try:
        wanted = parse_name(name) if name else ""
    except BadName as error:
        common.fail(str(error))
    with settings.store() as store:
        reports = load_reports(store, name=wanted)
        became = outcomes(store, {one.name for one in reports}, settings.now(), settings.suffixes())
    if json:
        common.emit_json([{**common.spelled(one), "outcome": became[one.name]} for one in reports])
        return
    columns = ("id", "at", "name", "Unicode", "category", "state", "outcome", "source", "text")
    common.table("", columns, (_cells(one, became[one.name]) for one in reports))
    counts = "; ".join(f"{word} {count:,}" for word, count in Counter(became.values()).most_common())
    told = f"{common.counted(len(reports), 'report')} on {common.counted(len(became), 'name')}"
    common.note(f"{told}: {counts}" if counts else told)


@app.command()
def close(
    context: typer.Context,
    ids: Annotated[list[int], typer.Argument(metavar="ID...", help="Numbers of tips.")],
) -> None:
    """Close tips that were withdrawn or are no tips: nobody is visited for them, and no case tells of them.

    They stay in the list. A decision that rests on what a visit saw stands as it is.

    \b
    Examples:
      domainscan report close 7 8
    """
    settings = common.settings(context)
    with settings.store() as store, store.writing():
        known = {one.id for one in load_reports(store)}
        if unknown := [str(one) for one in ids if one not in known]:
            common.fail(f"no report {', '.join(unknown)}: nothing was closed")
        mark_reports(store, ids, "closed")
    common.note(f"{common.counted(len(set(ids)), 'report')} closed")


def _cells(one: Report, outcome: str) -> tuple[object, ...]:
    about = (one.id, one.at, one.name, unicode_form(one.name), one.category)
    return (*about, one.state, outcome, one.source, one.text)


def _reports(
    settings: common.Settings, candidate: str, category: str, text: str, source: str, contact: str
) -> list[Report]:
    """A report of each name or URL in `candidate`. Raises BadCandidate with what is wrong and the way out."""
    category = category_id(category)
    if category and category not in CATEGORIES:
        raise BadCandidate(
            "category", f"{category!r} is no category: use one of {', '.join(CATEGORIES)}, or leave it empty"
        )
    if not text.strip():
        raise BadCandidate("text", "a report needs a text: what did the reporter see?")
    ports, now = settings.config.net.ports, settings.now()
    parts = split_candidates(candidate)
    parsed = []
    for one in parts:
        try:
            parsed.append(parse_candidate(one, source, ports))
        except BadCandidate as error:
            where = f"{one!r}, one of {len(parts)} in the cell: " if len(parts) > 1 else ""
            raise BadCandidate(error.reason, f"{where}{error}") from error
    named = dict.fromkeys((one.name, one.url) for one in parsed)
    return [Report(0, *one, category, text.strip(), source, contact, now, "new") for one in named]
