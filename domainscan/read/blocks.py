"""Blocks of a style sheet: which selectors a block has, and whether it counts on an ordinary screen."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from domainscan.read.selectors import SELECTOR_CHARACTERS

SELECTORS: Final = 64  # of one rule
_SKIPPED: Final = ("@keyframes", "@-webkit-keyframes", "@-moz-keyframes", "@font-face", "@page", "@property",
                   "@counter-style", "@font-feature-values", "@view-transition", "@position-try")  # fmt: skip
_SCREEN: Final = re.compile(r"(?:only\s+)?(?:all|screen)")
_PAPER: Final = re.compile(r"(?:only\s+)?(?:print|speech|tty|braille|embossed|projection|handheld|tv)\b")


class Frame(NamedTuple):
    """A block that is open: its selectors, whether it is left out, in doubt, or in a layer."""

    selectors: tuple[str, ...] = ()
    skipped: bool = False
    unsure: bool = False
    layer: int = 1


def opened(prelude: str, outer: Frame) -> Frame:
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
