"""Wording: how a page's title and first lines are worded, weighed term by term as on pages that people have labelled.

What one page offers outright another says in words that no list of offers holds. Most of its terms stand on many such
pages and on few honest ones: each is weak, and all together are not. The weights are fitted (docs/evaluation.md).
"""

from __future__ import annotations

from typing import Final

from domainscan.model import Failure, Observation, Part, Reading
from domainscan.signals.context import Context
from domainscan.signals.names import is_brands_own
from domainscan.signals.short import short_page
from domainscan.signals.words import Words

NO_WORDING: Final = Reading(0.0, "log odds")


def wording(observation: Observation, context: Context) -> Reading | Failure:
    """The log odds that a page is worded like those that offer harm; a part per category it then speaks of.

    Below 0 it is worded like honest ones, which matters only where something is offered or hinted at: elsewhere 0.
    Also 0 under a brand's own name, and where the pack has no table of wording.
    """
    read = context.read(observation)
    if isinstance(read, Failure):
        return read
    if not context.vocabulary.weights or is_brands_own(observation, context):
        return NO_WORDING
    said = context.vocabulary.weights.said(read.words)
    if not said.odds:
        doubted = read.mentions or _is_hinted_at(observation, context)
        return Reading(context.vocabulary.weights.against(read.words), "log odds") if doubted else NO_WORDING
    named = [one for one in said.categories if _is_named(one, read.words, context)]
    parts = tuple(Part(category, said.odds, said.terms) for category in named)
    return Reading(said.odds, "log odds", said.terms, parts)


def _is_hinted_at(observation: Observation, context: Context) -> bool:
    hints = short_page(observation, context)
    return not isinstance(hints, Failure) and bool(hints.value)


def _is_named(category: str, words: Words, context: Context) -> bool:
    """Whether the page has a word that offers of this category ask for and others do not: manner alone is no harm."""
    topics = context.vocabulary.topics.get(category, frozenset())
    return not topics.isdisjoint(words.among(topics))
