"""Style sheets inside a page: their rules, and which of them meet an element.

Simple selectors are decided (tag, class, id, attribute, descendant, child). What one visit cannot decide, such as
`:not()` or a width of the window, is *unsure*: it may meet the element or not. The work is bounded by what was
read and compared, never by a clock.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final, NamedTuple

CSS_CHARACTERS: Final = 262_144  # of all style elements of a page; more is left out, and said to be
RULES: Final = 6_000  # selectors with their declarations
SELECTORS: Final = 64  # of one rule
SELECTOR_CHARACTERS: Final = 400
DECLARATIONS: Final = 64  # of one rule
VALUE_CHARACTERS: Final = 300
DEPTH: Final = 12  # of blocks in blocks
STEPS: Final = 100_000  # comparisons of a selector's part with an element, all elements of a page together

_MARK: Final = re.compile(r"""/\*|["'(){};]""")
_STRING_END: Final = {quote: re.compile(rf"(?<!\\)[{quote}\n]") for quote in "\"'"}
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
_SKIPPED: Final = ("@keyframes", "@-webkit-keyframes", "@-moz-keyframes", "@font-face", "@page", "@property",
                   "@counter-style", "@font-feature-values", "@view-transition", "@position-try")  # fmt: skip
_SCREEN: Final = re.compile(r"(?:only\s+)?(?:all|screen)")
_PAPER: Final = re.compile(r"(?:only\s+)?(?:print|speech|tty|braille|embossed|projection|handheld|tv)\b")

# What has to do with whether a text is seen, and where.
RELEVANT: Final = frozenset(
    (
        "display", "visibility", "content-visibility", "opacity", "font-size", "font", "color", "background",
        "background-color", "background-image", "background-clip", "-webkit-background-clip",
        "-webkit-text-fill-color", "position", "left", "right", "top", "bottom", "inset", "width", "height",
        "max-width", "max-height", "overflow", "overflow-x", "overflow-y", "clip", "clip-path", "transform",
        "text-indent", "margin-left", "margin-top", "transition", "animation", "will-change", "filter",
        "z-index",
    )
)  # fmt: skip

Declarations = tuple[tuple[str, str, bool], ...]  # (property, value, important)
# Important beats ordinary; inline beats sheets, and those outside a layer beat a layer's; then specificity, order.
Rank = tuple[bool, int, int, int, int, int]


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


class Rule(NamedTuple):
    """One selector, as it is written, with its declarations."""

    selector: str
    declarations: Declarations
    layer: int  # 0 in a layer, 1 outside
    order: int
    unsure: bool


class Frame(NamedTuple):
    """A block that is open: its selectors, whether it is left out, in doubt, or in a layer."""

    selectors: tuple[str, ...] = ()
    skipped: bool = False
    unsure: bool = False
    layer: int = 1


