"""Every format says what the list says, or tells what it cannot say; and no line of a file is anybody
else's.
"""

from __future__ import annotations

import io
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blocklists.formats import (
    FORMATS,
    BadList,
    BadSettings,
    Format,
    Settings,
    UnknownFormat,
    find_format,
    misp,
)
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
GOLDEN = Settings(
    2026112301,
    "2026-11-23T14:00:00Z",
    "2026-11-30T14:00:00Z",
    garden=("192.0.2.80", "2001:db8::80"),
    blocked_by="https://desk.lab.org/why?list=1",
    sinkhole="192.0.2.53:5300",
)
VECTORS = Path(__file__).parents[1] / "vectors" / "formats"
WHOLE = ("csv", "csv-human", "jsonl", "stix", "misp", "xlsx")  # formats with a place for free text


@EVERY
@given(blocklist=LISTS)
def test_a_file_read_back_blocks_exactly_what_the_format_can_say(known: Format, blocklist: BlockList) -> None:
    fitted, losses = known.fit(blocklist)
    back = known.load(io.BytesIO(b"".join(known.save(blocklist, GOLDEN))))
    assert back == known.read(known.write(blocklist, GOLDEN)), "the bytes are the lines"
    assert set(back.patterns()) == set(fitted.patterns())
    assert set(fitted.patterns()) <= set(blocklist.patterns()), "narrowed, never widened"
    short = {entry.name for entry in blocklist if fitted.get(entry.name) != entry}
    assert {loss.name for loss in losses} == short, "every entry that lost something is told"


@pytest.mark.parametrize("name", WHOLE)
@given(blocklist=LISTS)
def test_formats_with_room_for_it_keep_everything(name: str, blocklist: BlockList) -> None:
    assert FORMATS[name].read(FORMATS[name].write(blocklist, GOLDEN)) == blocklist


@EVERY
def test_the_files_look_as_the_golden_ones(known: Format, entries: Make) -> None:
    """Each golden file was read by eye. A change of one is a change of what recipients get: say so in the docs."""
    blocklist = block_list(
        [
            Entry(
                parse_name("tree.lab.org"), Reach.SUBTREE, "H01", "2027-01-01", ("decision 1", "decision 2")
            ),
            Entry(parse_name("_host.lab.org"), Reach.HOST, "=1+1", "", ("a,b",)),
            Entry(parse_name("例子.中国"), Reach.WWW, "", "2026-12-01T10:00:00Z"),
        ]
    )
    data = b"".join(known.save(blocklist, GOLDEN))
    assert data == b"".join(known.save(blocklist, GOLDEN)), "same input, same bytes"
    if known.name == "xlsx":  # compressed bytes are the compressor's; the lines are ours
        data = "".join(known.write(blocklist, GOLDEN)).encode()
    golden = VECTORS / f"list{known.extension}"
    assert data.decode("utf-8") == golden.read_bytes().decode("utf-8")


@EVERY
@pytest.mark.parametrize("number", [0, 1, 30_000])
def test_none_one_and_many_entries_come_back(known: Format, number: int) -> None:
    """E10. A list of nothing is a file that blocks nothing; who refuses to publish it is the guard `empty`."""
    blocklist = BlockList(tuple(Entry(Name(f"n{index:05}.lab.org")) for index in range(number)))
    fitted, _ = known.fit(blocklist)
    back = known.load(io.BytesIO(b"".join(known.save(blocklist, GOLDEN))))
    assert set(back.patterns()) == set(fitted.patterns())
    assert len(back) == number


def test_an_owner_too_long_for_a_zone_is_narrowed_or_left_out_and_told() -> None:
    def name_of(length: int) -> Name:
        return parse_name(f"{'a' * 63}.{'b' * 63}.{'c' * (length - 132)}.org")

    fits, apex_only, too_long = name_of(LONGEST_OWNER - 2), name_of(LONGEST_OWNER), name_of(LONGEST_OWNER + 1)
    fitted, losses = FORMATS["rpz"].fit(block_list([Entry(fits), Entry(apex_only), Entry(too_long)]))
    assert {entry.name: entry.reach for entry in fitted} == {fits: Reach.SUBTREE, apex_only: Reach.HOST}
    assert {loss.name: loss.kept for loss in losses} == {apex_only: Reach.HOST, too_long: None}


