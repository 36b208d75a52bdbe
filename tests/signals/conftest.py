"""What the tests of the signals share: the shipped pack, and observations built from a few words."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmarks.wording import with_table
from blocklists.names import parse_name
from blocklists.suffixes import Suffixes, load_suffixes
from domainscan.assess import Pack, judge, load_pack
from domainscan.model import Assessment, Field, Form, History, Observation, Page
from domainscan.signals.context import Context

HERE = Path(__file__).parent
AT = "2026-11-23T12:00:00Z"


@pytest.fixture(scope="session")
def pack() -> Pack:
    return load_pack()


@pytest.fixture(scope="session")
def suffixes() -> Suffixes:
    return load_suffixes(["pages.example"])


@pytest.fixture
def context(pack: Pack, suffixes: Suffixes) -> Context:
    return Context(History(), pack.vocabulary, suffixes)


@pytest.fixture(scope="session")
def written() -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = tomllib.loads((HERE / "pages.toml").read_text("utf-8"))["page"]
    return rows


@pytest.fixture(scope="session")
def page() -> Callable[..., Page]:
    def build(title: str = "", text: str = "", **more: Any) -> Page:
        fields = [Field("photo", "file")] if more.get("upload") else []
        fields += [Field("prompt", "textarea")] if more.get("prompt") else []
        return Page(
            url=more.get("url", "https://quiet-harbour.example/"),
            http_status=more.get("http_status", 200),
            title=title,
            text="\n".join(line for line in (title, *text.strip().split("\n")) if line),
            headings=(title,) if title else (),
            hidden_text=more.get("hidden_text", ""),
            buttons=tuple(more.get("buttons", ())),
            forms=(*((Form("", "", tuple(fields)),) if fields else ()), *more.get("forms", ())),
            links=tuple(more.get("links", ())),
        )

    return build


@pytest.fixture(scope="session")
def visit() -> Callable[..., Observation]:
    def build(name: str = "quiet-harbour.example", **more: Any) -> Observation:
        known = {"id": "o1", "scan": "s1", "url": "", "at": AT, "status": "observed", **more}
        return Observation(name=parse_name(name), **known)

    return build


@pytest.fixture(scope="session")
def unworded() -> Pack:
    """The shipped pack without its fitted table: every word moves the odds of a wording a little."""
    return with_table(load_pack(), None)


@pytest.fixture(scope="session")
def judged(pack: Pack, suffixes: Suffixes) -> Callable[..., Assessment]:
    def run(observation: Observation, history: History | None = None) -> Assessment:
        return judge(observation, history or History(), pack, suffixes)

    return run
