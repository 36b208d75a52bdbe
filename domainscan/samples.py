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

from domainscan.config import Net
from domainscan.model import Failure, Record
from domainscan.net.capture import Reply
from domainscan.net.dns import resolver_of
from domainscan.net.fetch import Fetcher
from domainscan.net.reach import Gate, Pace, local_addresses
from domainscan.read.certificate import load_trust
from domainscan.read.labels import LabelReport, read_labels
from domainscan.read.pool import ParserPool
from domainscan.visit import Tools, take

START_BYTES: Final = 256 * 1024  # of a file at a URL, at first
MAX_BYTES: Final = 16 * 1024 * 1024  # of any file
_HEADERS: Final = (("Accept", "*/*"), ("Accept-Language", "zh-CN,zh;q=0.9,en;q=0.8"))
_RANGE: Final = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18}|\*)")
_GONE: Final = (404, 410)


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
        yield Tools(net, gate, resolver, fetcher, ParserPool(1), load_trust(net.trust), now)


def read_file(path: Path, max_bytes: int = MAX_BYTES) -> Sample:
    """The labels of a file: of its first `max_bytes` when it is longer."""
    try:
        if path.exists() and not path.is_file():  # a pipe may never end
            return Sample(str(path), Failure("not_applicable", "not a regular file"))
        with path.open("rb") as file:
            data = file.read(max_bytes)
            total = max(len(data), path.stat().st_size)
    except FileNotFoundError:
        return Sample(str(path), Failure("not_found", "no such file"))
    except OSError as error:
        return Sample(str(path), Failure("unreachable", error.strerror or str(error)))
    return Sample(str(path), read_labels(data, path.name, total=total))


async def read_url_sample(url: str, tools: Tools, max_bytes: int = MAX_BYTES) -> Sample:
    """The labels of the file at a URL."""
    first = min(START_BYTES, max_bytes)
    found = await _fetched(url, tools, first, ranged=True)
    if isinstance(found, Failure):
        return Sample(url, found)
    sample = _graded(url, found)
    if _wants_more(sample, max_bytes):
        whole = await _fetched(url, tools, max_bytes, ranged=False)
        if not isinstance(whole, Failure):
            return _graded(url, whole)
    return sample


def _wants_more(sample: Sample, max_bytes: int) -> bool:
    """Whether the labels may stand behind what was read, and the rest is short enough to ask for."""
    report = sample.result
    if isinstance(report, Failure) or not any(one.rule == "cut" for one in report.reasons):
        return False
    return report.bytes_read < report.bytes_total <= max_bytes


def _graded(url: str, found: tuple[Reply, int]) -> Sample:
    reply, total = found
    return Sample(url, read_labels(reply.body, reply.hop.url, total=total), reply.hop.url)


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
