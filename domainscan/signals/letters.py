"""Letters of a host name: how it is spelled, weighed by three to six letters at a time as in names that people have labelled.

Sellers coin words that no table of words holds, out of pieces that they all use. Each piece is weak, and all together are
not. The weights are fitted (docs/evaluation.md, "Letters").
"""

from __future__ import annotations

from typing import Final

from domainscan.model import Failure, Observation, Part, Reading, Record
from domainscan.signals.context import Context
from domainscan.signals.folding import fold
from domainscan.signals.names import abuse_tokens, is_brands_own, labels
from domainscan.signals.segments import segments
from domainscan.signals.weights import Said

NOTHING: Final = Reading(0.0, "log odds")
SAID: Final = 2.0  # what a name is worth whose words say the harm already
SHOWN: Final = 6  # pieces quoted
DEFENCE: Final = "@defence"


def name_letters(observation: Observation, context: Context) -> Reading | Failure:
    """The log odds that a host name is spelled like those of harm.

    A part per category that it speaks of; of one whose words hint at a harm the part is "H01 hinted" alone. 0 where the words
    say it already, or speak of defence, under a brand's own name, and where the pack has no table of letters.
    """
    said = _most(observation, context)
    if said.odds <= 0 or is_brands_own(observation, context):
        return NOTHING
    words = abuse_tokens(observation, context)
    hinted = words.parts if isinstance(words, Reading) else ()
    if any(one.value >= SAID for one in hinted):
        return NOTHING
    names = [f"{one.name} hinted" for one in hinted] or said.categories
    shown = said.terms[:SHOWN]
    return Reading(said.odds, "log odds", shown, tuple(Part(one, said.odds, shown) for one in names))


def _most(observation: Observation, context: Context) -> Said:
    """What the letters of that label say which says most; a label with a word of defence says nothing."""
    known = context.vocabulary.letters
    said = ((known.said(label), label) for label in labels(observation, context))
    told = [one for one, label in said if one.odds > 0 and not _defends(label, context)]
    return max(told, key=_odds_of, default=Said(0.0))


def _odds_of(said: Said) -> float:
    return said.odds


def _defends(label: str, context: Context) -> bool:
    table = segments(context.vocabulary)
    return any(DEFENCE in table.classes(word) for word in table.words(label))
