"""Whether style moves, clips or flattens an element out of sight.

Source: CSS 2.1 11.1.2; CSS Transforms 1 and 2; CSS Masking 1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

_NUMBER: Final = re.compile(r"(-?[0-9]{0,9}(?:\.[0-9]{1,9})?)(px|pt|em|rem|vw|vh|%)?")
_FUNCTION: Final = re.compile(r"([a-z0-9]{1,16})\(([^()]{0,200})\)")
_SPLIT: Final = re.compile(r"[\s,]+")
_FAR: Final = ("left", "right", "top", "bottom", "text-indent", "margin-left", "margin-top")
_OFF: Final = -500  # pixels by which something is moved out, not along
_BEYOND: Final = 5_000
# Of a window of 800: half of one is how things are centred and let out to the edges (left: 50%, margin-left: -50vw).
_PIXELS: Final = {"": 1.0, "px": 1.0, "pt": 1.33, "em": 16.0, "rem": 16.0, "vw": 8.0, "vh": 8.0, "%": 8.0}
_FLAT: Final = 0.05  # of its size; type of 16 pixels is then less than one high
_SCALES: Final = ("scale", "scale3d", "scalex", "scaley")
_MOVES: Final = ("translate", "translate3d", "translatex", "translatey")
_TURNS: Final = {"deg": 360.0, "turn": 1.0, "grad": 400.0}
_ANGLE: Final = re.compile(r"(-?\d{0,6}(?:\.\d{1,6})?)(deg|turn|grad)")


def pixels(value: str) -> float:
    """About how many CSS pixels; infinity when it is no length."""
    found = _NUMBER.match(value)
    if not found or not found[1] or found[1] == "-":
        return float("inf")
    return float(found[1]) * _PIXELS[found[2] or ""]


def away(rules: Mapping[str, str]) -> bool:
    """Whether these properties move, clip or flatten an element out of sight."""
    return any(_reasons(rules))


def why_away(rules: Mapping[str, str]) -> str:
    """The property that does it, for people; "" when none does."""
    return next((f"{name}: {rules[name]}"[:80] for name in _reasons(rules)), "")


def _reasons(rules: Mapping[str, str]) -> Iterator[str]:
    """The properties that take the element away."""
    yield from (side for side in _FAR if side in rules and pixels(rules[side]) <= _OFF)
    if rules.get("position") in ("absolute", "fixed"):
        for side in ("left", "top", "right", "bottom"):
            if _BEYOND <= pixels(rules.get(side, "")) < 1e9:
                yield side
        if "clip" in rules and _is_cut(rules["clip"]):
            yield "clip"
    if "text-indent" in rules and _is_indented(rules):
        yield "text-indent"
    still = "transition" not in rules
    for name, args in _FUNCTION.findall(rules.get("transform", "")):
        if (still and _is_flat(name, args)) or (name in _MOVES and _is_moved(_words(args)[:2], rules)):
            yield "transform"
    if "scale" in rules and still and _is_flat("scale", rules["scale"]):
        yield "scale"
    if "translate" in rules and _is_moved(_words(rules["translate"])[:2], rules):
        yield "translate"
    zoom = _factor(rules.get("zoom", ""))
    if zoom is not None and 0 < zoom <= _FLAT:  # browsers take 0 for 1
        yield "zoom"
    if "clip-path" in rules and _is_clipped(rules["clip-path"]):
        yield "clip-path"


def _words(text: str) -> list[str]:
    return [one for one in _SPLIT.split(text.strip()) if one]


def _factor(word: str) -> float | None:
    """A number or a percentage; None for anything else."""
    found = _NUMBER.fullmatch(word)
    if not found or found[1] in ("", "-") or found[2] not in (None, "%"):
        return None
    return float(found[1]) / (100 if found[2] else 1)


def _is_moved(words: list[str], rules: Mapping[str, str]) -> bool:
    """Whether a translation goes out of sight. One by its own size back from the far edge (left: 100%) stays in."""
    back = any((_factor(rules.get(side, "")) or 0) >= 0.5 for side in ("left", "top", "right", "bottom"))
    far = (pixels(one) for one in words if not (back and one.endswith("%")))
    return any(one <= _OFF or _BEYOND <= one < 1e9 for one in far)


def _is_indented(rules: Mapping[str, str]) -> bool:
    """Whether a line begins where its box ends, which shows nothing of it."""
    clipped = (
        rules.get("overflow", "").startswith(("hidden", "clip")) and rules.get("white-space") == "nowrap"
    )
    amount = rules["text-indent"]
    return clipped and amount.endswith("%") and (_factor(amount) or 0) >= 1


def _is_flat(name: str, args: str) -> bool:
    """Whether a transform leaves nothing to see: no size, or seen from its edge."""
    words = _words(args)
    if name in _SCALES:
        return any(abs(factor) <= _FLAT for one in words[:2] if (factor := _factor(one)) is not None)
    if name == "matrix" and len(words) == 6:
        a, b, c, d = ((1.0 if (found := _factor(one)) is None else found) for one in words[:4])
        return abs(a * d - b * c) <= _FLAT * _FLAT
    angle = _ANGLE.fullmatch(args.strip()) if name in ("rotatex", "rotatey") else None
    if angle and angle[1] not in ("", "-"):
        turns = float(angle[1]) / _TURNS[angle[2]]
        return abs(turns % 0.5 - 0.25) < 0.005
    return False


def _is_cut(clip: str) -> bool:
    """Whether `clip: rect(top, right, bottom, left)` leaves less than two pixels."""
    found = _FUNCTION.fullmatch(clip)
    sides = [pixels(one) for one in _words(found[2])] if found and found[1] == "rect" else []
    if len(sides) != 4 or float("inf") in sides:
        return False
    top, right, bottom, left = sides
    return bottom - top <= 1 or right - left <= 1


def _is_clipped(path: str) -> bool:
    """Whether a clip-path leaves nothing."""
    found = _FUNCTION.match(path)
    if not found:
        return False
    name, words = found[1], _words(found[2])
    if name == "inset":
        own = words[: words.index("round")] if "round" in words else words
        top, right, bottom, left = _four([_share(one) for one in own])
        return top + bottom >= 1 or right + left >= 1
    if name in ("circle", "ellipse"):
        return bool(words) and pixels(words[0]) <= 1
    if name == "polygon":
        points = [_words(one) for one in found[2].split(",") if one.strip() not in ("evenodd", "nonzero")]
        across, down = {one[0] for one in points if one}, {one[-1] for one in points if one}
        return bool(points) and (len(across) == 1 or len(down) == 1)
    return False


def _share(word: str) -> float:
    """How much of the box an inset takes; only percentages tell."""
    return (_factor(word) or 0.0) if word.endswith("%") else 0.0


def _four(sides: list[float]) -> tuple[float, float, float, float]:
    """Top, right, bottom and left, of which the last ones may be left out."""
    if not 1 <= len(sides) <= 4:
        return 0.0, 0.0, 0.0, 0.0
    top = sides[0]
    right = sides[1] if len(sides) > 1 else top
    return top, right, sides[2] if len(sides) > 2 else top, sides[3] if len(sides) > 3 else right
