"""Shared by the tests of blocklists: keys, never-lists, and real resolvers on loopback."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import consumers
import pytest

from blocklists.formats import Settings
from blocklists.lists import BlockList, Entry, Reach, block_list
from blocklists.names import parse_name
from blocklists.protect import Protected, load_protected
from blocklists.signature import Key, make_key
from blocklists.suffixes import load_suffixes
from domainscan.proof import servers

NOW = "2026-11-23T14:00:00Z"


@pytest.fixture
def now() -> str:
    return NOW


@pytest.fixture
def settings() -> Settings:
    return Settings(
        2026112301,
        NOW,
        "2026-11-30T14:00:00Z",
        garden=("203.0.113.80",),
        blocked_by="https://desk.lab.org/why",
        sinkhole="127.0.0.1:5300",
    )


@pytest.fixture(scope="session")
def protected() -> Protected:
    return load_protected(["appeal.desk-of-the-lab.org"], load_suffixes(["pages.lab"]), NOW, 400)


@pytest.fixture
def key(tmp_path: Path) -> Key:
    return make_key(tmp_path / "publisher.key")


@pytest.fixture(scope="session")
def entries() -> Callable[..., BlockList]:
    """`entries("a.example", "host:b.example")` as a BlockList; SUBTREE where no reach is named."""

    def make(*words: str) -> BlockList:
        pairs = (word.split(":") if ":" in word else ("subtree", word) for word in words)
        return block_list(Entry(parse_name(name), Reach(reach)) for reach, name in pairs)

    return make


@pytest.fixture(scope="session")
def checkzone() -> Callable[[Path], subprocess.CompletedProcess[str]]:
    """named-checkzone on a zone file."""
    program = consumers.need("named-checkzone", "bind9-utils")

    def run(path: Path) -> subprocess.CompletedProcess[str]:
        command = [program, "rpz.lab", str(path)]
        return subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)

    return run


@pytest.fixture(scope="session")
def upstream() -> Iterator[int]:
    """The port of a server on 127.0.0.1 that answers every name with consumers.OPEN."""
    with servers.names() as port:
        yield port


@pytest.fixture(params=["bind", "unbound", "recursor", "kresd"])
def resolver(request: pytest.FixtureRequest, upstream: int) -> Iterator[Callable[[Path], consumers.Ask]]:
    """Starts a real resolver with a policy zone file; what it returns asks it for a name and gives the answer
    in a word.
    """
    with ExitStack() as stack:
        yield lambda zone: stack.enter_context(consumers.resolver(request.param, upstream, [("rpz", zone)]))
