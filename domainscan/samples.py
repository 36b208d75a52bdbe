"""Files on disk and at URLs -> the labels in them. Nothing that is read here is kept.

A URL is asked for its first 256 KiB, where most kinds of files hold their labels; the whole file is asked for only
when its structure puts them at the end and it is not too long.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from domainscan.config import Net
from domainscan.model import Failure, Page, Record
from domainscan.net.capture import Reply
from domainscan.net.dns import resolver_of
from domainscan.net.fetch import Fetcher
from domainscan.net.pace import Pace
from domainscan.net.reach import Gate, local_addresses
from domainscan.read.bodies import page_kind, sent_type
from domainscan.read.certificate import load_trust
from domainscan.read.labels import LabelReport, read_labels
from domainscan.read.labels.explicit import grade_page
from domainscan.read.labels.validation import is_available, is_wanted, validate, with_validation
from domainscan.read.pool import ParserPool
from domainscan.visit import Tools, take
from domainscan.warc import digest_of

START_BYTES: Final = 256 * 1024  # of a file at a URL, at first
MAX_BYTES: Final = 16 * 1024 * 1024  # of any file
_HEADERS: Final = (("Accept", "*/*"), ("Accept-Language", "zh-CN,zh;q=0.9,en;q=0.8"))
_RANGE: Final = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18}|\*)")
_GONE: Final = (404, 410)
_PAGE_STARTS: Final = re.compile(rb"<(?:!doctype html|html|head|body)(?![a-z0-9-])", re.IGNORECASE)
_BEFORE_PAGE: Final = (
    (b"<!--", b"-->"),
    (b"<?xml", b">"),
)  # what browsers that saved it, and XHTML, put in front
_PAGE_HEAD: Final = 4_096  # bytes in which a page begins
_CUT: Final = ("cut", "page_unread")  # what more bytes may settle


class Sample(Record, frozen=True):
    """One input of `label`, and what its labels are; or why it could not be read."""

    input: str
    result: LabelReport | Failure
    url: str = ""  # the final URL, which served these bytes


@asynccontextmanager
async def open_tools(net: Net, now: Callable[[], str]) -> AsyncIterator[Tools]:
    """The clients of a visit, for a few URLs. Raises BadResolver for a resolver that is none."""
    async with AsyncExitStack() as stack:
        resolver = resolver_of(net)
        stack.push_async_callback(resolver.close)
        gate = Gate(net, local_addresses())
        fetcher = await stack.enter_async_context(Fetcher(net, gate, Pace(net)))
        parser = await stack.enter_async_context(ParserPool(1))
        yield Tools(net, gate, resolver, fetcher, parser, load_trust(net.trust), now)


def read_file(file: str, max_bytes: int = MAX_BYTES) -> Sample:
    """The labels of a file: of its first `max_bytes` when it is longer."""
    path = Path(file)
    try:
        if not file:  # as a path it would be this folder
            return Sample(file, Failure("not_found", "no name"))
        if path.exists() and not path.is_file():  # a pipe may never end
            return Sample(file, Failure("not_applicable", "not a regular file"))
        with path.open("rb") as opened:
            data = opened.read(max_bytes)
            total = max(len(data), path.stat().st_size)
    except FileNotFoundError:
        return Sample(file, Failure("not_found", "no such file"))
    except OSError as error:
        return Sample(file, Failure("unreachable", error.strerror or str(error)))
    return Sample(file, _read(data, path.name, total))


async def read_local_page(file: str, tools: Tools, max_bytes: int = MAX_BYTES) -> Sample | None:
    """The explicit labels of a page on disk; None for a file of another kind, or that cannot be read."""
    data = _beginning(Path(file), max_bytes)
    if not _is_page(data[:_PAGE_HEAD]):
        return None
    found = await tools.parser.read(
        data, url=file, http_status=200, content_type="text/html", body_digest=digest_of(data)
    )
    return Sample(file, found if isinstance(found, Failure) else grade_page(found))


def _is_page(head: bytes) -> bool:
    """Whether a page begins here, behind a few comments or the declaration of XHTML."""
    head = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    for _ in range(8):
        end = next((last for first, last in _BEFORE_PAGE if head.startswith(first)), None)
        if end is None:
            return _PAGE_STARTS.match(head) is not None
        head = head.partition(end)[2].lstrip()
    return False


def _beginning(path: Path, max_bytes: int) -> bytes:
    """The first bytes of a regular file; b"" when it cannot be read."""
    try:
        if not path.is_file():
            return b""
        with path.open("rb") as file:
            return file.read(max_bytes)
    except OSError:
        return b""


async def read_page(reply: Reply, tools: Tools, *, cut: bool = False) -> Page | Failure | None:
    """The page that a reply holds; None when it is no HTML. `cut`: there is more of it than came."""
    kind = sent_type(reply.hop.headers)
    if page_kind(reply.body, kind) != "html":
        return None
    hop = reply.hop
    page = await tools.parser.read(
        reply.body,
        url=hop.url,
        http_status=hop.http_status,
        content_type=kind,
        body_digest=digest_of(reply.body),
    )
    flags = (*reply.flags, "truncated") if cut else reply.flags
    return replace(page, flags=(*page.flags, *flags)) if flags and isinstance(page, Page) else page


async def read_url_sample(url: str, tools: Tools, max_bytes: int = MAX_BYTES) -> Sample:
    """The labels of the file at a URL."""
    first = min(START_BYTES, max_bytes)
    found = await _fetched(url, tools, first, ranged=True)
    if isinstance(found, Failure):
        return Sample(url, found)
    sample = await _graded(url, found, tools)
    if _wants_more(sample, max_bytes):
        whole = await _fetched(url, tools, max_bytes, ranged=False)
        if not isinstance(whole, Failure):
            return await _graded(url, whole, tools)
    return sample


def _wants_more(sample: Sample, max_bytes: int) -> bool:
    """Whether the labels may stand behind what was read, and the rest is short enough to ask for."""
    report = sample.result
    if isinstance(report, Failure) or not any(one.rule in _CUT for one in report.reasons):
        return False
    return report.bytes_read < report.bytes_total <= max_bytes


async def _graded(url: str, found: tuple[Reply, int], tools: Tools) -> Sample:
    reply, total = found
    page = await read_page(reply, tools, cut=total > len(reply.body))
    if page is not None:
        report = page if isinstance(page, Failure) else replace(grade_page(page), bytes_total=total)
        return Sample(url, report, reply.hop.url)
    return Sample(url, _read(reply.body, reply.hop.url, total), reply.hop.url)


def _read(data: bytes, name: str, total: int) -> LabelReport:
    """The labels, with a manifest validated where that is possible."""
    report = read_labels(data, name, total=total)
    if not is_wanted(report):
        return report
    if len(data) < total:
        return with_validation(report, "only a part of the file was read")
    if not is_available():
        return with_validation(report, "the extra c2pa is not installed")
    return with_validation(report, validate(data))


async def _fetched(url: str, tools: Tools, max_bytes: int, *, ranged: bool) -> tuple[Reply, int] | Failure:
    """(what came, how long the whole file is); a Failure when it cannot be told what came."""
    headers = (*_HEADERS, ("Range", f"bytes=0-{max_bytes - 1}")) if ranged else _HEADERS
    reply = await take(url, tools, headers, max_bytes)
    if isinstance(reply, Failure):
        return reply
    status = reply.hop.http_status
    if status in _GONE:
        return Failure("not_found", f"HTTP {status}")
    if status not in (200, 206):
        return Failure("bad_response", f"HTTP {status}")
    if status == 206:
        return _part(reply)
    if "incomplete" in reply.flags or "truncated" in reply.flags:
        return reply, max(_length(reply), len(reply.body) + 1)
    return reply, len(reply.body)


def _part(reply: Reply) -> tuple[Reply, int] | Failure:
    """A part of a file must be its beginning, as it is; what was asked for is nothing else."""
    found = _RANGE.fullmatch(_header(reply, "content-range"))
    if found is None or found[1] != "0" or _header(reply, "content-encoding").lower() not in ("", "identity"):
        return Failure("bad_response", "another part than was asked for")
    rest = 1 if "incomplete" in reply.flags or found[3] == "*" else 0
    return reply, len(reply.body) + rest if found[3] == "*" else int(found[3])


def _length(reply: Reply) -> int:
    text = _header(reply, "content-length")
    plain = text.isdecimal() and text.isascii() and len(text) < 19 and not _header(reply, "content-encoding")
    return int(text) if plain else 0


def _header(reply: Reply, name: str) -> str:
    return next((value for key, value in reply.hop.headers if key.lower() == name), "")
