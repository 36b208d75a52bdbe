"""How a text looks to a visitor: visible, faint, hidden, or unknown, from inline styles and the page's own sheets.

A browser's cascade for the few properties that hide: the element and everything around it, from the root. Rules
that one visit cannot decide are tried both ways; where they make a difference, the answer is unknown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from domainscan.read.away import why_away
from domainscan.read.colours import BLACK, WHITE, Colour, contrast, read_colour
from domainscan.read.declarations import Declarations, declarations_of
from domainscan.read.selectors import Element
from domainscan.read.sheets import Rank, Sheets

VISIBLE: Final = "visible"
FAINT: Final = "faint"
HIDDEN: Final = "hidden"
UNKNOWN: Final = "unknown"
SAME: Final = 1.1  # contrast below which nobody sees the text at all
PALE: Final = 1.5  # ... and below which it is as good as hidden
READABLE: Final = 3.0  # contrast that small print needs; WCAG 2.2 asks 4.5 of it
SMALL_PIXELS: Final = 12.0
TINY_PIXELS: Final = 8.0  # smaller than any printed footnote
NO_PIXELS: Final = 1.0
FADED: Final = 0.05
DOUBTS: Final = 24  # rules in doubt that are tried; more make the answer unknown
FONT_PIXELS: Final = 16.0
_SIZES: Final = {
    "xx-small": 9.0, "x-small": 10.0, "small": 13.0, "medium": 16.0, "large": 18.0, "x-large": 24.0,
    "xx-large": 32.0, "initial": 16.0,
}  # fmt: skip
_LENGTH: Final = re.compile(r"(-?\d{0,9}(?:\.\d{1,9})?)(px|pt|em|rem|%|vw|vh|ex|ch)?")
_VARIABLE: Final = re.compile(r"var\(\s*(--[-\w]+)\s*(?:,\s*([^()]*(?:\([^()]*\))?[^()]*))?\)")
_MOVING: Final = ("transform", "transition", "animation", "will-change", "filter")
_SINGLE: Final = re.compile(r"calc\(\s{0,4}(-?\d{0,9}(?:\.\d{1,9})?[a-z%]{0,4})\s{0,4}\)")
_EXPONENT: Final = re.compile(r"(?<![\w.#])(-?\d{1,6}(?:\.\d{1,6})?)e([-+]?\d{1,2})(?=[a-z%]|$|[\s,)])")
_NONE: Final = ("0", "0px", "0%", "0em", "0rem")
_DRAWN: Final = ("svg", "g", "text", "tspan")
_ON_SHAPES: Final = "(shapes)"  # no property of CSS
_HARMLESS: Final = (
    "drop-shadow",
    "grayscale",
    "hue-rotate",
    "saturate",
    "sepia",
)  # filters that leave text legible
_FILTER: Final = re.compile(r"([a-z-]{1,20})\(([^()]{0,60}(?:\([^()]{0,60}\)[^()]{0,60})?)\)")
_BLURRED: Final = 4.0  # pixels from which type of 16 is a stain
_FONT_TAGS: Final = {"1": "10px", "2": "13px", "-1": "13px", "-2": "10px"}

Rules = Mapping[str, str]


class Look(NamedTuple):
    """How a text looks, why, and whether it stays in place when the page scrolls."""

    state: str
    why: str = ""
    fixed: str = ""  # "" | top | bottom | side | background
    pixels: float = FONT_PIXELS


class Level(NamedTuple):
    """The properties of one element: those that hold, with their rank, and those in doubt."""

    sure: dict[str, tuple[Rank, str]]
    doubts: tuple[tuple[Rank, Declarations], ...]

    def rules(self) -> dict[str, str]:
        return {name: value for name, (_, value) in self.sure.items()}


def level_of(chain: tuple[Element, ...], sheets: Sheets) -> Level:
    """What the sheets, the style attribute and older attributes say of the last element of a chain."""
    sure: dict[str, tuple[Rank, str]] = {}
    doubts = []
    own = chain[-1]
    _take(sure, _lowest(0), tuple(_by_itself(own)))
    for rank, declarations, unsure in sheets.meeting(chain):
        if unsure:
            doubts.append((rank, declarations))
        else:
            _take(sure, rank, declarations)
    style = own.attributes.get("style")
    if style:
        _take(sure, (False, 2, 0, 0, 0, 0), declarations_of(style))
    if own.tag in _DRAWN:
        _as_drawn(own.tag, sure)
    return Level(sure, tuple(doubts))


def _as_drawn(tag: str, sure: dict[str, tuple[Rank, str]]) -> None:
    """The colour of text in a drawing is its `fill`, black unless stated; shapes that are not read lie under it."""
    if tag == "svg":
        sure["color"] = sure.get("fill", (_lowest(0), "black"))
        sure[_ON_SHAPES] = (_lowest(0), "")
    elif "fill" in sure:
        sure["color"] = sure["fill"]
    else:
        sure.pop("color", None)


def _lowest(order: int) -> Rank:
    return (False, -1, 0, 0, 0, order)


def _take(known: dict[str, tuple[Rank, str]], rank: Rank, declarations: Declarations) -> None:
    """Adds declarations; of two for one property the higher rank holds, and the later of equals."""
    for name, value, important in declarations:
        mine = (important, *rank[1:])
        held = known.get(name)
        if held is None or mine >= held[0]:
            known[name] = (mine, value)
        if name in ("inset", "margin"):
            for side, stated in _four(name, value):
                if side not in known or mine >= known[side][0]:
                    known[side] = (mine, stated)


def _four(name: str, value: str) -> Iterator[tuple[str, str]]:
    """The sides of `inset` or `margin`, of which the last ones may be left out."""
    parts = value.split()[:4] or [value]
    right = parts[min(1, len(parts) - 1)]
    sides = (parts[0], right, parts[2] if len(parts) > 2 else parts[0], parts[3] if len(parts) > 3 else right)
    for side, stated in zip(("top", "right", "bottom", "left"), sides, strict=True):
        yield (side if name == "inset" else f"margin-{side}"), stated


def _by_itself(own: Element) -> Iterator[tuple[str, str, bool]]:
    """What a browser's own sheet and the attributes of older HTML say."""
    at = own.attributes
    if "hidden" in at or "popover" in at or (own.tag == "dialog" and "open" not in at):
        found = at.get("hidden") == "until-found"  # there only for who searches the page
        yield ("content-visibility", "hidden", False) if found else ("display", "none", False)
    if own.tag == "small":
        yield "font-size", "83%", False
    if own.tag == "a" and "href" in at:
        yield "color", "#0000ee", False
    if at.get("background"):
        yield "background-image", "url()", False
    if own.tag == "mark":
        yield "background-color", "#ffff00", False
    if at.get("bgcolor"):
        yield "background-color", (at["bgcolor"] or "").lower(), False
    colour = at.get("text") if own.tag == "body" else at.get("color") if own.tag == "font" else ""
    if colour:
        yield "color", colour.lower(), False
    if own.tag in _DRAWN and at.get("fill"):
        yield "fill", (at["fill"] or "").lower(), False
    if own.tag == "font" and (at.get("size") or "") in _FONT_TAGS:
        yield "font-size", _FONT_TAGS[at["size"] or ""], False


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
            _take(known, rank, declarations)
            changed = {name: value for name, (_, value) in known.items()}
            if changed != sure[at]:
                yield _judge([*sure[:at], changed, *sure[at + 1 :]], complete=complete)
        left = max(0, left - len(level.doubts))


