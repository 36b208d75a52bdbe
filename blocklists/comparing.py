"""How one list file became another, without sorting either: the names of the one are struck out of the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress

from blocklists.asked import Asked
from blocklists.entries import Change, Reach, Terms
from blocklists.folding import Folding
from blocklists.gate import Gate
from blocklists.halves import LARGE, Input, read_inputs, size_of
from blocklists.helper import Helper, HelperFailed, can_help
from blocklists.reading import Reading
from blocklists.suffixes import load_suffixes


def compare(before: Input, after: Input, *, reach: Reach = Reach.SUBTREE) -> Change:
    """How `before` became `after`, both read as `compile_lists` reads them; large files by a process each.

    Public suffixes are in neither; protected names may be.
    """
    if min(size_of(before[1]), size_of(after[1])) >= LARGE and can_help():
        with Helper(lambda send: _send(before, reach, send)) as helper, suppress(HelperFailed):
            return _folded(after, reach, alone=True).became_from(_received(helper))
    parcels = _folded(before, reach).parcels()
    return _folded(after, reach).became_from(parcels)


def _folded(one: Input, reach: Reach, alone: bool = False) -> Folding:
    gate, asked = Gate.of(load_suffixes(), None), Asked()
    read_inputs([one], lambda label, names: Reading(label, reach, gate, names), asked, alone)
    folding = asked.folding()
    folding.fold()
    return folding


def _send(one: Input, reach: Reach, send: Callable[[object], None]) -> None:
    for parcel in _folded(one, reach, alone=True).parcels():
        send(parcel)
    send(None)


def _received(helper: Helper) -> Iterator[tuple[Terms, str]]:
    while parcel := helper.load():
        yield parcel
