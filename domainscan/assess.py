"""Assessments: a pack of rules applied to readings, explained rule by rule.

Severity is the category's constant, confidence comes from evidence; the two are never merged.
"""

from __future__ import annotations

import hashlib
import math
import tomllib
from collections.abc import Callable, Iterable, Mapping
from importlib import resources
from importlib.resources.abc import Traversable
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar

import msgspec

from blocklists.suffixes import Suffixes
from domainscan.config import Packs
from domainscan.model import (
    CATEGORIES,
    CONFIDENCES,
    KINDS,
    SEVERITIES,
    Assessment,
    Failure,
    Fired,
    History,
    Judgement,
    Observation,
    Part,
    Reading,
    Record,
    Unmeasured,
    content_digest,
)
from domainscan.read.registers import BadRegister, Register, Registers, read_register
from domainscan.signals import OF_THE_PAGE, SIGNALS, measure
from domainscan.signals.context import Brand, Context, Fingerprint, Public, Token, Vocabulary
from domainscan.signals.hints import PLACES, Hint
from domainscan.signals.later import LATER, Gate, measure_first
from domainscan.signals.offers import Offer

LEVELS: Final = ("none", "low", "medium", "high")
TABLES: Final = frozenset(
    (
        "pack", "rule", "offer", "group", "brand", "token", "namewords", "fingerprint", "campaign", "words", "basis",
        "public",
        "hint",
    )
)  # fmt: skip


class BadPack(Exception):
    """A pack cannot be used; the message names the file, and the rule where one is to blame."""


class Rule(Record, frozen=True, forbid_unknown_fields=True):
    """What a reading is worth for categories of harm. Ids are permanent and never change meaning."""

    id: str
    category: tuple[str, ...]
    signal: str
    points: float
    kind: str
    reason: str
    source: str
    part: str = ""
    at_least: float | None = None
    at_most: float | None = None
    equals: float | str | None = None
    harm: bool = False  # the harm itself is seen on the page
    cap: str = "high"  # the most confidence this rule can carry without a stronger one beside it
    compromised: bool = False  # the site is an ordinary one that somebody broke into


class Campaign(Record, frozen=True, forbid_unknown_fields=True):
    """A class of an official campaign, and the categories that answer to it."""

    id: str
    campaign: str
    number: str
    title: str
    title_zh: str
    categories: tuple[str, ...]
    source: str


class Basis(Record, frozen=True, forbid_unknown_fields=True):
    """A provision that a measure against a category may rest on; to be checked before anybody quotes it."""

    category: str
    law: str
    law_zh: str
    provision: str
    about: str
    confirmed: str = ""  # the day on which the desk compared it with the official text; "" when nobody did


class Thresholds(Record, frozen=True, forbid_unknown_fields=True):
    """The pack's name and the points at which each confidence begins."""

    name: str
    version: str
    low: float
    medium: float
    high: float


class Watch(NamedTuple):
    """A rule that waits for a finite number between two bounds, or for a text; `place` is its place in the pack."""

    place: int
    low: float
    high: float
    rule: Rule


class Watches:
    """The rules that read one signal, as a judgement looks for them: most readings are zero, and few wait for it."""

    __slots__ = ("at_zero", "parts", "whole", "whole_at_zero")

    def __init__(self) -> None:
        self.whole: list[Watch] = []
        self.whole_at_zero: list[Watch] = []
        self.parts: dict[str, list[Watch]] = {}  # by part
        self.at_zero: dict[str, list[Watch]] = {}  # those that fire on zero, by part

    def add(self, watch: Watch) -> None:
        part, zero = watch.rule.part, watch.low <= 0.0 <= watch.high
        if part:
            self.parts.setdefault(part, []).append(watch)
            if zero:
                self.at_zero.setdefault(part, []).append(watch)
        else:
            self.whole.append(watch)
            if zero:
                self.whole_at_zero.append(watch)


