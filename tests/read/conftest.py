"""Shared by the tests of domainscan.read: a page from a piece of HTML, and the children of this process."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from domainscan.model import Page
from domainscan.read.html import read_page

Reader = Callable[..., Page]


@pytest.fixture
def read() -> Reader:
    def reader(
        html: str | bytes,
        content_type: str = "text/html; charset=utf-8",
        url: str = "https://site.lab/a/b",
        **rest: bool,
    ) -> Page:
        body = html.encode() if isinstance(html, str) else html
        page = read_page(
            body, url=url, http_status=200, content_type=content_type, body_digest="sha256:0", **rest
        )
        assert isinstance(page, Page), page
        return page

    return reader


@pytest.fixture
def children() -> Callable[[], set[int]]:
    """The live parser processes that this process started."""

    def now() -> set[int]:
        found = set()
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text().rpartition(")")[2].split()
                command = (stat.parent / "cmdline").read_bytes()
            except OSError:
                continue
            if int(fields[1]) == os.getpid() and fields[0] != "Z" and b"domainscan.read.worker" in command:
                found.add(int(stat.parent.name))
        return found

    return now


@pytest.fixture
def busy() -> Callable[[float], AbstractContextManager[None]]:
    """Fails when the processor time inside is more than a bound that only runaway matching reaches."""

    @contextmanager
    def bounded(seconds: float) -> Iterator[None]:
        def stop(*_: object) -> None:
            raise AssertionError(f"more than {seconds} s of processor time")

        before = signal.signal(signal.SIGVTALRM, stop)
        signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
            signal.signal(signal.SIGVTALRM, before)

    return bounded
