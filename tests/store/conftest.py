"""Invented visits and judgements, and a store of one's own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from domainscan.model import (
    CATEGORIES,
    Answers,
    Assessment,
    Certificate,
    Decision,
    Failure,
    Judgement,
    Lookup,
    Observation,
    Page,
    Reach,
    Unmeasured,
    content_digest,
    observation_id,
)
from domainscan.store import Store, open_store
from domainscan.store.base import FILE
from domainscan.store.decisions import decide as store_decide
from domainscan.store.decisions import insert_decision
from domainscan.store.findings import seal
from domainscan.store.scans import ScanItem, begin_scan, plan_items, planned, record_shard

NOW = "2026-11-23T15:00:00Z"


def make_observation(
    name: str = "alpha.lab",
    *,
    scan: str = "s",
    at: str = NOW,
    status: str = "observed",
    text: str = "hello",
    url: str = "",
) -> Observation:
    page: Page | Failure = Page(
        url=f"https://{name}/",
        http_status=200,
        title=f"Title of {name}",
        text=text,
        text_digest=f"sha256:{text[:20]}{len(text)}",
    )
    if status != "observed":
        page = Failure("not_run" if status == "dead" else "timeout")
    return Observation(
        id=observation_id(scan, name, url),
        scan=scan,
        name=name,  # type: ignore[arg-type]
        url=url,
        at=at,
        status=status,
        reason="" if status == "observed" else "timeout",
        resolution=(Lookup("A", Answers(("127.77.1.10",))),),
        page=page,
        certificate=Certificate("CN=x", "CN=ca", at, at, fingerprint=f"sha256:cert-{name}"),
    )


def make_assessment(
    seen: Observation,
    *grave: tuple[str, str],
    settled: bool = False,
    compromised: bool = False,
    unseen: str = "",
    pack: str = "p1",
) -> Assessment:
    """A judgement with (category, confidence) pairs."""
    return Assessment(
        id=f"a-{seen.id}-{pack}",
        observation=seen.id,
        name=seen.name,
        at=seen.at,
        pack=pack,
        pack_digest=f"sha256:{pack}",
        context_digest="sha256:c",
        judgements=tuple(
            Judgement(c, CATEGORIES[c][1], confidence, 5.0, ("page",), ()) for c, confidence in grave
        ),
        unknown=(Unmeasured("page", *unseen.split(": ", 1)),) if unseen else (),
        content=content_digest(seen),
        settled=settled,
        compromised=compromised,
    )


class Desk:
    """A store with the few moves that many tests begin with."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.turn = 0

    def scan(self, *names: str, now: str = NOW, digest: str = "") -> str:
        """A running scan of these names, in shards of two."""
        self.turn += 1
        scan = begin_scan(self.store, spec="{}", digest=digest or f"d{self.turn}", now=now)
        plan_items(
            self.store, scan, [ScanItem(i, n, n, "", i // 2, "argument", "") for i, n in enumerate(names)]
        )
        planned(self.store, scan)
        return scan

    def visit(
        self, name: str, *grave: tuple[str, str], at: str = NOW, now: str = "", **about: Any
    ) -> tuple[Observation, Assessment]:
        """One recorded visit, judged; recorded at `now`, when that is later than the visit.

        `shows`: further fields of its page; `facts`: of the observation.
        """
        shows, facts = about.pop("shows", {}), about.pop("facts", {})
        flags = {key: about.pop(key) for key in ("settled", "compromised", "unseen") if key in about}
        scan = self.scan(name, now=at)
        seen = make_observation(name, scan=scan, at=at, **about)
        if shows:
            facts = {"page": replace(seen.page, **shows), **facts}
        seen = replace(seen, **facts)
        judged = make_assessment(seen, *grave, **flags)
        record_shard(self.store, scan, [seal(0, seen, judged)], [], now or at)
        return seen, judged


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("empty")
    open_store(home).close()
    return home / FILE


@pytest.fixture
def store(home: Path, empty_store: Path) -> Iterator[Store]:
    """An open store in `home` that does not wait for the disk: no test here cuts the power."""
    home.mkdir()
    shutil.copy(empty_store, home / FILE)
    with open_store(home) as opened:
        opened.db.execute("PRAGMA synchronous = OFF")
        yield opened


@pytest.fixture
def desk(store: Store) -> Desk:
    return Desk(store)


@pytest.fixture(scope="session")
def open_desk() -> Callable[[Path], Desk]:
    """A Desk on a home of its own; the caller closes its store."""
    return lambda home: Desk(open_store(home))


@pytest.fixture
def observation() -> Callable[..., Observation]:
    return make_observation


@pytest.fixture
def assessment() -> Callable[..., Assessment]:
    return make_assessment


@pytest.fixture
def second_process(home: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts `writer.py` on the home; whatever still runs at the end of the test is killed."""
    started: list[subprocess.Popen[str]] = []
    script = Path(__file__).with_name("writer.py")
    environment = {**os.environ, "PYTHONPATH": str(script.parents[2])}

    def start(move: str, *words: str) -> subprocess.Popen[str]:
        command = [sys.executable, str(script), move, str(home), *words]
        made = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )
        started.append(made)
        return made

    yield start
    for one in started:
        one.kill()
        one.wait()
        for pipe in (one.stdin, one.stdout):
            if pipe is not None:
                pipe.close()


@pytest.fixture
def decide(store: Store) -> Callable[..., None]:
    """Two people decide on a name that was visited, at a moment."""
    for person, role in (("rita", "reviewer"), ("bob", "approver")):
        store.db.execute(
            "INSERT INTO people (id, role, state, added) VALUES (?, ?, 'active', ?)", (person, role, NOW)
        )

    def now(name: str, measure: str = "block", at: str = NOW, category: str = "H01") -> int:
        made = insert_decision(
            store,
            Decision(
                id=0,
                name=name,  # type: ignore[arg-type]
                measure=measure,
                reach=Reach.HOST,
                category=category,
                reason="seen",
                expires="" if measure in ("none", "notify-owner") else "2027-06-01",
                proposer="rita",
                proposed_at=at,
                state="proposed",
                assessment=store.value("SELECT assessment FROM latest WHERE name = ?", name) or "",
            ),
        )
        assert store_decide(store, made.id, "approved", "bob", at)
        return made.id

    return now
