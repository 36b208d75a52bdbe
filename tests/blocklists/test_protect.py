"""What is never listed: the name itself, what lies below it, and what would take it along from above."""

from __future__ import annotations

import pytest

from blocklists.compiler import compile_lists
from blocklists.lists import Reach
from blocklists.names import BadName, Name, parse_name
from blocklists.protect import (
    GUARDS,
    BadSnapshot,
    Group,
    Protected,
    StaleSnapshot,
    load_protected,
    load_snapshot,
    read_snapshot,
)
from blocklists.suffixes import load_suffixes

REFUSED = [
    ("google.com", "host", "popular", "the name itself"),
    ("drive.usercontent.google.com", "host", "popular", "incident 6: a host below a popular name"),
    ("apple.com", "www", "infrastructure", "its www lies below"),
    (
        "raw.githubusercontent.com",
        "host",
        "infrastructure",
        "a repository's host, although its parent is a suffix",
    ),
    ("ocsp.digicert.com", "host", "infrastructure", "certificate status"),
    ("time.google.com", "host", "infrastructure", "time"),
    ("dns.google", "subtree", "infrastructure", "a resolver"),
    ("github.io", "subtree", "public_suffix", "a platform"),
    ("github.io", "host", "public_suffix", "a platform, exactly"),
    ("co.uk", "subtree", "public_suffix", "a registry's suffix"),
    ("c.kobe.jp", "subtree", "public_suffix", "a suffix by a wildcard rule"),
    ("kobe.jp", "subtree", "public_suffix", "above suffixes"),
    ("pages.lab", "subtree", "public_suffix", "a declared suffix"),
    ("amazonaws.com", "subtree", "public_suffix", "a cloud above its suffixes"),
    ("linktr.ee", "host", "shared_host", "a page of links"),
    ("www.miit.gov.cn", "host", "public_service", "a ministry"),
    ("some-county.gov.cn", "host", "public_service", "a suffix that only public bodies get"),
    ("some-agency.gov", "host", "public_service", "a top-level domain that only public bodies get"),
    ("icbc.com.cn", "subtree", "public_service", "a bank"),
    ("www.who.int", "host", "public_service", "health"),
    ("deepseek.com", "subtree", "popular", "an AI brand's own name"),
    ("appeal.desk-of-the-lab.org", "host", "own", "the appeal page"),
    ("form.appeal.desk-of-the-lab.org", "host", "own", "below the appeal page"),
    ("desk-of-the-lab.org", "subtree", "own", "above the appeal page"),
]


@pytest.mark.parametrize(("name", "reach", "guard", "why"), REFUSED)
def test_a_protected_name_is_refused_with_its_guard(
    name: str, reach: str, guard: str, why: str, protected: Protected
) -> None:
    refusals = protected.refusals(parse_name(name), Reach(reach))
    assert guard in {refusal.guard for refusal in refusals}, why
    assert all(refusal.guard in GUARDS and refusal.detail for refusal in refusals)


ALLOWED = [
    ("evil.github.io", "subtree", "a stranger's site on a platform, at that level only"),
    ("a.evil.github.io", "host", "and below it"),
    ("bucket.s3.amazonaws.com", "host", "one bucket"),
    ("d111.cloudfront.net", "host", "one distribution"),
    ("shop.pages.lab", "subtree", "a site on a declared platform"),
    ("desk-of-the-lab.org", "host", "exactly this host leaves the appeal page alone"),
    ("fake-openai-login.com", "subtree", "a name that borrows a brand"),
    ("openai.com.evil.org", "subtree", "a brand as labels of another's name"),
    ("notgoogle.com", "subtree", "merely ends alike"),
    ("evil.com.cn", "subtree", "an ordinary name"),
    ("gov.evil.org", "subtree", "gov as a label of another's name"),
]


@pytest.mark.parametrize(("name", "reach", "why"), ALLOWED)
def test_other_names_are_not(name: str, reach: str, why: str, protected: Protected) -> None:
    assert protected.refusals(parse_name(name), Reach(reach)) == (), why


def test_the_guard_is_what_refuses() -> None:
    """The negative control: without the groups the same name is free."""
    bare = Protected((), load_suffixes())
    assert bare.refusals(Name("google.com"), Reach.SUBTREE) == ()


