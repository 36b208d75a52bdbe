"""An override is the word of two people, with a reason and a last day; a name of one's own is one line of a file."""

from __future__ import annotations

import threading
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from blocklists.additions import add_names, read_additions
from blocklists.entries import Reach
from blocklists.files import alone_in
from blocklists.names import Name
from blocklists.overrides import (
    BadOverride,
    Override,
    add_override,
    folded_person,
    make_override,
    read_overrides,
)
from blocklists.protect import BadSnapshot, load_protected
from blocklists.suffixes import Suffixes

SUFFIXES = Suffixes(["com", "org"])
SAID = {
    "name": "a.org",
    "reach": "host",
    "people": ["Lin Wei", "Zoë Müller"],
    "reason": "a court ordered it",
    "made": "2026-11-20",
    "expires": "2026-12-20",
}


def test_an_override_says_who_why_and_until_when() -> None:
    made, people = make_override(SAID), ("Lin Wei", "Zoë Müller")
    days = date(2026, 11, 20), date(2026, 12, 20)
    assert made == Override(Name("a.org"), Reach.HOST, people, "a court ordered it", *days)
    assert str(made) == "a.org (host): Lin Wei and Zoë Müller, until 2026-12-20: a court ordered it"


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"people": []}, "missing is people"),
        ({"people": ["Lin"]}, "two people"),
        ({"people": ["Lin", "Wei", "Zoë"]}, "two people"),
        ({"people": "Lin and Wei"}, "two people"),
        ({"people": ["Lin", 5]}, "two people"),
        ({"people": ["Lin", " "]}, "one of them has none"),
        ({"people": ["Lin", "\u200b"]}, "one of them has none"),
        ({"reason": ""}, "missing is reason"),
        ({"reason": " \t"}, "needs a reason"),
        ({"expires": ""}, "missing is expires"),
        ({"expires": "never"}, "is no day"),
        ({"expires": "2027-11-22"}, "within 366 days"),
        ({"expires": "2026-11-19"}, "within 366 days"),
        ({"made": ""}, "missing is made"),
        ({"reach": "zone"}, "is no reach"),
        ({"name": "127.0.0.1"}, "an address"),
        ({"name": "a.org\nb.org"}, "a character"),
        ({"forever": True}, "'forever' is none of them"),
    ],
)
def test_an_override_that_lacks_something_is_refused(said: dict[str, Any], why: str) -> None:
    make_override(SAID)  # the control
    with pytest.raises(BadOverride, match=why):
        make_override(SAID | said)


ONE_PERSON = [
    ("Lin", "Lin", "the same"),
    ("Lin", "LIN", "case"),
    ("Lin", " lin ", "blanks around it"),
    ("Lin Wei", "LinWei", "blanks in it"),
    ("Lin Wei", "Lin\u3000Wei", "a wide blank"),
    ("Lin Wei", "Lin\u00a0 Wei", "a blank that breaks no line"),
    ("Lin", "Ｌｉｎ", "full width"),
    ("Lin", "Li\u200bn", "a space that nobody sees"),
    ("Lin", "\u202elin", "a mark of direction"),
    ("Lin", "l\u00adin", "a soft hyphen"),
    ("Zoë", "Zoe\u0308", "a letter of two characters"),
    ("Strasse", "Straße", "a letter that folds to two"),
    ("Ⅳ", "iv", "a numeral"),
    ("ℌans", "Hans", "a letter of mathematics, which is a capital only then"),
    ("ﬁn", "fin", "a ligature"),
    ("王伟", "王 伟", "blanks between ideographs"),
]


@pytest.mark.parametrize(("one", "two", "why"), ONE_PERSON)
def test_the_same_person_twice_is_one(one: str, two: str, why: str) -> None:
    with pytest.raises(BadOverride, match="are one person"):
        make_override(SAID | {"people": [one, two]})


@pytest.mark.parametrize(("one", "two"), [("Lin", "Wei"), ("Lin", "Linn"), ("王伟", "王芳"), ("Zoë", "Zoe")])
def test_two_people_are_two(one: str, two: str) -> None:
    """The negative control of the table above."""
    assert make_override(SAID | {"people": [one, two]}).people == (one, two)
    assert folded_person(one) != folded_person(two)


@pytest.mark.parametrize(
    ("today", "counts", "why"),
    [
        ("2026-11-20", True, "its first day"),
        ("2026-12-20", True, "its last day"),
        ("2026-12-21", False, "over"),
        ("2026-11-19", False, "of a day that is still to come"),
    ],
)
def test_an_override_counts_from_its_day_to_its_last(
    today: str, counts: bool, why: str, tmp_path: Path
) -> None:
    (tmp_path / "own.txt").write_text("a.org\n", "utf-8")
    add_override(tmp_path, make_override(SAID))
    guards = load_protected((), SUFFIXES, today, 400, folder=tmp_path)
    assert (not guards.refusals(Name("a.org"), Reach.HOST)) == counts, why
    assert guards.refusals(Name("a.org"), Reach.SUBTREE), "more than was allowed"
    assert len(read_overrides(tmp_path / "overrides.toml")) == 1, "it stays to be seen"


