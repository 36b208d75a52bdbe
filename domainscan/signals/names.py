"""What a host name says by itself. A name alone reaches confidence medium at most."""

from __future__ import annotations

import unicodedata
from typing import Final

from blocklists.names import unicode_form
from domainscan.model import CATEGORIES, Failure, Observation, Part, Reading
from domainscan.signals.context import Context, Token, Vocabulary, once
from domainscan.signals.lookalikes import name_table, resembles
from domainscan.signals.segments import Cut, Segments, segments

MACHINES: Final = frozenset(("chatbot", "chatgpt", "openai"))


@once
def labels(observation: Observation, context: Context) -> tuple[str, ...]:
    """The labels somebody chose: those before the public suffix, in Unicode, nearest to the suffix first."""
    host = unicode_form(observation.name)
    chosen = host.split(".")
    suffix = context.suffixes.suffix(observation.name)
    count = suffix.count(".") + 1
    return tuple(label for label in reversed(chosen[:-count]) if label != "www")


@once
def abuse_tokens(observation: Observation, context: Context) -> Reading | Failure:
    """Words of abuse in the host name: a part per category, 1 for a hint, 2 for a name that says it."""
    chosen = labels(observation, context)
    shared = context.suffixes.is_shared(observation.name)  # nobody chose the "app" of vercel.app
    suffix = "" if shared else observation.name.rpartition(".")[2]
    best: dict[str, tuple[float, str]] = {}
    table, begins = segments(context.vocabulary), context.vocabulary.token_begins
    for label in chosen:
        tail = suffix if label == chosen[0] else ""
        for cut in table.cuts(label):
            if all(table.classes(word).isdisjoint(begins) for word in (*cut.words, tail)):
                continue  # as in most names: no token's first word is there
            for token in context.vocabulary.tokens:
                found = _said(token, cut, tail, table)
                if found and token.worth > best.get(token.category, (0.0, ""))[0]:
                    best[token.category] = (token.worth, f"{' + '.join(found)} in {label}")
    parts = tuple(Part(one, *(_with_evidence(best, one))) for one in CATEGORIES if one in best)
    return Reading(max((part.value for part in parts), default=0.0), "worth", (), parts)


def _with_evidence(best: dict[str, tuple[float, str]], category: str) -> tuple[float, tuple[str, ...]]:
    worth, shown = best[category]
    return worth, (shown,)


def _said(token: Token, cut: Cut, tail: str, table: Segments) -> tuple[str, ...]:
    """The words of a label that a token asks for, one for each of its lists; () when one is missing.

    The suffix may be the one of several (`undress.app`), and says nothing alone.
    """
    if token.alone and not (cut.whole and len(cut.words) == len(token.near)):
        return ()
    if token.begins and not (cut.begins and not table.classes(cut.words[0]).isdisjoint(token.near[0])):
        return ()
    if any(not table.classes(word).isdisjoint(token.without) for word in cut.words):
        return ()
    tailed = token.suffix and not token.alone and len(token.near) > 1
    return _one_of_each(token.near, (*cut.words, tail) if tailed else cut.words, table)


def _one_of_each(
    near: tuple[tuple[str, ...], ...], words: tuple[str, ...], table: Segments
) -> tuple[str, ...]:
    for at, word in enumerate(words):
        if not table.classes(word).isdisjoint(near[0]):
            rest = _one_of_each(near[1:], words[:at] + words[at + 1 :], table) if near[1:] else ()
            if rest or not near[1:]:
                return (word, *rest)
    return ()


@once
def brand_lookalike(observation: Observation, context: Context) -> Reading | Failure:
    """How the host name uses an AI brand that is not its own.

    Parts: `homoglyph` (foreign letters or digits that look alike), `typo` (one slip away), `other_suffix`
    (the bare brand elsewhere), `combined` (brand with further words), `weak` (a brand that is also an
    ordinary word, beside other words), `lured` (such a brand beside a word that lures: download, log in, token),
    `owner` (the brand's own or an admitted name: nothing else is read then). A label below somebody else's
    domain is worth 0.7; on a shared suffix the one below the customer's name is the service's own.
    """
    best: dict[str, tuple[float, str]] = {}
    table = name_table(context.vocabulary)
    owner = table.owner(observation.name)
    if owner:
        return Reading(0.0, "worth", (), (Part("owner", 1.0, (owner.token,)),))
    chosen = labels(observation, context)
    own = 2 if context.suffixes.is_shared(observation.name) else 1
    for place, label in enumerate(chosen):
        for brand in table.near(label):
            how = resembles(brand, label)
            if not brand.distinct and how == "combined":
                how = "lured" if _lures(brand.token, label, context.vocabulary) else "weak"
            if how and (brand.distinct or how in ("weak", "lured", "homoglyph")):
                worth = 1.0 if place < own else 0.7
                if place >= own and how != "weak" and _lures_anywhere(chosen, context.vocabulary):
                    how, worth = "lured", 1.0
                if worth > best.get(how, (0.0, ""))[0]:
                    best[how] = (worth, f"{label} ~ {brand.token}")
    parts = tuple(Part(how, worth, (shown,)) for how, (worth, shown) in sorted(best.items()))
    return Reading(max((part.value for part in parts), default=0.0), "worth", (), parts)


def is_brands_own(observation: Observation, context: Context) -> bool:
    """Whether a brand's owner speaks on this site: not on a host of the owner's where others have their pages."""
    name = brand_lookalike(observation, context)
    if not isinstance(name, Reading) or not name.part("owner").value:
        return False
    parts = observation.name.split(".")
    return context.vocabulary.tenants.isdisjoint(".".join(parts[at:]) for at in range(len(parts)))


def _lures(token: str, label: str, vocabulary: Vocabulary) -> bool:
    """Whether a brand stands at an end of a label, or between hyphens, and beside it a word that lures."""
    lures = vocabulary.namewords.get("lure", ())
    words = label.split("-")
    if token in words:
        return not {one.rstrip("0123456789") for one in words}.isdisjoint(lures)
    joined = "".join(words)
    if not (joined.startswith(token) or joined.endswith(token)):
        return False
    rest = (joined[len(token) :] if joined.startswith(token) else joined[: -len(token)]).rstrip("0123456789")
    return any(
        rest == one or (len(one) > 3 and (rest.startswith(one) or rest.endswith(one))) for one in lures
    )


def _lures_anywhere(chosen: tuple[str, ...], vocabulary: Vocabulary) -> bool:
    """Whether a word that lures stands between dots or hyphens of a host name. A host called chatgpt may be a
    company's own room for its people, so short words and words for the machine do not count.
    """
    lures = {one for one in vocabulary.namewords.get("lure", ()) if len(one) >= 5} - MACHINES
    return any(not lures.isdisjoint(label.split("-")) for label in chosen)


def mixed_script(observation: Observation, context: Context) -> Reading | Failure:
    """How many labels mix look-alike scripts (Latin with Cyrillic or Greek). Source: UTS 39 section 5.1."""
    found = []
    for label in labels(observation, context):
        if label.isascii():
            continue
        scripts = {unicodedata.name(char, "").partition(" ")[0] for char in label if char.isalpha()}
        if len(scripts & {"LATIN", "CYRILLIC", "GREEK", "ARMENIAN"}) > 1:
            found.append(f"{label}: {', '.join(sorted(scripts))}")
    return Reading(float(len(found)), "labels", tuple(found))
