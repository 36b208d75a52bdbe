"""robots.txt as RFC 9309 reads it."""

from __future__ import annotations

import pytest

from domainscan.read.robots import READ_BYTES, allowed

AGENT = "domainscan/0.1 (+desk@example.org)"
RULES = [
    # robots, path, allowed, reason
    ("", "/x", True, "an empty file forbids nothing"),
    ("User-agent: *\nDisallow: /", "/x", False, "all of it"),
    ("User-agent: *\nDisallow: /", "/robots.txt", True, "the file itself is always allowed"),
    ("User-agent: *\nDisallow:", "/x", True, "an empty rule forbids nothing"),
    ("User-agent: *\nDisallow: /a", "/ab", False, "a rule is a prefix"),
    ("User-agent: *\nDisallow: /a", "/A", True, "paths know case"),
    ("User-agent: *\nDisallow: /a\nAllow: /a/b", "/a/b/c", True, "the longest rule counts"),
    ("User-agent: *\nAllow: /a\nDisallow: /a", "/a", True, "of two equal ones the friendly one"),
    ("User-agent: *\nDisallow: /a\nAllow: /a", "/a", True, "in any order"),
    ("User-agent: domainscan\nDisallow: /\n\nUser-agent: *\nAllow: /", "/x", False, "the own group counts"),
    ("User-agent: *\nDisallow: /\n\nUser-agent: DomainScan\nAllow: /", "/x", True, "whatever its case"),
    ("User-agent: *\nDisallow: /\nUser-agent: domainscan\nDisallow: /b", "/x", True, "and it alone"),
    (
        "User-agent: domainscan\nDisallow: /a\n\nUser-agent: domainscan\nDisallow: /b",
        "/b",
        False,
        "groups are merged",
    ),
    ("User-agent: other\nUser-agent: domainscan\nDisallow: /", "/x", False, "several agents share a group"),
    ("User-agent: other\nDisallow: /", "/x", True, "somebody else's group"),
    ("User-agent: domainscanner\nDisallow: /", "/x", True, "a longer name is another name"),
    ("User-agent: domainscan/9.9\nDisallow: /", "/x", False, "a version does not matter"),
    ("Disallow: /", "/x", True, "a rule outside any group is none"),
    ("User-agent: *\nDisallow: /*.php", "/a/b.php?x", False, "a star stands for anything"),
    ("User-agent: *\nDisallow: /*.php$", "/a/b.php", False, "a dollar is the end"),
    ("User-agent: *\nDisallow: /*.php$", "/a/b.php?x", True, "and nothing may follow"),
    ("User-agent: *\nDisallow: /a$", "/a", False, "without a star too"),
    ("User-agent: *\nDisallow: /a*b*c$", "/axbxc", False, "two stars"),
    ("User-agent: *\nDisallow: /a*bc*c$", "/abc", True, "pieces do not overlap"),
    ("User-agent: *\nDisallow: /a%3cb", "/a%3Cb", False, "escapes know no case"),
    ("User-agent: *\nDisallow: /a%62", "/ab", False, "what needs no escape is the same without"),
    ("User-agent: *\nDisallow: /中", "/%E4%B8%AD/x", False, "UTF-8 and its escapes are the same"),
    ("User-agent: *\nDisallow: /a%2Fb", "/a/b", True, "an escaped slash is no slash"),
    ("User-agent: *\nDisallow: /x?y", "/x?y=1", False, "the query counts"),
    ("\ufeffUser-agent: *\r\nDisallow: / # all\r\n", "/x", False, "mark, CRLF and comment"),
    ("user-AGENT : *\rDISALLOW : /", "/x", False, "case, spaces and CR"),
    ("User-agent: *\nCrawl-delay: 9\nDisallow: /", "/x", False, "unknown lines do not end a group"),
    ("<html>not found</html>", "/x", True, "a page is no rule"),
    (
        "User-agent: *\nDisallow: /a\n" + "# pad\n" * 100_000 + "Disallow: /",
        "/x",
        True,
        "only 500 KiB are read",
    ),
]


@pytest.mark.parametrize(("robots", "path", "verdict", "reason"), RULES, ids=[row[3] for row in RULES])
def test_a_visit_is_allowed_or_not(robots: str, path: str, verdict: bool, reason: str) -> None:
    assert allowed(robots.encode(), AGENT, "https://site.lab" + path) is verdict, reason


def test_the_cap_is_what_cuts() -> None:
    head = b"User-agent: *\n"
    rule = b"\nDisallow: /"
    pad = b"#" * (READ_BYTES - len(head) - len(rule))
    assert not allowed(head + pad + rule, AGENT, "https://site.lab/x")
    assert allowed(head + pad + b"#" + rule, AGENT, "https://site.lab/x"), (
        "one byte later the slash is not read"
    )


HOSTILE = [
    (b"User-agent: *\nDisallow: /" + b"*a" * 100_000 + b"$", "a pattern of 100,000 stars"),
    (b"User-agent: *\n" * 30_000, "30,000 agents"),
    (b"User-agent: *\n" + b"Disallow: /a*b\n" * 30_000, "30,000 rules"),
    (b"\x00\xff\xfe" * 100_000, "no text"),
    (b"User-agent: *\nDisallow: /%zz%\n", "a broken escape"),
]


@pytest.mark.parametrize(("robots", "reason"), HOSTILE, ids=[row[1] for row in HOSTILE])
def test_hostile_rules_end(robots: bytes, reason: str) -> None:
    assert allowed(robots, AGENT, "https://site.lab/" + "a" * 2000) is True, reason


def test_a_broken_address_is_not_allowed() -> None:
    assert allowed(b"", AGENT, "http://[broken") is False
