"""Pages of few words, such as a directory's line about a site: small hints of different kinds, added up."""

from __future__ import annotations

from typing import Final

from domainscan.model import Failure, Observation, Part, Reading
from domainscan.signals.context import Context
from domainscan.signals.hints import Seen, add_up
from domainscan.signals.names import is_brands_own, labels
from domainscan.signals.words import Words

# Characters of a page up to which its hints are read; of Chinese text half as many. From 200 to 600 the labelled sets
# are judged alike; at 400 of Chinese text two honest shops gathered enough hints by chance.
SHORT: Final = 300
CHINESE: Final = 0.25  # share of Chinese characters from which a page is Chinese
MOST: Final = 2.0  # what hints can add up to, however many kinds there are
NO_HINTS: Final = Reading(0.0, "hints")


def short_page(observation: Observation, context: Context) -> Reading | Failure:
    """What the hints of a page of few words add up to: a part per category, 1 where they say it together.

    Each kind of hint counts once, what speaks against a category is taken off, and nothing is worth more than `MOST`.
    A category needs a kind that says what is offered and one that says how. Longer pages have room to say so in so
    many words, and are not read; on a brand's own name nothing is a hint.
    """
    seen = hints_of(observation, context)
    if isinstance(seen, Failure):
        return seen
    if not seen:
        return NO_HINTS
    parts = []
    said = {category for one in seen if one.hint.topic for category in one.hint.category}
    for category in sorted(said):
        kinds, both = add_up(seen, category)
        worth = round(min(MOST, sum(one.hint.worth for one in kinds)), 3)
        if both and worth > 0:
            parts.append(Part(category, worth, tuple(f"{one.hint.kind}: {one.words}" for one in kinds)))
    return Reading(max((part.value for part in parts), default=0.0), "hints", (), tuple(parts))


def hints_of(observation: Observation, context: Context) -> tuple[Seen, ...] | Failure:
    """Every hint of a page of few words; none on a longer one, and none under a brand's own name."""
    read = context.read(observation)
    if isinstance(read, Failure):
        return read
    if not (context.vocabulary.hints and _is_short(read.words)):
        return ()
    if is_brands_own(observation, context):
        return ()
    numbers = (one.value for one in read.identifiers)
    return tuple(context.vocabulary.hints.seen(read.words, labels(observation, context), numbers))


def _is_short(words: Words) -> bool:
    """Whether a page has few words. A Chinese one says in half as many characters what another says."""
    size = len(words.text)
    return size <= SHORT and (size <= SHORT // 2 or words.chinese <= CHINESE)
