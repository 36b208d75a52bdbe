"""CSS colours as numbers, and how well one is read on another."""

from __future__ import annotations

import colorsys
import re
from typing import Final, NamedTuple

# The names that pages use for text and paper; another name is unknown, not black. Source: CSS Color 4, 6.1.
_NAMES: Final = (
    "aliceblue=f0f8ff antiquewhite=faebd7 azure=f0ffff beige=f5f5dc black=000000 blue=0000ff brown=a52a2a "
    "cornsilk=fff8dc crimson=dc143c darkblue=00008b darkgray=a9a9a9 darkgreen=006400 darkgrey=a9a9a9 "
    "darkred=8b0000 dimgray=696969 dimgrey=696969 floralwhite=fffaf0 gainsboro=dcdcdc ghostwhite=f8f8ff "
    "gold=ffd700 gray=808080 green=008000 grey=808080 honeydew=f0fff0 ivory=fffff0 khaki=f0e68c "
    "lavender=e6e6fa lavenderblush=fff0f5 lightblue=add8e6 lightcyan=e0ffff lightgray=d3d3d3 lightgreen=90ee90 "
    "lightgrey=d3d3d3 lightyellow=ffffe0 linen=faf0e6 mintcream=f5fffa mistyrose=ffe4e1 navy=000080 "
    "oldlace=fdf5e6 orange=ffa500 pink=ffc0cb purple=800080 red=ff0000 seashell=fff5ee silver=c0c0c0 "
    "slategray=708090 slategrey=708090 snow=fffafa teal=008080 tomato=ff6347 whitesmoke=f5f5f5 white=ffffff "
    "yellow=ffff00"
)
NAMED: Final = dict(one.split("=") for one in _NAMES.split())
_FUNCTION: Final = re.compile(r"(rgb|hsl)a?\(([^()]{1,80})\)")
_HEX: Final = re.compile(r"#([0-9a-f]{3,8})(?![0-9a-z])")
_WORD: Final = re.compile(r"[a-z]{3,20}")


class Colour(NamedTuple):
    """Red, green and blue from 0 to 255, and how opaque it is from 0 to 1."""

    red: float
    green: float
    blue: float
    alpha: float = 1.0

    def over(self, paper: Colour) -> Colour:
        """What is seen where this colour is laid over an opaque one."""
        share = self.alpha
        mixed = (own * share + below * (1 - share) for own, below in zip(self[:3], paper[:3], strict=True))
        return Colour(*mixed)


WHITE: Final = Colour(255, 255, 255)
BLACK: Final = Colour(0, 0, 0)


def read_colour(value: str) -> Colour | None:
    """The colour that a value in lower case begins with or is; None when it is none that is known here."""
    value = value.strip()
    if value.startswith("transparent"):
        return Colour(0, 0, 0, 0)
    found = _HEX.match(value)
    if found:
        return _from_hex(found[1])
    called = _FUNCTION.match(value)
    if called:
        return _from_numbers(called[1], called[2])
    word = _WORD.match(value)
    return _from_hex(NAMED[word[0]]) if word and word[0] in NAMED else None


def _from_hex(digits: str) -> Colour | None:
    if len(digits) in (3, 4):
        digits = "".join(c + c for c in digits)
    if len(digits) not in (6, 8):
        return None
    red, green, blue, *alpha = bytes.fromhex(digits)
    return Colour(red, green, blue, alpha[0] / 255 if alpha else 1.0)


def _from_numbers(kind: str, inside: str) -> Colour | None:
    parts = inside.replace(",", " ").replace("/", " ").replace("deg", "").split()
    if len(parts) not in (3, 4):
        return None
    try:
        alpha = _share(parts[3], 1.0) if len(parts) == 4 else 1.0
        if kind == "rgb":
            red, green, blue = (255 * _share(one, 255.0) for one in parts[:3])
        else:
            hue = float(parts[0]) / 360 % 1
            mixed = colorsys.hls_to_rgb(hue, _share(parts[2], 100.0), _share(parts[1], 100.0))
            red, green, blue = (255 * one for one in mixed)
    except ValueError:
        return None
    return Colour(red, green, blue, alpha)


def _share(number: str, whole: float) -> float:
    """A number or percentage as a share of the whole, from 0 to 1. Raises ValueError for another word."""
    value = float(number.removesuffix("%")) / (100.0 if number.endswith("%") else whole)
    return min(1.0, max(0.0, value)) if value == value else 0.0  # noqa: PLR0124 - "nan" is a float


def contrast(text: Colour, paper: Colour) -> float:
    """From 1 (the same) to 21 (black on white). Source: WCAG 2.2, contrast ratio and relative luminance."""
    bright, dark = sorted((_luminance(text), _luminance(paper)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def _luminance(colour: Colour) -> float:
    red, green, blue = (_linear(one / 255) for one in colour[:3])
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)
