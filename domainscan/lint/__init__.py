"""The fix list for an honest operator: what the labelling rules ask of a page, what was seen, and what to change.

`look(url, tools, judged, samples)` gathers the facts through the visit's own gate; `fix_list(facts)` is pure.
"""

from __future__ import annotations

from domainscan.lint.facts import Agreement, Facts
from domainscan.lint.items import CANNOT_TELL, CHECKS, FIX, OK, STATES, FixList, Item, fix_list
from domainscan.lint.look import SAMPLES, look

__all__ = [
    "CANNOT_TELL",
    "CHECKS",
    "FIX",
    "OK",
    "SAMPLES",
    "STATES",
    "Agreement",
    "Facts",
    "FixList",
    "Item",
    "fix_list",
    "look",
]