class Rulebook:
    """Rules by the signal they read.

    A category without proof is not judged, so what speaks against one is looked at where something was proven: a
    dozen rules wait for "offers nothing", which nearly every page does.
    """

    def __init__(self, rules: Iterable[Rule]) -> None:
        rules = tuple(rules)
        self.caps = {rule.id: rule.cap for rule in rules}
        self.proof: dict[str, Watches] = {}
        self.counter: dict[str, Watches] = {}
        for place, rule in enumerate(rules):
            proves = (
                rule.points > 0 and rule.cap != "none"
            )  # what lifts nothing by itself waits for what does
            book = self.proof if proves or rule.compromised else self.counter
            book.setdefault(rule.signal, Watches()).add(Watch(place, *_bounds(rule), rule))
        self.waiting = {name: gates for name in LATER if (gates := self._gates(name)) is not None}
        # What need not be read where the page is known to prove nothing; `parked` looks at its words as well.
        self.of_page = OF_THE_PAGE | ({"parked"} - self.proof.keys())

    def _gates(self, name: str) -> tuple[Gate, ...] | None:
        """What may open before a signal that can wait; None when a rule takes proof from more than has a gate."""
        watches, gates = self.proof.get(name), LATER[name]
        if watches is None:
            return ()
        read = (*watches.parts, "") if watches.whole else tuple(watches.parts)
        if watches.whole_at_zero or watches.at_zero or not gates.keys() >= set(read):
            return None
        return tuple(gates[part] for part in read)


def _bounds(rule: Rule) -> tuple[float, float]:
    """The least and the greatest number that a rule fires on; nothing lies between those of a rule for a text."""
    if isinstance(rule.equals, str):
        return math.inf, -math.inf
    low = [one for one in (rule.at_least, rule.equals) if one is not None]
    high = [one for one in (rule.at_most, rule.equals) if one is not None]
    return max(low, default=-math.inf), min(high, default=math.inf)


class Pack(msgspec.Struct, frozen=True):
    """Rules with the vocabulary they need, and the digest of all its files."""

    thresholds: Thresholds
    digest: str
    rules: tuple[Rule, ...]
    campaigns: tuple[Campaign, ...]
    bases: tuple[Basis, ...]
    words: dict[str, tuple[str, ...]]  # category words of labelled sets, and what they mean here
    vocabulary: Vocabulary
    book: Rulebook

    @property
    def name(self) -> str:
        return f"{self.thresholds.name} {self.thresholds.version}"


def pack_in_force(packs: Packs) -> Pack:
    """The configured pack, or the shipped one, with the configured brand tables and registers. Raises BadPack."""
    brands, registers = ([Path(file) for file in files] for files in (packs.brands, packs.registers))
    return load_pack(Path(packs.folder) if packs.folder else None, brands, registers)


def public_features(packs: Packs) -> frozenset[str]:
    """The features ("kind:value") that the pack in force calls nobody's, for who needs no more of it. Raises BadPack.

    5 ms; the whole pack takes half a second.
    """
    rows: list[tuple[str, Any]] = []
    for file in _files(Path(packs.folder) if packs.folder else None):
        data = _bytes(file)
        if b"[[public]]" in data:
            rows += ((file.name, row) for row in _toml(file.name, data).get("public", []))
    return frozenset(f"{one.kind}:{one.value}" for one in _records({"public": rows}, "public", Public))


def _files(folder: Path | None) -> list[Path | Traversable]:
    """The files of a pack, by name."""
    shipped: Traversable = resources.files("domainscan") / "packs"
    found = (one for one in (folder or shipped).iterdir() if one.name.endswith(".toml"))
    return sorted(found, key=lambda one: one.name)


