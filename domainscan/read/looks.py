"""How a text looks to a visitor: visible, faint, hidden, or unknown, from inline styles and the page's own sheets.

A browser's cascade for the few properties that hide: the element and everything around it, from the root. Rules
that one visit cannot decide are tried both ways; where they make a difference, the answer is unknown.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from domainscan.read.cascade import Level, Rules, take
from domainscan.read.colours import contrast
from domainscan.read.inherited import FADED, FONT_PIXELS, TINY_PIXELS, Inherited, step

VISIBLE: Final = "visible"
FAINT: Final = "faint"
HIDDEN: Final = "hidden"
UNKNOWN: Final = "unknown"
SAME: Final = 1.1  # contrast below which nobody sees the text at all
PALE: Final = 1.5  # ... and below which it is as good as hidden
READABLE: Final = 3.0  # contrast that small print needs; WCAG 2.2 asks 4.5 of it
SMALL_PIXELS: Final = 12.0
NO_PIXELS: Final = 1.0
DOUBTS: Final = 24  # rules in doubt that are tried; more make the answer unknown


class Look(NamedTuple):
    """How a text looks, why, and whether it stays in place when the page scrolls."""

    state: str
    why: str = ""
    fixed: str = ""  # "" | top | bottom | side | background
    pixels: float = FONT_PIXELS


def look(levels: Sequence[Level], *, unread: int = 0, cut: bool = False) -> Look:
    """How a text looks inside these elements, the root first.

    `unread` is how many sheets were not read; they may change what is visible here and whatever the page's own
    sheets leave open. `cut`: more style than is read of one page.
    """
    sure = [one.rules() for one in levels]
    found = _judge(sure, complete=not unread)
    if found.state == HIDDEN:
        other = next(
            (one for one in _otherwise(levels, sure, complete=not unread) if one.state != HIDDEN), None
        )
        return found if other is None else found._replace(state=UNKNOWN, why=f"{found.why}, but not always")
    doubts = sum(len(one.doubts) for one in levels)
    if doubts > DOUBTS or cut:
        return found._replace(state=UNKNOWN, why="more style than is read of one page")
    for other in _otherwise(levels, sure, complete=not unread):
        if other.state != found.state:
            return found._replace(state=UNKNOWN, why=f"perhaps {other.why or other.state}")
    if unread and found.state != FAINT:
        why = found.why or f"{unread} linked style sheet{'s' * (unread > 1)} not read"
        return found._replace(state=UNKNOWN, why=why)
    return found


def _otherwise(levels: Sequence[Level], sure: Sequence[Rules], *, complete: bool) -> Iterator[Look]:
    """How it looks if each of the rules in doubt holds after all."""
    left = DOUBTS
    for at, level in enumerate(levels):
        for rank, declarations in level.doubts[:left]:
            known = dict(level.sure)
            take(known, rank, declarations)
            changed = {name: value for name, (_, value) in known.items()}
            if changed != sure[at]:
                yield _judge([*sure[:at], changed, *sure[at + 1 :]], complete=complete)
        left = max(0, left - len(level.doubts))


def _judge(levels: Sequence[Rules], *, complete: bool) -> Look:
    state = Inherited(complete=complete)
    for at, rules in enumerate(levels):
        why = step(state, rules)
        if why:
            return Look(HIDDEN, why, state.fixed, state.pixels or FONT_PIXELS)
        if at == 0:
            state.root, state.rooted = state.pixels, "font-size" in rules or "font" in rules
    found, why = _final(state)
    return Look(found, why, state.fixed, FONT_PIXELS if state.pixels is None else state.pixels)


def _final(state: Inherited) -> tuple[str, str]:
    """What is left to say when nothing on the way hid the text."""
    return next(((found, why) for found, why, holds in _findings(state) if holds), (VISIBLE, ""))


def _findings(state: Inherited) -> Iterator[tuple[str, str, bool]]:
    """(state, why, whether it is so), the worst first."""
    size = "unknown" if state.pixels is None else f"{state.pixels:.3g}px"
    yield HIDDEN, state.hidden, bool(state.hidden)
    yield HIDDEN, f"font-size: {size}", state.pixels is not None and state.pixels <= NO_PIXELS
    yield HIDDEN, f"opacity: {state.alpha:.2g}", state.alpha <= FADED
    pale = _pale(state)
    if pale:
        unsure = state.lifted or state.edged or not (state.papered or state.complete)
        yield (UNKNOWN, f"{pale[1]}, if nothing else stands behind it", True) if unsure else (*pale, True)
    yield FAINT, f"font-size: {size}", state.pixels is not None and state.pixels < TINY_PIXELS
    yield UNKNOWN, state.doubt, bool(state.doubt)
    yield UNKNOWN, f"color: {state.odd[:60]}", bool(state.odd)
    yield (
        UNKNOWN,
        "on a picture or a colour that is not known",
        state.paper is None and state.colour is not None,
    )


def _pale(state: Inherited) -> tuple[str, str] | None:
    """How far the text's colour is too close to what stands behind it; None when it is not, or nobody knows."""
    if state.colour is None or state.paper is None:
        return None
    ink = state.colour._replace(alpha=state.colour.alpha * state.alpha)
    ratio = contrast(ink.over(state.paper), state.paper)
    small = state.pixels is not None and state.pixels < SMALL_PIXELS
    if ratio < SAME:
        return HIDDEN, f"text in the colour of its background (contrast {ratio:.2f}:1)"
    if ratio < PALE:
        return FAINT, f"contrast {ratio:.2f}:1"
    if ratio < READABLE and small:
        return FAINT, f"contrast {ratio:.2f}:1 at {state.pixels:.3g}px"
    return None
