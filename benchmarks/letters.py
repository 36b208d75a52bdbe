"""`python -m benchmarks.letters NAMES...` fits the table of letters; `--check` judges held-out folds instead.

A logistic curve over the pieces of two to six letters that labelled names are spelled with, drawn towards zero. Prints
packs/name-letters.toml. With `--check` the table is fitted anew for each fold, without its names and their mirrors, put
into the shipped pack in place of its own, and the whole judgement of the fold is counted: with the words of names
alone, and with both.
"""

from __future__ import annotations

import sys
import tempfile
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from benchmarks.folds import FOLDS, folds_of
from benchmarks.logistic import descend, table_of
from benchmarks.taboo import OPINION, ORIGIN, YOUNG
from blocklists.suffixes import Suffixes, load_suffixes
from domainscan.assess import Pack, judge, load_pack
from domainscan.evaluate import Row, load_dataset
from domainscan.model import CATEGORIES, CONFIDENCES, History
from domainscan.signals.context import Context
from domainscan.signals.names import labels
from domainscan.signals.weights import Letters, Wording, pieces_of

AT: Final = "2026-11-26T12:00:00Z"
# Harms that sellers put into names, as labelled sets and our own call them.
MEANT: Final = ("nudify_undress", "deepfake_faceswap_nsfw", "ai_nsfw_generator", "H01", "H02", "H12")
FEWEST: Final = 3  # names that hold a piece
PULL: Final = 2.0
LEAST: Final = 0.1  # weights below say nothing; also the steps of the table
# How much a name counts: those invented to be near the line are few, and so are real ones of the kinds nearest to harm.
NEAR: Final[dict[str, float]] = {"adult_no_ai": 4.0, "legit_ai_vendor": 2.0, "legit_ai_vendor_cn": 2.0}
INVENTED: Final = 4.0
TABOO: Final = (*OPINION, *ORIGIN, *YOUNG)
WIDTH: Final = 140  # characters of a line of pieces


class Example(NamedTuple):
    row: Row
    risky: bool
    category: str
    pieces: frozenset[str]
    weight: float


def main() -> None:
    files = [Path(one) for one in sys.argv[1:] if one != "--check"]
    pack = load_pack()
    examples = [one for file in files for one in read(file, pack)]
    if "--check" in sys.argv:
        for line in check(examples, pack):
            print(line, flush=True)
    else:
        print(as_toml(fit(examples), f"{len(examples)} names"), end="")


def read(file: Path, pack: Pack) -> Iterator[Example]:
    """The names of a labelled set that are of harm which names tell, and the honest ones."""
    suffixes = load_suffixes()
    context = Context(History(), pack.vocabulary, suffixes)
    for row in _labelled(file, suffixes):
        risky = row.label == "positive"
        if row.label == "grey" or (risky and row.category not in MEANT):
            continue
        pieces = [pieces_of(label) for label in labels(row.observation, context)]
        category = [one for one in pack.words.get(row.category, (row.category,)) if one in CATEGORIES][-1:]
        weight = INVENTED if _is_invented(row) else NEAR.get(row.category, 1.0)
        yield Example(row, risky, (*category, "")[0], frozenset().union(*pieces), weight)


def _labelled(file: Path, suffixes: Suffixes) -> tuple[Row, ...]:
    """The rows of a labelled set; of a .toml, its tables of names, as tests/signals/names.toml has them."""
    if file.suffix != ".toml":
        return load_dataset(file, suffixes, AT).rows
    table = tomllib.loads(file.read_text("utf-8"))
    honest = (
        f"{name}.example,negative,honest" for names in table["honest"].values() for name in names.split()
    )
    abuse = (
        f"{name}.example,positive,{category}"
        for category, names in table["abuse"].items()
        for name in names.split()
    )
    with tempfile.NamedTemporaryFile("w", suffix=".csv", encoding="utf-8") as lines:
        lines.write("\n".join(("domain,label,category", *honest, *abuse)))
        lines.flush()
        return load_dataset(Path(lines.name), suffixes, AT).rows


def _is_invented(row: Row) -> bool:
    return row.observation.name.endswith(".example")


def fit(examples: Sequence[Example]) -> Wording:
    """The table that tells names of harm from honest ones."""
    held = Counter(piece for one in examples for piece in one.pieces)
    known = {
        piece for piece, count in held.items() if count >= FEWEST and not any(one in piece for one in TABOO)
    }
    there = [one.pieces & known for one in examples]
    base, worth = descend(
        there, [one.risky for one in examples], [one.weight for one in examples], lambda _: PULL
    )
    return table_of(base, worth, [one.category if one.risky else "" for one in examples], there, LEAST, 1)


def as_toml(table: Wording, fitted: str) -> str:
    """The table as packs/name-letters.toml holds it: pieces by what they add."""
    lines = ["[letters]", f"base = {table.base}", f'fitted = "{fitted}"']
    for category, pieces in table.speaks_for.items():
        lines += ["", f"[letters.speaks_for.{category}]", *_rows(pieces)]
    return "\n".join([*lines, "", "[letters.against]", *_rows(table.against), ""])


def _rows(pieces: Mapping[str, float]) -> Iterator[str]:
    by_weight: dict[float, list[str]] = defaultdict(list)
    for piece, weight in pieces.items():
        by_weight[weight].append(piece)
    for weight in sorted(by_weight, key=lambda one: -abs(one)):
        yield f'"{weight}" = """'
        yield from _folded(by_weight[weight])
        yield '"""'


def _folded(pieces: Iterable[str]) -> Iterator[str]:
    line = ""
    for piece in pieces:
        if len(line) + len(piece) >= WIDTH:
            yield line
            line = ""
        line = f"{line} {piece}" if line else piece
    yield line


def check(examples: Sequence[Example], pack: Pack) -> Iterator[str]:
    """What names alone reach on folds that the table was not fitted on, and without any table."""
    folds = folds_of([one.row for one in examples])
    suffixes = load_suffixes()
    flagged: Counter[tuple[str, str]] = Counter()
    count = Counter(_kind(one) for one in examples)
    for fold in range(FOLDS):
        outside = [one for one, mine in zip(examples, folds, strict=True) if mine != fold]
        inside = [one for one, mine in zip(examples, folds, strict=True) if mine == fold]
        for name, table in (("without", None), ("with", fit(outside))):
            pack.vocabulary.letters = Letters(table)
            for one in inside:
                said = judge(one.row.observation, History(), pack, suffixes).judgements
                flagged[name, _kind(one)] += any(CONFIDENCES[each.confidence] >= 2 for each in said)
        sys.stderr.write(f"fold {fold + 1} of {FOLDS}: {len(inside)} names\n")
    yield "| kind | names | flagged by words alone | by words and letters |"
    yield "|---|---|---|---|"
    for kind in sorted(count):
        yield f"| {kind} | {count[kind]} | {flagged['without', kind]} | {flagged['with', kind]} |"


def _kind(one: Example) -> str:
    invented = "invented: " if _is_invented(one.row) else ""
    return f"{invented}{'harm' if one.risky else 'honest'}: {one.row.category}"


if __name__ == "__main__":
    main()
