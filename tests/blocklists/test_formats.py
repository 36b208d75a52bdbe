"""Every format says what the list says, or tells what it cannot say; and no line of a file is anybody
else's.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blocklists.formats import FORMATS, BadList, BadSettings, Format, Settings, UnknownFormat, find_format
from blocklists.formats.csv import cell
from blocklists.formats.rpz import LONGEST_OWNER, soa_serial
from blocklists.lists import BlockList, Entry, Reach, block_list
from blocklists.names import Name, parse_name

Make = Callable[..., BlockList]
LABEL = st.sampled_from(["a", "b", "www", "xn--fsqu00a", "_x", "c" * 63])
NAME = st.lists(LABEL, min_size=1, max_size=4).map(lambda labels: ".".join([*labels, "lab", "org"]))
NAMES = NAME.filter(lambda name: len(name) <= 253).map(parse_name)
LISTS = st.lists(
    st.builds(
        Entry,
        NAMES,
        st.sampled_from(Reach),
        st.sampled_from(["", "H01", "=1+1", "'x", 'a"b,c']),
        st.sampled_from(["", "2027-01-01"]),
        st.sampled_from([(), ("decision 1",), ("decision 1", "decision 2")]),
    ),
    max_size=8,
).map(block_list)
EVERY = pytest.mark.parametrize("known", FORMATS.values(), ids=FORMATS)
GOLDEN = Settings(2026112301, "2026-11-23T14:00:00Z", "2026-11-30T14:00:00Z")


@EVERY
@given(blocklist=LISTS)
def test_a_file_read_back_blocks_exactly_what_the_format_can_say(known: Format, blocklist: BlockList) -> None:
    fitted, losses = known.fit(blocklist)
    back = known.read(known.write(blocklist, GOLDEN))
    assert set(back.patterns()) == set(fitted.patterns())
    assert set(fitted.patterns()) <= set(blocklist.patterns()), "narrowed, never widened"
    short = {entry.name for entry in blocklist if fitted.get(entry.name) != entry}
    assert {loss.name for loss in losses} == short, "every entry that lost something is told"


@given(blocklist=LISTS)
def test_csv_keeps_everything(blocklist: BlockList) -> None:
    assert FORMATS["csv"].read(FORMATS["csv"].write(blocklist, GOLDEN)) == blocklist


def test_the_files_look_as_documented(entries: Make) -> None:
    blocklist = entries("evil.lab.org", "host:h.lab.org", "www:xn--fsqu00a.xn--fiqs8s")
    head = (
        "serial: 2026112301\n{0} issued: 2026-11-23T14:00:00Z\n"
        "{0} expires: 2026-11-30T14:00:00Z\n{0} entries: 3\n"
    )
    written = {name: "".join(known.write(blocklist, GOLDEN)) for name, known in FORMATS.items()}
    assert written["rpz"] == (
        "; response policy zone: names answered with NXDOMAIN\n; " + head.format(";") + "$TTL 300\n"
        "@ SOA localhost. hostmaster.localhost. 2026112301 3600 900 2592000 300\n@ NS localhost.\n"
        "evil.lab.org CNAME .\n*.evil.lab.org CNAME .\nh.lab.org CNAME .\n"
        "xn--fsqu00a.xn--fiqs8s CNAME .\nwww.xn--fsqu00a.xn--fiqs8s CNAME .\n"
    )
    assert written["hosts"] == (
        "# hosts file: each line is exactly one host, nothing below it\n# "
        + head.format("#")
        + "0.0.0.0 evil.lab.org\n0.0.0.0 h.lab.org\n"
        + "0.0.0.0 xn--fsqu00a.xn--fiqs8s\n0.0.0.0 www.xn--fsqu00a.xn--fiqs8s\n"
    )
    assert written["names"].splitlines()[-5:] == [
        "# reach: host",
        "evil.lab.org",
        "h.lab.org",
        "xn--fsqu00a.xn--fiqs8s",
        "www.xn--fsqu00a.xn--fiqs8s",
    ]
    assert written["csv"] == (
        "name,unicode,reach,category,expires,sources\r\nevil.lab.org,evil.lab.org,subtree,,,\r\n"
        "h.lab.org,h.lab.org,host,,,\r\nxn--fsqu00a.xn--fiqs8s,例子.中国,www,,,\r\n"
    )


def test_an_owner_too_long_for_a_zone_is_narrowed_or_left_out_and_told() -> None:
    def name_of(length: int) -> Name:
        return parse_name(f"{'a' * 63}.{'b' * 63}.{'c' * (length - 132)}.org")

    fits, apex_only, too_long = name_of(LONGEST_OWNER - 2), name_of(LONGEST_OWNER), name_of(LONGEST_OWNER + 1)
    fitted, losses = FORMATS["rpz"].fit(block_list([Entry(fits), Entry(apex_only), Entry(too_long)]))
    assert {entry.name: entry.reach for entry in fitted} == {fits: Reach.SUBTREE, apex_only: Reach.HOST}
    assert {loss.name: loss.kept for loss in losses} == {apex_only: Reach.HOST, too_long: None}


NOT_OURS = [
    ("rpz", "victim.org CNAME rpz-passthru.\n", "an exemption"),
    ("rpz", "victim.org. CNAME .\n", "outside the zone: Unbound exits"),
    ("rpz", "VICTIM.org CNAME .\n", "a case variant: PowerDNS loads nothing"),
    ("rpz", "* CNAME .\n", "everything"),
    ("rpz", "*.org CNAME .\n", "a wildcard without its name, and a suffix"),
    ("rpz", "a.victim.org A 192.0.2.1\n", "another answer"),
    ("rpz", "32.4.3.2.1.rpz-ip CNAME .\n", "an address trigger"),
    ("rpz", "victim.org CNAME .\nvictim.org CNAME .\n", "twice"),
    ("rpz", "$INCLUDE /etc/passwd\n", "another file"),
    ("hosts", "192.0.2.1 victim.org\n", "another answer"),
    ("hosts", "0.0.0.0 victim.org other.org\n", "two names"),
    ("hosts", "0.0.0.0 localhost\n", "the machine itself"),
    ("names", "victim.org other.org\n", "two names"),
    ("names", "*.victim.org\n", "a pattern"),
    (
        "csv",
        "name,unicode,reach,category,expires,sources\r\nvictim.org,victim.org,all,,,\r\n",
        "an unknown reach",
    ),
    (
        "csv",
        "name,unicode,reach,category,expires,sources\r\nvictim.org,other.org,host,,,\r\n",
        "two names in a row",
    ),
    (
        "csv",
        "name,unicode,reach,category,expires,sources\r\nb.org,b.org,host,,,\r\na.org,a.org,host,,,\r\n",
        "order",
    ),
    ("csv", "a.org,a.org,host,,,\r\n", "no header"),
    ("csv", 'name,unicode,reach,category,expires,sources\r\n"a.org', "an open quote"),
]


@pytest.mark.parametrize(("format_name", "text", "why"), NOT_OURS)
def test_a_reader_refuses_what_its_writer_would_not_write(format_name: str, text: str, why: str) -> None:
    with pytest.raises(BadList):
        FORMATS[format_name].read(text.splitlines(keepends=True))


def test_settings_cannot_break_out_of_their_line() -> None:
    for wrong in (
        {"serial": 0},
        {"serial": 2**32},
        {"issued": "now"},
        {"issued": "2026-11-23T14:00:00Z\nvictim.org CNAME ."},
        {"expires": "x"},
        {"primary": "localhost"},
        {"primary": "a. b.\nvictim.org CNAME . ; ."},
        {"ttl_seconds": -1},
    ):
        with pytest.raises(BadSettings):
            Settings(**({"serial": 1, "issued": "2026-11-23T14:00:00Z"} | wrong))  # type: ignore[arg-type]


CELLS = [
    ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0", "E06: a formula"),
    ("+1", "'+1", "E06"),
    ("-1", "'-1", "E06"),
    ("@SUM(A1)", "'@SUM(A1)", "E06"),
    ("＝1", "'＝1", "E06: full width"),
    ("\t=1", "' =1", "E06: a tab first"),
    ("a\r\nb", "a  b", "E06: another row"),
    ("a\0b", "a b", "E07"),
    ("\ud800", " ", "E07: a lone surrogate"),
    ("普通", "普通", "plain text"),
    ("a\u202eb", "a b", "E12: right to left"),
]


@pytest.mark.parametrize(("text", "expected", "why"), CELLS)
def test_free_text_reaches_a_spreadsheet_as_text(text: str, expected: str, why: str) -> None:
    assert cell(text) == expected, why


def test_the_serial_of_a_zone_can_be_read_from_it(entries: Make) -> None:
    assert soa_serial(FORMATS["rpz"].write(entries("evil.lab.org"), GOLDEN)) == 2026112301
    assert soa_serial(["a.org CNAME .\n"]) is None


def test_an_unknown_format_is_refused_by_name() -> None:
    with pytest.raises(UnknownFormat, match=r"'xls'.*rpz, hosts, names, csv"):
        find_format("xls")


@EVERY
def test_every_format_is_documented_with_what_it_loses(known: Format) -> None:
    text = (Path(__file__).parents[2] / "docs" / "formats.md").read_text("utf-8")
    assert f"### {known.name}" in text
    assert known.extension in text
    assert known.loses in text