class Sheets:
    """The style sheets of one page, in their order."""

    def __init__(self) -> None:
        self._rules: dict[str, list[Rule]] = {}
        self._selectors: dict[int, Selector | None] = {}  # by the order of their rules
        self._count = 0
        self._room = CSS_CHARACTERS
        self._steps = 0
        self.imports = 0  # sheets that these ask for
        self.cut = False  # something was left out because it was too much

    def add(self, css: str, media: str = "") -> None:
        """One sheet, as it stands in a style element."""
        applies = applies_on_screen(media)
        if applies is False:
            return
        if len(css) > self._room:
            self.cut = True
        css = css[: self._room]
        self._room -= len(css)
        self._read(css, Frame(unsure=applies is None))

    def meeting(self, chain: tuple[Element, ...]) -> Iterator[tuple[Rank, Declarations, bool]]:
        """The rules that meet the last element of a chain from the root: rank, declarations, and if in doubt."""
        for key in _keys_of(chain[-1]):
            for rule in self._rules.get(key, ()):
                if self._steps > STEPS:
                    return
                selector = self._selector(rule)
                met = False if selector is None else self._meets(selector, chain)
                if selector is not None and met is not False:
                    rank = (False, rule.layer, *selector.weight, rule.order)
                    yield rank, rule.declarations, rule.unsure or met is None

    # ------------------------------------------------------------ reading

    def _read(self, css: str, outermost: Frame) -> None:
        frames = [outermost]
        pending: list[list[tuple[str, str, bool]]] = [[]]
        spoiled, deeper = False, 0  # what stands loose outside of blocks spoils the rule behind it
        for mark, text in _events(css):
            outside = len(frames) == 1
            if mark == "{" and len(frames) > DEPTH:
                deeper, self.cut = deeper + 1, True
            elif mark == "{":
                frames.append(frames[-1]._replace(skipped=True) if spoiled else _frame(text, frames[-1]))
                pending.append([])
                spoiled = False
            elif text.startswith("@"):
                self.imports += text[:7].lower() == "@import"
            elif text and frames[-1].selectors and len(pending[-1]) < DECLARATIONS and not deeper:
                pending[-1] += _declaration(text)
            else:
                spoiled = outside
            if mark == "}" and deeper:
                deeper -= 1
            elif mark == "}" and not outside:
                self._close(frames.pop(), tuple(pending.pop()))
        while len(frames) > 1:  # a browser closes what was left open
            self._close(frames.pop(), tuple(pending.pop()))

    def _close(self, frame: Frame, declarations: Declarations) -> None:
        if frame.skipped or not declarations:
            return
        for text in frame.selectors:
            if self._count >= RULES:
                self.cut = True
                return
            self._count += 1
            rule = Rule(text.strip(), declarations, frame.layer, self._count, frame.unsure)
            self._rules.setdefault(_key(rule.selector), []).append(rule)

    # ------------------------------------------------------------ meeting

    def _selector(self, rule: Rule) -> Selector | None:
        """The rule's selector. Read when an element first asks for it: most rules of a page meet none of ours."""
        if rule.order not in self._selectors:
            self._selectors[rule.order] = read_selector(rule.selector)
        return self._selectors[rule.order]

    def _meets(self, selector: Selector, chain: tuple[Element, ...]) -> bool | None:
        """Whether the selector meets the last element of the chain; None when that cannot be told."""
        own = self._fits(selector.compounds[-1], chain[-1])
        if own is False or len(selector.compounds) == 1:
            return own
        above = self._above(selector, len(selector.compounds) - 1, chain, len(chain) - 1)
        return None if own is None and above else above

    def _above(self, selector: Selector, part: int, chain: tuple[Element, ...], at: int) -> bool | None:
        """Whether the parts before `part` are met above chain[at]."""
        if part == 0:
            return True
        join = selector.joins[part]
        if join in ("+", "~"):
            return None  # brothers are not in the chain
        found: bool | None = False
        for above in range(at - 1, -1, -1):
            fits = self._fits(selector.compounds[part - 1], chain[above])
            if fits is not False:
                rest = self._above(selector, part - 1, chain, above)
                if rest and fits:
                    return True
                if rest is not False:
                    found = None
            if join == ">" or self._steps > STEPS:
                break
        return None if self._steps > STEPS else found

    def _fits(self, wanted: Compound, one: Element) -> bool | None:
        self._steps += 1
        if self._steps > STEPS:
            self.cut = True
            return None
        if wanted.tag and wanted.tag != one.tag:
            return False
        if wanted.ids and wanted.ids != {one.id}:
            return False
        if not wanted.classes <= one.classes:
            return False
        if not all(_passes(one, *test) for test in wanted.tests):
            return False
        return None if wanted.unsure else True


def applies_on_screen(media: str) -> bool | None:
    """Whether a media query holds for an ordinary window; None when that depends on the window."""
    answers = [_one_query(" ".join(one.lower().split())) for one in media[:1000].split(",")]
    if True in answers:
        return True
    return None if None in answers else False


