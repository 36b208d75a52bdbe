"""Answers of a recipient and of a control -> what a measure does there. Pure.

"Could not ask" and "cannot tell" are `unknown`. A measure counts as lifted only where the recipient answers
like the control again, and a name that the control does not find either proves nothing.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Iterable, Sequence
from typing import Final

from domainscan.model import Answers, Failure, Name, Record

Result = Answers | Failure

NOWHERE: Final = frozenset(("0.0.0.0", "127.0.0.1", "::", "::1"))  # noqa: S104 - answers, nothing is bound
KEPT_BACK: Final = ("blocked", "mixed")  # states of a name that somebody does not get
NOTHING: Final = ("nxdomain", "no_data")
_NEAR: Final = {4: 24, 6: 48}  # a content network answers elsewhere with neighbours of the same prefix

STATES: Final[dict[str, str]] = {
    # of one question at one resolver
    "same": "answers like the control",
    "blocked": "is kept from the answer that the control gets",
    "mixed": "some record types are kept back, others are not",
    "dead": "the control finds nothing either: nothing can be told",
    "differs": "another answer that is no known sign of a block",
    "silent": "no usable answer",
}


class Seen(Record, frozen=True):
    """What one resolver of a recipient says of one name."""

    resolver: str
    name: Name
    inside: bool  # the measure is meant to cover this name
    state: str  # a key of STATES
    detail: str = ""


class Verdict(Record, frozen=True):
    """What is to be recorded in a Check."""

    verdict: str  # none | partial | full | over | lifted | unknown
    detail: str


def compare(control: Result, seen: Result, signs: Collection[str]) -> str:
    """The state of one record type. `signs` are addresses and host names that stand for a block."""
    if isinstance(control, Failure) and control.status not in NOTHING:
        return "silent"
    if isinstance(seen, Answers):
        return _compare_answers(control, seen, signs)
    if seen.status == "refused":
        return "blocked"
    if seen.status not in NOTHING:
        return "silent"
    return "dead" if isinstance(control, Failure) and seen.status == control.status else "blocked"


def _compare_answers(control: Result, seen: Answers, signs: Collection[str]) -> str:
    known = control if isinstance(control, Answers) else None
    if _is_sign(seen, signs) and not (known and _is_sign(known, signs)):
        return "blocked"
    return "same" if known and _alike(known, seen) else "differs"


def _is_sign(answers: Answers, signs: Collection[str]) -> bool:
    """Whether every address, or a name on the way to it, is one that stands for a block."""
    if any(one in signs for one in answers.chain):
        return True
    return bool(answers.values) and all(one in NOWHERE or one in signs for one in answers.values)


def _alike(one: Answers, two: Answers) -> bool:
    """Whether two answers lead to the same place: a common value, or neighbours in one prefix."""
    if set(one.values) & set(two.values):
        return True
    return bool(_prefixes(one.values) & _prefixes(two.values))


def _prefixes(values: Iterable[str]) -> set[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    found = set()
    for value in values:
        try:
            address = ipaddress.ip_address(value)
        except ValueError:
            continue
        found.add(ipaddress.ip_network(f"{value}/{_NEAR[address.version]}", strict=False))
    return found


def combine(states: Sequence[str]) -> str:
    """The state of a name from those of its record types.

    A type that the control does not find decides nothing while another type does.
    """
    telling = [one for one in states if one != "dead"]
    if not telling:
        return "dead"
    for unsure in ("silent", "differs"):
        if unsure in telling:
            return unsure
    return telling[0] if len(set(telling)) == 1 else "mixed"


def judge(wanted: str, seen: Sequence[Seen]) -> Verdict:
    """The verdict on one measure from all that was asked about it."""
    over = [one for one in seen if not one.inside and one.state in KEPT_BACK]
    if over and wanted == "full":
        return Verdict("over", "also kept back: " + words_of(over))
    inside = [one for one in seen if one.inside and one.state != "dead"]
    if not inside:
        return Verdict("unknown", "the control finds nothing at this name either: nothing can be told")
    kept = [one for one in inside if one.state in KEPT_BACK]
    free = [one for one in inside if one.state in ("same", "mixed")]
    unsure = [one for one in inside if one.state in ("silent", "differs")]
    parts = (("kept back", kept), ("like the control", free), ("cannot tell", unsure))
    words = "; ".join(f"{title}: {words_of(some)}" for title, some in parts if some)
    return Verdict(_verdict(wanted, bool(kept), bool(free), bool(unsure)), words)


def _verdict(wanted: str, kept: bool, free: bool, unsure: bool) -> str:
    if kept and (free or (unsure and wanted == "lifted")):
        return "partial"
    if unsure and not (free and wanted == "full"):
        return "unknown"
    if kept:
        return "full"
    return "lifted" if wanted == "lifted" else "none"


def words_of(seen: Sequence[Seen]) -> str:
    """The first few in words."""
    words = [f"{one.name} at {one.resolver}{f' ({one.detail})' if one.detail else ''}" for one in seen]
    return ", ".join(words[:6]) + (f" and {len(words) - 6} more" if len(words) > 6 else "")


def is_failed(wanted: str, verdict: str) -> bool:
    """Whether a check shows that what is wanted is not so; `unknown` shows nothing."""
    return verdict not in (wanted, "unknown")
