"""Every regular expression that reads what a stranger wrote stays linear in its own worst cases (A03)."""

from __future__ import annotations

import importlib
import itertools
import pkgutil
import re
import re._parser as sre  # the standard library's own parser: there is no public one
import time
from collections.abc import Iterator
from typing import Any, Final

import pytest

import blocklists.names
import domainscan.net
import domainscan.read
import domainscan.signals
import domainscan.sources

LENGTH: Final = 50_000
RUNAWAY_SECONDS: Final = (
    2.0  # of processor time for one input; a quadratic search takes longer, a linear one 0.05
)
STRICT_SECONDS: Final = 0.1  # with nobody else on the machine
SPACES: Final = {"CATEGORY_SPACE": " ", "CATEGORY_DIGIT": "1", "CATEGORY_WORD": "w", "CATEGORY_NOT_WORD": "-"}


def compiled(value: object, depth: int = 0) -> Iterator[re.Pattern[Any]]:
    """The patterns in a module's value, also inside its tables."""
    if isinstance(value, re.Pattern):
        yield value
    elif depth < 3 and isinstance(value, dict | tuple | list | set | frozenset):
        for one in value.values() if isinstance(value, dict) else value:
            yield from compiled(one, depth + 1)


def patterns() -> dict[str, re.Pattern[Any]]:
    """The patterns of the rooms that read pages, answers, URLs and names; by where they stand."""
    found: dict[str, re.Pattern[Any]] = {}
    modules = [blocklists.names]
    for package in (domainscan.read, domainscan.signals, domainscan.net, domainscan.sources):
        names = [one.name for one in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")]
        modules += [importlib.import_module(one) for one in names]
    for module in modules:
        for key, value in vars(module).items():
            for number, pattern in enumerate(compiled(value)):
                if pattern not in found.values():
                    found[f"{module.__name__}.{key}{f'[{number}]' if number else ''}"] = pattern
    return found


def characters(pattern: re.Pattern[Any]) -> list[str]:
    """One character that fits each place of the pattern, in order."""
    found: list[str] = []

    def walk(items: Any) -> None:
        for code, value in items:
            kind = str(code)
            if kind == "LITERAL":
                found.append(chr(value))
            elif kind in ("NOT_LITERAL", "ANY"):
                found.append("a")
            elif kind == "IN":
                first, inside = value[0]
                known = {"LITERAL": chr, "RANGE": lambda one: chr(one[0])}
                known["CATEGORY"] = lambda one: SPACES.get(str(one), "x")
                found.append(known.get(str(first), lambda _: "~")(inside))
            elif kind in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
                walk(value[2])
            elif kind == "SUBPATTERN":
                walk(value[3])
            elif kind == "BRANCH":
                for branch in value[1]:
                    walk(branch)
            elif kind in ("ASSERT", "ASSERT_NOT"):
                walk(value[1])
            elif kind == "ATOMIC_GROUP":
                walk(value)

    walk(sre.parse(pattern.pattern, pattern.flags))
    return found


def worst_cases(pattern: re.Pattern[Any]) -> Iterator[Any]:
    """`a`*50k + `!` in the pattern's own letters: each of them, each two neighbours, the whole, after its beginning."""
    own = characters(pattern)
    pairs = ["".join(two) for two in itertools.pairwise(own)]
    beginning = "".join(own[:6])
    for part in dict.fromkeys(["a", " ", *own[:24], *pairs[:24], "".join(own[:30])]):
        for text in (part * (LENGTH // len(part)) + "!", beginning + part * (LENGTH // len(part)) + "!"):
            yield text.encode("latin-1", "replace") if isinstance(pattern.pattern, bytes) else text


PATTERNS = patterns()
SEARCHED = (
    "domainscan.read.",
    "domainscan.signals.",
)  # anywhere in a text; the others from its beginning only


def dearest(name: str, pattern: re.Pattern[Any]) -> float:
    """The processor time of the pattern's dearest input, in seconds."""
    cost = 0.0
    for text in worst_cases(pattern):
        began = time.process_time()
        if name.startswith(SEARCHED):
            for _ in pattern.finditer(text):
                pass
        else:
            pattern.match(text)
            pattern.fullmatch(text)
        cost = max(cost, time.process_time() - began)
    return cost


def test_there_are_patterns_to_try() -> None:
    assert len(PATTERNS) > 50
    assert sum(name.startswith(SEARCHED) for name in PATTERNS) > 30


@pytest.mark.parametrize("name", PATTERNS)
def test_no_pattern_runs_away_on_its_own_letters(name: str, busy: Any) -> None:
    with busy(60 * RUNAWAY_SECONDS):
        assert dearest(name, PATTERNS[name]) < RUNAWAY_SECONDS


@pytest.mark.soak
@pytest.mark.parametrize("name", PATTERNS)
def test_each_input_takes_a_tenth_of_a_second_at_most(name: str) -> None:
    cost = min(dearest(name, PATTERNS[name]) for _ in range(3))
    print(f"{name}: {cost * 1000:.0f} ms")
    assert cost <= STRICT_SECONDS


@pytest.mark.parametrize("written", [r"(a+)+$", r"(a|a)*b", r"\s*\d*\s*x", r"(?:a*)*c"])
def test_a_pattern_that_runs_away_is_caught(written: str, busy: Any) -> None:
    """The negative control."""
    pattern = re.compile(written)
    with pytest.raises(AssertionError, match="processor time"), busy(0.5):
        dearest("domainscan.read.bad", pattern)
