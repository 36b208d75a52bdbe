"""registers import, list: official tables of registration numbers as files that the pack looks numbers up in."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Final

import typer

from domainscan.cli import common
from domainscan.read.kinds import KINDS
from domainscan.read.official import read_official
from domainscan.read.registers import About, BadRegister, read_register, write_register

app = typer.Typer(
    help="Dated lists of registration numbers, from official tables.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
_TOLD: Final = 20  # refused rows that are named one by one


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="A table as published: CSV, with tabs or semicolons too.")],
    kind: Annotated[str, typer.Option(help=f"What the numbers are: {', '.join(KINDS)}.")],
    name: Annotated[str, typer.Option("--list", help="The list's name, as `show` will quote it.")],
    date: Annotated[str, typer.Option(help="The day the list tells of: 2026-08-31.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="The file to write: .csv, or .jsonl.")],
    issuer: Annotated[str, typer.Option(help="The body that published it.")] = "",
    source: Annotated[str, typer.Option(help="Where it was published.")] = "",
    complete: Annotated[
        bool, typer.Option(help="The list holds every number issued by its date: one that it lacks is none.")
    ] = False,
) -> None:
    """Convert an official table into a register; name it in [packs] registers. Exit 3 when a row was refused.

    \b
    Examples:
      domainscan registers import filed.csv --kind generative_filing --list "Filed" --date 2026-08-31 -o filed.jsonl
    """
    if kind not in KINDS:
        common.fail(f"--kind {kind}: use one of {', '.join(KINDS)}")
    about = About(name, date, issuer, source, complete)
    try:
        rows, refused = read_official(file.read_bytes(), kind)
        text = write_register(about, rows, json_lines=out.suffix == ".jsonl")
        read_register(text.encode())  # what a pack will do with it
    except (OSError, BadRegister) as error:
        common.fail(common.said(error, file))
    for one in refused[:_TOLD]:
        common.note(f"{file} line {one.line}: {one.reason}")
    if len(refused) > _TOLD:
        common.note(f"... and {len(refused) - _TOLD:,} more")
    if rows:
        _write(out, text)
    common.note(
        f"{common.counted(len(rows), 'number')} of {about} written, {common.counted(len(refused), 'row')} refused"
    )
    raise typer.Exit(common.PARTLY if refused or not rows else common.DONE)


def _write(out: Path, text: str) -> None:
    """The file whole or not at all: a scan may be reading the old one."""
    fresh = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        fresh.write_text(text, "utf-8")
        fresh.replace(out)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        common.fail(common.said(error, out))


@app.command("list")
def list_(
    context: typer.Context,
    json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """List the registers of [packs] registers: what, of when, from whom, how many numbers.

    \b
    Examples:
      domainscan registers list
    """
    registers = []
    for file in common.settings(context).config.packs.registers:
        try:
            registers.append((file, read_register(Path(file).read_bytes())))
        except (OSError, BadRegister) as error:
            common.fail(common.said(error, file), common.STORE)
    if json:
        common.emit_json(
            [{"file": file, "about": one.about, "numbers": len(one.rows)} for file, one in registers]
        )
        return
    columns = ("list", "date", "issuer", "numbers", "complete", "file")
    rows = (
        (one.about.list, one.about.date, one.about.issuer, len(one.rows), "yes" if one.about.complete else "no", file)
        for file, one in registers
    )  # fmt: skip
    common.table("", columns, rows)
