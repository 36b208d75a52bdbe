"""How one list file became another: what only one of them asks for, and what stands below that, decides.

Two lists of a million names that differ in thousands are neither sorted nor folded: a name that both ask for in the
same way differs between them only when a name above it does.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, filterfalse, islice
from operator import lt
from typing import Final, NamedTuple

from blocklists.account import Account, account
from blocklists.asked import Asked
from blocklists.entries import WIDTH, BlockList, Change, Entry, Reach, Terms
from blocklists.folding import merge_terms
from blocklists.gate import Gate
from blocklists.halves import LARGE, Input, read_inputs, size_of
from blocklists.helper import Helper, HelperFailed, can_help
from blocklists.lists import diff
from blocklists.names import Name, parents
from blocklists.reading import Part, Reading
from blocklists.suffixes import load_suffixes

MANY: Final = 30  # terms; a table with more of them is compared as a list
MUCH: Final = 0.1  # of all names: when more differ, a list is made of each
_BATCH: Final = 10_000
_STRETCH: Final = 1_000

Parcels = Sequence[tuple[Terms, str, bool]]  # as of an `Asked` that does not sort: names, one a line
Kind = tuple[Reach, str, str]  # reach, category, expiry


class Compared(NamedTuple):
    """How one list became another, and where the lines of both went."""

    change: Change
    account: Account


class _Read(NamedTuple):
    parcels: Parcels
    part: Part


def compare(before: Input, after: Input, *, reach: Reach = Reach.SUBTREE) -> Compared:
    """How `before` became `after`, both read as `compile_lists` reads them; large files by a process each.

    Public suffixes are in neither; protected names may be.
    """
    if min(size_of(before[1]), size_of(after[1])) < LARGE or not can_help():
        old, new = _read(before, reach), _read(after, reach)
    else:
        with Helper(lambda send: _send(before, reach, send)) as helper:
            new = _read(after, reach, alone=True)
            try:
                old = helper.load()
            except HelperFailed:
                old = _read(before, reach, alone=True)
    told = account([(before[0], old.part), (after[0], new.part)])
    return Compared(compare_asked(old.parcels, new.parcels), told)


def compare_asked(before: Parcels, after: Parcels) -> Change:
    """How the list of what `before` asks for became that of what `after` does; each has the sources of one file."""
    if len(before) + len(after) > MANY:
        return diff(_list(before), _list(after))
    old, new = _by_kind(before), _by_kind(after)
    odd = _odd(old, new)
    if len(odd) > MUCH * sum(map(len, chain(old.values(), new.values()))):
        return diff(_list(before), _list(after))
    # What is below an odd name and not odd itself, both lists ask for: it is enough to look through one of them.
    affected = set(odd) | _below({name for name, wide in odd.items() if wide}, old.values())
    close = affected | {above for name in affected for above in parents(Name(name))}
    one, two = _view(old, close, before), _view(new, close, after)
    pairs = [(_entry(one, Name(name)), _entry(two, Name(name))) for name in sorted(affected)]
    return Change(
        added=tuple(come for gone, come in pairs if come and not gone),
        removed=tuple(gone for gone, come in pairs if gone and not come),
        changed=tuple((gone, come) for gone, come in pairs if gone and come and _kind(gone) != _kind(come)),
    )


def _by_kind(parcels: Parcels) -> dict[Kind, list[str]]:
    found: dict[Kind, list[str]] = {}
    for terms, text, _ in parcels:
        kind, names = terms[:3], text.split("\n")
        found[kind] = found[kind] + names if kind in found else names
    return found


def _kind(entry: Entry) -> Kind:
    return entry.reach, entry.category, entry.expires


def _odd(old: Mapping[Kind, list[str]], new: Mapping[Kind, list[str]]) -> dict[str, bool]:
    """The names that only one of two asks for, in some way; and whether it asks for more than their own host."""
    odd: dict[str, bool] = {}
    for kind in sorted({**old, **new}, key=lambda one: WIDTH[one[0]]):
        names, others = old.get(kind, []), new.get(kind, [])
        if _rises(names) and _rises(others):
            odd |= dict.fromkeys(_singles(names, others), kind[0] is not Reach.HOST)
            continue
        known = set(names)
        more = list(filterfalse(known.__contains__, others))
        known.difference_update(others)
        odd |= dict.fromkeys(chain(more, known), kind[0] is not Reach.HOST)
    return odd


def _rises(names: list[str]) -> bool:
    """Whether the names are sorted, each once: so are most lists, and then they are compared part by part."""
    return all(map(lt, names, islice(names, 1, None)))


def _singles(one: list[str], two: list[str]) -> Iterator[str]:
    """Those that only one of two rising lists has. A thousand at a time stay in the processor's cache: 0.1 s for a
    million, where sets of all took 0.5 and a merge of both 0.2.
    """
    start = 0
    for at in range(0, len(one), _STRETCH):
        after = at + _STRETCH
        end = bisect_left(two, one[after], start) if after < len(one) else len(two)
        yield from set(one[at:after]).symmetric_difference(two[start:end])
        start = end
    if not one:
        yield from two


def _below(tops: set[str], many: Iterable[list[str]]) -> set[str]:
    """The names below one of `tops`."""
    found: set[str] = set()
    for names in many if tops else ():
        for at in range(0, len(names), _BATCH):
            some = names[at : at + _BATCH]
            hit: set[str] = set()
            tails = {name.partition(".")[2] for name in some if name.count(".") > 1}
            while tails:
                hit |= tops & tails
                tails = {tail.partition(".")[2] for tail in tails if "." in tail}
            if hit:
                ends = tuple(f".{one}" for one in hit)
                found.update(name for name in some if name.endswith(ends))
    return found


def _view(asked: Mapping[Kind, list[str]], close: set[str], parcels: Parcels) -> dict[str, Terms]:
    """What one list asks for at the names of `close`."""
    found: dict[str, Terms] = {}
    for kind in sorted(asked):
        terms = Terms(*kind, parcels[0][0].sources)
        for name in close.intersection(asked[kind]):
            found[name] = merge_terms(found[name], terms) if name in found else terms
    return found


def _entry(view: Mapping[str, Terms], name: Name) -> Entry | None:
    """The entry of this name; None where there is none, or another covers it."""
    terms = view.get(name)
    if terms is None:
        return None
    for above in parents(name):
        over = view[above].reach if above in view else None
        beside = terms.reach is Reach.HOST and name == f"www.{above}" and over is Reach.WWW
        if beside or over is Reach.SUBTREE:
            return None
    return Entry(name, *terms)


def _read(one: Input, reach: Reach, alone: bool = False) -> _Read:
    gate, asked = Gate.of(load_suffixes(), None), Asked()
    (reading,) = read_inputs([one], lambda label, names: Reading(label, reach, gate, names), asked, alone)
    return _Read(asked.parcels(), reading.part())


def _send(one: Input, reach: Reach, send: Callable[[object], None]) -> None:
    send(_read(one, reach, alone=True))


def _list(parcels: Parcels) -> BlockList:
    asked = Asked()
    for terms, text, _ in parcels:
        asked.absorb(terms, text)
    return asked.blocklist()