def load_pack(
    folder: Path | None = None, brand_files: Iterable[Path] = (), register_files: Iterable[Path] = ()
) -> Pack:
    """The pack in a folder (the shipped one when None), with the brands and registers of further files.

    All their bytes are in the pack's digest: a replay sees the lists that the judgement saw.

    Raises BadPack for a rule without a category of the closed list, a known signal, a reason or a source;
    for an id used twice; for a table or key nobody knows.
    """
    files = _files(folder)
    if not files:
        raise BadPack(f"{folder}: holds no .toml file")
    hashed = hashlib.sha256()
    tables: dict[str, list[tuple[str, Any]]] = {}
    for file in (*files, *brand_files):
        data = _hashed(file, hashed)
        for table, rows in _toml(file.name, data).items():
            if table not in TABLES:
                raise BadPack(f"{file.name}: unknown table {table!r}: use {', '.join(sorted(TABLES))}")
            tables.setdefault(table, []).extend(
                (file.name, row) for row in (rows if isinstance(rows, list) else [rows])
            )
    registers = Registers([_register(file.name, _hashed(file, hashed)) for file in register_files])
    packs = _records(tables, "pack", Thresholds)
    if len(packs) != 1:
        raise BadPack(f"{len(packs)} [pack] tables, and there must be one")
    rules = _records(tables, "rule", Rule)
    _check_rules(tables, rules)
    vocabulary = Vocabulary(
        _groups(tables),
        _offers(tables),
        _records(tables, "brand", Brand),
        _tokens(tables),
        _fingerprints(tables),
        _table(tables, "namewords"),
        registers=registers,
        public=_records(tables, "public", Public),
        hints=_hints(tables),
    )
    campaigns = _records(tables, "campaign", Campaign)
    words = _table(tables, "words")
    bases = _records(tables, "basis", Basis)
    placed = [
        *((one.id, one.categories) for one in campaigns),
        *((one.law, (one.category,)) for one in bases),
    ]
    for place, named in (*placed, *words.items()):
        if not CATEGORIES.keys() >= set(named):
            raise BadPack(f"{place!r}: categories {', '.join(named)} are not all of the closed list")
    return Pack(
        packs[0], "sha256:" + hashed.hexdigest(), rules, campaigns, bases, words, vocabulary, Rulebook(rules)
    )


def _hashed(file: Path | Traversable, hashed: hashlib._Hash) -> bytes:
    """The file's bytes, which enter the pack's digest with its name."""
    data = _bytes(file)
    hashed.update(f"{file.name}\n{len(data)}\n".encode() + data)
    return data


def _bytes(file: Path | Traversable) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise BadPack(f"{file.name}: {error}") from error


def _register(name: str, data: bytes) -> Register:
    try:
        return read_register(data)
    except BadRegister as error:
        raise BadPack(f"{name}: {error}") from error


