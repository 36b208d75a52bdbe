"""F08: a migration that is killed at any statement, from any older schema, leaves the old schema or the new one."""

from __future__ import annotations

import importlib.util
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from types import ModuleType

import pytest

from domainscan.store import open_store
from domainscan.store.base import FILE
from domainscan.store.schema import STEPS, schema_problems

HERE = Path(__file__).parent


def old_schemas() -> ModuleType:
    spec = importlib.util.spec_from_file_location("old_schemas", HERE / "old_schemas.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


OLD = old_schemas()
FUTURE = OLD.FUTURE
START = range(len(FUTURE))  # 0: no store yet


def content(home: Path) -> tuple[int, list[str]]:
    """The schema's number, and everything that the file says."""
    with closing(sqlite3.connect(home / FILE)) as raw:
        return int(raw.execute("PRAGMA user_version").fetchone()[0]), list(raw.iterdump())


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[int, int], list[str]]:
    """What a store that began at schema A must say at schema B."""
    found = {}
    for start in START:
        for end in range(max(start, 1), len(FUTURE) + 1):
            home = tmp_path_factory.mktemp("clean") / "home"
            OLD.make_old(home, start)
            open_store(home, steps=FUTURE[:end]).close()
            found[start, end] = content(home)[1]
    return found


@pytest.mark.parametrize(
    ("start", "stride"),
    [(start, 5 if start == 0 else 1) for start in START] + [pytest.param(0, 1, marks=pytest.mark.soak)],
)
def test_a_migration_killed_at_any_statement_leaves_the_old_schema_or_the_new(
    clean: dict[tuple[int, int], list[str]], tmp_path: Path, start: int, stride: int
) -> None:
    if start:
        OLD.make_old(tmp_path / "template", start)
    environment = {**os.environ, "PYTHONPATH": str(HERE.parents[1])}
    command = [sys.executable, str(HERE / "writer.py"), "die", str(tmp_path), str(stride)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    rounds = [int(line) for line in done.stdout.split()]
    assert len(rounds) > 4 * (len(FUTURE) - start), "each step has BEGIN, its statements, a check and COMMIT"
    seen = set()
    for number in rounds:
        home = tmp_path / str(number)
        version, found = content(home)
        assert (version == 0 and start == 0 and len(found) <= 2) or found == clean[start, version], number
        seen.add(version)
        with open_store(home, steps=FUTURE) as store:
            assert schema_problems(store, FUTURE) == []
        assert content(home) == (len(FUTURE), clean[start, len(FUTURE)]), number
    assert seen == set(range(start, len(FUTURE) + 1)), "killed in every step"


def test_every_released_schema_has_rows_to_carry_over() -> None:
    assert 1 in OLD.FILL
    assert set(OLD.FILL) <= set(range(1, len(STEPS) + 1))


def test_an_old_store_is_copied_before_it_is_changed(tmp_path: Path) -> None:
    OLD.make_old(tmp_path / "home", 1)
    before = content(tmp_path / "home")
    open_store(tmp_path / "home", steps=FUTURE).close()
    with closing(sqlite3.connect(tmp_path / "home" / f"{FILE}.before-{len(FUTURE)}")) as copy:
        assert (1, list(copy.iterdump())) == before


def test_visits_that_met_no_page_before_it_was_recorded_why_are_known(tmp_path: Path) -> None:
    home = tmp_path / "home"
    OLD.make_old(home, 4)
    pages = {"b.lab": ("disallowed", "observed"), "c.lab": ("ok", "observed"), "d.lab": ("timeout", "failed")}
    with open_store(home, steps=STEPS[:4]) as store:
        for name, (page, status) in pages.items():
            store.db.execute(
                "INSERT INTO observations (id, scan, name, url, at, status, reason, page, title, content, body)"
                " VALUES (?, 's-1', ?, '', 'now', ?, '', ?, '', '', x'00')",
                (f"o-{name}", name, status, page),
            )
            store.db.execute("INSERT INTO cases (name, opened) VALUES (?, 'now')", (name,))
            store.db.execute(
                "INSERT INTO latest VALUES (?, '', 'now', ?, ?, NULL, NULL, '', 0, -1, 0, '', 'now', 0, '')",
                (name, status, f"o-{name}"),
            )
    with open_store(home) as store:
        found = {row["name"]: row["unseen"] for row in store.rows("SELECT name, unseen FROM latest")}
    assert found == {"b.lab": "disallowed", "c.lab": "", "d.lab": ""}
