"""Many lists in many spellings give one list; what is no entry is counted with its reason."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blocklists import lines
from blocklists.compiler import COMPILE_REASONS, compile_lists
from blocklists.formats import FORMATS, Format, Settings
from blocklists.lists import BlockList, Entry, Reach, block_list
from blocklists.names import parse_name
from blocklists.protect import Protected

Make = Callable[..., BlockList]
SETTINGS = Settings(1, "2026-11-23", garden=("192.0.2.80",), sinkhole="192.0.2.53")


def compiled(text: str, **options: object) -> list[str]:
    made = compile_lists([("list", text.splitlines(keepends=True))], **options)  # type: ignore[arg-type]
    return [f"{entry.reach}:{entry.name}" for entry in made.blocklist]


SYNTAXES = [
    ("0.0.0.0 evil.lab.org\n", ["host:evil.lab.org"], "hosts: exactly one host"),
    (
        "127.0.0.1\tevil.lab.org other.lab.org # why\n",
        ["host:evil.lab.org", "host:other.lab.org"],
        "hosts, two names",
    ),
    (":: evil.lab.org\n::1 evil.lab.org\n", ["host:evil.lab.org"], "hosts of IPv6"),
    ("evil.lab.org\n", ["subtree:evil.lab.org"], "a plain name is a domain"),
    ("# reach: host\nevil.lab.org\n", ["host:evil.lab.org"], "unless the list says otherwise"),
    ("*.evil.lab.org\n", ["subtree:evil.lab.org"], "a wildcard line"),
    (".evil.lab.org\n", ["subtree:evil.lab.org"], "a leading dot"),
    ("||evil.lab.org^\n||b.lab.org^$important\n", ["subtree:b.lab.org", "subtree:evil.lab.org"], "adblock"),
    ("\ufeffevil.lab.org\r\n", ["subtree:evil.lab.org"], "BOM and CR LF"),
    ("|evil.lab.org^\n", ["host:evil.lab.org"], "one host for AdGuard"),
    ("address=/evil.lab.org/#\n", ["subtree:evil.lab.org"], "dnsmasq"),
    (
        "address=/evil.lab.org/b.lab.org/0.0.0.0\n",
        ["subtree:b.lab.org", "subtree:evil.lab.org"],
        "dnsmasq, two",
    ),
    (
        "server=/evil.lab.org/\nlocal=/b.lab.org/  # c\n",
        ["subtree:b.lab.org", "subtree:evil.lab.org"],
        "dnsmasq",
    ),
    ("host-record=evil.lab.org,0.0.0.0,::\n", ["host:evil.lab.org"], "dnsmasq, one host"),
    ('server:\n  local-zone: "evil.lab.org." always_null\n', ["subtree:evil.lab.org"], "Unbound"),
    ("local-zone: evil.lab.org static\n", ["subtree:evil.lab.org"], "Unbound without quotes"),
    ('local-data: "evil.lab.org. 60 IN A 0.0.0.0"\n', ["host:evil.lab.org"], "Unbound, one host"),
    ('zone "evil.lab.org" IN { type master; file "x" ; };\n', ["subtree:evil.lab.org"], "BIND"),
    ('  ".evil.lab.org" 1;\n  "b.lab.org" 1;\n', ["host:b.lab.org", "subtree:evil.lab.org"], "nginx"),
    ("*://*.evil.lab.org/*\n", ["subtree:evil.lab.org"], "uBlacklist"),
    ("domain:evil.lab.org @ads\nfull:b.lab.org\n", ["host:b.lab.org", "subtree:evil.lab.org"], "v2fly"),
    ("evil[.]lab[.]org\n- b(.)lab(dot)org,\n", ["subtree:b.lab.org", "subtree:evil.lab.org"], "defanged"),
    (
        "1. hxxps://evil[.]lab.org/\n* hxxp[:]//b.lab.org\n",
        ["host:b.lab.org", "host:evil.lab.org"],
        "defanged URLs",
    ),
    (
        "http://evil[.]lab.org/\nhttps://*.b.lab.org/*\n",
        ["subtree:b.lab.org", "host:evil.lab.org"],
        "URLs with marks",
    ),
    ('{"name":"evil.lab.org","reach":"host","category":"H01"}\n', ["host:evil.lab.org"], "JSON lines"),
    (
        '{"domain":"evil.lab.org"}\n{"host":"b.lab.org"}\n',
        ["subtree:b.lab.org", "subtree:evil.lab.org"],
        "other keys",
    ),
    ("evil.lab.org   # a comment, with a comma\n", ["subtree:evil.lab.org"], "an inline comment"),
    ("EVIL.lab.org.\nevil.lab.org\n", ["subtree:evil.lab.org"], "E05: case and trailing dot"),
    ("例子.中国\nxn--fsqu00a.xn--fiqs8s\n", ["subtree:xn--fsqu00a.xn--fiqs8s"], "E05: U-label and A-label"),
    ("http://evil.lab.org/\n", ["host:evil.lab.org"], "a URL that is nothing but its host"),
    ("a.evil.lab.org\nevil.lab.org\n0.0.0.0 b.evil.lab.org\n", ["subtree:evil.lab.org"], "subsumed names"),
    ("evil.lab.org CNAME .\n*.evil.lab.org CNAME .\n", ["subtree:evil.lab.org"], "RPZ without a SOA"),
    ("evil.lab.org 60 IN CNAME *.\n", ["host:evil.lab.org"], "RPZ: NODATA, with TTL and class"),
    (
        "$TTL 30\n@ IN SOA a. b. (\n 1 2\n 3 4 5 ) ; x\n@ NS a.\nevil.lab.org CNAME .\n",
        ["host:evil.lab.org"],
        "RPZ, SOA in lines",
    ),
    (
        "$ORIGIN rpz.lab.\n@ SOA a. b. 1 2 3 4 5\n"
        "evil.org.rpz.lab. CNAME .\n$ORIGIN org.rpz.lab.\nb CNAME .\n",
        ["host:b.org", "host:evil.org"],
        "RPZ with absolute owners and a second origin",
    ),
    (
        "domain,reach,category,expires\nevil.lab.org,host,H01,2027-01-01\n",
        ["host:evil.lab.org"],
        "CSV with a header",
    ),
    ("evil.lab.org,something,else\n", ["subtree:evil.lab.org"], "CSV without"),
    (
        "\ufeff# ours\nName;Reach;Category;Expires\r\nevil.lab.org;host;H01;2027-01-01\r\n",
        ["host:evil.lab.org"],
        "CSV with semicolons, as a spreadsheet program with a decimal comma writes it",
    ),
    ('"note";"domain"\n"one; two,\nlines";"b.lab.org"\n', ["subtree:b.lab.org"], "semicolons in quotes"),
    ("name ; reach\nevil.lab.org ; host\n", ["host:evil.lab.org"], "semicolons with blanks around them"),
    (
        "host ; comment\n0.0.0.0 evil.lab.org\n",
        ["host:evil.lab.org"],
        "a comment behind a word, and no table",
    ),
    (
        'note,domain\n"two\nlines, evil.org",b.lab.org\n',
        ["subtree:b.lab.org"],
        "a line break in quotes is no new row",
    ),
    ("! comment\n; comment\n// comment\n[Adblock Plus 2.0]\n\n", [], "comments"),
]


@pytest.mark.parametrize(("text", "expected", "why"), SYNTAXES)
def test_each_syntax_means_what_it_means(text: str, expected: list[str], why: str) -> None:
    assert compiled(text) == expected, why


TABLE = """domain,reach,category,expires,note
evil.lab.org,host,H01,2027-01-01,first
tree.lab.org,,H05,,"a, b; c"
www.lab.org,www,,2027-01-01T10:00:00Z,
wide.lab.org,all,,,
over.lab.org,host,,01.02.2027,
co.uk,,,,
,host,,,
,,,,
evil.lab.org;host,,,,
plain.lab.org
"broken"x,host
"""


def test_a_table_with_semicolons_says_what_one_with_commas_says() -> None:
    """Reach, category and expiry too, and each reject. See it fail: read the rows without their separator."""
    turned = TABLE.translate({ord(","): ";", ord(";"): ","})
    commas, semicolons = (compile_lists([("list", io.BytesIO(one.encode()))]) for one in (TABLE, turned))
    assert semicolons.blocklist == commas.blocklist
    assert semicolons.counts == commas.counts
    assert [(one.line, one.reason) for one in semicolons.rejects] == [
        (one.line, one.reason) for one in commas.rejects
    ]
    assert [(entry.name, entry.reach, entry.category, entry.expires) for entry in semicolons.blocklist] == [
        ("evil.lab.org", "host", "H01", "2027-01-01"),
        ("plain.lab.org", "subtree", "", ""),
        ("tree.lab.org", "subtree", "H05", ""),
        ("www.lab.org", "www", "", "2027-01-01T10:00:00Z"),
    ]
    assert [one.reason for one in semicolons.rejects] == [
        *("bad_reach", "bad_expiry", "public_suffix", "no_name", "bad_character", "broken_csv"),
    ]


REJECTED = [
    ("evil CNAME rpz-passthru.\n", "not_a_block", "E01: an exemption"),
    ("evil.lab.org CNAME rpz-passthru.\n", "not_a_block", "an exemption is no block"),
    ("www.lab.org CNAME safe.lab.org.\n", "not_a_block", "another answer"),
    ("www.lab.org A 192.0.2.1\n", "not_a_block", "another answer"),
    ("*.lab.org CNAME .\n", "bare_wildcard", "would take the name itself along"),
    ("evil.org. CNAME .\n", "out_of_zone", "a trailing dot: Unbound exits"),
    ("32.4.3.2.1.rpz-ip CNAME .\n", "reserved_label", "an address"),
    ("192.0.2.1 evil.lab.org\n", "not_a_sink", "a hosts line that redirects"),
    ("127.0.0.1 localhost\n", "special_use", "the machine itself"),
    ("*\n", "bad_character", "E02"),
    ("*.\n", "bad_character", "E02"),
    (".\n", "empty", "E02"),
    ("com\n", "single_label", "E02"),
    ("co.uk\n", "public_suffix", "E02"),
    ("github.io\n", "public_suffix", "E02"),
    ("||github.io^\n", "public_suffix", "E02"),
    ("amazonaws.com\n", "public_suffix", "suffixes lie below"),
    ("server=/lab.org/114.114.114.114\n", "not_a_sink", "asked elsewhere, not blocked"),
    ("host-record=evil.lab.org,6.6.6.6\n", "not_a_sink", "another answer"),
    ("address=/#/0.0.0.0\n", "bad_character", "everything"),
    ("address=/a.lab.orgaddress=/b.lab.org/#\n", "words", "two lines glued"),
    ("server=/*.lab.org/\n", "bad_character", "all below a name, and not the name"),
    (
        'local-zone: "evil.lab.org." transparent\nlocal-data: "evil.lab.org. A 6.6.6.6"\n',
        "not_a_sink",
        "elsewhere",
    ),
    ('local-zone: "evil.lab.org." always_transparent\n', "exception", "an exemption"),
    ('local-zone: "." always_nxdomain\n', "empty", "everything"),
    ('zone "evil.lab.org" { type forward; forwarders { 192.0.2.1; }; };\n', "not_a_block", "asked elsewhere"),
    ('"evil.lab.org" 0;\n', "exception", "nginx: an exemption"),
    ("include:other\n", "not_a_name", "v2fly: another list"),
    ("regexp:.*evil.*\n", "not_a_name", "v2fly: a pattern"),
    ("see hxxp://evil[.]lab[.]org/ and b[.]lab[.]org\n", "words", "running text names friends too"),
    ("hxxps://evil[.]lab[.]org/page\n", "url", "a page"),
    ("192[.]0[.]2[.]1\n", "address", "an address"),
    ('{"name":"evil.lab.org","reach":"all"}\n', "bad_reach", "an unknown reach"),
    ('{"x":1}\n', "json", "no name"),
    ("|https://evil.lab.org^\n", "url", "an address of a browser"),
    ("address=/bank.lab.org/6.6.6.6\n", "not_a_sink", "E03"),
    ('x" always_nxdomain\n', "words", "E03"),
    ("0.0.0.0/0\n", "url", "E04"),
    ("10/8\n", "url", "E04"),
    ("1.2.3.4-1.2.3.9\n", "address", "E04"),
    ("192.0.2.1\n", "address", "E04"),
    ("2001:db8::1\n", "address", "E04"),
    ("http://lab.org/page\n", "url", "a page is not its host"),
    ("http://lab.org:8080/\n", "url", "a port is not its host"),
    ("lab.org/page\n", "url", "a page is not its host"),
    ("@@||lab.org^\n", "exception", "an exemption"),
    ("||lab.org^$third-party\n", "exception", "a rule for some visitors"),
    ("*$removeparam=x\n", "exception", "a rule about addresses"),
    ("^track.lab.org^\n", "exception", "a part of an address"),
    ("lab.org,b.lab.org##.ad\n", "exception", "a cosmetic rule"),
    ("lab.org b.lab.org\n", "words", "two names"),
    ('{"allow": ["lab.org"]}\n', "json", "who knows which of them are to be blocked"),
    ("2026-11-23,lab.org\n", "no_name", "a table without a header has the name first"),
    ("\ufffd\ufffd,x\n", "not_utf8", "a table saved as GB 18030"),
    ("domain,reach\nlab.org,everything\n", "bad_reach", "never guessed"),
    ("domain,expires\nlab.org,31.12.2026\n", "bad_expiry", "left out, the name would be listed for ever"),
    ('{"name":"lab.org","expires":"soon"}\n', "bad_expiry", "the same"),
    ('{"name":"lab.org","expires":1798675200}\n', "bad_expiry", "a number says no day"),
    ("domain,x\n,y\n", "no_name", "an empty cell"),
    ("a" * 5000 + "\n", "line_too_long", "not kept"),
]


@pytest.mark.parametrize(("text", "reason", "why"), REJECTED)
def test_a_line_that_is_no_entry_is_rejected_and_counted(text: str, reason: str, why: str) -> None:
    made = compile_lists([("list", text.splitlines(keepends=True))])
    assert not made.blocklist.entries, why
    assert [reject.reason for reject in made.rejects] == [reason], why
    assert made.counts.rejected == 1
    assert made.counts.by_reason == {reason: 1}
    assert reason in COMPILE_REASONS


@pytest.mark.parametrize("text", [row[0] for row in (*SYNTAXES, *REJECTED)])
def test_the_lines_that_are_not_shown_to_other_syntaxes_are_in_none_of_them(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = compile_lists([("list", text.splitlines(keepends=True))])
    monkeypatch.setattr(lines, "_COMMON", re.compile("(?!)"))
    shown = compile_lists([("list", text.splitlines(keepends=True))])
    assert (shown.blocklist, shown.rejects) == (made.blocklist, made.rejects)


HOSTILE = [
    "evil.org CNAME rpz-passthru.\nvictim.org",
    "evil.org\nvictim.org CNAME .",
    "evil.org\r\n$INCLUDE /etc/passwd",
    "e\0vil.org",
    "evil.org;victim.org",
    'evil.org" always_nxdomain\nlocal-data: "x',
    "evil.org/\naddress=/victim.org/6.6.6.6",
    "$ORIGIN org.",
    "@",
    "(",
    ")",
    "\\010victim.org",
    "evil\\.org",
    "evil.org CNAME",
    "'evil.org",
    "`id`.org",
    "$(id).org",
    "<x>.org",
    "../../etc/passwd",
    "%0avictim.org",
    "evil.org\x0bvictim.org",
    "evil.org\x0cvictim.org",
    "evil.org\x1cvictim.org",
    "evil.org\x85victim.org",
    "evil.org\u2028victim.org",
    "evil.org\u2029victim.org",
    "evil\u202e.org",
    "evil\u2060.victim\n.org",
    "=cmd.org",
    "+evil.org",
    "rpz-drop.org",
    "evil.rpz-ip",
    "*.*.org",
    "a.*.org",
    "..",
    "evil.org.\n.",
    "\ud800.org",
]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_hostile_name_reaches_no_file(hostile: str, settings: Settings) -> None:
    """E01: as one line, whatever it holds; every format is byte for byte what it is without that line."""
    made = compile_lists([("list", [hostile, "good.lab.org"])])
    good = block_list([Entry(parse_name("good.lab.org"), sources=("list",))])
    assert made.blocklist == good
    for known in FORMATS.values():
        assert list(known.save(made.blocklist, settings)) == list(known.save(good, settings))


@given(st.lists(st.text(max_size=40) | st.sampled_from(HOSTILE), max_size=6))
def test_any_text_compiles_to_canonical_names_or_rejects(lines: list[str]) -> None:
    made = compile_lists([("list", lines)])
    assert all(parse_name(entry.name) == entry.name for entry in made.blocklist)
    for known in FORMATS.values():
        fitted, _ = known.fit(made.blocklist)
        back = known.read(known.write(made.blocklist, SETTINGS))
        assert set(back.patterns()) == set(fitted.patterns())


def test_protected_names_stay_out_and_the_control_lets_them_in(protected: Protected) -> None:
    assert compiled("google.com\nevil.lab.org\n", protected=protected) == ["subtree:evil.lab.org"]
    assert compiled("google.com\nevil.lab.org\n") == ["subtree:evil.lab.org", "subtree:google.com"]


def test_the_caller_may_say_what_a_plain_name_means() -> None:
    assert compiled("evil.lab.org\n||b.lab.org^\n", reach=Reach.HOST) == [
        "subtree:b.lab.org",
        "host:evil.lab.org",
    ]


def test_the_account_adds_up() -> None:
    text = "# c\n\nevil.lab.org\nevil.lab.org\na.evil.lab.org\ncom\n0.0.0.0 x.lab.org y.lab.org\n"
    counts = compile_lists([("one", text.splitlines()), ("two", ["evil.lab.org", "?"])]).counts
    assert (counts.lines, counts.blank, counts.accepted, counts.rejected, counts.entries) == (9, 2, 6, 2, 3)


def test_sources_name_the_lists() -> None:
    made = compile_lists([("one", ["evil.lab.org"]), ("two", ["a.evil.lab.org"])])
    assert made.blocklist.entries[0].sources == ("one", "two")


UNREAD = {
    "rpz-garden": "a zone that leads somewhere may be anything: only who wrote it knows that it blocks",
    "rpz-passthru": "names that are never blocked",
    "powerdns-forward": "a forward zone may be anything",
    "xlsx": "not lines but an archive: see test_documents",
}


@pytest.mark.parametrize("known", FORMATS.values(), ids=FORMATS)
def test_our_own_files_compile_to_what_they_block(known: Format, entries: Make, settings: Settings) -> None:
    blocklist = entries("evil.lab.org", "host:h.lab.org", "www:w.lab.org", "例子.中国")
    written = list(known.write(blocklist, settings))
    made = compile_lists([("own", written)])
    if known.name in UNREAD:
        assert not made.blocklist, UNREAD[known.name]
        assert made.rejects
        return
    assert set(made.blocklist.patterns()) == set(known.fit(blocklist)[0].patterns())
    assert not made.rejects
