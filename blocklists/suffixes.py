"""Public suffixes: where one owner's names end and another's begin (publicsuffix.org, private section
included).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from blocklists.names import Name

_SNAPSHOT: Final = ".tld_set_snapshot"  # in tldextract: the list as publicsuffix.org hands it out
_PRIVATE: Final = "// ===BEGIN PRIVATE DOMAINS==="
_RULE: Final = re.compile(r"^[^\s/]\S*", re.MULTILINE)  # up to the first blank; not a comment


class NoSuffixes(Exception):
    """Raised when tldextract, or the list in it, is not there; the message says where it was looked for."""


class Suffixes:
    """The public suffix rules, probed as a set: 3.6 s a million names through tldextract, 0.6 s this way.

    `shared` names the rules whose suffix a platform lends to strangers (github.io); they count as rules too.
    """

    __slots__ = ("_above", "_rules", "_shared")

    def __init__(self, rules: Iterable[str], shared: Iterable[str] = ()) -> None:
        self._shared = frozenset(shared)
        self._rules = frozenset(rules) | self._shared
        self._above = _above(self._rules)

    def rules(self) -> list[str]:
        """All rules, sorted; those that platforms lend out once more, with a mark."""
        return sorted((*self._rules, *(f"{rule} shared" for rule in self._shared)))

    def suffix(self, name: str) -> str:
        """The public suffix of `name`: the longest matching rule; the last label where none matches."""
        return self._match(name)[0]

    def is_suffix(self, name: str) -> bool:
        """Whether nobody owns `name`: it is itself a public suffix."""
        _, dot, rest = name.partition(".")
        if not dot or name in self._rules:
            return True
        return f"*.{rest}" in self._rules and f"!{name}" not in self._rules

    def has_suffix_below(self, name: str) -> bool:
        """Whether names below `name` belong to many owners: some public suffix lies under it
        (amazonaws.com).
        """
        return name in self._above

    def registrable(self, name: str) -> Name | None:
        """The domain somebody registered: one label more than the suffix; None for a suffix itself."""
        suffix = self.suffix(name)
        if suffix == name:
            return None
        return Name(".".join(name.split(".")[-suffix.count(".") - 2 :]))

    def is_shared(self, name: str) -> bool:
        """Whether `name` is or lies below a suffix of many labels that a platform lends out (github.io,
        pages.lab).
        """
        return self._match(name)[1] in self._shared

    def _match(self, name: str) -> tuple[str, str]:
        """(public suffix, the rule that says so). Source: publicsuffix.org, "Formal algorithm"."""
        tail = name
        while True:
            _, dot, rest = tail.partition(".")
            if f"!{tail}" in self._rules:
                return rest, f"!{tail}"
            if tail in self._rules:
                return tail, tail
            if dot and f"*.{rest}" in self._rules:
                return tail, f"*.{rest}"
            if not dot:
                return tail, "*"
            tail = rest


def load_suffixes(extra: Iterable[str] = ()) -> Suffixes:
    """The rules of the snapshot that tldextract ships, and `extra` suffixes (a lab's, a company's)."""
    public, private = _shipped()
    own = frozenset(extra)
    return Suffixes(public | own, private | frozenset(one for one in own if "." in one))


@cache
def _shipped() -> tuple[frozenset[str], frozenset[str]]:
    """(ICANN rules, private rules), as A-labels.

    Importing tldextract, which brings an HTTP client along, and asking it took each process a fifth of a second.
    """
    public, mark, private = _snapshot().read_text("utf-8").partition(_PRIVATE)
    if not mark:
        raise NoSuffixes(f"{_snapshot()}: no private section")
    icann = frozenset(map(_ascii, _RULE.findall(public)))
    return icann, frozenset(map(_ascii, _RULE.findall(private))) - icann


def _snapshot() -> Path:
    found = find_spec("tldextract")
    for folder in (found and found.submodule_search_locations) or ():
        if (Path(folder) / _SNAPSHOT).is_file():
            return Path(folder) / _SNAPSHOT
    raise NoSuffixes(f"tldextract: {_SNAPSHOT} is not there")


def _ascii(rule: str) -> str:
    """A rule as it is compared. The list is in small letters and NFC already, so punycode is all that is wanting."""
    if rule.isascii():
        return rule
    mark = "!" if rule.startswith("!") else ""
    labels = rule.removeprefix(mark).split(".")
    return mark + ".".join(
        one if one.isascii() else f"xn--{one.encode('punycode').decode()}" for one in labels
    )


def _above(rules: Iterable[str]) -> frozenset[str]:
    """Every name that has a rule strictly below it."""
    found = set()
    for rule in rules:
        if rule.startswith("!"):
            continue
        _, dot, rest = rule.partition(".")
        while dot:
            found.add(rest)
            _, dot, rest = rest.partition(".")
    return frozenset(found)
