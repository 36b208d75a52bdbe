"""parse_name is the only door: what is no host name does not get in, and each name has one spelling."""

from __future__ import annotations

import pickle
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blocklists.names import REASONS, BadName, covers, parents, parse_name, unicode_form

SPELLINGS = [
    ("example.com", "example.com", "as it is"),
    ("EXAMPLE.Com", "example.com", "case"),
    ("example.com.", "example.com", "trailing dot"),
    ("  example.com\r\n", "example.com", "white space at the ends"),
    ("münchen.de", "xn--mnchen-3ya.de", "U-label"),
    ("MÜNCHEN.de", "xn--mnchen-3ya.de", "U-label in upper case"),
    ("xn--mnchen-3ya.de", "xn--mnchen-3ya.de", "A-label"),
    ("XN--MNCHEN-3YA.DE", "xn--mnchen-3ya.de", "A-label in upper case"),
    ("例子。中国", "xn--fsqu00a.xn--fiqs8s", "ideographic full stop"),
    ("ｅｘａｍｐｌｅ．ｃｏｍ", "example.com", "full-width letters and dot"),
    ("straße.de", "xn--strae-oqa.de", "IDNA 2008 keeps the sharp s, IDNA 2003 made it ss"),
    ("_dmarc.example.com", "_dmarc.example.com", "underscore"),
    ("a" * 63 + ".com", "a" * 63 + ".com", "63 characters are allowed"),
]


@pytest.mark.parametrize(("text", "name", "why"), SPELLINGS)
def test_every_spelling_of_a_name_gives_the_same_name(text: str, name: str, why: str) -> None:
    assert parse_name(text) == name, why


REFUSED = [
    ("", "empty", "nothing"),
    (" \t", "empty", "white space"),
    (".", "empty", "the root"),
    *(
        (text, "address", "S01, S02, S03: forms that inet_aton takes")
        for text in (
            "127.0.0.1",
            "[::1]",
            "::1",
            "0.0.0.0",
            "[::]",
            "127.1",
            "127.0.1",
            "2130706433",
            "017700000001",
            "0177.0.0.1",
            "127.000.000.001",
            "0x7f.1",
            "0x7f000001",
            "0x7f.0.0.1",
            "1.2.3.4.",
            "10.0.0.256",
        )
    ),
    *(
        (text, "address", "S04: after NFKC an address")
        for text in (
            "①②⑦.⓪.⓪.①",
            "１２７.０.０.１",
            "127。0。0。1",
            "fe80::1%lo",
            "[fe80::1%25lo]",
            "::ffff:127.0.0.1",
        )
    ),
    *(
        (text, "special_use", "S05")
        for text in (
            "localhost",
            "localhost.",
            "foo.localhost",
            "ⓛocalhost",
            "printer.local",
            "db.internal",
            "x.home.arpa",
            "abc.onion",
            "x.test",
            "1.0.0.127.in-addr.arpa",
            "x.invalid",
        )
    ),
    *(
        (text, "bad_character", "S24, E01: another line, another field")
        for text in (
            "example.com\n.evil",
            "exam ple.com",
            "example\t.com",
            "example\0.com",
            "example.com%00",
            "a.co%2e",
            "evil.example CNAME rpz-passthru.\nvictim.example",
            "x/\naddress=/bank.example/6.6.6.6",
            'x" always_nxdomain\nlocal-data:',
            "a;b.com",
            'a"b.com',
            "$ORIGIN.com",
            "(a.com",
            "@.com",
            "*.example.com",
            "*",
            "a*.com",
            "<b>.com",
            "user@example.com",
            "example.com:80",
            "http://example.com",
            "exa\u202emple.com",
            "exa\u200bmple.com.\u202e",
            "-a.com",
            "a-.com",
            "a.com/../../etc",
            "a\\b.com",
            "a=b.com",
            "a'b.com",
            "a`b.com",
        )
    ),
    ("0.0.0.0/0", "bad_character", "E04"),
    ("10/8", "bad_character", "E04"),
    ("1.2.3.4-1.2.3.9", "address", "E04"),
    ("com", "single_label", "E02"),
    ("a..com", "empty_label", "D16"),
    (".example.com", "empty_label", "D16"),
    ("example.com..", "empty_label", "D16"),
    ("a" * 64 + ".com", "label_too_long", "D16"),
    (".".join(["a" * 61] * 4) + ".comcom", "too_long", "D16: 254 characters"),
    ("a." * 100_000, "too_long", "an attack on the parser's time"),
    ("é" * 2000 + ".com", "too_long", "an attack on the IDNA library's time"),
    ("ab--cd.com", "bad_idna", "D16: hyphens at 3 and 4"),
    ("xn--0000h.com", "bad_idna", "D16: no punycode"),
    ("xn--a.com", "bad_idna", "D16: punycode that decodes to nothing"),
    ("xn--example-.com", "bad_character", "D16: plain ASCII behind the prefix"),
    ("\ud800.com", "bad_idna", "a lone surrogate"),
    ("\ufffd\ufffd.com", "not_utf8", "a list saved as GB 18030"),
    ("32.4.3.2.1.rpz-ip", "reserved_label", "an RPZ address trigger"),
    ("rpz-passthru.com", "reserved_label", "an RPZ action at the front"),
    ("evil.rpz-nsdname", "reserved_label", "an RPZ trigger at the end"),
]


