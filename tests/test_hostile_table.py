"""docs/hostile.md: every case has its row, and every test that a row names exists."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TABLE = ROOT / "docs" / "hostile.md"
LAST = {"S": 24, "W": 24, "T": 5, "A": 8, "D": 16, "E": 12, "P": 14}
CASES = {f"{letter}{number:02}" for letter, last in LAST.items() for number in range(1, last + 1)}
_ROW = re.compile(r"^\| ([A-Z]\d\d) \| (.+) \| (.+) \| (.+) \|$", re.MULTILINE)
_NAMED = re.compile(r"`(tests/[\w/]+\.py)(?:::(test_\w+))?`")
ROWS = _ROW.findall(TABLE.read_text("utf-8"))


@cache
def known_tests(path: str) -> dict[str, bool]:
    """The tests of one file, and whether each is marked `soak`."""
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    functions = [one for one in tree.body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)]
    return {one.name: any("soak" in ast.unparse(mark) for mark in one.decorator_list) for one in functions}


def test_every_case_has_exactly_one_row() -> None:
    assert sorted(row[0] for row in ROWS) == sorted(CASES)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_every_test_that_a_row_names_exists(row: tuple[str, str, str, str]) -> None:
    case, *_, proof = row
    named = _NAMED.findall(proof)
    assert named, f"{case}: nothing proves it"
    assert proof.count("`") == 2 * len(named), f"{case}: something there is no test"
    for path, test in named:
        assert (ROOT / path).is_file(), f"{case}: {path}"
        assert not test or test in known_tests(path), f"{case}: {path} has no {test}"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_what_runs_in_soak_only_is_said_to(row: tuple[str, str, str, str]) -> None:
    """And no case rests on such tests alone."""
    case, *_, proof = row
    known = [(path, test) for path, test in _NAMED.findall(proof) if test]
    for path, test in known:
        said = f"`{path}::{test}` (*soak*)" in proof
        assert known_tests(path).get(test) is said, f"{case}: {test}"
    assert not known or any(not known_tests(path)[test] for path, test in known), case


@pytest.mark.parametrize(
    ("text", "cases"),
    [
        ("| S01 | a | b | `tests/test_intake.py::test_x` |", ["S01"]),
        ("| S1 | a | b | c |", []),
        ("| S01 | a | c |", []),
    ],
)
def test_a_row_is_known_by_its_form(text: str, cases: list[str]) -> None:
    """The negative control: what has not the form of a row would be missed as a case."""
    assert [row[0] for row in _ROW.findall(text)] == cases
