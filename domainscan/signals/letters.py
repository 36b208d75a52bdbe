"""Letters of a host name: how it is spelled, weighed by pieces of words as in names that people have labelled.

Sellers coin words that no table of words holds, out of pieces that they all use. Each piece is weak, and all together
are not. The weights are fitted (docs/evaluation.md, "Letters").
"""

from __future__ import annotations

from typing import Final

from domainscan.model import Failure, Observation, Part, Reading
from domainscan.signals.context import Context
from domainscan.signals.names import abuse_tokens, is_brands_own, labels
from domainscan.signals.segments import segments
from domainscan.signals.weights import Said

NOTHING: Final = Reading(0.0, "log odds")
SHOWN: Final = 6  # pieces quoted


def name_letters(observation: Observation, context: Context) -> Reading | Failure:
    """The log odds that a host name is spelled like those of harm; a part per category that it speaks of.

    0 where a word of the name says or hints at it already, where one speaks of defence, under a brand's own name, and
    where the pack has no table of letters.
    """
    said = _most(observation, context)
    if said.odds <= 0 or is_brands_own(observation, context):
        return NOTHING
    words = abuse_tokens(observation, context)
    if isinstance(words, Reading) and words.value:
        return NOTHING
    shown = said.terms[:SHOWN]
    return Reading(
        said.odds, "log odds", shown, tuple(Part(one, said.odds, shown) for one in said.categories)
    )


def _most(observation: Observation, context: Context) -> Said:
    """What the letters of that label say which says most; one with words of defence, shops or care says nothing."""
    known = context.vocabulary.letters
    said = ((known.said(label), label) for label in labels(observation, context))
    table = segments(context.vocabulary)
    told = [one for one, label in said if one.odds > 0 and not table.speaks_against(label)]
    return max(told, default=Said(0.0))