def test_a_stale_snapshot_closes_the_gate() -> None:
    suffixes, made = load_suffixes(), load_snapshot().made
    assert made.isoformat() == "2026-11-01"
    load_protected((), suffixes, "2027-12-06", 400)
    with pytest.raises(StaleSnapshot, match="401 days"):
        load_protected((), suffixes, "2027-12-07T00:00:00Z", 400)


def test_an_own_name_that_is_none_is_refused_by_name() -> None:
    with pytest.raises(BadName, match="not a name"):
        load_protected(["not a name"], load_suffixes(), "2026-11-23", 400)


def test_the_shipped_names_are_canonical_unique_and_explained() -> None:
    groups = load_snapshot().groups
    names = [name for group in groups for name in group.names]
    assert len(names) > 800
    assert len(set(names)) == len(names)
    assert {group.guard for group in groups} == set(GUARDS) - {"own", "public_suffix", "alias"}
    assert all(group.title for group in groups)
    assert not any(name.endswith((".example", "example.com", ".lab")) for name in names)


def test_every_shipped_name_is_refused(protected: Protected) -> None:
    for group in load_snapshot().groups:
        for name in group.names:
            assert protected.refusals(name, Reach.HOST), name
            assert "." not in name or protected.refusals(name, Reach.SUBTREE), name


@pytest.mark.parametrize(
    "text",
    [
        'made = 2026-11-01\n[[group]]\nguard = "whim"\ntitle = "x"\nsource = "x"\nnames = ["a.org"]',
        'made = 2026-11-01\n[[group]]\nguard = "popular"\ntitle = "x"\nnames = ["a.org"]',
        'made = "yesterday"\n[[group]]\nguard = "popular"\ntitle = "x"\nsource = "x"\nnames = ["a.org"]',
    ],
)
def test_a_group_without_guard_source_or_date_is_refused(text: str) -> None:
    with pytest.raises(BadSnapshot):
        read_snapshot(text)


def test_the_first_matching_group_speaks_for_a_name() -> None:
    group = Group("own", "ours", (Name("google.com"),))
    both = Protected((group, *load_snapshot().groups), load_suffixes())
    assert [one.guard for one in both.refusals(Name("google.com"), Reach.HOST)] == ["own"]


INCIDENTS = [
    ("8,000 good names in one file", "\n".join(["google.com", "facebook.com", "wikipedia.org"])),
    ("an encyclopaedia behind one page", "wikipedia.org"),
    ("drive host of a cloud", "drive.usercontent.google.com"),
    ("a CDN's asset host", "cdn.prod.website-files.com"),
    ("a platform's apex", "vercel.app\ngithub.io\nworkers.dev\npages.dev"),
    ("a CDN wholesale", "*.cloudfront.net\n*.akamaiedge.net\nstackpathcdn.com"),
    ("a gateway", "ipfs.io"),
    ("the root, a top-level domain", ".\n*\ncom\ncn"),
]


@pytest.mark.parametrize(("incident", "text"), INCIDENTS)
def test_past_over_blocking_is_stopped(incident: str, text: str, protected: Protected) -> None:
    """P01, the incidents that a list of names can cause."""
    made = compile_lists([("feed", text.splitlines())], protected=protected)
    assert not made.blocklist.entries, incident


def test_the_names_that_pass_let_nothing_pass_that_may_be_listed() -> None:
    """A name that lends others, or has a suffix below it, passes alone: what lies below may be listed one by one."""
    groups = (
        Group("own", "ours", (Name("desk.org"), Name("sub.desk.org"))),
        Group("shared_host", "lends", (Name("host.org"),), lends=True),
        Group("public_service", "top", (Name("gov"),)),
        Group("infrastructure", "cloud", (Name("amazonaws.com"),)),
    )
    protected = Protected(groups, load_suffixes())
    assert [(one.name, one.reach) for one in protected.zone()] == [
        ("amazonaws.com", Reach.HOST),
        ("desk.org", Reach.SUBTREE),
        ("host.org", Reach.HOST),
    ]


def test_every_name_that_passes_is_one_that_is_never_listed() -> None:
    protected = load_protected((), load_suffixes(), "2026-11-23", 400)
    zone = protected.zone()
    assert len(zone) > 200
    for entry in zone:
        assert protected.refusals(entry.name, entry.reach), entry
        if entry.reach is Reach.SUBTREE:
            assert protected.refusals(Name(f"x.{entry.name}"), Reach.HOST), entry