def _toml(name: str, data: bytes) -> dict[str, Any]:
    try:
        return tomllib.loads(data.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadPack(f"{name}: {error}") from error


T = TypeVar("T")


def _records(tables: Mapping[str, list[tuple[str, Any]]], table: str, kind: type[T]) -> tuple[T, ...]:
    found = []
    for file, row in tables.get(table, []):
        try:
            found.append(msgspec.convert(row, kind))
        except msgspec.ValidationError as error:
            label = row.get("id") or row.get("token") or "" if isinstance(row, dict) else row
            raise BadPack(f"{file}: {table} {label!r}: {error}") from error
    return tuple(found)


def _groups(tables: Mapping[str, list[tuple[str, Any]]]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for _, table in tables.get("group", []):
        for group, terms in table.items():
            groups.setdefault(group, []).extend(terms)
    return groups


def _table(tables: Mapping[str, list[tuple[str, Any]]], name: str) -> dict[str, tuple[str, ...]]:
    return {key: tuple(values) for _, table in tables.get(name, []) for key, values in table.items()}


def _fingerprints(tables: Mapping[str, list[tuple[str, Any]]]) -> tuple[Fingerprint, ...]:
    fingerprints = _records(tables, "fingerprint", Fingerprint)
    for one in fingerprints:
        for network in one.networks:
            try:
                ip_network(network)
            except ValueError as error:
                raise BadPack(f"fingerprint {one.id!r}: {error}") from error
    return fingerprints


def _tokens(tables: Mapping[str, list[tuple[str, Any]]]) -> tuple[Token, ...]:
    tokens = _records(tables, "token", Token)
    known = {f"@{name}" for name in _table(tables, "namewords")}
    for token in tokens:
        used = {one for slot in (*token.near, token.without) for one in slot if one.startswith("@")}
        if token.category not in CATEGORIES or not token.near or used - known:
            raise BadPack(
                f"token {token.near!r}: needs a category of the closed list and classes of [namewords]"
            )
    return tokens


def _offers(tables: Mapping[str, list[tuple[str, Any]]]) -> tuple[Offer, ...]:
    offers = _records(tables, "offer", Offer)
    known = _groups(tables)
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


def _hints(tables: Mapping[str, list[tuple[str, Any]]]) -> tuple[Hint, ...]:
    hints = _records(tables, "hint", Hint)
    known = _groups(tables).keys()
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


def _check_rules(tables: Mapping[str, list[tuple[str, Any]]], rules: tuple[Rule, ...]) -> None:
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


def judge(
    observation: Observation, history: History, pack: Pack, suffixes: Suffixes, quiet: str = ""
) -> Assessment:
    """Measures an observation and judges it by a pack; pure, so a replay gives the same.

    The same as `assess` of all that `measure` finds; what can only speak against a harm is not read where none is seen.
    `quiet` is the digest of the pack by which this very page of this name has proven nothing before: by the same
    pack it proves nothing now, and its words are read only where something else proves something.
    """
    context = Context(history, pack.vocabulary, suffixes)
    if quiet == pack.digest and not isinstance(context.page(observation), Failure):
        readings = measure(observation, context, pack.book.of_page)
        if not _met(readings, pack.book.proof):
            return assess(readings, pack, observation=observation, history=history)
    readings, left = measure_first(observation, context, pack.book.waiting)

    def rest() -> Readings:
        return {name: SIGNALS[name](observation, context) for name in left}

    return assess(readings, pack, observation=observation, history=history, rest=rest)


Readings = Mapping[str, Reading | Failure]


def assess(
    readings: Readings,
    pack: Pack,
    *,
    observation: Observation,
    history: History,
    rest: Callable[[], Readings] = dict,
) -> Assessment:
    """What fired, what speaks against it and what is unknown: per category a severity and a confidence.

    `rest` gives further readings, of which none proves anything and none is a Failure; asked where something is proven.
    A case settled by a decision stays settled while its content is the same, and while its page cannot be
    read: could not look is no change of content.
    """
    proof = _met(readings, pack.book.proof)
    fired = _fired(readings, proof, pack.book, rest)
    judgements = [
        one
        for category, rules in fired.items()
        if (one := _judgement(category, rules, pack.book.caps, pack.thresholds))
    ]
    judgements.sort(key=lambda one: (-CONFIDENCES[one.confidence], -SEVERITIES[one.severity], one.category))
    context = history.digest()
    content = content_digest(observation)
    identity = hashlib.sha256(f"{observation.id}\n{pack.digest}\n{context}".encode()).hexdigest()
    return Assessment(
        id="a" + identity[:20],
        observation=observation.id,
        name=observation.name,
        at=observation.at,
        pack=pack.name,
        pack_digest=pack.digest,
        context_digest=context,
        judgements=tuple(judgements),
        unknown=tuple(_unknown(readings)),
        content=content,
        settled=bool(history.settled)
        and (history.settled == content or isinstance(observation.page, Failure)),
        compromised=any(watch.rule.compromised for watch, *_ in proof),
        quiet=not any(watch.rule.signal in OF_THE_PAGE for watch, *_ in proof),
    )


Met = tuple[Watch, Reading, float | str, tuple[str, ...]]  # with the value and the evidence that it met


def _fired(
    readings: Readings, proof: list[Met], book: Rulebook, rest: Callable[[], Readings]
) -> dict[str, list[Fired]]:
    """The rules that fire, in the order of the pack, for each category that something proves."""
    proven = {category for one in proof if one[0].rule.points > 0 for category in one[0].rule.category}
    if not proven:
        return {}
    met = sorted((*proof, *_met({**readings, **rest()}, book.counter)), key=_place_of)
    fired: dict[str, list[Fired]] = {category: [] for category in proven}
    for watch, reading, value, evidence in met:
        rule = watch.rule
        if proven.isdisjoint(rule.category):
            continue
        one = Fired(
            rule.id, rule.signal, rule.kind, rule.points, value, reading.unit, evidence, rule.reason, rule.harm
        )  # fmt: skip
        for category in rule.category:
            if category in proven:
                fired[category].append(one)
    return fired


def _place_of(met: Met) -> int:
    return met[0].place


def _met(readings: Readings, book: Mapping[str, Watches]) -> list[Met]:
    """What meets the rules of a book."""
    found: list[Met] = []
    for signal, watches in book.items():
        reading = readings.get(signal)
        if reading is None or isinstance(reading, Failure):
            continue
        value = reading.value
        if isinstance(value, str):
            found += [
                (one, reading, value, reading.evidence) for one in watches.whole if value == one.rule.equals
            ]
        else:
            found += [
                (one, reading, value, reading.evidence)
                for one in (watches.whole if value else watches.whole_at_zero)
                if one.low <= value <= one.high and -math.inf < value < math.inf
            ]
        for part in reading.parts if watches.parts else ():
            if part.value and part.name in watches.parts and -math.inf < part.value < math.inf:
                found += [
                    (one, reading, part.value, part.evidence)
                    for one in watches.parts[part.name]
                    if one.low <= part.value <= one.high
                ]
        if watches.at_zero:
            found += _met_at_zero(reading, watches)
    return found


def _met_at_zero(reading: Reading, watches: Watches) -> Iterable[Met]:
    """What parts that are zero meet; one that the reading does not mention is zero."""
    measured = {part.name: part for part in reversed(reading.parts)}
    for name, waiting in watches.at_zero.items():
        part = measured.get(name, Part(name, 0.0))
        if not part.value:
            for one in waiting:
                yield one, reading, part.value, part.evidence


def _judgement(
    category: str, fired: Iterable[Fired], caps: Mapping[str, str], limits: Thresholds
) -> Judgement | None:
    """One category: points become a confidence; no rule lifts it above its cap, high wants two kinds.

    None for the confidence none, which most categories have.
    """
    fired = tuple(fired)
    proof = tuple(one for one in fired if one.points > 0)
    points = round(sum(one.points for one in fired), 3)
    level = sum(points >= limit for limit in (limits.low, limits.medium, limits.high))
    level = min(level, max((CONFIDENCES[caps[one.rule]] for one in proof), default=0))
    if level == 0:
        return None
    kinds = tuple(kind for kind in KINDS if any(one.kind == kind for one in proof))
    if level == 3 and (len(kinds) < 2 or not any(one.harm and one.kind == "page" for one in proof)):
        level = 2
    counter = tuple(one for one in fired if one.points <= 0)
    return Judgement(category, CATEGORIES[category][1], LEVELS[level], points, kinds, proof, counter)


def _unknown(readings: Readings) -> Iterable[Unmeasured]:
    for name, reading in readings.items():
        if isinstance(reading, Failure):
            yield Unmeasured(name, reading.status, reading.detail)
        elif reading.value and not isinstance(reading.value, str) and not math.isfinite(reading.value):
            yield Unmeasured(name, "malformed", f"the reading is {reading.value}")