class _State:
    """What a text inherits on its way down."""

    def __init__(self, *, complete: bool) -> None:
        self.complete = complete  # every sheet of the page was read
        self.pixels: float | None = FONT_PIXELS
        self.root: float | None = FONT_PIXELS  # what rem counts in; None: it depends on the window
        self.rooted = False  # the page's own sheets state it, and no script has to
        self.hidden = ""  # visibility, which a child may undo
        self.colour: Colour | None = BLACK
        self.odd = ""  # a colour that is not known here
        self.paper: Colour | None = WHITE
        self.papered = False  # the page says what stands behind the text
        self.alpha = 1.0
        self.fixed = ""
        self.lifted = False  # taken out of the flow above what its paper is
        self.doubt = ""
        self.edged = ""  # what may set the text off from its paper after all
        self.names: dict[str, str] = {}  # custom properties


def _judge(levels: Sequence[Rules], *, complete: bool) -> Look:
    state = _State(complete=complete)
    for at, rules in enumerate(levels):
        why = _step(state, rules)
        if why:
            return Look(HIDDEN, why, state.fixed, state.pixels or FONT_PIXELS)
        if at == 0:
            state.root, state.rooted = state.pixels, "font-size" in rules or "font" in rules
    found, why = _final(state)
    return Look(found, why, state.fixed, FONT_PIXELS if state.pixels is None else state.pixels)


