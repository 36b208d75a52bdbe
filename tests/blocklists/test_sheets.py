"""The tables for people hold text and nothing else, whatever somebody wrote into a title (HOSTILE E06, E07, E08)."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from codecs import BOM_UTF8
from collections.abc import Callable
from itertools import product
from xml.etree import ElementTree

import pytest

from blocklists.formats import FORMATS, BadList, Settings, xlsx
from blocklists.formats.table import LONGEST_CELL
from blocklists.lists import BlockList, Entry, Reach
from blocklists.names import Name, parse_name

Make = Callable[..., BlockList]
SIGNS = (
    "=",
    "+",
    "-",
    "@",
    "\t=",
    "\r=",
    "\n=",
    "\0=",
    "＝",
    "＋",
    "－",
    "＠",
    "'=",
    '"=',
    " =",
    "\ufeff=",
    "%",
    "|",
)
CALLS = (
    *("cmd|' /C calc'!A0", "1+1", "SUM(A1:A9)", 'HYPERLINK("http://evil.lab.org","x")', "WEBSERVICE(A1)"),
    *(
        "DDE(1)",
        "IMPORTXML(A1,A2)",
        "http://evil.lab.org/",
        "<f>1</f>",
        "]]>",
        "_x003D_1",
        "\x1b[0m",
        "\u202e1",
    ),
)
PAYLOADS = [sign + call for sign, call in product(SIGNS, CALLS)]
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def hostile_list() -> BlockList:
    """An entry for each payload, with the payload as category and source."""
    return BlockList(
        tuple(
            Entry(Name(f"n{at:05}.lab.org"), Reach.HOST, text, "", (text,))
            for at, text in enumerate(PAYLOADS)
        )
    )


def data_of(name: str, blocklist: BlockList, settings: Settings) -> bytes:
    return b"".join(FORMATS[name].save(blocklist, settings))


def test_a_workbook_of_hostile_text_has_no_formula_and_no_link(settings: Settings) -> None:
    assert len(PAYLOADS) >= 200
    with zipfile.ZipFile(io.BytesIO(data_of("xlsx", hostile_list(), settings))) as archive:
        parts = {one.filename: archive.read(one) for one in archive.infolist()}
        assert archive.testzip() is None
    assert sorted(parts) == [
        "[Content_Types].xml",
        "_rels/.rels",
        "xl/_rels/workbook.xml.rels",
        "xl/workbook.xml",
        "xl/worksheets/sheet1.xml",
    ]
    links = b"".join(parts[name] for name in parts if name.endswith(".rels"))
    assert b"External" not in links
    assert set(re.findall(rb'relationships/(\w+)"', links)) == {b"officeDocument", b"worksheet"}
    sheet = ElementTree.fromstring(parts["xl/worksheets/sheet1.xml"])
    assert {one.tag.removeprefix(SHEET) for one in sheet.iter()} == {
        *("worksheet", "sheetData", "row", "c", "is", "t"),  # no f, no hyperlink, no v
    }
    assert {one.get("t") for one in sheet.iter(f"{SHEET}c")} == {"inlineStr"}
    assert len(list(sheet.iter(f"{SHEET}row"))) == len(PAYLOADS) + 1


@pytest.mark.parametrize("name", ["csv", "csv-human"])
def test_a_table_of_hostile_text_has_no_cell_that_begins_a_formula(name: str, settings: Settings) -> None:
    rows = list(
        csv.reader(io.StringIO(data_of(name, hostile_list(), settings).decode("utf-8-sig"), newline=""))
    )
    assert len(rows) == len(PAYLOADS) + 1
    for row in rows[1:]:
        for one in row:
            assert not one.startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n", "\0")), (
                one
            )
            assert one.isprintable(), one


@pytest.mark.parametrize(("name", "marked"), [("csv", False), ("csv-human", True)])
def test_the_table_for_people_alone_has_a_byte_order_mark_and_both_are_read_either_way(
    name: str, marked: bool, settings: Settings
) -> None:
    """Excel takes a table without the mark for the system's old encoding; most programs take the mark for a letter."""
    blocklist = BlockList((Entry(parse_name("例子.中国"), Reach.HOST, "H01"),))
    data = data_of(name, blocklist, settings)
    assert data.startswith(BOM_UTF8) is marked
    bare = data.removeprefix(BOM_UTF8)
    for one in (bare, BOM_UTF8 + bare):
        assert FORMATS[name].load(io.BytesIO(one)) == blocklist
    with pytest.raises(BadList):
        FORMATS[name].load(io.BytesIO(BOM_UTF8 + BOM_UTF8 + bare))


def test_what_people_see_is_what_the_name_is(settings: Settings) -> None:
    """A spreadsheet program reads `_x0041_` as A: a blocked name would be shown as another's."""
    blocklist = BlockList((Entry(Name("_x0041_.lab.org"), Reach.HOST),))
    lines = list(FORMATS["xlsx"].write(blocklist, settings))
    assert "_x005F_x0041_.lab.org" in lines[3]
    assert FORMATS["xlsx"].read(lines) == blocklist


LONG = [
    ("x" * 40_000, "x" * (LONGEST_CELL - 1), "E07: a title of 40,000 characters"),
    ("a\0b\x0bc\x1fd", "a b c d", "E07: controls"),
    ("\ud800", " ", "E07: half a pair"),
    ("\ufffe\uffff", "  ", "no characters of XML"),
    ("a\u202eb", "a b", "E12: right to left"),
]


