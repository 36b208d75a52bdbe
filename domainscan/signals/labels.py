"""Explicit labels of AI-made content on pages that offer generation to the mainland."""

from __future__ import annotations

from typing import Final

from domainscan.model import Failure, Notice, Observation, Part, Reading
from domainscan.read.label_words import BOTH
from domainscan.read.labels.offering import generation_offers
from domainscan.read.looks import FAINT, HIDDEN
from domainscan.signals.context import Context

GENERATION_WORDS: Final = (
    "ai_made",
    "model_word",
    "machine",
)  # a page without any of them offers no generation
CHINESE: Final = 0.2  # share of Chinese characters of a page for the mainland
UNSEEN_FLAGS: Final = frozenset(
    ("script_rendered", "frames", "truncated", "incomplete")
)  # absent is not seen
NO_LABELS: Final = Reading(
    0.0, "labels", (), tuple(Part(name, 0.0) for name in ("present", "hidden", "absent"))
)


def labels(observation: Observation, context: Context) -> Reading | Failure:
    """How many explicit labels a page shows that offers generation to the mainland.

    Parts: `present` (as the value), `hidden` (labels that styles take out of sight, where none is shown), `absent`
    (1 where the page has none at all and was read to its end; one may still come with the output). A page that was
    read before anybody looked for labels has no part of either.
    """
    page = context.page(observation)
    if isinstance(page, Failure):
        return page
    words = context.vocabulary.read(page).words
    notices = page.notices or ()
    if not notices and not any(map(words.has, GENERATION_WORDS)):
        return NO_LABELS
    if words.chinese <= CHINESE or not generation_offers(page):
        return NO_LABELS
    hidden = [one for one in notices if one.elements == BOTH and one.visibility in (HIDDEN, FAINT)]
    shown = [one for one in notices if one not in hidden]
    absent = page.notices == () and UNSEEN_FLAGS.isdisjoint(page.flags)
    present = float(len(shown))
    parts = (
        Part("present", present, _told(shown)),
        Part("hidden", 0.0 if shown else float(len(hidden)), _told(hidden)),
        Part("absent", float(absent), ("offers generation and shows no label",) if absent else ()),
    )
    return Reading(present, "labels", _told(shown), parts)


def _told(notices: list[Notice]) -> tuple[str, ...]:
    """Labels in words: what they say, where, and why they are not seen."""
    return tuple(
        f"{one.text[:60]} ({', '.join(filter(None, (one.place, one.detail)))})" for one in notices[:3]
    )
