"""A pack: rules with the vocabulary they need, loaded from a folder of TOML, and the digest of all its files."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Final

import msgspec

from domainscan.assess.rules import Rule, Rulebook
from domainscan.assess.tables import (
    BadPack,
    Tables,
    fingerprints_in,
    groups_in,
    hints_in,
    letters_in,
    lists_in,
    named_lists,
    offers_in,
    placed,
    read_toml,
    records,
    rules_in,
    tokens_in,
    wording_in,
)
from domainscan.config import Packs
from domainscan.model import CATEGORIES, Record
from domainscan.read.registers import BadRegister, Register, Registers, read_register
from domainscan.signals.context import Brand, Public, Vocabulary

TABLES: Final = frozenset(
    (
        *(
            "pack",
            "rule",
            "offer",
            "group",
            "brand",
            "token",
            "namewords",
            "fingerprint",
            "campaign",
            "words",
        ),
        *("basis", "public", "hint", "wording", "letters"),
    )
)


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
    for file in pack_files(Path(packs.folder) if packs.folder else None):
        data = _bytes(file)
        if b"[[public]]" in data:
            rows += ((file.name, row) for row in read_toml(file.name, data).get("public", []))
    return frozenset(f"{one.kind}:{one.value}" for one in records({"public": rows}, "public", Public))


def pack_files(folder: Path | None) -> list[Path | Traversable]:
    """The files of a pack, by name. Raises BadPack."""
    shipped: Traversable = resources.files("domainscan") / "packs"
    try:
        found = [one for one in (folder or shipped).iterdir() if one.name.endswith(".toml")]
    except OSError as error:
        raise BadPack(f"{folder}: {error.strerror}") from error
    return sorted(found, key=lambda one: one.name)


def load_pack(
    folder: Path | None = None, brand_files: Iterable[Path] = (), register_files: Iterable[Path] = ()
) -> Pack:
    """The pack in a folder (the shipped one when None), with the brands and registers of further files.

    All their bytes are in the pack's digest: a replay sees the lists that the judgement saw.

    Raises BadPack for a rule without a category of the closed list, a known signal, a reason or a source;
    for an id used twice; for a table or key nobody knows.
    """
    files = pack_files(folder)
    if not files:
        raise BadPack(f"{folder}: holds no .toml file")
    hashed = hashlib.sha256()
    tables = _tables([(file.name, _hashed(file, hashed)) for file in (*files, *brand_files)])
    registers = Registers([_register(file.name, _hashed(file, hashed)) for file in register_files])
    packs = tuple(placed(tables, "pack", Thresholds))
    if len(packs) != 1:
        files_with = ", ".join(file for file, _ in tables.get("pack", []))
        raise BadPack(f"{len(packs)} [pack] tables ({files_with or 'in no file'}), and there must be one")
    (where, thresholds), *_ = packs
    if not 0 < thresholds.low <= thresholds.medium <= thresholds.high < math.inf:
        raise BadPack(f"{where}: low, medium and high must be points above 0, in this order")
    rules, vocabulary = rules_in(tables), _vocabulary(tables, registers)
    campaigns = tuple(placed(tables, "campaign", Campaign))
    words = tuple(lists_in(tables, "words"))
    bases = tuple(placed(tables, "basis", Basis))
    named = [
        *((place, one.categories) for place, one in campaigns),
        *((place, (one.category,)) for place, one in bases),
        *((place, categories) for place, _, categories in words),
    ]
    for place, categories in named:
        wrong = [one for one in categories if one not in CATEGORIES]
        if wrong:
            raise BadPack(f"{place}: category {', '.join(wrong)} is not of the closed list H01..H15")
    return Pack(
        thresholds,
        "sha256:" + hashed.hexdigest(),
        rules,
        tuple(one for _, one in campaigns),
        tuple(one for _, one in bases),
        {word: tuple(categories) for _, word, categories in words},
        vocabulary,
        Rulebook(rules),
    )


def _tables(files: Iterable[tuple[str, bytes]]) -> Tables:
    """Table -> its rows, each with the name of its file; two files may have one name."""
    tables: dict[str, list[tuple[str, Any]]] = {}
    for name, data in files:
        for table, rows in read_toml(name, data).items():
            if table not in TABLES:
                raise BadPack(f"{name}: unknown table {table!r}: use {', '.join(sorted(TABLES))}")
            tables.setdefault(table, []).extend(
                (name, row) for row in (rows if isinstance(rows, list) else [rows])
            )
    return tables


def _vocabulary(tables: Tables, registers: Registers) -> Vocabulary:
    return Vocabulary(
        groups_in(tables),
        offers_in(tables),
        records(tables, "brand", Brand),
        tokens_in(tables),
        fingerprints_in(tables),
        named_lists(tables, "namewords"),
        registers=registers,
        public=records(tables, "public", Public),
        hints=hints_in(tables),
        wording=wording_in(tables),
        letters=letters_in(tables),
    )


def _hashed(file: Path | Traversable, hashed: hashlib._Hash) -> bytes:
    """The file's bytes, which enter the pack's digest with its name."""
    data = _bytes(file)
    hashed.update(f"{file.name}\n{len(data)}\n".encode() + data)
    return data


def _bytes(file: Path | Traversable) -> bytes:
    if isinstance(file, Path) and file.exists() and not file.is_file():  # a pipe may never end
        raise BadPack(f"{file.name}: no regular file")
    try:
        return file.read_bytes()
    except OSError as error:
        raise BadPack(f"{file.name}: {error.strerror or error}") from error


def _register(name: str, data: bytes) -> Register:
    try:
        return read_register(data)
    except BadRegister as error:
        raise BadPack(f"{name}: {error}") from error
