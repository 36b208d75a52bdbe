"""Public suffixes: where one owner's names end and another's begin (publicsuffix.org, private section
included).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from blocklists.names import Name

_RULE: Final = re.compile(r"^(?!//)\S+", re.MULTILINE)
_VERSION: Final = re.compile(r"^// VERSION: (\d{4}-\d\d-\d\d)", re.MULTILINE)


class Suffixes:
    """The public suffix rules, probed as a set: 3.6 s a million names through tldextract, 0.6 s this way.

    `shared` names the rules whose suffix a platform lends to strangers (github.io); they count as rules too.
    """

    __slots__ = ("_above", "_rules", "_shared", "made")

    def __init__(self, rules: Iterable[str], shared: Iterable[str] = (), made: date | None = None) -> None:
        self.made = made  # the day of the list; None where nobody says
        self._shared = frozenset(shared)
        self._rules = frozenset(rules) | self._shared
        self._above = _above(self._rules)

    def rules(self) -> list[str]:
        """All rules, sorted; those that platforms lend out once more, with a mark."""
        return sorted((*self._rules, *(f"{rule} shared" for rule in self._shared)))

    @property
    def delicate(self) -> frozenset[str]:
        """The suffixes, and every name with one below it."""
        return self._rules | self._above

    @property
    def wild(self) -> frozenset[str]:
        """The names below which each label is a suffix of its own (`*.ck`)."""
        return frozenset(rule[2:] for rule in self._rules if rule.startswith("*."))

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
    public, private, made = _shipped()
    own = frozenset(extra)
    return Suffixes(public | own, private | frozenset(one for one in own if "." in one), made)


@cache
def _shipped() -> tuple[frozenset[str], frozenset[str], date | None]:
    """(ICANN rules, private rules, the day of the list), as A-labels.

    The file is read without tldextract, which imports an HTTP client: 0.2 s and 20 MB that no list needs.
    """
    found = find_spec("tldextract")
    if found is None or not found.submodule_search_locations:
        raise ModuleNotFoundError("tldextract, which ships the public suffix list, is not installed")
    path = Path(found.submodule_search_locations[0]) / ".tld_set_snapshot"
    public, _, private = path.read_text("utf-8").partition("// ===BEGIN PRIVATE DOMAINS===")
    shipped, said = _rules(public), _VERSION.search(public)
    return shipped, _rules(private) - shipped, date.fromisoformat(said[1]) if said else None


def _rules(text: str) -> frozenset[str]:
    """The rules in a section. Source: publicsuffix.org, "Format": a rule ends at the first white space."""
    return frozenset(map(_ascii, _RULE.findall(text)))


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
