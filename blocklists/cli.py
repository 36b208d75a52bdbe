"""`blocklists compile | convert | diff | check`: lists on stdout or in files, everything else on stderr."""

from __future__ import annotations

import gc
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import typer

from blocklists import cli_protect
from blocklists.cli_change import show_change
from blocklists.cli_input import opened_inputs
from blocklists.cli_output import (
    each_once,
    fail,
    need_apart,
    need_folders,
    note,
    now_utc,
    report,
    report_lines,
    settings_said,
    targets,
    write,
)
from blocklists.cli_protect import SNAPSHOT_DAYS, VARIABLE
from blocklists.cli_usage import NamedValues
from blocklists.comparing import compare
from blocklists.compiler import Compiled, compile_lists
from blocklists.formats import FORMATS
from blocklists.lists import Reach
from blocklists.names import covers
from blocklists.protect import BadSnapshot, Protected, StaleSnapshot, load_protected
from blocklists.stdout import OutputLost, guarded_stdout
from blocklists.suffixes import load_suffixes

VERSION: Final = "0.1.0"
INTERRUPTED: Final = 130  # the exit code of Ctrl-C
app = typer.Typer(
    cls=NamedValues,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain text: an example in a box wraps, and cannot be copied
)
app.add_typer(cli_protect.app, name="protect")

Inputs = Annotated[list[str], typer.Argument(metavar="IN...", help="list files; - is standard input")]
Formats = Annotated[list[str], typer.Option("--format", "-f", help=f"{', '.join(FORMATS)}; once per output")]
Outputs = Annotated[
    list[str], typer.Option("--output", "-o", metavar="OUT", help="file; - or none: standard output")
]
Rejects = Annotated[Path | None, typer.Option(help="a CSV file for the lines that became no entry")]
Meaning = Annotated[Reach, typer.Option(help="what a line means that names a domain and says no more")]
Allow = Annotated[
    list[str], typer.Option(metavar="FILE", help="a list of names never to list, in any syntax; repeatable")
]
Budget = Annotated[int | None, typer.Option(min=1, help="entries at most: those that most lists name stay")]
Bare = Annotated[
    bool,
    typer.Option("--no-protect", help="also list names that are never listed (public suffixes stay out)"),
]
Protect = Annotated[
    Path | None,
    typer.Option(
        "--protect", envvar=VARIABLE, metavar="DIR", help="further protected names: `blocklists protect`"
    ),
]
Sets = Annotated[
    list[str],
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="what a format needs: garden=HOST.|ADDRESS,... blocked_by=URL empty_zone=PATH sinkhole=ADDRESS:PORT",
    ),
]


def main() -> None:
    """The console script."""
    gc.disable()  # lists hold no cycles: a quarter of the time for 300,000 lines
    try:
        with guarded_stdout():
            app()
    except OutputLost as error:  # half an answer is none
        if not error.is_quiet:
            note(str(error))
        raise SystemExit(2) from None
    except OSError as error:  # of no file that a command names: the working folder is gone
        note(": ".join(map(str, filter(None, (error.filename, error.strerror)))))
        raise SystemExit(2) from None
    except SystemExit as end:
        if end.code == INTERRUPTED:
            note("interrupted: a file that was not finished is as it was")
        raise


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"blocklists {VERSION}")
        raise typer.Exit


@app.callback()
def program(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="print the version")
    ] = False,
) -> None:
    """Block lists: compile many into one, convert, compare, and check a signed release."""


@app.command("compile")
def compile_command(  # noqa: PLR0913, PLR0917  one argument per option
    inputs: Inputs,
    formats: Formats = ["rpz"],  # noqa: B006  typer's way; never changed
    outputs: Outputs = [],  # noqa: B006
    rejects: Rejects = None,
    reach: Meaning = Reach.SUBTREE,
    no_protect: Bare = False,
    allow: Allow = [],  # noqa: B006
    budget: Budget = None,
    sets: Sets = [],  # noqa: B006
    protect: Protect = None,
) -> None:
    """Make one list of many: hosts, plain, wildcard, adblock, RPZ and CSV lines are recognised by themselves.

    Workbooks are read too, and JSON that says which names it blocks: STIX, MISP, Little Snitch, an array of names. Each
    rejected line is counted by its reason, and listed with --rejects. Exit code 0 also when lines were rejected, 3 when
    nothing is left, or nothing that a format can say.

    \b
    Examples:
      blocklists compile ours.csv theirs.txt -f rpz -o block.rpz -f hosts -o block.hosts
      blocklists compile feeds/*.txt --allow ours.allow --budget 100000 --rejects rejects.csv -o block.rpz
      blocklists compile list.txt -f rpz-garden --set garden=192.0.2.80 -o garden.rpz
    """
    chosen = targets(formats, outputs)
    need_folders(*filter(None, (rejects,)))
    need_apart(rejects, (*inputs, *allow), (output for _, output in chosen))
    said = settings_said(sets)
    protected = None if no_protect else _protected(protect)
    if protected is None and any(one.passes for one, _ in chosen):
        fail("a zone of names that pass is made of the protected names: not with --no-protect", 2)
    compiled = _compiled(each_once(inputs), reach, protected, allow, budget)
    report(compiled, rejects)
    for one in protected.overrides if protected else ():
        if any(covers(one.name, name) for name in compiled.blocklist.names):
            note(f"override: {one}")
    if not compiled.blocklist:
        fail("nothing is left of the input: no file was written", 3)
    now = now_utc()
    whole = True
    for made, output in chosen:
        passed = protected.zone() if protected and made.passes else compiled.blocklist
        whole = write(passed, made, output, now, said) and whole
    if not whole:
        raise typer.Exit(3)