def _step(state: _State, stated: Rules) -> str:
    """Takes one element into account; why it hides what is inside, or ""."""
    own = {name: value for name, value in stated.items() if name.startswith("--")}
    if own:
        state.names = state.names | own
    rules = {name: _filled(value, state.names) for name, value in stated.items() if name[:2] != "--"}
    if rules.get("display") == "none":
        return "display: none"
    if rules.get("content-visibility") == "hidden":
        return "content-visibility: hidden"
    _sizes(state, rules)
    if "visibility" in rules and rules["visibility"] != "inherit":
        value = rules["visibility"]
        state.hidden = f"visibility: {value}" if value in ("hidden", "collapse") else ""
    _fade(state, rules)
    moved = why_away(rules)
    if moved:
        return moved
    if _boxed(state, rules):
        return "a box without room"
    filtered = _filter(state, rules)
    if filtered:
        return filtered
    _place(state, rules)
    _paint(state, rules)
    return ""


def _filled(value: str, names: Mapping[str, str]) -> str:
    """A value with its variables replaced, as far as they are known."""
    for _ in range(4):
        if "var(" not in value:
            break
        value = _VARIABLE.sub(lambda found: names.get(found[1]) or found[2] or "?", value)[:600]
    if "calc(" in value:
        value = _SINGLE.sub(r"\1", value)
    return _EXPONENT.sub(lambda found: f"{float(found[1]) * 10 ** int(found[2]):.6f}", value)


def _sizes(state: _State, rules: Rules) -> None:
    size = rules.get("font-size") or ""
    if not size and "font" in rules:
        words = rules["font"].partition("/")[0].split()
        size = next(
            (one for one in words if one in _SIZES or (_LENGTH.fullmatch(one) and one[-1].isalpha())), ""
        )
    if not size or size in ("inherit", "unset"):
        return
    if size in _SIZES:
        state.pixels = _SIZES[size]
        return
    around = FONT_PIXELS if state.pixels is None else state.pixels
    root = FONT_PIXELS if state.root is None else state.root
    state.pixels = {"smaller": around * 0.83, "larger": around * 1.2}.get(size, _pixels(size, around, root))
    unsure = state.root is None or ((state.pixels or 0) < TINY_PIXELS and not state.rooted)
    if (
        size.endswith("rem") and state.pixels is not None and unsure
    ):  # pages for telephones set it by a script
        state.pixels, state.doubt = None, f"font-size: {size} of a root that is not known here"


def _pixels(value: str, around: float, root: float = FONT_PIXELS) -> float | None:
    """A font size in CSS pixels; None for one that depends on the window or is computed."""
    found = _LENGTH.fullmatch(value)
    if not found or found[1] in ("", "-"):
        return None
    number, unit = float(found[1]), found[2] or ""
    if number == 0:
        return 0.0
    by_unit = {"px": 1.0, "pt": 4 / 3, "em": around, "rem": root, "%": around / 100, "ex": around / 2}
    return number * by_unit[unit] if unit in by_unit else None


def _fade(state: _State, rules: Rules) -> None:
    value = rules.get("opacity", "")
    found = _LENGTH.fullmatch(value) if value else None
    if found and found[1] not in ("", "-"):
        amount = min(1.0, max(0.0, float(found[1]) / (100 if found[2] == "%" else 1)))
        if amount <= FADED and any(word in rules for word in _MOVING):
            state.doubt = "opacity: 0 with a transition"  # how animations begin what then comes into sight
        else:
            state.alpha *= amount
    elif value and value not in ("inherit", "initial", "unset"):
        state.doubt = f"opacity: {value}"


def _filter(state: _State, rules: Rules) -> str:
    """Takes filters, masks and layers into account; why they hide what is inside, or ""."""
    for name, amount in _FILTER.findall(rules.get("filter", "")):
        stated = f"filter: {name}({amount})"
        found = _LENGTH.fullmatch(amount.strip())
        number = float(found[1]) if found and found[1] not in ("", "-") else None
        gone = (
            name == "opacity" and number is not None and number / (100 if found and found[2] else 1) <= FADED
        )
        if gone or (name == "blur" and (_pixels(amount.strip(), FONT_PIXELS) or 0) >= _BLURRED):
            if "transition" in rules or "animation" in rules:
                state.doubt = f"{stated} with a transition"
            else:
                return stated
        elif name not in (*_HARMLESS, "opacity", "blur"):
            state.doubt = stated
    for name in ("mask", "mask-image", "-webkit-mask", "-webkit-mask-image"):
        if rules.get(name, "none") != "none":
            state.doubt = f"{name}: {rules[name]}"
    layer = rules.get("z-index", "")
    if layer.startswith("-") and rules.get("position", "static") not in ("static", "fixed"):
        state.doubt = f"z-index: {layer}, under what else stands there"
    return ""


