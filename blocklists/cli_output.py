"""What `blocklists` hands out: lists to files or standard output, rejects to a CSV, words to standard error."""

from __future__ import annotations

import os
import stat
import sys
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any, Final, NoReturn

import typer

from blocklists.account import COMPILE_REASONS, Account, Source
from blocklists.compiler import DROP_REASONS, Compiled
from blocklists.counting import counted
from blocklists.files import write_out
from blocklists.formats import BadSettings, Format, Settings, UnknownFormat, find_format
from blocklists.formats.csv import cell
from blocklists.formats.rpz import soa_serial
from blocklists.lists import BlockList
from blocklists.reading import Reject
from blocklists.serials import latest, next_serial

SETS: Final = ("garden", "blocked_by", "empty_zone", "sinkhole")


def targets(formats: list[str], outputs: list[str]) -> list[tuple[Format, str]]:
    """Each format with its output. One format alone may go to standard output."""
    try:
        chosen = [find_format(name) for name in formats]
    except UnknownFormat as error:
        fail(str(error), 2)
    outputs = outputs or (["-"] if len(chosen) == 1 else [])
    if len(outputs) != len(chosen):
        fail(f"{len(chosen)} --format and {len(outputs)} -o: give one -o for each --format", 2)
    files = [output for output in outputs if output != "-"]
    need_folders(*files)
    places = [place for one in files if (place := _place(Path(one))) is not None]
    if len(set(files)) != len(files) or len(set(places)) != len(places) or outputs.count("-") > 1:
        fail("two formats would go to the same output", 2)
    return list(zip(chosen, outputs, strict=True))


def need_folders(*files: str | Path) -> None:
    """Ends the program when a file could not be written in the end: before hours of work, not after them."""
    for file in files:
        if not Path(file).parent.is_dir():
            fail(f"{file}: there is no folder {Path(file).parent}: make it first", 2)
        if os.path.isdir(file):  # noqa: PTH112  Path.is_dir raises where a folder may not be entered
            fail(f"{file}: a folder: name a file in it", 2)
        if os.path.islink(os.path.realpath(file)):  # noqa: PTH114
            fail(f"{file}: links that lead in a circle: name a file", 2)


def need_apart(rejects: Path | None, inputs: Iterable[str], outputs: Iterable[str] = ()) -> None:
    """Ends the program when the rejects would replace a list that is read or written, by whatever path it is named."""
    if rejects is None:
        return
    place = _place(rejects)
    listed = [(one, 0, "read") for one in inputs] + [(one, 1, "written") for one in outputs]
    for name, stream, done in listed:
        if place is not None and place == _place(stream if name == "-" else Path(name)):
            shown = ("standard input", "standard output")[stream] if name == "-" else name
            fail(f"--rejects {rejects}: {shown} is {done} there: give the rejects a file of their own", 2)


def each_once(inputs: Iterable[str]) -> list[str]:
    """The inputs, each file once by whatever path it is named: a list named twice is no two lists that agree."""
    seen: dict[tuple[int, int] | Path, str] = {}
    kept = []
    for name in inputs:
        place = None if name == "-" else _place(Path(name))
        if place is not None and place in seen:
            note(f"{name}: is {seen[place]}, and is read once")
            continue
        if place is not None:
            seen[place] = name
        kept.append(name)
    return kept


def _place(file: Path | int) -> tuple[int, int] | Path | None:
    """What tells a file from all others, also one that is not there yet; None for a device: it holds nothing, and what
    was not opened has no place either.
    """
    try:
        found = os.fstat(file) if isinstance(file, int) else file.stat()
    except OSError:
        return Path(os.path.realpath(file)) if isinstance(file, Path) else None  # resolve() raises for loops
    return None if stat.S_ISCHR(found.st_mode) else (found.st_dev, found.st_ino)


def settings_said(sets: list[str]) -> dict[str, Any]:
    """The settings that --set gives, each known and well formed."""
    said: dict[str, Any] = {}
    for one in sets:
        key, equals, value = one.partition("=")
        if key not in SETS or not equals:
            fail(f"--set {one}: use one of {', '.join(SETS)}, as KEY=VALUE", 2)
        said[key] = tuple(value.split(",")) if key == "garden" else value
    try:
        Settings(1, now_utc(), **said)
    except BadSettings as error:
        fail(f"--set {error}", 2)
    return said


def report(compiled: Compiled, rejects: Path | None) -> None:
    counts = compiled.counts
    note(
        f"{counted(counts.lines, 'line')}: {counted(counts.accepted, 'name')}, "
        f"{counted(counts.entries, 'entry', 'entries')}, {counts.rejected} rejected"
    )
    _tell_reasons(counts.by_reason)
    _tell_unread(compiled)
    for reason, number in compiled.dropped().items():
        note(f"{number} {reason}: {DROP_REASONS[reason]}")
    for tier in compiled.tiers:
        kind = "with a category" if tier.category else "without a category"
        note(f"  named by {tier.sources}, {kind}: {tier.kept} of {tier.entries} kept")
    some = bool(compiled.rejects or compiled.dropped())
    _tell_rejects(rejects, some, chain(_reject_rows(compiled.rejects), _drop_rows(compiled)))
    _tell_doubtful(compiled.sources)
    for one in compiled.sources:
        if not one.accepted and not one.rejected:
            note(f"{one.label}: not a name in it: did it arrive whole?")


