"""What a text inherits on its way down from the root: its size, colour, paper and place, or that it is hidden."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from domainscan.read.away import why_away
from domainscan.read.cascade import ON_SHAPES, Rules
from domainscan.read.colours import BLACK, WHITE, Colour, read_colour

FONT_PIXELS: Final = 16.0
TINY_PIXELS: Final = 8.0  # smaller than any printed footnote
FADED: Final = 0.05
_SIZES: Final = {
    "xx-small": 9.0, "x-small": 10.0, "small": 13.0, "medium": 16.0, "large": 18.0, "x-large": 24.0,
    "xx-large": 32.0, "initial": 16.0,
}  # fmt: skip
_LENGTH: Final = re.compile(r"(-?\d{0,9}(?:\.\d{1,9})?)(px|pt|em|rem|%|vw|vh|ex|ch)?")
_VARIABLE: Final = re.compile(r"var\(\s*(--[-\w]+)\s*(?:,\s*([^()]*(?:\([^()]*\))?[^()]*))?\)")
_SINGLE: Final = re.compile(r"calc\(\s{0,4}(-?\d{0,9}(?:\.\d{1,9})?[a-z%]{0,4})\s{0,4}\)")
_EXPONENT: Final = re.compile(r"(?<![\w.#])(-?\d{1,6}(?:\.\d{1,6})?)e([-+]?\d{1,2})(?=[a-z%]|$|[\s,)])")
_MOVING: Final = ("transform", "transition", "animation", "will-change", "filter")
_NONE: Final = ("0", "0px", "0%", "0em", "0rem")
_HARMLESS: Final = (
    "drop-shadow",
    "grayscale",
    "hue-rotate",
    "saturate",
    "sepia",
)  # filters that leave text legible
_FILTER: Final = re.compile(r"([a-z-]{1,20})\(([^()]{0,60}(?:\([^()]{0,60}\)[^()]{0,60})?)\)")
_BLURRED: Final = 4.0  # pixels from which type of 16 is a stain


class Inherited:
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


def step(state: Inherited, stated: Rules) -> str:
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


def _sizes(state: Inherited, rules: Rules) -> None:
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


def _fade(state: Inherited, rules: Rules) -> None:
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


def _filter(state: Inherited, rules: Rules) -> str:
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


def _boxed(state: Inherited, rules: Rules) -> bool:
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


def _place(state: Inherited, rules: Rules) -> None:
    position = rules.get("position", "")
    if position in ("absolute", "fixed") or ON_SHAPES in rules:
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


def _paint(state: Inherited, rules: Rules) -> None:
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
