"""The noun of a fix list, and its three states."""

from __future__ import annotations

from typing import Final

from domainscan.model import Record

FIX: Final = "fix"
CANNOT_TELL: Final = "cannot tell"
OK: Final = "ok"
STATES: Final = (FIX, CANNOT_TELL, OK)  # in the order of a list


class Item(Record, frozen=True):
    """One check: what is required (by which clause), what was seen, what to change."""

    check: str  # a key of items.CHECKS
    title: str
    clause: str
    required: str
    seen: tuple[str, ...]
    change: str  # "" when nothing is to be changed
    state: str  # fix | cannot tell | ok
