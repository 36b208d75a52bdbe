"""Two ways to make a list of what was asked for, a sort and a dict, and one answer.

See it fail: let `_marks` in blocklists/sorting.py put HOST before SUBTREE, or write `.` instead of `!`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blocklists import sorting
from blocklists.asked import Asked
from blocklists.entries import BlockList, Entry, Reach, Terms
from blocklists.names import Name
from blocklists.sorting import can_sort, sort_and_fold

Asks = list[tuple[str, Terms]]
LABELS = st.sampled_from(["a", "b", "a-b", "ab", "a_", "0", "www"])
NAMES = st.lists(LABELS, max_size=4).map(lambda labels: ".".join([*labels, "x", "lab"]))
SHORT = st.sampled_from(
    ["a.io", "b.a.io", "z.io", "a.z.io", "az.io", "na.io", "n.na.io", "za.com", "x.za.com"]
)
REACHES = st.sampled_from([Reach.HOST, Reach.SUBTREE])
TERMS = st.builds(
    Terms,
    REACHES,
    st.sampled_from(["", "H01", "H02"]),
    st.sampled_from(["", "2027-01-01", "2028-01-01"]),
    st.sampled_from([("one",), ("two",), ("one", "two"), ()]),
)
OF_ONE_LIST = st.builds(Terms, REACHES, sources=st.just(("one",)))


def sorted_and_in_a_dict(asks: Iterable[tuple[str, Terms]]) -> tuple[BlockList, BlockList]:
    first, second = Asked(), Asked()
    for name, terms in asks:
        first.add([name], terms)
        second.add([name], terms)
    texts = {terms: [text] for terms, text, _ in first.parcels()}
    assert can_sort(texts)
    return sort_and_fold(texts, {}), second.folding().blocklist()


@settings(deadline=None, max_examples=300)
@given(st.lists(st.tuples(NAMES, TERMS), max_size=12))
def test_a_sort_finds_what_a_dict_finds(asks: Asks) -> None:
    by_sort, by_dict = sorted_and_in_a_dict(asks)
    assert by_sort.entries == by_dict.entries


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
@pytest.mark.parametrize("helped", [True, False])
@settings(deadline=None, max_examples=50)
@given(asks=st.lists(st.tuples(NAMES | SHORT, TERMS), max_size=12))
def test_two_processes_find_what_one_finds(asks: Asks, helped: bool) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sorting, "LARGE", 1)
        patch.setattr(sorting, "can_help", lambda: True)
        if not helped:
            patch.setattr(sorting, "_send_part", lambda *_: os._exit(1))
        by_sort, by_dict = sorted_and_in_a_dict(asks)
    assert by_sort.entries == by_dict.entries


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_each_process_may_merge_other_terms(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the second calls its seventh is not what the first does."""
    monkeypatch.setattr(sorting, "LARGE", 1)
    monkeypatch.setattr(sorting, "can_help", lambda: True)
    low = [(f"{label}.aa.io", Terms(Reach.HOST, "", "", (one,))) for label in "abc" for one in ("1", "2")]
    high = [(f"{label}.zz.io", Terms(Reach.HOST, "", "", (one,))) for label in "abcde" for one in ("2", "3")]
    by_sort, by_dict = sorted_and_in_a_dict([*low, *high])
    assert by_sort.entries == by_dict.entries
    assert {entry.sources for entry in by_sort} == {("1", "2"), ("2", "3")}


@settings(deadline=None, max_examples=300)
@given(st.lists(st.tuples(NAMES, OF_ONE_LIST), max_size=12))
def test_of_a_single_list_too(asks: Asks) -> None:
    by_sort, by_dict = sorted_and_in_a_dict(asks)
    assert by_sort.entries == by_dict.entries


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
@pytest.mark.parametrize("two", [False, True])
@pytest.mark.parametrize("lists", [1, 2, 14, 28, 29, 30, 400])
def test_any_number_of_lists(lists: int, two: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Up to 27 kinds of terms a digit tells them apart, then two do; in two processes as in one."""
    monkeypatch.setattr(sorting, "LARGE", 1 if two else 1 << 30)
    monkeypatch.setattr(sorting, "can_help", lambda: True)
    asks = [
        (
            f"{'' if number % 3 else 'a.'}n{number % 50}.lab{number % 4}.org",
            Terms(reach, "", "", (f"list {number % lists}",)),
        )
        for number in range(2000)
        for reach in ((Reach.HOST, Reach.SUBTREE) if number % 7 == 0 else (Reach.HOST,))
    ]
    by_sort, by_dict = sorted_and_in_a_dict(asks)
    assert by_sort == by_dict
    assert len(by_sort) > 80


def test_the_order_of_asking_changes_nothing() -> None:
    asks = [
        (name, Terms(reach, category, "", (source,)))
        for name in ("x.lab", "a.x.lab", "x-y.lab", "b.a.x.lab")
        for reach, category, source in (
            (Reach.HOST, "H01", "one"),
            (Reach.SUBTREE, "", "two"),
            (Reach.HOST, "", "two"),
        )
    ]
    assert sorted_and_in_a_dict(asks) == sorted_and_in_a_dict(reversed(asks))
    assert sorted_and_in_a_dict(asks)[0].entries == (
        Entry(Name("x-y.lab"), sources=("one", "two")),
        Entry(Name("x.lab"), sources=("one", "two")),
    )


def test_what_a_sort_cannot_fold_is_left_to_the_dict() -> None:
    www = Terms(Reach.WWW, "", "", ("one",))
    assert not can_sort([www])
    assert not can_sort(Terms(Reach.HOST, "", "", (f"{number}",)) for number in range(1000))
    asked = Asked()
    asked.add(["x.lab"], www)
    asked.add(["www.x.lab", "a.x.lab"], Terms(Reach.HOST, "", "", ("one",)))
    assert [entry.name for entry in asked.blocklist()] == ["a.x.lab", "x.lab"]


def test_a_hundred_thousand_names_below_one_are_folded() -> None:
    asked = Asked()
    asked.add(["x.lab"], Terms(sources=("one",)))
    asked.add([f"n{number}.x.lab" for number in range(100_000)], Terms(Reach.HOST, sources=("two",)))
    assert asked.blocklist().entries == (Entry(Name("x.lab"), sources=("one", "two")),)


def test_nothing_makes_an_empty_list(entries: Callable[..., BlockList]) -> None:
    assert Asked().blocklist() == Asked().folding().blocklist() == entries()
