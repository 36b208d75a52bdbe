"""What holds of an element: the properties that sheets, attributes and a browser's own sheet give it, by rank.

Source: CSS Cascading and Inheritance Level 4, 6.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from domainscan.read.declarations import Declarations, declarations_of
from domainscan.read.selectors import Element
from domainscan.read.sheets import Rank, Sheets

ON_SHAPES: Final = "(shapes)"  # no property of CSS: text that shapes may lie under
_DRAWN: Final = ("svg", "g", "text", "tspan")
_FONT_TAGS: Final = {"1": "10px", "2": "13px", "-1": "13px", "-2": "10px"}

_INITIAL: Final = {"color": "initial", "font-size": "initial", "visibility": "visible"}

Rules = Mapping[str, str]


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
    take(sure, _lowest(0), tuple(_by_itself(own)))
    for rank, declarations, unsure in sheets.meeting(chain):
        if unsure:
            doubts.append((rank, declarations))
        else:
            take(sure, rank, declarations)
    style = own.attributes.get("style")
    if style:
        take(sure, (False, 2, 0, 0, 0, 0), declarations_of(style))
    if own.tag in _DRAWN:
        _as_drawn(own.tag, sure)
    return Level(sure, tuple(doubts))


def _as_drawn(tag: str, sure: dict[str, tuple[Rank, str]]) -> None:
    """The colour of text in a drawing is its `fill`, black unless stated; shapes that are not read lie under it."""
    if tag == "svg":
        sure["color"] = sure.get("fill", (_lowest(0), "black"))
        sure[ON_SHAPES] = (_lowest(0), "")
    elif "fill" in sure:
        sure["color"] = sure["fill"]
    else:
        sure.pop("color", None)


def _lowest(order: int) -> Rank:
    return (False, -1, 0, 0, 0, order)


def take(known: dict[str, tuple[Rank, str]], rank: Rank, declarations: Declarations) -> None:
    """Adds declarations; of two for one property the higher rank holds, and the later of equals."""
    for name, value, important in declarations:
        mine = (important, *rank[1:])
        sides = _four(name, value) if name in ("inset", "margin") else ()
        for one, stated in ((name, value), *sides):
            rivals = (one,) if one.startswith("--") else (one, "all")
            if all(mine >= known[held][0] for held in rivals if held in known):
                known[one] = (mine, stated)
        if name == "all" and known[name] == (mine, value):
            _undo(known, mine, value)


def _undo(known: dict[str, tuple[Rank, str]], rank: Rank, value: str) -> None:
    """`all` undoes what ranks below it, but for variables; `revert` leaves what a browser says by itself."""
    for name in [one for one in known if one != "all" and not one.startswith(("--", "("))]:
        held = known[name][0]
        if held <= rank and not (value.startswith("revert") and held[1] < 0):
            del known[name]
    if value == "initial":  # what a child would have from its parent
        known.update({name: (rank, stated) for name, stated in _INITIAL.items() if name not in known})


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
