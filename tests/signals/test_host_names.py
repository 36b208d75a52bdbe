"""Names alone: what an honest name may hold without being flagged, and what an invented one must be flagged for.

The names are in names.toml and stand below `.example`, unless the suffix is the point.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from domainscan.model import CONFIDENCES, Assessment

NAMES: dict[str, dict[str, str]] = tomllib.loads(Path(__file__).with_name("names.toml").read_text("utf-8"))
# Any of several categories is right where a word says both.
RIGHT = {
    "H01": {"H01", "H12"},
    "H02": {"H01", "H02"},
    "H03": {"H03", "H05"},
    "H07": {"H07", "H05"},
    "H12": {"H12", "H01"},
}
Judge = Callable[..., Assessment]


def _flagged(answer: Assessment) -> set[str]:
    """The categories at confidence medium or high."""
    return {one.category for one in answer.judgements if CONFIDENCES[one.confidence] >= 2}


def names_of(table: dict[str, str]) -> list[str]:
    return [name for names in table.values() for name in names.split()]


def test_the_tables_are_as_long_as_they_should_be() -> None:
    honest, abuse = names_of(NAMES["honest"]), names_of(NAMES["abuse"])
    assert len(honest) >= 1_100
    assert len(abuse) >= 850
    assert not set(honest) & set(abuse)


@pytest.mark.parametrize(("why", "names"), NAMES["honest"].items())
def test_an_honest_name_is_not_flagged(why: str, names: str, visit: Any, judged: Judge) -> None:
    flagged = {name: _flagged(judged(visit(f"{name}.example"))) for name in names.split()}
    assert {name: found for name, found in flagged.items() if found} == {}, why


@pytest.mark.parametrize(("category", "names"), NAMES["abuse"].items())
def test_a_name_made_of_words_of_abuse_is_flagged(
    category: str, names: str, visit: Any, judged: Judge
) -> None:
    right = RIGHT.get(category, {category})
    missed = [name for name in names.split() if not _flagged(judged(visit(f"{name}.example"))) & right]
    assert missed == []


@pytest.mark.parametrize(
    "name",
    [
        "nudify.example",
        "aiporn.example",
        "chatgpt-login.example",
        "deepfakes.example",
        "nudify.chatgpt.example",
    ],
)
def test_a_name_alone_is_never_more_than_medium(name: str, visit: Any, judged: Judge) -> None:
    confidences = {one.confidence for one in judged(visit(name)).judgements}
    assert "medium" in confidences
    assert confidences <= {"low", "medium"}


@pytest.mark.parametrize(
    ("name", "expected", "why"),
    [
        ("swapface.app", {"H02"}, "the suffix is the cue"),
        ("swapface.pages.example", set(), "nobody chose the suffix of a platform"),
        ("quillporn.ai", {"H01"}, "so is ai"),
        ("quilltrading.ai", set(), "a suffix makes no promise of money"),
        ("essex.ai", set(), "a county"),
        ("quill.app", set(), "a suffix says nothing alone"),
        ("nude-food.ai", set(), "a kitchen"),
    ],
)
def test_the_suffix_is_one_of_the_words(
    name: str, expected: set[str], why: str, visit: Any, judged: Judge
) -> None:
    assert _flagged(judged(visit(name))) == expected, why


@pytest.mark.parametrize(
    ("name", "expected", "why"),
    [
        ("chatgpt.quiet-harbour.example", set(), "a company's own room for its people"),
        (
            "chatgpt.quiet-harbour.pages.example",
            {"H05"},
            "on a platform the label below the customer's is the service",
        ),
        ("chatgpt-download.quiet-harbour.example", {"H05"}, "with a word that lures"),
        ("deepseek.official-version.example", {"H05"}, "the word may stand in another label"),
        ("claude.quiet-harbour.example", set(), "a first name"),
        ("chatgpt.com", set(), "the owner"),
        ("download.chatgpt.com", set(), "and what lies below"),
        ("openai.github.io", set(), "the owner's pages on a platform"),
        ("hf-mirror.com", set(), "a known mirror of open models"),
    ],
)
def test_whose_label_the_brand_is(name: str, expected: set[str], why: str, visit: Any, judged: Judge) -> None:
    assert _flagged(judged(visit(name))) == expected, why