@app.command()
def convert(
    source: Annotated[str, typer.Argument(metavar="IN", help="a list file; - is standard input")],
    to: Annotated[str, typer.Option("--format", "--to", "-f", help=", ".join(FORMATS))] = "rpz",
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="OUT", help="file; - is standard output")
    ] = "-",
    rejects: Rejects = None,
    reach: Meaning = Reach.SUBTREE,
    no_protect: Bare = False,
    sets: Sets = [],  # noqa: B006
    protect: Protect = None,
) -> None:
    """Write one list in another format; what that format cannot say is told on stderr.

    \b
    Examples:
      blocklists convert block.rpz --to unbound -o block.conf
      curl -s https://lists.lab.org/hosts | blocklists convert - --to wildcard
    """
    compile_command([source], [to], [output], rejects, reach, no_protect, [], None, sets, protect)


@app.command("diff")
def diff_command(
    before: Annotated[str, typer.Argument(metavar="BEFORE", help="a list file; - is standard input")],
    after: Annotated[str, typer.Argument(metavar="AFTER", help="a list file; - is standard input")],
    rejects: Rejects = None,
    reach: Meaning = Reach.SUBTREE,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON document")] = False,
) -> None:
    """Print what was added (+), removed (-) and changed (~) from one list to the other, in any formats.

    Rejected lines are counted as `compile` counts them, and listed with --rejects. Exit code 3 when nothing is left of
    one of the two; a file that has no lines but comments is an empty list.

    \b
    Examples:
      blocklists diff yesterday.rpz today.rpz
      blocklists diff ours.csv theirs.hosts --json
    """
    need_folders(*filter(None, (rejects,)))
    need_apart(rejects, (before, after), ("-",))
    with opened_inputs(before, after) as (old, new):
        change, account = compare(old, new, reach=reach)
    report_lines(account, rejects)
    for one in account.sources:
        if one.rejected and not one.accepted:
            fail(f"nothing is left of {one.label}: nothing was compared", 3)
    show_change(change, as_json=as_json)


@app.command()
def check(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="the folder of a release")],
    key: Annotated[
        Path | None, typer.Option(help="the publisher's public key, received by another way")
    ] = None,
    last_serial: Annotated[
        int,
        typer.Option(min=0, max=2**32 - 1, help="serial of the release you have: an older one is refused"),
    ] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON document")] = False,
) -> None:
    """Verify a release as its consumer would: signature, dates, serial, every file. Exit code 1 when it
    fails.

    \b
    Examples:
      blocklists check received/ --key publisher.pub
      blocklists check received/ --key publisher.pub --last-serial 2026112301
    """
    # Cryptography takes as long to import as 50,000 lines take to compile.
    from blocklists.check import check as check_release  # noqa: PLC0415
    from blocklists.signature import BadKey, load_public_key  # noqa: PLC0415

    if key is None and os.path.isfile(folder / "minisign.pub"):  # noqa: PTH113  not to be entered: a problem, below
        note("the key in the folder is used: that shows damage, not who published (--key FILE does)")
    try:
        public = load_public_key(key) if key else None
    except BadKey as error:
        fail(str(error), 2)
    problems = check_release(folder, public, now_utc(), last_serial=last_serial)
    if as_json:
        typer.echo(json.dumps({"folder": str(folder), "ok": not problems, "problems": problems}, indent=2))
    else:
        for problem in problems:
            typer.echo(problem)
        if not problems:
            typer.echo(f"{folder}: the release is good")
    if problems and os.path.isdir(folder):  # noqa: PTH112  as above
        note("do not load it: keep the release in force, and tell the desk")
    if problems:
        raise typer.Exit(1)


def _protected(folder: Path | None) -> Protected:
    try:
        return load_protected((), load_suffixes(), now_utc(), SNAPSHOT_DAYS, folder=folder)
    except (StaleSnapshot, BadSnapshot) as error:
        fail(f"{error}. --no-protect goes on without any", 4)
    except OSError as error:
        fail(f"{error.filename}: {error.strerror}", 4)


def _compiled(
    inputs: Sequence[str],
    reach: Reach,
    protected: Protected | None,
    allow: Sequence[str] = (),
    budget: int | None = None,
) -> Compiled:
    suffixes = protected.suffixes if protected else load_suffixes()
    with opened_inputs(*inputs, *allow) as opened:
        return compile_lists(
            opened[: len(inputs)],
            allow=opened[len(inputs) :],
            budget=budget,
            reach=reach,
            suffixes=suffixes,
            protected=protected,
            now=now_utc(),
        )