def _one_query(query: str) -> bool | None:
    if not query or _SCREEN.fullmatch(query):
        return True
    return False if _PAPER.match(query) else None


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


def _passes(one: Element, key: str, test: str, value: str) -> bool:
    return key in one.attributes and _TESTS[test](one.attributes[key] or "", value)


def _key(selector: str) -> str:
    """Under which key a rule is found: an id, class or tag that its last part asks for, or "*"."""
    if _BRACKETS.search(selector):
        return "*"
    found = _LAST.search(selector)
    if not found:
        return "*"
    name = found[1]
    return name if name[0] in ".#" else name.lower()


def _keys_of(one: Element) -> Iterator[str]:
    yield "*"
    yield one.tag
    if one.id:
        yield "#" + one.id
    for name in sorted(one.classes)[:100]:
        yield "." + name


def _frame(prelude: str, outer: Frame) -> Frame:
    """The block that `prelude` opens inside `outer`."""
    if outer.skipped:
        return outer
    if not prelude.startswith("@"):
        own = _split(prelude)[:SELECTORS]
        if outer.selectors:
            own = [_nested(above, one) for above in outer.selectors for one in own][:SELECTORS]
        return outer._replace(selectors=tuple(own))
    name, _, rest = prelude.lower().partition(" ")
    if name in _SKIPPED:
        return outer._replace(skipped=True)
    if name == "@layer":
        return outer._replace(layer=0)
    if name == "@media":
        applies = applies_on_screen(rest)
        return outer._replace(skipped=applies is False, unsure=outer.unsure or applies is None)
    return outer._replace(unsure=True)


def _nested(above: str, one: str) -> str:
    return one.replace("&", above) if "&" in one else f"{above} {one}"


def _split(prelude: str) -> list[str]:
    """A list of selectors at its commas, those inside brackets left alone."""
    parts, depth, start = [], 0, 0
    for at, c in enumerate(prelude[: SELECTORS * SELECTOR_CHARACTERS]):
        depth += (c in "([") - (c in ")]")
        if c == "," and depth <= 0:
            parts.append(prelude[start:at])
            start = at + 1
    return [*parts, prelude[start : SELECTORS * SELECTOR_CHARACTERS]]


def _declaration(text: str) -> list[tuple[str, str, bool]]:
    """[(property, value, important)] when the property has to do with what is seen."""
    name, colon, value = text.partition(":")
    name = name.strip()
    custom = name.startswith("--")
    if not colon or not (custom or name.lower() in RELEVANT):
        return []
    plain = value[:VALUE_CHARACTERS].strip()
    important = plain.lower().endswith("important") and "!" in plain
    if important:
        plain = plain[: plain.rindex("!")].rstrip()
    return [(name if custom else name.lower(), plain.lower(), important)]


def declarations_of(style: str) -> Declarations:
    """The declarations of a style attribute."""
    found: list[tuple[str, str, bool]] = []
    for _, text in _events(style[:2000]):
        found += _declaration(text)
    return tuple(found[:DECLARATIONS])


def _events(css: str) -> Iterator[tuple[str, str]]:
    """Each `{`, `}` and `;` with the text before it, comments taken out; the end counts as `}`.

    Every step goes forward, so a sheet of openings without an end costs no more than another.
    """
    parts: list[str] = []
    done = at = 0
    while found := _MARK.search(css, at):
        start, mark = found.start(), found[0]
        at = found.end()
        if mark == "/*":
            parts.append(css[done:start])
            at = css.find("*/", at) + 2
            if at < 2:
                return
            done = at
        elif mark in _STRING_END:
            end = _STRING_END[mark].search(css, at)
            at = end.end() if end else len(css)
        elif mark == "(":
            if css[max(0, start - 3) : start].lower() == "url":
                at = css.find(")", at) + 1 or len(css)
        elif mark != ")":
            parts.append(css[done:start])
            yield mark, "".join(parts).strip()
            parts, done = [], at
    parts.append(css[done:])
    yield "}", "".join(parts).strip()
