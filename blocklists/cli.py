"""`blocklists compile | convert | diff | check`: lists on stdout or in files, everything else on stderr."""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, BinaryIO, Final, NoReturn

import typer

from blocklists import cli_protect
from blocklists.cli_protect import SNAPSHOT_DAYS, VARIABLE
from blocklists.comparing import compare
from blocklists.compiler import COMPILE_REASONS, DROP_REASONS, Compiled, compile_lists
from blocklists.documents import BadDocument, document_lines
from blocklists.files import write_out
from blocklists.formats import FORMATS, BadSettings, Format, Settings, UnknownFormat, find_format
from blocklists.formats.csv import cell
from blocklists.formats.rpz import soa_serial
from blocklists.halves import Input
from blocklists.lists import BlockList, Entry, Reach
from blocklists.names import covers
from blocklists.protect import BadSnapshot, Protected, StaleSnapshot, load_protected
from blocklists.serials import latest, next_serial
from blocklists.suffixes import load_suffixes

VERSION: Final = "0.1.0"
INTERRUPTED: Final = 130  # the exit code of Ctrl-C
SETS: Final = ("garden", "blocked_by", "empty_zone", "sinkhole")
app = typer.Typer(
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
        app()
    except SystemExit as end:
        if end.code == INTERRUPTED:
            _note("interrupted: a file that was not finished is as it was")
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

    JSON documents and workbooks are read too. Each rejected line is counted by its reason, and listed with --rejects.
    Exit code 0 also when lines were rejected, 3 when nothing is left, or nothing that a format can say.

    \b
    Examples:
      blocklists compile ours.csv theirs.txt -f rpz -o block.rpz -f hosts -o block.hosts
      blocklists compile feeds/*.txt --allow ours.allow --budget 100000 --rejects rejects.csv -o block.rpz
      blocklists compile list.txt -f rpz-garden --set garden=192.0.2.80 -o garden.rpz
    """
    targets = _targets(formats, outputs)
    _need_folders(*filter(None, (rejects,)))
    said = _said(sets)
    protected = None if no_protect else _protected(protect)
    if protected is None and any(chosen.passes for chosen, _ in targets):
        _fail("a zone of names that pass is made of the protected names: not with --no-protect", 2)
    compiled = _compiled(inputs, reach, protected, allow, budget)
    _report(compiled, rejects)
    for one in protected.overrides if protected else ():
        if any(covers(one.name, name) for name in compiled.blocklist.names):
            _note(f"override: {one}")
    if not compiled.blocklist:
        _fail("nothing is left of the input: no file was written", 3)
    now = _now()
    whole = True
    for chosen, output in targets:
        passed = protected.zone() if protected and chosen.passes else compiled.blocklist
        whole = _write(passed, chosen, output, now, said) and whole
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
    reach: Meaning = Reach.SUBTREE,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON document")] = False,
) -> None:
    """Print what was added (+), removed (-) and changed (~) from one list to the other, in any formats.

    \b
    Examples:
      blocklists diff yesterday.rpz today.rpz
      blocklists diff ours.csv theirs.hosts --json
    """
    with _opened(before, after) as (old, new):
        change = compare(old, new, reach=reach)
    if as_json:
        changed = [{"before": _shown(one), "after": _shown(two)} for one, two in change.changed]
        added, removed = ([_shown(entry) for entry in entries] for entries in (change.added, change.removed))
        typer.echo(json.dumps({"added": added, "removed": removed, "changed": changed}, indent=2))
        return
    lines = [(entry.name, f"+ {entry.name} {entry.reach}") for entry in change.added]
    lines += [(entry.name, f"- {entry.name} {entry.reach}") for entry in change.removed]
    lines += [(one.name, f"~ {_terms(one)} -> {_terms(two)}") for one, two in change.changed]
    for _, line in sorted(lines):
        typer.echo(line)
    _note(f"{len(change.added)} added, {len(change.removed)} removed, {len(change.changed)} changed")


@app.command()
def check(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="the folder of a release")],
    key: Annotated[
        Path | None, typer.Option(help="the publisher's public key, received by another way")
    ] = None,
    last_serial: Annotated[
        int, typer.Option(min=0, help="serial of the release you have: an older one is refused")
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

    if key is None and (folder / "minisign.pub").is_file():
        _note("the key in the folder is used: that shows damage, not who published (--key FILE does)")
    try:
        public = load_public_key(key) if key else None
    except BadKey as error:
        _fail(str(error), 2)
    problems = check_release(folder, public, _now(), last_serial=last_serial)
    if as_json:
        typer.echo(json.dumps({"folder": str(folder), "ok": not problems, "problems": problems}, indent=2))
    else:
        for problem in problems:
            typer.echo(problem)
        if not problems:
            typer.echo(f"{folder}: the release is good")
    if problems:
        raise typer.Exit(1)


def _targets(formats: list[str], outputs: list[str]) -> list[tuple[Format, str]]:
    """Each format with its output. One format alone may go to standard output."""
    try:
        chosen = [find_format(name) for name in formats]
    except UnknownFormat as error:
        _fail(str(error), 2)
    outputs = outputs or (["-"] if len(chosen) == 1 else [])
    if len(outputs) != len(chosen):
        _fail(f"{len(chosen)} --format and {len(outputs)} -o: give one -o for each --format", 2)
    files = [output for output in outputs if output != "-"]
    if len(set(files)) != len(files) or outputs.count("-") > 1:
        _fail("two formats would go to the same output", 2)
    _need_folders(*files)
    return list(zip(chosen, outputs, strict=True))


def _need_folders(*files: str | Path) -> None:
    """Ends the program when a file could not be written in the end: before hours of work, not after them."""
    for file in files:
        if not Path(file).parent.is_dir():
            _fail(f"{file}: there is no folder {Path(file).parent}: make it first", 2)


def _said(sets: list[str]) -> dict[str, Any]:
    """The settings that --set gives, each known and well formed."""
    said: dict[str, Any] = {}
    for one in sets:
        key, equals, value = one.partition("=")
        if key not in SETS or not equals:
            _fail(f"--set {one}: use one of {', '.join(SETS)}, as KEY=VALUE", 2)
        said[key] = tuple(value.split(",")) if key == "garden" else value
    try:
        Settings(1, _now(), **said)
    except BadSettings as error:
        _fail(f"--set {error}", 2)
    return said


def _protected(folder: Path | None) -> Protected:
    try:
        return load_protected((), load_suffixes(), _now(), SNAPSHOT_DAYS, folder=folder)
    except (StaleSnapshot, BadSnapshot) as error:
        _fail(f"{error}. --no-protect goes on without any", 4)
    except OSError as error:
        _fail(f"{error.filename}: {error.strerror}", 4)


def _compiled(
    inputs: Sequence[str],
    reach: Reach,
    protected: Protected | None,
    allow: Sequence[str] = (),
    budget: int | None = None,
) -> Compiled:
    suffixes = protected.suffixes if protected else load_suffixes()
    with _opened(*inputs, *allow) as opened:
        return compile_lists(
            opened[: len(inputs)],
            allow=opened[len(inputs) :],
            budget=budget,
            reach=reach,
            suffixes=suffixes,
            protected=protected,
        )


@contextmanager
def _opened(*names: str) -> Iterator[list[Input]]:
    """The inputs while they are open; a file that cannot be read, or is no document though it begins as one, ends
    the program.
    """
    with ExitStack() as stack:
        try:
            yield [_open(name, stack) for name in names]
        except OSError as error:
            _fail(f"{error.filename}: {error.strerror}", 2)
        except BadDocument as error:
            _fail(str(error), 2)


def _open(name: str, stack: ExitStack) -> Input:
    """An input with its name. Documents, JSON and workbooks, are files: what cannot be read twice is a text."""
    if name == "-":
        return name, sys.stdin.buffer
    file = stack.enter_context(_binary(name))
    document = document_lines(file) if file.seekable() else None
    return name, file if document is None else _named(name, document)


def _named(name: str, document: Iterator[str]) -> Iterator[str]:
    try:
        yield from document
    except BadDocument as error:
        raise BadDocument(f"{name}: {error}") from error


def _binary(name: str) -> BinaryIO:
    return Path(name).open("rb")


def _report(compiled: Compiled, rejects: Path | None) -> None:
    counts = compiled.counts
    _note(
        f"{counts.lines} lines: {counts.accepted} names, {counts.entries} entries, {counts.rejected} rejected"
    )
    for reason, number in counts.by_reason.items():
        _note(f"  {number} {reason}: {COMPILE_REASONS[reason]}")
    if unread := len(compiled.rejects) - counts.rejected:
        _note(f"{unread} lines of allow lists are no names: what they mean to allow may be listed")
    for reason, number in compiled.dropped().items():
        _note(f"{number} {reason}: {DROP_REASONS[reason]}")
    for tier in compiled.tiers:
        kind = "with a category" if tier.category else "without a category"
        _note(f"  named by {tier.sources}, {kind}: {tier.kept} of {tier.entries} kept")
    if rejects is not None:
        _save(rejects, _reject_rows(compiled))
    elif compiled.rejects or compiled.dropped():
        _note("  (--rejects FILE lists them)")
    for one in compiled.sources:
        if one.is_doubtful:
            _note(f"{one.label}: {one.accepted} names and {one.rejected} rejects: is it a list of names?")


def _reject_rows(compiled: Compiled) -> Iterator[str]:
    yield "source,line,reason,detail,text\r\n"
    for one in compiled.rejects:
        yield _row(one.source, str(one.line), one.reason, one.detail, one.text)
    for name, terms, reason in compiled.drops():
        yield _row("; ".join(terms.sources), "", reason, terms.reach, name)


def _row(source: str, line: str, reason: str, detail: str, text: str) -> str:
    values = (cell(source), line, reason, cell(detail), cell(text))
    return ",".join('"' + value.replace('"', '""') + '"' for value in values) + "\r\n"


def _write(blocklist: BlockList, chosen: Format, output: str, now: str, said: dict[str, Any]) -> bool:
    """Whether the list is out. A format that can say none of it writes nothing: whoever loads the file anew would
    unblock all that the old one blocks.
    """
    fitted, losses = chosen.fit(blocklist)
    for loss in losses[:5]:
        kept = "left out" if loss.kept is None else f"narrowed to {loss.kept}"
        kept = "changed" if loss.kept is loss.reach else kept
        _note(f"{chosen.name}: {loss.name} ({loss.reach}) is {kept}: {loss.why}")
    if len(losses) > 5:
        _note(f"{chosen.name}: {len(losses)} entries in all are narrowed or left out")
    if not fitted:
        _note(f"{chosen.name}: nothing is left that it can say: no file was written; take another format")
        return False
    try:
        chunks = chosen.save(fitted, Settings(_serial(output, now), now, **said))
        if output == "-":
            sys.stdout.buffer.writelines(chunks)
        else:
            _save(Path(output), chunks)
    except BadSettings as error:
        _fail(f"{chosen.name}: {error}: --set {error.key}=...", 2)
    return True


def _serial(output: str, now: str) -> int:
    """The day and 01, or one more than the zone has that is about to be replaced: the serial only rises."""
    known = 0
    if output != "-" and Path(output).is_file():
        with Path(output).open(encoding="utf-8", errors="replace") as file:
            known = soa_serial(line for line, _ in zip(file, range(50), strict=False)) or 0
    return next_serial(now, latest((known,)))


def _save(path: Path, chunks: Iterable[str] | Iterable[bytes]) -> None:
    try:
        write_out(path, chunks)
    except OSError as error:
        _fail(f"{path}: {error.strerror}", 2)


def _shown(entry: Entry) -> dict[str, str]:
    return {"name": entry.name, "reach": entry.reach, "category": entry.category, "expires": entry.expires}


def _terms(entry: Entry) -> str:
    return " ".join(filter(None, (entry.name, entry.reach, entry.category, entry.expires)))


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _note(message: str) -> None:
    typer.echo(message, err=True)


def _fail(message: str, code: int) -> NoReturn:
    _note(message)
    raise typer.Exit(code)
