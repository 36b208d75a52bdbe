"""Style sheets inside a page: their rules, and which of them meet an element.

Simple selectors are decided (tag, class, id, attribute, descendant, child). What one visit cannot decide, such as
`:not()` or a width of the window, is *unsure*: it may meet the element or not. The work is bounded by what was
read and compared, never by a clock.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from domainscan.read.blocks import Frame, applies_on_screen, opened
from domainscan.read.declarations import DECLARATIONS, Declarations, declaration, events
from domainscan.read.selectors import Compound, Element, Selector, key_of, keys_of, passes, read_selector

CSS_CHARACTERS: Final = 262_144  # of all style elements of a page; more is left out, and said to be
RULES: Final = 6_000  # selectors with their declarations
DEPTH: Final = 12  # of blocks in blocks
STEPS: Final = 100_000  # comparisons of a selector's part with an element, all elements of a page together

# Important beats ordinary; inline beats sheets, and those outside a layer beat a layer's; then specificity, order.
Rank = tuple[bool, int, int, int, int, int]


class Rule(NamedTuple):
    """One selector, as it is written, with its declarations."""

    selector: str
    declarations: Declarations
    layer: int  # 0 in a layer, 1 outside
    order: int
    unsure: bool


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
        for key in keys_of(chain[-1]):
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
        for mark, text in events(css):
            outside = len(frames) == 1
            if mark == "{" and len(frames) > DEPTH:
                deeper, self.cut = deeper + 1, True
            elif mark == "{":
                frames.append(frames[-1]._replace(skipped=True) if spoiled else opened(text, frames[-1]))
                pending.append([])
                spoiled = False
            elif text.startswith("@"):
                self.imports += text[:7].lower() == "@import"
            elif text and frames[-1].selectors and len(pending[-1]) < DECLARATIONS and not deeper:
                pending[-1] += declaration(text)
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
            self._rules.setdefault(key_of(rule.selector), []).append(rule)

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
        if not all(passes(one, *test) for test in wanted.tests):
            return False
        return None if wanted.unsure else True