def test_overrides_are_added_and_none_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "overrides.toml"
    assert read_overrides(path) == ()
    odd = {
        "name": "b.org",
        "reach": "subtree",
        "people": ['"Q" \\', "😀é"],
        "reason": 'said "so"\n[[override]]',
    }
    for said in ({}, odd, {"name": "c.org"}):
        add_override(tmp_path, make_override(SAID | said))
    with pytest.raises(BadOverride, match="cannot be kept"):
        add_override(tmp_path, make_override(SAID | {"people": ["Lin", "a\u007fb"]}))
    found = read_overrides(path)
    assert [(one.name, one.reach) for one in found] == [
        ("a.org", "host"),
        ("b.org", "subtree"),
        ("c.org", "host"),
    ]
    assert (found[1].people, found[1].reason) == (('"Q" \\', "😀é"), 'said "so" [[override]]')


@pytest.mark.parametrize(
    "text",
    [
        "[[override]]\nname = 'a.org'\n",
        "[[overide]]\nname = 'a.org'\n",
        "override = 5\n",
        "override = ['a.org']\n",
        "[[override\n",
    ],
)
def test_a_file_of_overrides_that_cannot_be_read_closes_the_gate(text: str, tmp_path: Path) -> None:
    (tmp_path / "overrides.toml").write_text(text, "utf-8")
    with pytest.raises(BadSnapshot, match=r"overrides\.toml"):
        load_protected((), SUFFIXES, "2026-11-26", 400, folder=tmp_path)


def test_one_person_in_an_edited_file_closes_the_gate(tmp_path: Path) -> None:
    add_override(tmp_path, make_override(SAID))
    path = tmp_path / "overrides.toml"
    load_protected((), SUFFIXES, "2026-11-26", 400, folder=tmp_path)
    path.write_text(path.read_text("utf-8").replace("Zoë Müller", "LIN WEI"), "utf-8")
    with pytest.raises(BadSnapshot, match="are one person"):
        load_protected((), SUFFIXES, "2026-11-26", 400, folder=tmp_path)


# ---------------------------------------------------------------- names of one's own


def test_own_names_are_lines_of_a_file_with_their_day_and_reason(tmp_path: Path) -> None:
    (tmp_path / "own.txt").write_bytes(
        "\ufeff# ours\r\n\r\nAppeal.Example.org # 2026-11-01 the appeal page\r\n=b.org\nc.org # why not\n".encode()
    )
    found = read_additions(tmp_path / "own.txt")
    assert [(one.names[0], one.exact, one.since, one.title) for one in found] == [
        ("appeal.example.org", False, "2026-11-01", "the appeal page"),
        ("b.org", True, "", "added by hand"),
        ("c.org", False, "", "why not"),
    ]
    guards = load_protected((), SUFFIXES, "2026-11-26", 400, folder=tmp_path)
    refused = [
        name
        for name in ("x.appeal.example.org", "x.b.org", "b.org")
        if guards.refusals(Name(name), Reach.HOST)
    ]
    assert refused == ["x.appeal.example.org", "b.org"]


def test_a_line_that_is_no_name_closes_the_gate(tmp_path: Path) -> None:
    (tmp_path / "own.txt").write_text("a.org\n\nb..org\n", "utf-8")
    with pytest.raises(BadSnapshot, match=r"own\.txt line 3: 'b\.\.org'"):
        load_protected((), SUFFIXES, "2026-11-26", 400, folder=tmp_path)
    (tmp_path / "own.txt").write_bytes(b"\xff\xfe")
    with pytest.raises(BadSnapshot, match="save it as UTF-8"):
        load_protected((), SUFFIXES, "2026-11-26", 400, folder=tmp_path)


@pytest.mark.parametrize("file", ["own.txt", "overrides.toml"])
def test_what_two_people_add_at_once_is_all_kept(file: str, tmp_path: Path) -> None:
    """The first holds the folder between reading the file and writing it anew; the second waits for it."""
    add = {
        "own.txt": lambda name: add_names(tmp_path, [name], "ours", date(2026, 11, 26)),
        "overrides.toml": lambda name: add_override(tmp_path, make_override(SAID | {"name": name})),
    }[file]
    add("a.org")
    path = tmp_path / file
    with alone_in(tmp_path):
        before = path.read_text("utf-8")
        second = threading.Thread(target=add, args=("b.org",))
        second.start()
        second.join(0.3)  # without the lock it is done by now, and then lost
        path.write_text(before.rstrip("\n") + "\n" + before.replace("a.org", "c.org"), "utf-8")
    second.join()
    assert all(name in path.read_text("utf-8") for name in ("a.org", "b.org", "c.org"))


def test_adding_keeps_what_people_wrote(tmp_path: Path) -> None:
    day = date(2026, 11, 26)
    assert add_names(tmp_path, ["A.org", "b.org"], "ours\n=evil.org", day) == ["a.org", "b.org"]
    path = tmp_path / "own.txt"
    path.write_text(path.read_text("utf-8") + "c.org # by hand", "utf-8")
    assert add_names(tmp_path, ["b.org", "d.org"], "more", day, exact=True) == ["b.org", "d.org"]
    assert add_names(tmp_path, ["c.org"], "again", day) == []
    assert path.read_text("utf-8").splitlines()[2:] == [
        "a.org  # 2026-11-26 ours =evil.org",
        "b.org  # 2026-11-26 ours =evil.org",
        "c.org # by hand",
        "=b.org  # 2026-11-26 more",
        "=d.org  # 2026-11-26 more",
    ]
