"""report add, import, list: tips from the public and partners."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from blocklists.names import unicode_form
from domainscan.cli import common
from domainscan.model import CATEGORIES, category_id
from domainscan.read.tables import BadTable, Heading, TableRow, quoted, read_rows
from domainscan.sources import BadCandidate, parse_candidate
from domainscan.store.reports import Report, load_reports, record_reports, unrecorded

app = typer.Typer(help="Tips from the public and partners.", no_args_is_help=True, rich_markup_mode=None)

COLUMNS: Final = {  # the spellings of each column, in small letters
    **dict.fromkeys(
        ("candidate", "domain", "name", "url", "域名", "网址", "网站", "链接", "线索"), "candidate"
    ),
    **dict.fromkeys(("text", "description", "说明", "描述", "内容", "举报内容"), "text"),
    **dict.fromkeys(("category", "类别", "分类"), "category"),
    **dict.fromkeys(("contact", "联系方式"), "contact"),
}

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
    """Record a table of tips; bad rows are named with their line and the good ones kept. Exit 3 when one was bad.

    The heading may be Chinese (域名, 说明, 类别, 联系方式); UTF-8, UTF-16 and GB 18030 are read. A tip that waits
    already, word for word, is not recorded again.

    \b
    Examples:
      domainscan report import tips.csv --source "province hotline"
    """
    settings = common.settings(context)
    good: list[Report] = []
    try:
        bad = _read(settings, file, source, good)
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
    common.note(
        f"{common.counted(len(fresh), 'report')} recorded, {f'{before:,} there already, ' if before else ''}"
        f"{common.counted(bad, 'row')} refused"
    )
    raise typer.Exit(common.PARTLY if bad else common.DONE)


def _read(settings: common.Settings, file: Path, source: str, good: list[Report]) -> int:
    """Adds the reports of a table to `good` and names the rows that make none; how many those are."""
    bad = 0
    try:
        heading, rows = read_rows(common.text_of(file.read_bytes(), file), COLUMNS)
        _check(heading, file)
        for row in rows:
            try:
                good.append(_imported(settings, row, heading.separator, source))
            except BadCandidate as error:
                bad += 1
                common.note(f"{file} line {row.line}: {error}")
    except (OSError, BadTable) as error:
        common.fail(common.said(error, file))
    return bad


def _check(heading: Heading, file: Path) -> None:
    """Says which columns are not read. Raises BadTable when one is missing without which there is no tip."""
    if missing := [column for column in ("candidate", "text") if column not in heading.columns]:
        raise BadTable(
            f"the heading has no column {quoted(missing)} but {quoted(heading.columns)}; it takes"
            f" {', '.join(dict.fromkeys(COLUMNS.values()))}. A list of names alone is for `domainscan scan -l`"
        )
    if heading.unknown:
        common.note(f"{file}: not read: {quoted(heading.unknown)}")


def _imported(settings: common.Settings, row: TableRow, separator: str, source: str) -> Report:
    """The report of one row. Raises BadCandidate."""
    if row.surplus:
        raise BadCandidate("surplus", f"more cells than columns: a {separator} in a text needs quotes")
    cells = {key: cell.strip() for key, cell in row.cells.items()}
    about = (cells["candidate"], cells.get("category", ""), cells["text"])
    return _report(settings, *about, source, cells.get("contact", ""))


@app.command("list")
def list_(
    context: typer.Context,
    json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """List tips, newest first.

    \b
    Examples:
      domainscan report list
      domainscan report list --json
    """
    settings = common.settings(context)
    with settings.store() as store:
        reports = load_reports(store)
    if json:
        common.emit_json([common.spelled(one) for one in reports])
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
    category = category_id(category)
    if category and category not in CATEGORIES:
        raise BadCandidate(
            "category", f"{category!r} is no category: use one of {', '.join(CATEGORIES)}, or leave it empty"
        )
    if not text.strip():
        raise BadCandidate("text", "a report needs a text: what did the reporter see?")
    parsed = parse_candidate(candidate, source, settings.config.net.ports)
    return Report(0, parsed.name, parsed.url, category, text.strip(), source, contact, settings.now(), "new")
