"""Public suffixes by the rules of publicsuffix.org; the rows are written after its published test vectors
(CC0).
"""

from __future__ import annotations

import pickle

import idna
import pytest
import tldextract

from blocklists.suffixes import Suffixes, load_suffixes

SUFFIXES = load_suffixes(["pages.lab", "lab"])

REGISTRABLE = [
    ("com", None, "a suffix itself"),
    ("example.com", "example.com", "one label more"),
    ("a.b.example.com", "example.com", "two labels more"),
    ("example.unlisted-suffix", "example.unlisted-suffix", "no rule: the last label is the suffix"),
    ("unlisted-suffix", None, "no rule, and nothing above it"),
    ("biz", None, "a suffix without further rules"),
    ("uk.com", None, "a private rule of two labels"),
    ("a.b.example.uk.com", "example.uk.com", "below it"),
    ("c.mm", None, "*.mm"),
    ("b.c.mm", "b.c.mm", "*.mm, one label more"),
    ("a.b.c.mm", "b.c.mm", "*.mm, two labels more"),
    ("kobe.jp", "kobe.jp", "the parent of *.kobe.jp is a name like any other below jp"),
    ("c.kobe.jp", None, "*.kobe.jp"),
    ("b.c.kobe.jp", "b.c.kobe.jp", "below it"),
    ("city.kobe.jp", "city.kobe.jp", "!city.kobe.jp"),
    ("www.city.kobe.jp", "city.kobe.jp", "below the exception"),
    ("www.ck", "www.ck", "!www.ck"),
    ("test.k12.ak.us", "test.k12.ak.us", "three labels of suffix"),
    ("www.xn--85x722f.com.cn", "xn--85x722f.com.cn", "A-labels"),
    ("xn--85x722f.xn--55qx5d.cn", "xn--85x722f.xn--55qx5d.cn", "a suffix of A-labels"),
    ("xn--fiqs8s", None, "an internationalised suffix"),
    ("a.b.github.io", "b.github.io", "a platform's suffix, in the private section"),
    ("b.github.io", "b.github.io", "one label below a platform's suffix"),
    ("github.io", None, "a platform's suffix"),
    ("a.shop.pages.lab", "shop.pages.lab", "a suffix that the caller declares"),
]


@pytest.mark.parametrize(("name", "expected", "why"), REGISTRABLE)
def test_the_registrable_domain_is_one_label_more_than_the_suffix(
    name: str, expected: str | None, why: str
) -> None:
    assert SUFFIXES.registrable(name) == expected, why
    assert SUFFIXES.is_suffix(name) == (expected is None), why


SHARED = [
    ("a.github.io", True, "strangers live there"),
    ("github.io", True, "the suffix itself"),
    ("a.pages.lab", True, "declared with two labels"),
    ("a.lab", False, "declared with one label: a registry's suffix"),
    ("a.com", False, "a registry's suffix"),
    ("a.co.uk", False, "a registry's suffix of two labels"),
    ("x.owo.codes", True, "by a wildcard rule of the private section"),
]


@pytest.mark.parametrize(("name", "shared", "why"), SHARED)
def test_a_shared_suffix_is_one_that_a_platform_lends_out(name: str, shared: bool, why: str) -> None:
    assert SUFFIXES.is_shared(name) is shared, why


def test_names_with_suffixes_below_have_many_owners() -> None:
    assert SUFFIXES.has_suffix_below("amazonaws.com")
    assert SUFFIXES.has_suffix_below("kobe.jp")
    assert not SUFFIXES.has_suffix_below("example.com")


def test_the_rules_travel_to_another_process() -> None:
    again: Suffixes = pickle.loads(pickle.dumps(SUFFIXES))
    assert again.registrable("a.shop.pages.lab") == "shop.pages.lab"


def test_without_declaring_it_a_platform_is_an_ordinary_name() -> None:
    assert load_suffixes().registrable("a.shop.pages.lab") == "pages.lab"


def test_the_rules_are_those_that_tldextract_reads() -> None:
    """See it fail: take the lines that begin with `//` for rules."""

    def rules(private: bool) -> set[str]:
        read = tldextract.TLDExtract(
            suffix_list_urls=(), cache_dir=None, include_psl_private_domains=private
        ).tlds
        return {
            rule
            if rule.isascii()
            else ".".join(one if one in ("*", "!") else idna.alabel(one).decode() for one in rule.split("."))
            for rule in read
        }

    ours, theirs = load_suffixes(), Suffixes(rules(True), rules(True) - rules(False))
    assert ours.delicate == theirs.delicate
    assert ours.wild == theirs.wild
    assert [one for one in theirs.delicate if ours.is_shared(one) != theirs.is_shared(one)] == []
