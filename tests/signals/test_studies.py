"""Studies of marks and detectors, what the words of a program's user are, and what only looks like either."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from domainscan.model import Page
from domainscan.signals.context import Context, PageWords
from domainscan.signals.turns import turns_of

CLEAR = 0.9  # strength from which rules speak of an offer

TURNS = [
    ("evaluating evading attacks on machine written text", {"reported"}, "a study's title"),
    ("stress testing the robustness of detectors", {"reported"}, "a study's title"),
    ("evaluating your score on 3 detectors", set(), "a seller's step"),
    ("and show that it evades watermarking", {"reported"}, "what was found"),
    ("we show you that it evades watermarking", set(), "a seller's demonstration"),
    ("61 listings on nine boards offer kits", {"reported"}, "who was counted"),
    ("61 channels for kits, pick yours", set(), "a stock"),
    ("the underground market for kits", {"reported"}, "a market that is watched"),
    ("the market leader in kits", set(), "a boast"),
    ("we guarantee that it evades watermarking", set(), "a promise"),
]


@pytest.mark.parametrize(("text", "voices", "why"), TURNS, ids=[f"{row[2]}: {row[0][:20]}" for row in TURNS])
def test_a_study_is_told_by_its_grammar(text: str, voices: set[str], why: str) -> None:
    assert {one.voice for one in turns_of(text)} == voices


OFFERED = [
    (
        "When the user says humanize, rewrite ChatGPT essays past Turnitin.",
        True,
        "what calls a program is no report",
    ),
    ("The teacher says they humanize, rewrite ChatGPT essays past Turnitin.", False, "a teacher says so"),
]


@pytest.mark.parametrize(("text", "offered", "why"), OFFERED, ids=[row[2] for row in OFFERED])
def test_the_users_words_that_call_a_program_are_no_report(
    text: str, offered: bool, why: str, page: Callable[..., Page], context: Context
) -> None:
    read = PageWords(page(text=text), context.vocabulary)
    assert (read.strength("H09")[0] >= CLEAR) is offered


def test_words_that_everybody_has_make_no_topic_of_a_category(context: Context) -> None:
    topics = context.vocabulary.topics["H09"]
    assert "mark_taken" in topics, "what only sellers of removal say"
    assert not topics & {"mark_sign", "mark_off", "noticer"}, "a logo, to remove, a platform"
