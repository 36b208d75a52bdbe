"""Distance: how far a page as a whole stands from the harm it names, counted over all places that name one.

A seller's page is about one harm, and says so in many places and in its title: of 120 pages that offer one, all but a
few name one kind, none names four; of 20 ordinary pages flagged wrongly, 11 did so for one sentence.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final

from domainscan.model import Part
from domainscan.signals.offers import Mention, in_one_sentence
from domainscan.signals.voices import defanged
from domainscan.signals.words import Words

# Harms that stand on one page by their nature count as one; the lessons and tools of H08 belong to any.
KINDS: Final[dict[str, str]] = {"H12": "H01", "H15": "H02", "H10": "H03", "H08": ""}
FEW: Final = 3  # different kinds of harm that one shop may still offer


def harms_named(mentions: Iterable[Mention]) -> Part:
    """1 when the page names harms of more than three kinds: a list of rules, of incidents, of what is looked for."""
    kinds = sorted({KINDS.get(one.offer.category, one.offer.category) for one in mentions} - {""})
    return Part("harms", float(len(kinds) > FEW), tuple(kinds[:6]))


def threat_notes(words: Words) -> Part:
    """0.5 for one defanged address, 1 for more: nobody is to click what the page is about.

    One could be put on a page to be let through; two in two places are notes.
    """
    found = sorted(defanged(words.text, 0, len(words.text)))
    return Part("threat_notes", min(1.0, len(found) / 2), tuple(found[:4]))


def told_in_passing(mentions: Collection[Mention], article: float) -> Part:
    """How much of an article the page is, where all that counts as an offer stands in one of its sentences."""
    counted = [one for one in mentions if one.worth >= 0.5]
    return Part("passing", article if counted and in_one_sentence(counted) else 0.0)