@pytest.mark.parametrize("name", ["csv-human", "xlsx"])
@pytest.mark.parametrize(("text", "shown", "why"), LONG)
def test_text_that_no_cell_holds_is_changed_told_and_the_file_is_whole(
    name: str, text: str, shown: str, why: str, settings: Settings
) -> None:
    blocklist = BlockList(
        (Entry(Name("a.lab.org"), Reach.HOST, text), Entry(Name("b.lab.org"), Reach.HOST, "fine"))
    )
    back = FORMATS[name].load(io.BytesIO(data_of(name, blocklist, settings)))
    assert [entry.category for entry in back] == [shown, "fine"], why
    _, losses = FORMATS[name].fit(blocklist)
    assert [(one.name, one.kept, one.why) for one in losses] == [
        ("a.lab.org", Reach.HOST, "free text was changed to fit")
    ]


def test_too_many_sources_for_a_cell_are_left_out_and_told(settings: Settings) -> None:
    sources = tuple(f"decision {at:05};x" for at in range(5_000))
    blocklist = BlockList((Entry(Name("a.lab.org"), Reach.HOST, sources=sources),))
    fitted, losses = FORMATS["xlsx"].fit(blocklist)
    assert 1_000 < len(fitted.entries[0].sources) < 5_000
    assert fitted.entries[0].sources[0] == "decision 00000,x"
    assert len(losses) == 1
    assert FORMATS["xlsx"].load(io.BytesIO(data_of("xlsx", blocklist, settings))) == fitted


def test_a_long_list_goes_on_in_the_next_sheet(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx, "ROWS", 10)
    blocklist = BlockList(tuple(Entry(Name(f"n{at:05}.lab.org")) for at in range(25)))
    data = data_of("xlsx", blocklist, settings)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert sum(one.startswith("xl/worksheets/") for one in archive.namelist()) == 3
        assert archive.read("xl/worksheets/sheet3.xml").count(b"<row ") == 6
        assert archive.read("xl/workbook.xml").count(b"<sheet ") == 3
    assert FORMATS["xlsx"].load(io.BytesIO(data)) == blocklist


def test_a_workbook_comes_in_pieces_and_is_the_same_each_time(settings: Settings) -> None:
    blocklist = BlockList(tuple(Entry(Name(f"n{at:06}.lab.org")) for at in range(20_000)))
    pieces = list(FORMATS["xlsx"].save(blocklist, settings))
    assert len(pieces) > 3, "it is not held whole"
    assert pieces == list(FORMATS["xlsx"].save(blocklist, settings))


def test_a_workbook_with_anything_else_in_it_is_refused(entries: Make, settings: Settings) -> None:
    data = data_of("xlsx", entries("evil.lab.org"), settings)
    file = io.BytesIO(data)
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("xl/externalLinks/externalLink1.xml", "<x/>")
    for wrong in (file.getvalue(), data[:-30], data[:100], b"", b"PK\x03\x04"):
        with pytest.raises(BadList):
            FORMATS["xlsx"].load(io.BytesIO(wrong))


def test_stix_patterns_hold_names_that_look_like_patterns(settings: Settings) -> None:
    """E08: quote and backslash cannot come from a name; an underscore and a dot can, and stand for themselves."""
    blocklist = BlockList((Entry(Name("_a-b.lab.org")), Entry(Name("xx.lab.org"), Reach.WWW)))
    bundle = json.loads(data_of("stix", blocklist, settings))
    patterns = [one["pattern"] for one in bundle["objects"]]
    assert patterns == [
        r"[domain-name:value = '_a-b.lab.org' OR domain-name:value MATCHES '\\._a\\-b\\.lab\\.org$']",
        "[domain-name:value = 'xx.lab.org' OR domain-name:value = 'www.xx.lab.org']",
    ]
    matches = re.compile(patterns[0].split("MATCHES '")[1].removesuffix("']").replace("\\\\", "\\"))
    assert matches.search("c._a-b.lab.org")
    assert not any(
        map(matches.search, ("xa-b.lab.org", "c.xa-b.lab.org", "c._a-b.labxorg", "c._a-b.lab.org.net"))
    )


def test_stix_ids_are_the_same_in_every_release_and_dates_are_in_order(settings: Settings) -> None:
    blocklist = BlockList(
        (
            Entry(parse_name("a.lab.org"), Reach.HOST, expires="2026-12-01"),
            Entry(parse_name("b.lab.org"), Reach.HOST, expires="2020-01-01"),
            Entry(parse_name("c.lab.org"), Reach.HOST, expires="2026-12-01T10:00:00+08:00"),
            Entry(parse_name("d.lab.org"), Reach.HOST, expires="some day"),
        )
    )
    later = Settings(2026112302, "2026-11-24T14:00:00Z")
    one, two = (json.loads(data_of("stix", blocklist, each))["objects"] for each in (settings, later))
    assert [item["id"] for item in one] == [item["id"] for item in two]
    assert len({item["id"] for item in one}) == 4
    assert [item.get("valid_until") for item in one] == [
        "2026-12-02T00:00:00.000Z",  # a day is valid to its end
        "2020-01-02T00:00:00.000Z",
        "2026-12-01T02:00:00.000Z",
        None,
    ]
    for item in (*one, *two):
        assert item["created"] <= item["modified"]
        assert item["valid_from"] < item.get("valid_until", "9999")
    assert FORMATS["stix"].load(io.BytesIO(data_of("stix", blocklist, settings))) == blocklist


def test_half_a_pair_is_no_json_text(settings: Settings) -> None:
    blocklist = BlockList((Entry(Name("a.lab.org"), Reach.HOST, "\ud800x"),))
    for name in ("stix", "misp"):
        data = data_of(name, blocklist, settings)
        assert b"ud800" not in data
        assert len(FORMATS[name].fit(blocklist)[1]) == 1
        assert [one.category for one in FORMATS[name].load(io.BytesIO(data))] == ["?x"]
