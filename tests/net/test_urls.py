"""Redirect targets: followed as a browser would, or refused with the reason (HOSTILE S12-S14, W16)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domainscan.model import Failure
from domainscan.net.urls import next_url, read_url

BASE = "https://start.example/dir/page?q=1"

FOLLOWED = [
    ("/there", "https://start.example/there", "an absolute path"),
    ("there", "https://start.example/dir/there", "a relative path"),
    ("../up", "https://start.example/up", "dot segments"),
    ("?x=1", "https://start.example/dir/page?x=1", "a query alone"),
    ("//other.example/a", "https://other.example/a", "the scheme is kept"),
    ("http://other.example", "http://other.example/", "an empty path is /"),
    ("HTTP://OTHER.Example:80/A", "http://other.example/A", "case folds, but not in the path"),
    ("http://other.example:8080/", "http://other.example:8080/", "another port"),
    ("http://other.example:/", "http://other.example/", "an empty port"),
    ("http://other.example./", "http://other.example/", "the root's dot"),
    (
        "http://例子.example/路径?词=值",
        "http://xn--fsqu00a.example/%E8%B7%AF%E5%BE%84?%E8%AF%8D=%E5%80%BC",
        "IRIs",
    ),
    ("/a b", "https://start.example/a%20b", "a blank in the path, as many servers send"),
    ("/a%20b%zz", "https://start.example/a%20b%zz", "what is escaped stays so"),
    ("/x#part", "https://start.example/x", "a fragment never leaves the browser"),
    (
        "https://start.example/?mail=a@b.example",
        "https://start.example/?mail=a@b.example",
        "an @ in the query",
    ),
    ("  /padded\t", "https://start.example/padded", "padding"),
    ("http://198.41.0.4/", "http://198.41.0.4/", "an address is for the gate to judge"),
    ("http://127.0.0.1/", "http://127.0.0.1/", "S12: for the gate to refuse"),
    ("//127.0.0.1/", "https://127.0.0.1/", "S12: for the gate to refuse"),
    ("\thttp://127.0.0.1/", "http://127.0.0.1/", "S12: for the gate to refuse"),
    ("http://[::0001]:8080/", "http://[::1]:8080/", "one spelling of each address"),
]
REFUSED = [
    ("", "bad_redirect", "W16: no Location"),
    ("http://u:p@127.0.0.1/", "bad_redirect", "S12: credentials"),
    ("http://u@other.example/", "bad_redirect", "credentials"),
    *[(f"{scheme}x", "blocked_scheme", "S13") for scheme in
      ("file:///", "ftp://", "gopher://", "data:", "javascript:", "ws://", "wss://", "unix:/", "view-source:http://")],
    ("http://h\\@evil.example/", "bad_redirect", "S14"),
    ("http:/h.example", "bad_redirect", "S14: one slash"),
    ("http:h.example", "bad_redirect", "no slash"),
    ("http:///h.example", "bad_redirect", "no host"),
    ("http://evil.example#@h.example", "bad_redirect", "S14: two hosts, by two readings"),
    ("http://h.example:80:80/", "bad_redirect", "S14"),
    ("http://h.example:99999/", "bad_redirect", "no such port"),
    ("http://h.example:0/", "bad_redirect", "no such port"),
    ("http://h.example:８０/", "bad_redirect", "digits that are none"),
    ("http://h.example:-1/", "bad_redirect", "no such port"),
    ("/\\evil.example", "bad_redirect", "a browser reads //evil.example"),
    ("\\\\evil.example", "bad_redirect", "a browser reads //evil.example"),
    ("http://a.example\n.evil.example/", "bad_redirect", "S24"),
    ("http://a.example\0/", "bad_redirect", "S24"),
    ("http://a%2eexample/", "bad_redirect", "S24"),
    ("http://a%00.example/", "bad_redirect", "S24"),
    ("http://a b.example/", "bad_redirect", "S24"),
    ("http://127.1/", "blocked_address", "S02"),
    ("http://2130706433/", "blocked_address", "S02"),
    ("http://0x7f.0.0.1/", "blocked_address", "S03"),
    ("http://①②⑦.0.0.1/", "blocked_address", "S04"),
    ("http://localhost/", "blocked_address", "S05"),
    ("http://printer.local/", "blocked_address", "S05"),
    ("http://metadata.internal/", "blocked_address", "S05"),
    ("http://intranet/", "blocked_address", "a name of the local network"),
    ("http://[fe80::1%25lo]/", "bad_redirect", "S22"),
    ("http://[::1/", "bad_redirect", "brackets"),
    ("http://[::1]x/", "bad_redirect", "brackets"),
    ("http://[127.0.0.1]/", "bad_redirect", "brackets around IPv4"),
    ("http://::1/", "bad_redirect", "IPv6 without brackets"),
    ("http://xn--a.example/", "bad_redirect", "punycode of nothing"),
    ("http://" + "a" * 64 + ".example/", "bad_redirect", "a label too long"),
    ("/" + "a" * 70_000, "bad_redirect", "W16: 64 KB of Location"),
]  # fmt: skip


@pytest.mark.parametrize(("location", "url", "reason"), FOLLOWED)
def test_a_redirect_leads_where_a_browser_would_go(location: str, url: str, reason: str) -> None:
    assert next_url(BASE, location) == url, reason


@pytest.mark.parametrize(("location", "status", "reason"), REFUSED)
def test_a_redirect_that_readers_disagree_on_is_refused(location: str, status: str, reason: str) -> None:
    found = next_url(BASE, location)
    assert isinstance(found, Failure), reason
    assert found.status == status, reason


def test_a_host_in_wrong_octets_is_in_no_file_that_somebody_could_save() -> None:
    found = next_url(BASE, "https://\ufffd\ufffd.example/")
    assert isinstance(found, Failure)
    assert found.detail == r"'\ufffd\ufffd.example': octets that could not be read as text"


@given(st.one_of(st.text(), st.text(alphabet="htps:/\\@#?[]%.:0127a \t\n\0①。")))
def test_no_text_whatever_raises(text: str) -> None:
    for location in (text, f"http://{text}", f"//{text}", f"http://h.example/{text}"):
        found = next_url(BASE, location)
        if isinstance(found, str):
            assert next_url(BASE, found) == found, "a canonical URL is its own canonical form"
            target = read_url(found)
            assert not isinstance(target, Failure)
            assert target.url == found
            assert found.isascii()
