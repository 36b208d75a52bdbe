"""Whole lists pass the gate at once, and nothing slips through that it refuses when it is asked for one name.

See it fail: let `suspects` in blocklists/gate.py look at no name two levels up (`upper = set()`), or `suspects_among`
look for the names above without their dot.
"""

from __future__ import annotations

import pytest

from blocklists.backwards import SIGNS, forwards, to_backwards
from blocklists.entries import Reach
from blocklists.gate import GATE_REASONS, Gate
from blocklists.names import Name
from blocklists.protect import Protected
from blocklists.suffixes import load_suffixes

SUFFIXES = load_suffixes(["pages.lab"])
PREFIXES = ("", "x.", "www.", "x.y.", "x.y.z.")


@pytest.mark.parametrize("prefix", PREFIXES)
def test_a_name_that_is_refused_is_a_suspect(prefix: str, protected: Protected) -> None:
    gate = Gate.of(SUFFIXES, protected)
    tops = sorted(
        {*SUFFIXES.delicate, *protected.delicate, *protected.apexes, *SUFFIXES.wild, "free.example"}
    )
    names = [Name(prefix + top.lstrip("!*.")) for top in tops]
    suspects = gate.suspects(names)
    missed = [
        (name, reach)
        for name in names
        for reach in Reach
        if name not in suspects and "." in name and gate.refusal(name, reach)
    ]
    assert missed == []
    assert all(
        (refusal := gate.refusal(n, Reach.SUBTREE)) is None or refusal[0] in GATE_REASONS for n in suspects
    )


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("sign", SIGNS.values())
def test_the_same_are_suspects_among_lines_backwards(prefix: str, sign: str, protected: Protected) -> None:
    gate = Gate.of(SUFFIXES, protected)
    tops = {*SUFFIXES.delicate, *protected.delicate, *protected.apexes, *SUFFIXES.wild, "free.example"}
    names = [Name(prefix + top.lstrip("!*.")) for top in tops]
    lines = sorted(to_backwards(sign + name) for name in names)
    assert {forwards(one).removeprefix(sign) for one in gate.suspects_among(lines)} == gate.suspects(names)


def test_a_free_name_is_no_suspect(protected: Protected) -> None:
    assert Gate.of(SUFFIXES, protected).suspects([Name("evil.lab.org"), Name("a.b.c.evil.org")]) == set()
    assert Gate.of(SUFFIXES, None).suspects([Name("google.com"), Name("x.google.com")]) == set()
