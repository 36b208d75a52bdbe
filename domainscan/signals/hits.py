"""Where a page says something: a stretch of its text."""

from __future__ import annotations

from functools import partial
from typing import Final, NamedTuple


class Hit(NamedTuple):
    """Characters of the searched text, `end` not among them."""

    start: int
    end: int


# A Hit of a pair: 0.14 µs instead of the 0.24 of `Hit(*pair)`, up to a thousand times a page
hit_of: Final = partial(tuple.__new__, Hit)
