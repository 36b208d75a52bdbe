"""Names as lines read backwards, for sorting: whatever lies below a name stands right behind it.

A line is a name read backwards and its sign, which says the reach. `.` is written `!`, which comes before all that
names hold, and signs are control characters, which come before that: SUBTREE, which has none, then HOST, then what is
below.
"""

from __future__ import annotations

from typing import Final

from blocklists.entries import Reach

HOST: Final = "\x1f"
SIGNS: Final = {Reach.SUBTREE: "", Reach.HOST: HOST}
_CONTROLS: Final = "".join(map(chr, range(32)))


def to_backwards(text: str) -> str:
    """Names, one a line, each behind its sign -> lines, the last name first."""
    return text.replace(".", "!")[::-1]


def forwards(text: str) -> str:
    """What `to_backwards` was given."""
    return text[::-1].replace("!", ".")


def run_of(names: str, reach: Reach) -> str:
    """The sorted lines of names, one a line, of one reach."""
    sign = SIGNS[reach]
    lines = to_backwards(names).replace("\n", f"{sign}\n") + sign
    return "\n".join(sorted(lines.split("\n")))


def top_of(line: str) -> str:
    """The last two labels of a line's name, without its sign.

    Names of lists have two labels at least. So none that comes before such a top stands above or below one that does
    not.
    """
    first, dot, rest = line.partition("!")
    return first + dot + rest.partition("!")[0].rstrip(_CONTROLS)


def cut(text: str, top: str) -> int:
    """Where in a text of sorted lines the first begins that is not less than `top`; its length where none does."""
    low, high = 0, len(text)
    while low < high:
        middle = text.rfind("\n", low, (low + high) // 2) + 1 or low
        end = text.find("\n", middle)
        if text[middle : end if end != -1 else len(text)] < top:
            low = end + 1 if end != -1 else len(text)
        else:
            high = middle
    return low
