"""The tables of a pack's TOML files as checked nouns; a fault names the file, and the row that is to blame."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from ipaddress import ip_network
from typing import Any, Final, TypeVar

import msgspec
import tomli

from domainscan.assess.rules import Rule
from domainscan.model import CATEGORIES, CONFIDENCES, KINDS
from domainscan.signals import SIGNALS
from domainscan.signals.context import Fingerprint, Token
from domainscan.signals.hints import PLACES, Hint
from domainscan.signals.offers import Offer
from domainscan.signals.weights import Spelling, Wording

Tables = Mapping[str, list[tuple[str, Any]]]  # by the table's name: (file, row)
T = TypeVar("T")
_LABELS: Final = ("id", "token", "kind", "near", "law", "name")  # by which a row is called in a message


class BadPack(Exception):
    """A pack cannot be used; the message names the file, and the rule where one is to blame."""


def read_toml(name: str, data: bytes) -> dict[str, Any]:
    """The tables of one file. Raises BadPack with the line that is to blame, where there is one."""
    try:
        return tomli.loads(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        wrong = data[error.start : error.start + 1].hex().upper()
        raise BadPack(f"{name}: line {line}: byte 0x{wrong} is no UTF-8: save the file as UTF-8") from error
    except tomli.TOMLDecodeError as error:
        raise BadPack(f"{name}: {error}") from error


def placed(tables: Tables, table: str, kind: type[T]) -> Iterator[tuple[str, T]]:
    """The rows of a table, each with its file and its name for messages. Raises BadPack for one that is none."""
    counted: Counter[str] = Counter()
    for file, row in tables.get(table, []):
        counted[file] += 1
        known = row if isinstance(row, dict) else {}
        label = next((known[key] for key in _LABELS if known.get(key)), row if row is not known else "")
        where = f"{file}: {table} {label!r}"
        try:
            yield where, msgspec.convert(row, kind)
        except msgspec.ValidationError as error:
            raise BadPack(f"{where} {_place(table, counted[file], known)}: {error}") from error


def _place(table: str, number: int, row: Mapping[str, Any]) -> str:
    """Where in its file a row is, as TOML's reader gives no line: the number of its table, and how it begins."""
    key, value = next(iter(row.items()), ("", ""))
    begins = f", {key} = {str(value)[:60]!r}" if key else ""
    return f"([[{table}]] no. {number}{begins})"


def records(tables: Tables, table: str, kind: type[T]) -> tuple[T, ...]:
    return tuple(one for _, one in placed(tables, table, kind))


def lists_in(tables: Tables, table: str) -> Iterator[tuple[str, str, list[str]]]:
    """(file and name for messages, name, texts) of each list under `table`.

    Raises BadPack for what is no list of texts: a single text would be taken for its letters.
    """
    for file, row in tables.get(table, []):
        if not isinstance(row, dict):
            raise BadPack(f"{file}: {table}: lists under [{table}] are needed, not {row!r}")
        for key, values in row.items():
            where = f"{file}: {table} {key!r}"
            if not isinstance(values, list):
                raise BadPack(f"{where}: a list of texts is needed, not {values!r}")
            for one in values:
                if not isinstance(one, str) or not one.strip(" *"):
                    raise BadPack(f"{where}: {one!r} is no text with something in it")
            yield where, key, values


def groups_in(tables: Tables) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for _, group, terms in lists_in(tables, "group"):
        groups.setdefault(group, []).extend(terms)
    return groups


def named_lists(tables: Tables, name: str) -> dict[str, tuple[str, ...]]:
    return {key: tuple(values) for _, key, values in lists_in(tables, name)}


def fingerprints_in(tables: Tables) -> tuple[Fingerprint, ...]:
    fingerprints = []
    for where, one in placed(tables, "fingerprint", Fingerprint):
        for network in one.networks:
            try:
                ip_network(network)
            except ValueError as error:
                raise BadPack(f"{where}: {error}") from error
        fingerprints.append(one)
    return tuple(fingerprints)


def tokens_in(tables: Tables) -> tuple[Token, ...]:
    tokens = []
    known = {f"@{name}" for name in named_lists(tables, "namewords")}
    for where, token in placed(tables, "token", Token):
        used = {one for slot in (*token.near, token.without) for one in slot if one.startswith("@")}
        if token.category not in CATEGORIES or not token.near or used - known:
            raise BadPack(f"{where}: needs a category of the closed list and classes of [namewords]")
        tokens.append(token)
    return tuple(tokens)


