"""`python -m benchmarks.bags OUT.bags FILE...`: labelled texts as bags of terms, for a fit that anybody can repeat.

Texts from the open belong to those who wrote them, and some name what has no place in a repository. A bag keeps what a
table is fitted on: the label, the categories, and which terms stand in the text, of those that three sites use. It
keeps no text, no order, no name and no address: a site is a digest. FILE is a labelled set, or bags gathered earlier.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import zstandard

from benchmarks.terms import EVERYBODYS, FEWEST, Bag, examples_of, grams, groups_of, is_taboo
from domainscan.assess import load_pack
from domainscan.signals.weights import GROUP, READ

BAGS: Final = ".bags"
FOUND: Final = 1.7  # what a text from the open counts; an invented one counts 1
LEVEL: Final = 19
HANDLE: Final = re.compile(r"[a-z]{4,}\d{2,}")  # as people call themselves where they write programs


def main() -> None:
    out, files = Path(sys.argv[1]), [Path(one) for one in sys.argv[2:]]
    pack = load_pack()
    bags: list[Bag] = []
    named: set[str] = set()
    for file in files:
        if file.suffix == BAGS:
            bags += read_bags(file)
            continue
        for one in examples_of(file, pack):
            if one.row.label != "grey":
                named.add(one.row.registrable.split(".")[0])
                terms = frozenset(grams(one.words.text[:READ])) | groups_of(one.words)
                bags.append(Bag(_digest(one.row.registrable), one.risky, one.categories, terms))
    write_bags(out, bags, named)
    sys.stderr.write(f"{len(bags)} texts, {sum(one.risky for one in bags)} of them risky\n")


def read_bags(file: Path) -> Iterator[Bag]:
    """The texts of a file of bags."""
    with zstandard.open(file, "rt", encoding="utf-8") as lines:
        terms = json.loads(next(iter(lines)))
        for line in lines:
            site, risky, categories, there = json.loads(line)
            yield Bag(site, bool(risky), tuple(categories), frozenset(terms[at] for at in there), FOUND)


def write_bags(file: Path, bags: Sequence[Bag], named: set[str]) -> None:
    """Without names, and without terms that hardly any site uses. The same texts twice count once."""
    sites: dict[str, set[str]] = defaultdict(set)
    for bag in bags:
        for term in bag.terms:
            sites[term].add(bag.site)
    named = {one for one in named if len(sites[one]) < EVERYBODYS}
    terms = sorted(term for term, who in sites.items() if len(who) >= FEWEST and _is_kept(term, named))
    number = {term: at for at, term in enumerate(terms)}
    rows = {
        json.dumps(
            (
                bag.site,
                int(bag.risky),
                bag.categories,
                sorted(number[one] for one in bag.terms if one in number),
            )
        )
        for bag in bags
    }
    text = "\n".join((json.dumps(terms, ensure_ascii=False), *sorted(rows), ""))
    file.write_bytes(zstandard.ZstdCompressor(level=LEVEL).compress(text.encode()))


def _is_kept(term: str, named: set[str]) -> bool:
    if term[0] == GROUP:
        return True
    return named.isdisjoint(term.split()) and not HANDLE.search(term) and not is_taboo(term)


def _digest(site: str) -> str:
    return hashlib.sha256(site.encode()).hexdigest()[:12]


if __name__ == "__main__":
    main()