def _tell_unread(compiled: Compiled) -> None:
    """Allow lists that say less than their author meant: what they mean to allow may be listed."""
    firsts = {one.source: one for one in reversed(compiled.rejects[compiled.counts.rejected :])}
    for one in compiled.allowing:
        if one.rejected:
            first = firsts[one.label]
            note(
                f"--allow {one.label}: {counted(one.rejected, 'line')} without a name, the first is line {first.line}: "
                f"{' '.join(cell(first.text).split())[:60]}: {COMPILE_REASONS[first.reason]}: "
                "what they mean to allow may be listed"
            )
        elif not one.accepted:
            note(f"--allow {one.label}: not a name in it, nothing is allowed: did it arrive whole?")


def report_lines(account: Account, rejects: Path | None) -> None:
    """Where the lines of lists went that were only read; without a word when each became a name."""
    if account.rejects:
        lines, names = counted(account.lines, "line"), counted(account.accepted, "name")
        note(f"{lines}: {names}, {len(account.rejects)} rejected")
        _tell_reasons(account.by_reason())
    _tell_rejects(rejects, bool(account.rejects), _reject_rows(account.rejects))
    _tell_doubtful(account.sources)


def _tell_reasons(by_reason: Mapping[str, int]) -> None:
    for reason, number in by_reason.items():
        note(f"  {number} {reason}: {COMPILE_REASONS[reason]}")


def _tell_rejects(file: Path | None, some: bool, rows: Iterable[str]) -> None:
    if file is not None:
        _save(file, chain(("source,line,reason,detail,text\r\n",), rows))
    elif some:
        note("  (--rejects FILE lists them)")


def _tell_doubtful(sources: Iterable[Source]) -> None:
    for one in sources:
        if one.is_doubtful:
            names, rejects = counted(one.accepted, "name"), counted(one.rejected, "reject")
            note(f"{one.label}: {names} and {rejects}: is it a list of names?")


def _reject_rows(rejects: Iterable[Reject]) -> Iterator[str]:
    for one in rejects:
        yield _row(one.source, str(one.line), one.reason, one.detail, one.text)


def _drop_rows(compiled: Compiled) -> Iterator[str]:
    for name, terms, reason in compiled.drops():
        yield _row("; ".join(terms.sources), "", reason, terms.reach, name)


def _row(source: str, line: str, reason: str, detail: str, text: str) -> str:
    values = (cell(source), line, reason, cell(detail), cell(text))
    return ",".join('"' + value.replace('"', '""') + '"' for value in values) + "\r\n"


def write(blocklist: BlockList, chosen: Format, output: str, now: str, said: dict[str, Any]) -> bool:
    """Whether the list is out. A format that can say none of it writes nothing: whoever loads the file anew would
    unblock all that the old one blocks.
    """
    fitted, losses = chosen.fit(blocklist)
    for loss in losses[:5]:
        kept = "left out" if loss.kept is None else f"narrowed to {loss.kept}"
        kept = "changed" if loss.kept is loss.reach else kept
        note(f"{chosen.name}: {loss.name} ({loss.reach}) is {kept}: {loss.why}")
    if len(losses) > 5:
        note(f"{chosen.name}: {len(losses)} entries in all are narrowed or left out")
    if not fitted:
        note(f"{chosen.name}: nothing is left that it can say: no file was written; take another format")
        return False
    try:
        chunks = chosen.save(fitted, Settings(_serial(output, now), now, **said))
        if output == "-":
            sys.stdout.buffer.writelines(chunks)
        else:
            _save(Path(output), chunks)
    except BadSettings as error:
        fail(f"{chosen.name}: {error}: --set {error.key}=...", 2)
    return True


def _serial(output: str, now: str) -> int:
    """The day and 01, or one more than the zone has that is about to be replaced: the serial only rises."""
    known = 0
    if output != "-" and os.path.isfile(output):  # noqa: PTH113  as above
        try:
            with Path(output).open(encoding="utf-8", errors="replace") as file:
                known = soa_serial(line for line, _ in zip(file, range(50), strict=False)) or 0
        except OSError as error:
            fail(f"{output}: {error.strerror}: its serial cannot be read, and the next must be later", 2)
    return next_serial(now, latest((known,)))


def _save(path: Path, chunks: Iterable[str] | Iterable[bytes]) -> None:
    try:
        write_out(path, chunks)
    except OSError as error:
        fail(f"{path}: {error.strerror}", 2)


def now_utc() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def note(message: str) -> None:
    """A line on standard error; on a terminal it breaks between words."""
    typer.echo("\n".join(_fitted(message)), err=True)


def _fitted(message: str) -> list[str]:
    try:
        width = os.get_terminal_size(sys.stderr.fileno()).columns
    except (OSError, ValueError):  # no terminal
        return [message]
    indent = " " * (len(message) - len(message.lstrip()) + 2)
    return textwrap.wrap(
        message, width or 80, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )


def fail(message: str, code: int) -> NoReturn:
    note(message)
    raise typer.Exit(code)