def _boxed(state: _State, rules: Rules) -> bool:
    """Whether the box has no room and shows nothing beyond it. Padding and growth may give it room after all."""
    names = ("overflow", "overflow-x", "overflow-y")
    if not any(rules.get(name, "").startswith(("hidden", "clip")) for name in names):
        return False
    tall = [rules.get("height", ""), rules.get("max-height", "")]
    if "height" not in rules:
        tall.append(rules.get("line-height", ""))  # lines without height fill no box
    low = _roomless(
        tall, [rules.get(name, "") for name in ("min-height", "padding", "padding-top", "padding-bottom")]
    )
    wide = [rules.get("width", ""), rules.get("max-width", "")]
    narrow = _roomless(wide, [rules.get(name, "") for name in ("min-width", "flex", "flex-grow")])
    if "padding" in (low, narrow):
        state.doubt = "a box without room but for what it is padded or stretched to"
    return "hidden" in (low, narrow)


def _roomless(sizes: Sequence[str], more: Sequence[str]) -> str:
    """`hidden` for a size of nothing, `padding` where something else gives room, "" for a box with room."""
    if not any(one in ("1px", *_NONE) for one in sizes):
        return ""
    given = any(part not in ("auto", "none", "initial", *_NONE) for one in more for part in one.split())
    return "padding" if given else "hidden"


def _place(state: _State, rules: Rules) -> None:
    position = rules.get("position", "")
    if position in ("absolute", "fixed") or _ON_SHAPES in rules:
        state.lifted = True
    if position not in ("fixed", "sticky", "-webkit-sticky"):
        return
    stated = [side for side in ("top", "bottom", "left", "right") if rules.get(side, "auto") != "auto"]
    behind = rules.get("z-index", "").startswith("-")
    spread = "top" in stated and "bottom" in stated
    state.fixed = (
        "background"
        if behind or spread
        else next((one for one in stated if one in ("top", "bottom")), "side")
    )


def _paint(state: _State, rules: Rules) -> None:
    """Takes colours into account: of the text, and of what stands behind it."""
    colour = rules.get("-webkit-text-fill-color") or rules.get("color", "")
    clipped = any("text" in rules.get(name, "") for name in ("background-clip", "-webkit-background-clip"))
    if clipped:
        state.colour, state.odd = None, ""  # drawn by its background
        return
    if colour and colour not in ("inherit", "unset", "currentcolor"):
        state.colour = BLACK if colour == "initial" else read_colour(colour)
        state.odd = colour if state.colour is None else ""
    for name in ("text-shadow", "-webkit-text-stroke"):
        if name in rules:
            state.edged = name if rules[name] not in ("none", "0", "initial", "unset") else ""
    if "dark" in rules.get("color-scheme", ""):
        state.edged = "color-scheme"  # the browser's own paper may be dark
    whole = rules.get("background", "")
    picture = rules.get("background-image", "none") != "none" or "url(" in whole or "gradient" in whole
    stated = rules.get("background-color", "") or ("" if picture else whole)
    if picture:
        state.paper, state.papered, state.lifted = None, True, False
    elif stated and stated not in ("none", "inherit", "initial", "unset"):
        own = read_colour(stated)
        if own is None:
            state.paper, state.papered, state.lifted = None, True, False
        elif own.alpha > 0:
            state.papered, state.lifted = True, False
            through = own if own.alpha >= 1 else None  # nothing shines through
            state.paper = own.over(state.paper) if state.paper is not None else through


def _final(state: _State) -> tuple[str, str]:
    """What is left to say when nothing on the way hid the text."""
    return next(((found, why) for found, why, holds in _findings(state) if holds), (VISIBLE, ""))


def _findings(state: _State) -> Iterator[tuple[str, str, bool]]:
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


def _pale(state: _State) -> tuple[str, str] | None:
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
