"""`label`: the labels of AI-generated content in files and at URLs, graded."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from typing import Annotated, Final, NoReturn, TypeVar
from urllib.parse import urlsplit

import typer

from blocklists.names import BadName, parents, parse_name
from domainscan.cli import common
from domainscan.cli.lint import LANGUAGES, exit_code, fix_lists, print_lists
from domainscan.cli.progress import progress
from domainscan.lint import SAMPLES
from domainscan.model import Failure
from domainscan.read.labels import GRADES, Label, LabelReport
from domainscan.samples import MAX_BYTES, Sample, open_tools, read_file, read_local_page, read_url_sample
from domainscan.store import Store
from domainscan.store.observations import latest

T = TypeVar("T")
TEXT_ONLY: Final = frozenset(("H01", "H04", "H12"))  # categories whose media are never asked for
HELP = """Read and grade AI-content labels in files, or in files at URLs.

Each input is compliant, noncompliant, not_found or inconclusive under GB 45438-2025, with the clause; marks of C2PA
and IPTC are listed too. not_found proves nothing: platforms strip metadata. At URLs the first 256 KiB are read, the
whole file only when its labels stand at the end. Nothing is stored; --jsonl prints each record as soon as it is
there, and Ctrl-C keeps what was read (exit 130).

Exit 0 when everything was graded, 1 with --fail-on when something has that grade, 3 when an input could not be read.

\b
Examples:
  domainscan label picture.png report.docx
  domainscan label https://example.org/film.mp4 --json
  find media -type f -print0 | xargs -0 domainscan label --jsonl --fail-on noncompliant