A = block_list([Entry(Name("a.org"), Reach.HOST)])
NGINX, HUMAN, STIX, MISP, SHEET = (
    list(FORMATS[name].write(A, GOLDEN)) for name in ("nginx", "csv-human", "stix", "misp", "xlsx")
)
NGINX, HUMAN = NGINX[:-2], HUMAN[:1]
ROW = "".join(FORMATS["jsonl"].write(A, GOLDEN))
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
    ("rpz-nodata", "victim.org CNAME .\n", "another answer than this zone gives"),
    ("rpz-nodata", "victim.org CNAME rpz-passthru.\n", "an exemption"),
    ("rpz-passthru", "victim.org CNAME .\n", "a block among exemptions"),
    ("rpz-garden", "victim.org CNAME .\n", "another answer"),
    ("rpz-garden", "a.org A 192.0.2.1\nb.org A 192.0.2.2\n", "two gardens"),
    ("rpz-garden", "a.org A 192.0.2.1\na.org A 192.0.2.1\n", "a record twice"),
    ("rpz-garden", "a.org CNAME g.org.\nb.org A 192.0.2.2\n", "two kinds"),
    ("wildcard", "victim.org other.org\n", "two names"),
    ("wildcard", "*\n", "everything"),
    ("wildcard", "*.victim.org\nvictim.org\n", "twice"),
    ("unbound", 'local-zone: "victim.org." always_nxdomain\n', "before server:"),
    ("unbound", 'server:\nlocal-zone: "victim.org." always_transparent\n', "an exemption"),
    ("unbound", 'server:\nlocal-zone: "." always_nxdomain\n', "everything"),
    ("unbound", 'server:\nlocal-zone: "victim.org." transparent\n', "a zone that blocks nothing"),
    ("unbound", "server:\nlocal-data: 'victim.org. 300 IN TXT \"blocked\"'\n", "a record without its zone"),
    (
        "unbound",
        'server:\nlocal-zone: "a.org." transparent\nlocal-data: \'b.org. 300 IN TXT "blocked"\'\n',
        "another's record",
    ),
    ("unbound", "server:\nforward-zone:\n", "another clause"),
    ("dnsmasq", "local=/victim.org/other.org/\n", "two names"),
    ("dnsmasq", "local=//\n", "all names without a dot"),
    ("dnsmasq", "address=/#/192.0.2.1\n", "everything"),
    ("dnsmasq", "conf-file=/etc/passwd\n", "another file"),
    ("dnsmasq", "host-record=victim.org,192.0.2.1\n", "another answer"),
    ("bind", 'zone "." { type primary; file "/etc/bind/db.empty"; };\n', "everything"),
    ("bind", 'zone "a.org" { type forward; forwarders { 192.0.2.1; }; };\n', "another answer"),
    ("bind", 'include "/etc/passwd";\n', "another file"),
    ("powerdns", "local names = [[\nvictim.org\n]]\nos.execute()\n", "another program"),
    ("powerdns", "local names = [[\nvictim.org\n", "cut"),
    ("powerdns", "os.execute()\nlocal names = [[\n", "a program before the names"),
    ("knot", "local names = [[\nvictim.org\n]]\nos.execute()\n", "another program"),
    ("powerdns-forward", ".=192.0.2.1\n", "everything"),
    ("powerdns-forward", "victim.org=a.org\n", "not an address"),
    ("adguard", "@@||victim.org^\n", "an exception"),
    ("adguard", "||victim.org^$important\n", "with options"),
    ("adguard", "||org\n", "a beginning of many names"),
    ("adguard", "/victim/\n", "a regular expression"),
    ("squid", "victim.org other.org\n", "two names"),
    ("squid", ".\n", "everything"),
    ("nginx", "".join(NGINX) + '    "~." 1;\n}\n', "a regular expression: everything"),
    ("nginx", "".join(NGINX) + '    "victim.org" 0;\n}\n', "an exemption"),
    ("nginx", "".join(NGINX) + '    "victim.org" 1;\n', "cut"),
    ("nginx", "".join(NGINX) + "    include /etc/passwd;\n}\n", "another file"),
    ("csv-human", "name\r\n", "other columns"),
    ("csv-human", "".join(HUMAN) + "a.org,a.org,host,other words,,,\r\n", "words that mean another reach"),
    ("csv-human", "".join(HUMAN) + "a.org,b.org,host,this host only 仅此主机,,,\r\n", "two names in a row"),
    ("jsonl", "[]\n", "not an object"),
    ("jsonl", '{"name":"victim.org"}\n', "no reach"),
    ("jsonl", '{"name":"VICTIM.org"', "cut"),
    ("jsonl", ROW.replace('"host"', '"all"'), "an unknown reach"),
    ("jsonl", ROW.replace('"unicode":"a.org"', '"unicode":"b.org"'), "two names in a row"),
    ("jsonl", ROW + ROW, "twice"),
    ("jsonl", "[" * 100_000, "deep"),
    ("stix", "{}\n", "no bundle"),
    ("stix", STIX[0] + STIX[1].replace("= 'a.org'", "LIKE '%'") + "]}\n", "everything"),
    ("stix", STIX[0] + STIX[1].replace("'a.org'", "'b.org'") + "]}\n", "another name in the pattern"),
    ("stix", STIX[0] + STIX[1], "cut"),
    ("stix", STIX[0] + STIX[1] + "]}\n{}\n", "more behind it"),
    ("stix", STIX[0] + STIX[1].replace("indicator--", "indicator--0"), "E08: a bad UUID"),
    ("misp", '{"Event":{}}\n', "another event"),
    ("misp", MISP[0] + MISP[1].replace('"to_ids":true', '"to_ids":false') + "]}}\n", "not a block"),
    ("misp", MISP[0] + MISP[1].replace('"value":"a.org"', '"value":"b.org"') + "]}}\n", "another name"),
    ("misp", MISP[0] + MISP[1], "cut"),
    ("xlsx", "".join(SHEET[:3]) + '<row r="2"><c r="A2"><f>1+1</f></c></row>\n' + SHEET[-1], "a formula"),
    ("xlsx", "".join(SHEET[:-1]), "cut"),
    ("xlsx", "".join(SHEET) + "<hyperlinks/>\n", "more behind it"),
    (
        "xlsx",
        "".join(SHEET).replace('a.org</t></is></c><c r="B2"', 'b.org</t></is></c><c r="B2"'),
        "two names",
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
        {"garden": ("why.lab.org",)},
        {"garden": ("why.lab.org.", "192.0.2.1")},
        {"garden": ("192.0.2.1\nvictim.org CNAME .",)},
        {"garden": ("192.0.2.01",)},
        {"blocked_by": "http://desk.lab.org/"},
        {"blocked_by": "https://desk.lab.org/'; victim"},
        {"blocked_by": "https://desk.lab.org/$host"},
        {"empty_zone": ""},
        {"empty_zone": 'db"; }; zone "victim.org" {'},
        {"sinkhole": "desk.lab.org"},
        {"sinkhole": "192.0.2.1:0"},
        {"sinkhole": "192.0.2.1\nvictim.org=192.0.2.1"},
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
    with pytest.raises(UnknownFormat, match=r"'xls'.*rpz, .*hosts, names, .*csv"):
        find_format("xls")


@EVERY
def test_every_format_is_documented_with_what_it_loses(known: Format) -> None:
    text = (Path(__file__).parents[2] / "docs" / "formats.md").read_text("utf-8")
    assert f"### {known.name}" in text
    assert known.extension in text
    assert known.loses in text


def test_the_id_of_the_misp_event_is_made_of_what_it_stands_for() -> None:
    """Written out in the code; whoever changes it makes a second event of what carriers have."""
    assert str(uuid.uuid5(misp.NAMESPACE, "event")) == misp.EVENT
