"""A number with its noun, for messages."""

from __future__ import annotations


def counted(count: float, noun: str, nouns: str = "", *, mark: str = "") -> str:
    """`1 line`, `2 lines`, `1200 lines`; `nouns` where the plural is another, `mark` between thousands."""
    return f"{count:{mark}.15g} {noun if count == 1 else nouns or noun + 's'}"