"""

Inputs = Annotated[list[str], typer.Argument(metavar="FILE|URL", help="Files, or http and https URLs.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON document.")]
Jsonl = Annotated[bool, typer.Option("--jsonl", help="One JSON record per input.")]
FailOn = Annotated[
    list[str] | None, typer.Option("--fail-on", metavar="GRADE", help="Exit 1 when an input has this grade.")
]
Lint = Annotated[bool, typer.Option("--lint", help="A fix list for each page, for who runs it.")]
Language = Annotated[str, typer.Option(help="With --lint: the list for people in en or zh-CN.")]
Samples = Annotated[int, typer.Option(min=0, max=50, help="With --lint: read so many media of a page.")]
MaxBytes = Annotated[int, typer.Option(min=1024, max=1 << 30, help="Read at most so much of an input.")]


def label(
    context: typer.Context,
    inputs: Inputs,
    json: Json = False,
    jsonl: Jsonl = False,
    fail_on: FailOn = None,
    max_bytes: MaxBytes = MAX_BYTES,
    lint: Lint = False,
    samples: Samples = SAMPLES,
    language: Language = "en",
) -> None:
    settings = common.whole_settings(context)
    unknown = [one for one in fail_on or () if one not in GRADES]
    if unknown:
        common.fail(f"--fail-on {unknown[0]}: use {', '.join(GRADES)}")
    if language not in LANGUAGES:
        common.fail(f"--language {language}: use {', '.join(LANGUAGES)}")
    if lint:
        _lint(settings, inputs, samples, fail_on or (), language, json=json, jsonl=jsonl)
    found, whole = _gathered(settings, inputs, _read(settings, inputs, max_bytes), as_json if jsonl else None)
    if json:
        common.emit_json([as_json(one) for one in found])
    elif not jsonl:
        _print(found)
    raise typer.Exit(_exit_code(found, fail_on or ()) if whole else common.INTERRUPTED)


label.__doc__ = HELP


def _lint(
    settings: common.Settings,
    inputs: Sequence[str],
    samples: int,
    fail_on: Sequence[str],
    language: str,
    *,
    json: bool,
    jsonl: bool,
) -> NoReturn:
    """Prints the fix lists and ends the program."""
    for one in inputs:
        if not one.lower().startswith(("http://", "https://")):
            common.fail(f"--lint {one}: give the http or https URL of a page")
    lists = fix_lists(settings, inputs, samples, partial(_refusal, settings))
    found, whole = _gathered(settings, inputs, lists, (lambda one: one) if jsonl else None)
    if json:
        common.emit_json(found)
    elif not jsonl:
        print_lists(found, language)
    raise typer.Exit(exit_code(found, fail_on) if whole else common.INTERRUPTED)


def _gathered(
    settings: common.Settings,
    inputs: Sequence[str],
    read: AsyncIterator[T],
    shown: Callable[[T], object] | None,
) -> tuple[list[T], bool]:
    """What was read of the inputs, and whether that is all; with `shown` each is a line as soon as it is there.

    A batch of sites takes an hour: who stops it keeps what was read.
    """
    found: list[T] = []

    async def gather() -> None:
        with progress(settings, "inputs", len(inputs)) as show:
            async for one in read:
                found.append(one)
                if shown is not None:
                    common.emit_jsonl([shown(one)])
                    sys.stdout.flush()
                show(len(found))

    try:
        asyncio.run(gather())
    except KeyboardInterrupt:
        said = common.counted(len(inputs), "input")
        common.note(f"interrupted: {len(found):,} of {said} read, the rest was not looked at")
        return found, False
    return found, True


def _refusal(settings: common.Settings, url: str) -> str:
    refused = _text_only(settings, url)
    return refused.detail if refused else ""


async def _read(settings: common.Settings, inputs: Sequence[str], max_bytes: int) -> AsyncIterator[Sample]:
    """The labels of each input, in order."""
    async with open_tools(settings.config.net, settings.now) as tools:
        for one in inputs:
            if not one.lower().startswith(("http://", "https://")):
                page = await read_local_page(one, tools, max_bytes)
                yield page or read_file(one, max_bytes)
                continue
            refusal = _text_only(settings, one)
            sample = Sample(one, refusal) if refusal else await read_url_sample(one, tools, max_bytes)
            refusal = refusal or _text_only(settings, sample.url)  # where redirects led to
            yield Sample(one, refusal, sample.url) if refusal else sample


def _text_only(settings: common.Settings, url: str) -> Failure | None:
    """A refusal, when the name or one above it has a case in a category of which only text is read."""
    if not url or not settings.has_store():
        return None
    with settings.store() as store, suppress(BadName):  # an address has no case
        name = parse_name(urlsplit(url).hostname or "")
        found = sorted({one for above in (name, *parents(name)) for one in _categories(store, above)})
        if found:
            return Failure("not_applicable", f"a case in {', '.join(found)}: only text is read there")
    return None


def _categories(store: Store, name: str) -> frozenset[str]:
    seen = latest(store, name)
    assessment = seen[1] if seen else None
    return frozenset(one.category for one in assessment.judgements) & TEXT_ONLY if assessment else frozenset()


def as_json(sample: Sample) -> dict[str, object]:
    """One input as plain data: the report's own keys beside `input`, `url` and `failure`. Of what could not be read
    grade and failure alone say something.
    """
    failure = sample.result if isinstance(sample.result, Failure) else None
    report = sample.result if isinstance(sample.result, LabelReport) else LabelReport("", "", "", ())
    return {
        "input": sample.input,
        "url": sample.url,
        "kind": report.kind,
        "grade": report.grade or None,
        "reasons": report.reasons,
        "labels": [{**_fields(one), "fields": dict(one.fields)} for one in report.labels],
        "operators": report.operators,
        "bytes_read": report.bytes_read,
        "bytes_total": report.bytes_total,
        "failure": failure,
    }


def _fields(label: Label) -> dict[str, object]:
    return {name: getattr(label, name) for name in label.__struct_fields__}


def _exit_code(samples: Sequence[Sample], fail_on: Sequence[str]) -> int:
    grades = {one.result.grade for one in samples if not isinstance(one.result, Failure)}
    if grades.intersection(fail_on):
        return common.FLAGGED
    return common.PARTLY if any(isinstance(one.result, Failure) for one in samples) else common.DONE


# ---------------------------------------------------------------- for people


def _print(samples: Sequence[Sample]) -> None:
    common.table("", ("input", "kind", "grade", "label", "why"), map(_row, samples))
    said: dict[str, list[str]] = {}  # a folder of one operator's files says the same of each
    for one in samples:
        for line in _remarks(one):
            said.setdefault(line, []).append(one.input)
    for line, inputs in said.items():
        more = f" and {len(inputs) - 1:,} more" if len(inputs) > 1 else ""
        common.note(f"{inputs[0]}{more}: {line}")


def _row(sample: Sample) -> tuple[str, ...]:
    report = sample.result
    if isinstance(report, Failure):
        return sample.input, "", f"not read: {report.status}", "", report.detail
    seen = "; ".join(dict.fromkeys(f"{one.scheme}{_meaning(one)} in {one.place}" for one in report.labels))
    deciding = [one for one in report.reasons if one.effect == report.grade]
    why = "; ".join(f"{one.detail} [{one.clause}]" for one in deciding)
    return sample.input, report.kind or "?", report.grade, seen, why


def _meaning(label: Label) -> str:
    return f" ({label.meaning})" if label.meaning else ""


def _remarks(sample: Sample) -> Iterator[str]:
    """What else there is to say: who is named, what was cut, remarks."""
    report = sample.result
    if isinstance(report, Failure):
        return
    for one in report.operators:
        yield f"{one.role} {one.credit_code} ({one.service}, model {one.model}) {one.problem}".rstrip()
    if report.bytes_read < report.bytes_total:
        yield f"read {report.bytes_read:,} of {report.bytes_total:,} bytes"
    for reason in report.reasons:
        if reason.effect != report.grade:
            yield f"{reason.detail} [{reason.clause}]"