def offers_in(tables: Tables) -> tuple[Offer, ...]:
    offers = []
    known = groups_in(tables)
    for where, one in placed(tables, "offer", Offer):
        used = {*(group for slot in one.near for group in slot), *one.without, *one.unless, *one.nowhere}
        missing = sorted(used - known.keys())
        if missing:
            raise BadPack(f"{where}: no lexicon group {missing[0]!r}")
        if one.category not in CATEGORIES or len(one.windows) != len(one.near) - 1:
            raise BadPack(f"{where}: needs a category of the closed list and a window per further slot")
        offers.append(one)
    return tuple(offers)


def hints_in(tables: Tables) -> tuple[Hint, ...]:
    hints = []
    known = groups_in(tables).keys()
    for where, one in placed(tables, "hint", Hint):
        if not one.category or not CATEGORIES.keys() >= set(one.category):
            raise BadPack(f"{where}: category {', '.join(one.category)} is not of the closed list H01..H15")
        if not one.reason.strip() or not one.source.strip():
            raise BadPack(f"{where}: a reason and a source are required")
        if one.place not in PLACES or not known >= set(one.groups) or not math.isfinite(one.worth):
            raise BadPack(f"{where}: place {one.place!r}, a group or the worth is unknown")
        if bool(one.terms or one.groups) == (one.place == "number") or (one.groups and one.place != "page"):
            raise BadPack(f"{where}: say terms; groups for a page, neither for a number")
        hints.append(one)
    return tuple(hints)


def wording_in(tables: Tables) -> Wording | None:
    return _only(
        "wording", [(where, _weighed(where, one)) for where, one in placed(tables, "wording", Wording)]
    )


def letters_in(tables: Tables) -> Wording | None:
    found = []
    for where, one in placed(tables, "letters", Spelling):
        try:
            found.append((where, _weighed(where, one.wording)))
        except ValueError as error:
            raise BadPack(f"{where}: a weight is no number: {error}") from error
    return _only("letters", found)


def _only(table: str, found: list[tuple[str, T]]) -> T | None:
    if len(found) > 1:
        raise BadPack(f"{found[1][0]}: a second [{table}] table, and there may be one")
    return found[0][1] if found else None


def _weighed(where: str, one: Wording) -> Wording:
    """A fitted table that can be added up. Raises BadPack."""
    if not CATEGORIES.keys() >= one.speaks_for.keys():
        raise BadPack(f"{where}: a category is not of the closed list H01..H15")
    pro = [pair for terms in one.speaks_for.values() for pair in terms.items()]
    signed = [*(weight for _, weight in pro), *(-weight for weight in one.against.values())]
    if not all(0 < weight < math.inf for weight in signed):
        raise BadPack(f"{where}: what speaks for a harm weighs more than 0, what speaks against all less")
    if len({*one.against, *(term for term, _ in pro)}) < len(signed):
        raise BadPack(f"{where}: a term stands in two places")
    return one


def rules_in(tables: Tables) -> tuple[Rule, ...]:
    rules = []
    seen: set[str] = set()
    for where, rule in placed(tables, "rule", Rule):
        wrong = [one for one in rule.category if one not in CATEGORIES]
        if wrong or not rule.category:
            raise BadPack(f"{where}: category {wrong[:1] or '(none)'} is not of the closed list H01..H15")
        if rule.id in seen or not rule.id:
            raise BadPack(f"{where}: the id is used twice, or empty")
        if rule.signal not in SIGNALS:
            raise BadPack(f"{where}: no signal {rule.signal!r}")
        if not rule.reason.strip() or not rule.source.strip():
            raise BadPack(f"{where}: a reason and a source are required")
        if rule.kind not in KINDS or rule.cap not in CONFIDENCES:
            raise BadPack(f"{where}: kind {rule.kind!r} or cap {rule.cap!r} is unknown")
        if (rule.at_least, rule.at_most, rule.equals).count(None) == 3 or not math.isfinite(rule.points):
            raise BadPack(f"{where}: say at_least, at_most or equals, and finite points")
        seen.add(rule.id)
        rules.append(rule)
    return tuple(rules)
