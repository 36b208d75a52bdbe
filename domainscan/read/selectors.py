"""Selectors of style sheets: what each part asks of an element, and whether one element answers to it.

Simple selectors are decided (tag, class, id, attribute). What one visit cannot decide, such as `:not()`, is *unsure*.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final, NamedTuple

SELECTOR_CHARACTERS: Final = 400

_PART: Final = re.compile(
    r"(?P<join>\s*[>+~]\s*|\s+)"
    r"|(?P<all>[*&])"
    r"|\#(?P<id>(?:[-\w]|\\.)+)"
    r"|\.(?P<name>(?:[-\w]|\\.)+)"
    r"|\[\s*(?P<key>[-\w]+)\s*(?:(?P<test>[~|^$*]?=)\s*(?P<value>\"[^\"]*\"|'[^']*'|[-\w]+)\s*[is]?\s*)?\]"
    r"|(?P<pseudo>::?[-\w]+)(?P<inside>\((?:[^()]|\([^()]*\))*\))?"
    r"|(?P<tag>[a-zA-Z][-\w]*)"
)
_BRACKETS: Final = re.compile(r"[(\[\\]|:root")  # what a glance at the end of a selector would misread
_LAST: Final = re.compile(r"(?:^|[\s>+~])([.#]?[-\w]+)[^\s>+~]*$")
_ESCAPE: Final = re.compile(r"\\(.)")
# What is no state of a page that nobody has touched yet.
_STATES: Final = frozenset(
    (":hover", ":focus", ":focus-visible", ":focus-within", ":active", ":visited", ":target", ":fullscreen")
)
_BESIDE: Final = frozenset((":before", ":after", ":first-line", ":first-letter"))  # not the element itself


class Element(NamedTuple):
    """What selectors ask of an element."""

    tag: str
    attributes: Mapping[str, str | None]
    id: str = ""
    classes: frozenset[str] = frozenset()


def element(tag: str, attributes: Mapping[str, str | None]) -> Element:
    """An element by its tag and attributes."""
    classes = frozenset((attributes.get("class") or "")[:2000].split())
    return Element(tag, attributes, attributes.get("id") or "", classes)


class Compound(NamedTuple):
    """The part of a selector that speaks of one element."""

    tag: str = ""
    ids: frozenset[str] = frozenset()
    classes: frozenset[str] = frozenset()
    tests: tuple[tuple[str, str, str], ...] = ()
    unsure: bool = False


class Selector(NamedTuple):
    """Compounds from left to right, and what stands before each: "" a blank, ">", "+" or "~"."""

    compounds: tuple[Compound, ...]
    joins: tuple[str, ...]
    weight: tuple[int, int, int]


def read_selector(text: str) -> Selector | None:
    """A selector without commas; None for one that no element of an untouched page meets, or that is none."""
    text = text.strip()
    if not text or len(text) > SELECTOR_CHARACTERS:
        return None
    compounds, joins = [Compound()], [""]
    at, weight = 0, [0, 0, 0]
    while at < len(text):
        found = _PART.match(text, at)
        if not found:
            return None
        at = found.end()
        if found["join"]:
            compounds.append(Compound())
            joins.append(found["join"].strip())
            continue
        compound = _with(compounds[-1], found)
        if compound is None:
            return None
        compounds[-1] = compound
        place = 0 if found["id"] else 2 if found["tag"] else 1
        weight[place] += not found["all"]
    return Selector(tuple(compounds), tuple(joins), (weight[0], weight[1], weight[2]))


def _with(compound: Compound, found: re.Match[str]) -> Compound | None:
    """A compound with one more condition; None when nothing can meet it."""
    if found["pseudo"]:
        return _with_pseudo(compound, found["pseudo"].lower())
    if found["tag"]:
        return compound._replace(tag=found["tag"].lower())
    if found["id"]:
        return compound._replace(ids=compound.ids | {_ESCAPE.sub(r"\1", found["id"])})
    if found["name"]:
        return compound._replace(classes=compound.classes | {_ESCAPE.sub(r"\1", found["name"])})
    if found["key"]:
        test = (found["key"].lower(), found["test"] or "", (found["value"] or "").strip("\"'"))
        return compound._replace(tests=(*compound.tests, test))
    return compound


def _with_pseudo(compound: Compound, pseudo: str) -> Compound | None:
    if pseudo.startswith("::") or pseudo in _STATES or pseudo in _BESIDE:
        return None
    return compound._replace(tag="html") if pseudo == ":root" else compound._replace(unsure=True)


# Source: Selectors Level 4, 6.1 and 6.2; an empty value meets nothing where a part is looked for.
_TESTS: Final[dict[str, Callable[[str, str], bool]]] = {
    "": lambda own, value: True,
    "=": lambda own, value: own == value,
    "~=": lambda own, value: value in own.split(),
    "|=": lambda own, value: own == value or own.startswith(value + "-"),
    "^=": lambda own, value: bool(value) and own.startswith(value),
    "$=": lambda own, value: bool(value) and own.endswith(value),
    "*=": lambda own, value: bool(value) and value in own,
}


def passes(one: Element, key: str, test: str, value: str) -> bool:
    """Whether an attribute of an element passes a test such as ("href", "^=", "https:")."""
    return key in one.attributes and _TESTS[test](one.attributes[key] or "", value)


def key_of(selector: str) -> str:
    """Under which key a rule is found: an id, class or tag that its last part asks for, or "*"."""
    if _BRACKETS.search(selector):
        return "*"
    found = _LAST.search(selector)
    if not found:
        return "*"
    name = found[1]
    return name if name[0] in ".#" else name.lower()


def keys_of(one: Element) -> Iterator[str]:
    """The keys under which the rules stand that may meet an element."""
    yield "*"
    yield one.tag
    if one.id:
        yield "#" + one.id
    for name in sorted(one.classes)[:100]:
        yield "." + name