@pytest.mark.parametrize(("text", "reason", "why"), REFUSED)
def test_what_is_no_host_name_is_refused_with_its_reason(text: str, reason: str, why: str) -> None:
    with pytest.raises(BadName) as caught:
        parse_name(text)
    assert caught.value.reason == reason, why
    said = re.sub("[\u3001-\u3011\u4e00-\u9fff\uff01-\uff5e]", "", str(caught.value))
    assert said.isascii(), "the message goes to terminals and logs"
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("域名", "'域名': a single label"),
        ("本站（已投诉）.com", "'本站（已投诉）.com': "),
        ("甲.com、乙.com", "'甲.com、乙.com': "),
        ("\u0430pple", r"'\u0430pple': a single label"),  # Cyrillic: it would look like an ordinary one
        ("域\u202e名", r"'域\u202e名': "),
        ("域\\u202e名", r"'域\\u202e名': "),
    ],
)
def test_a_refusal_shows_chinese_as_it_was_typed_and_escapes_what_deceives(text: str, shown: str) -> None:
    with pytest.raises(BadName) as caught:
        parse_name(text)
    assert str(caught.value).startswith(shown)


@given(st.text(max_size=80) | st.from_regex(r"[a-zA-Z0-9._-]{1,60}", fullmatch=True))
def test_any_text_is_a_canonical_name_or_refused(text: str) -> None:
    try:
        name = parse_name(text)
    except BadName as error:
        assert error.reason in REASONS
        return
    assert parse_name(name) == name, "a name is its own spelling"
    assert name.isascii()
    assert name == name.lower()
    assert not set(name) - set("abcdefghijklmnopqrstuvwxyz0123456789-_.")
    assert len(name) <= 253
    assert all(0 < len(label) <= 63 for label in name.split("."))
    assert "." in name


@given(st.from_regex(r"[a-z]{1,8}(\.[a-z]{1,8}){1,4}", fullmatch=True))
def test_a_name_lies_below_each_of_its_parents(text: str) -> None:
    try:
        name = parse_name(text)
    except BadName:
        return
    above = list(parents(name))
    assert len(above) == name.count(".") - 1
    assert all(covers(one, name) and not covers(name, one) for one in above)


def test_a_name_is_not_covered_by_one_that_merely_ends_alike() -> None:
    assert not covers(parse_name("ample.com"), parse_name("example.com"))


def test_the_unicode_form_leads_back_to_the_name() -> None:
    for name in ("xn--mnchen-3ya.de", "xn--fsqu00a.xn--fiqs8s", "example.com"):
        assert parse_name(unicode_form(parse_name(name))) == name


def test_the_refusal_survives_the_way_between_processes() -> None:
    error = pickle.loads(pickle.dumps(BadName("x y", "bad_character", "U+0020")))
    assert (error.value, error.reason, error.detail) == ("x y", "bad_character", "U+0020")


def test_hostile_text_costs_little_time() -> None:
    started = time.process_time()
    for text in (
        "xn--" + "9" * 1000,
        "a" * 1000 + "!",
        "-" * 1000,
        "é" * 1000,
        "1." * 500,
        "א" * 500 + ".com",
    ):
        with pytest.raises(BadName):
            parse_name(text)
    assert time.process_time() - started < 5
