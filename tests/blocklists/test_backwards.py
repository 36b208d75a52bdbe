"""Names backwards: sorted, they stand behind what is above them, and can be cut in two where no name is above another.

See it fail: let `top_of` in blocklists/backwards.py give the whole line, or `cut` look for
`<=`.
"""

from __future__ import annotations

from bisect import bisect_left

from hypothesis import given
from hypothesis import strategies as st

from blocklists.backwards import HOST, cut, forwards, to_backwards, top_of
from blocklists.names import covers

LABELS = st.sampled_from(["a", "b", "ab", "a-b", "a_", "0", "com", "co"])
NAMES = st.lists(LABELS, min_size=2, max_size=5).map(".".join)
SIGNED = st.builds(str.__add__, st.sampled_from(["", HOST]), NAMES)


def lines_of(names: list[str]) -> list[str]:
    return sorted(to_backwards("\n".join(names)).split("\n"))


@given(st.lists(SIGNED, min_size=1))
def test_forwards_is_the_way_back(names: list[str]) -> None:
    assert forwards(to_backwards("\n".join(names))).split("\n") == names


@given(st.lists(NAMES, min_size=1), NAMES)
def test_what_lies_below_a_name_stands_right_behind_it(names: list[str], top: str) -> None:
    lines = lines_of([*names, top])
    start = lines.index(to_backwards(top))
    below = [covers(top, forwards(line)) for line in lines[start:]]
    assert below == sorted(below, reverse=True)
    assert sum(below) == sum(covers(top, name) for name in [*names, top]) - lines[:start].count(
        to_backwards(top)
    )


@given(st.lists(SIGNED, min_size=1), SIGNED)
def test_a_text_is_cut_where_its_lines_are(names: list[str], name: str) -> None:
    lines, top = lines_of(names), to_backwards(name)
    text = "\n".join(lines)
    first = text[: cut(text, top)].removesuffix("\n").split("\n") if cut(text, top) else []
    assert first == lines[: bisect_left(lines, top)]


@given(st.lists(SIGNED, min_size=1), SIGNED)
def test_a_cut_at_a_top_parts_no_name_from_those_above_it(names: list[str], name: str) -> None:
    top = top_of(to_backwards(name))
    before = [one.removeprefix(HOST) for one in names if to_backwards(one) < top]
    behind = [one.removeprefix(HOST) for one in names if to_backwards(one) >= top]
    assert not [(one, two) for one in before for two in behind if covers(one, two) or covers(two, one)]


def test_a_cut_elsewhere_would_part_them() -> None:
    """The control: below `b.com` stand names on both sides of `c.b.com`."""
    names = ["b.com", "a.b.com", "d.b.com"]
    assert [to_backwards(one) < to_backwards("c.b.com") for one in names] == [True, True, False]
    assert len({to_backwards(one) < top_of(to_backwards("c.b.com")) for one in names}) == 1
