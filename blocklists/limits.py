"""How a release is made, how much it may change, and which names must stay open whatever it lists."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from blocklists.names import BadName, Name, parse_name

LONGEST_DAYS: Final = 36_500
# Resolvers answer these by themselves, so a question about them proves nothing: Unbound denies `test.` with no list
# at all. Source: RFC 6761 6, RFC 6303 4, RFC 7686, RFC 8375, RFC 9462.
ANSWERED_LOCALLY: Final = ("test", "invalid", "localhost", "local", "onion", "alt", "arpa", "internal")
CANARIES: Final = ("example.com", "www.example.org", "iana.org", "www.wikipedia.org", "www.debian.org")


class BadTerms(ValueError):
    """Raised for limits that limit nothing, or that no release can keep."""


@dataclass(frozen=True, slots=True)
class Terms:
    """How a release is made and how much it may change: the number or the ratio, whichever allows more.

    `canaries` are names that no list may block: one that is says that the list is wrong as a whole.
    """

    max_adds: int = 50
    max_adds_ratio: float = 0.02
    max_removals: int = 50
    max_removals_ratio: float = 0.05
    manifest_days: float = 7.0
    primary: str = "localhost."
    ttl_seconds: int = 300
    garden: tuple[str, ...] = ()
    blocked_by: str = ""
    empty_zone: str = "/etc/bind/db.empty"
    sinkhole: str = ""
    canaries: tuple[str, ...] = CANARIES

    def __post_init__(self) -> None:
        for name in ("max_adds", "max_adds_ratio", "max_removals", "max_removals_ratio"):
            value = getattr(self, name)
            if not 0 <= value < math.inf:
                raise BadTerms(f"{name} = {value}: a number of 0 or more is wanted")
        if not 0 < self.manifest_days <= LONGEST_DAYS:
            raise BadTerms(f"manifest_days = {self.manifest_days}: more than 0, at most {LONGEST_DAYS}")
        if not self.canaries:
            raise BadTerms(
                "canaries = []: without a name that must stay open nothing shows a list of everything"
            )
        for canary in self.canaries:
            check_canary(canary)

    @property
    def open_names(self) -> tuple[Name, ...]:
        """The canaries as names."""
        return tuple(map(parse_name, self.canaries))


def check_canary(text: str) -> None:
    """Raises BadTerms for a canary that is no name, or that resolvers answer without asking anybody."""
    ending = text.rpartition(".")[2].lower()
    if ending in ANSWERED_LOCALLY:
        raise BadTerms(f"canaries: {text}: resolvers answer {ending}. by themselves, so it proves nothing")
    try:
        name = parse_name(text)
    except BadName as error:
        raise BadTerms(f"canaries: {error}") from error
    if name != text:
        raise BadTerms(f"canaries: {text!r} should be written {name}")
