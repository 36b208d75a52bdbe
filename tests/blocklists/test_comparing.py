"""What two lists differ in is found without making them, and is what their lists differ in.

See it fail: let `_below` in blocklists/comparing.py find nothing, `_odd` look at the reaches in any order, or
`_singles` begin each stretch of the second list one name too early.
"""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blocklists import comparing
from blocklists.asked import Asked
from blocklists.comparing import Parcels, compare_asked
from blocklists.entries import BlockList, Change, Reach, Terms
from blocklists.lists import diff

Asks = list[tuple[str, Reach, str]]
NAMES = st.lists(st.sampled_from(["a", "b", "www"]), max_size=3).map(
    lambda labels: ".".join([*labels, "x", "lab"])
)
ASKS = st.lists(st.tuples(NAMES, st.sampled_from(Reach), st.sampled_from(["", "", "H01"])), max_size=8)


def parcels(asks: Asks, label: str) -> Parcels:
    return asked(asks, label).parcels()


def asked(asks: Asks, label: str) -> Asked:
    made = Asked()
    for name, reach, category in asks:
        made.add([name], Terms(reach, category, "", (label,)))
    return made


def bare(change: Change) -> tuple[object, ...]:
    """A change without sources: a folded name passes on its own list's, which is the only one."""
    return change.added, change.removed, change.changed


def made(asks: Asks, label: str) -> BlockList:
    return asked(asks, label).blocklist()


@settings(deadline=None, max_examples=400)
@given(ASKS, ASKS, ASKS)
def test_the_difference_is_that_of_the_lists(both: Asks, old: Asks, new: Asks) -> None:
    expected = diff(made(both + old, "one"), made(both + new, "two"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(comparing, "MUCH", 2.0)  # however much differs
        found = compare_asked(parcels(both + old, "one"), parcels(both + new, "two"))
    assert bare(found) == bare(expected)


@settings(deadline=None)
@given(ASKS, ASKS, ASKS, st.integers(1, 3))
def test_sorted_lists_are_no_different(both: Asks, old: Asks, new: Asks, stretch: int) -> None:
    one, two = ([*dict.fromkeys(sorted(both + asks))] for asks in (old, new))
    expected = diff(made(one, "one"), made(two, "two"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(comparing, "MUCH", 2.0)
        patch.setattr(comparing, "_STRETCH", stretch)
        assert bare(compare_asked(parcels(one, "one"), parcels(two, "two"))) == bare(expected)


@settings(deadline=None)
@given(ASKS, ASKS)
def test_lists_that_have_little_in_common_are_made(old: Asks, new: Asks) -> None:
    expected = diff(made(old, "one"), made(new, "two"))
    assert bare(compare_asked(parcels(old, "one"), parcels(new, "two"))) == bare(expected)
