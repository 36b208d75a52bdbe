"""The tables of a pack's TOML files as checked nouns; a fault names the file, and the row that is to blame."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from ipaddress import ip_network
from typing import Any, TypeVar

import msgspec

from domainscan.assess.rules import Rule
from domainscan.model import CATEGORIES, CONFIDENCES, KINDS
from domainscan.signals import SIGNALS
from domainscan.signals.context import Fingerprint, Token
from domainscan.signals.hints import PLACES, Hint
from domainscan.signals.offers import Offer

Tables = Mapping[str, list[tuple[str, Any]]]  # by the table's name: (file, row)
T = TypeVar("T")


class BadPack(Exception):
    """A pack cannot be used; the message names the file, and the rule where one is to blame."""


def read_toml(name: str, data: bytes) -> dict[str, Any]:
    try:
        return tomllib.loads(data.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadPack(f"{name}: {error}") from error


def records(tables: Tables, table: str, kind: type[T]) -> tuple[T, ...]:
    found = []
    for file, row in tables.get(table, []):
        try:
            found.append(msgspec.convert(row, kind))
        except msgspec.ValidationError as error:
            label = row.get("id") or row.get("token") or "" if isinstance(row, dict) else row
            raise BadPack(f"{file}: {table} {label!r}: {error}") from error
    return tuple(found)


def groups_in(tables: Tables) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for _, table in tables.get("group", []):
        for group, terms in table.items():
            groups.setdefault(group, []).extend(terms)
    return groups


def named_lists(tables: Tables, name: str) -> dict[str, tuple[str, ...]]:
    return {key: tuple(values) for _, table in tables.get(name, []) for key, values in table.items()}


def fingerprints_in(tables: Tables) -> tuple[Fingerprint, ...]:
    fingerprints = records(tables, "fingerprint", Fingerprint)
    for one in fingerprints:
        for network in one.networks:
            try:
                ip_network(network)
            except ValueError as error:
                raise BadPack(f"fingerprint {one.id!r}: {error}") from error
    return fingerprints


def tokens_in(tables: Tables) -> tuple[Token, ...]:
    tokens = records(tables, "token", Token)
    known = {f"@{name}" for name in named_lists(tables, "namewords")}
    for token in tokens:
        used = {one for slot in (*token.near, token.without) for one in slot if one.startswith("@")}
        if token.category not in CATEGORIES or not token.near or used - known:
            raise BadPack(
                f"token {token.near!r}: needs a category of the closed list and classes of [namewords]"
            )
    return tokens


def offers_in(tables: Tables) -> tuple[Offer, ...]:
    offers = records(tables, "offer", Offer)
    known = groups_in(tables)
    for one in offers:
        used = {*(group for slot in one.near for group in slot), *one.without, *one.unless}
        missing = sorted(used - known.keys())
        if missing:
            raise BadPack(f"offer {one.id!r}: no lexicon group {missing[0]!r}")
        if one.category not in CATEGORIES or len(one.windows) != len(one.near) - 1:
            raise BadPack(
                f"offer {one.id!r}: needs a category of the closed list and a window per further slot"
            )
    return offers


def hints_in(tables: Tables) -> tuple[Hint, ...]:
    hints = records(tables, "hint", Hint)
    known = groups_in(tables).keys()
    for one in hints:
        where = f"hint {one.kind!r}"
        if not one.category or not CATEGORIES.keys() >= set(one.category):
            raise BadPack(f"{where}: category {', '.join(one.category)} is not of the closed list H01..H15")
        if not one.reason.strip() or not one.source.strip():
            raise BadPack(f"{where}: a reason and a source are required")
        if one.place not in PLACES or not known >= set(one.groups) or not math.isfinite(one.worth):
            raise BadPack(f"{where}: place {one.place!r}, a group or the worth is unknown")
        if bool(one.terms or one.groups) == (one.place == "number") or (one.groups and one.place != "page"):
            raise BadPack(f"{where}: say terms; groups for a page, neither for a number")
    return hints


def rules_in(tables: Tables) -> tuple[Rule, ...]:
    rules = records(tables, "rule", Rule)
    seen: set[str] = set()
    for (file, _), rule in zip(tables.get("rule", []), rules, strict=True):
        where = f"{file}: rule {rule.id!r}"
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
    return rules
