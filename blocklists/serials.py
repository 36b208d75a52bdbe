"""Serials of zones and releases: which of two is later, and which comes next (RFC 1982)."""

from __future__ import annotations

from typing import Final

HALF: Final = 2**31


def is_later(one: int, two: int) -> bool:
    """Whether serial `one` comes after serial `two`. Source: RFC 1982 3.2."""
    return one != two and (one - two) % 2**32 < HALF


def latest(serials: tuple[int, ...]) -> int:
    """The last of `serials` in the order of RFC 1982; 0, which stands for none, before all others."""
    found = 0
    for serial in serials:
        if serial and (not found or is_later(serial, found)):
            found = serial
    return found


def next_serial(now: str, last: int) -> int:
    """The serial after `last` (0: none yet): the day and 01, or one more where that is not later. Never 0."""
    today = int(now[:10].replace("-", "")) * 100 + 1
    if not last or is_later(today, last):
        return today
    return (last + 1) % 2**32 or 1
