"""One input line gives one Candidate or one reason."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from blocklists.suffixes import load_suffixes
from domainscan.scan.plan import Planner, plan
from domainscan.sources import BadCandidate, Line, parse_candidate
from domainscan.sources.files import first_in_gb18030, read_lines
from domainscan.sources.intake import column_of, split_candidates

PORTS = (80, 443, 8080, 8443)


@pytest.mark.parametrize(
    ("text", "name", "url"),
    [
        ("Example.COM.", "example.com", ""),  # case and trailing dot
        ("  example.com  ", "example.com", ""),
        ("例子.com", "xn--fsqu00a.com", ""),
        ("hxxps://example[.]com/x", "example.com", "https://example.com/x"),  # defanged
        ("example.com/path?q=1#top", "example.com", "http://example.com/path?q=1"),
        ("//example.com/x", "example.com", "http://example.com/x"),
        ("example.com:8080", "example.com", "http://example.com:8080/"),
        (
            "example.com:443",
            "example.com",
            "https://example.com/",
        ),  # as port scans and certificate logs write
        ("//example.com:8443/x:443?", "example.com", "https://example.com:8443/x:443"),
        ("example.com/x:443", "example.com", "http://example.com/x:443"),
        ("https://Example.com:443", "example.com", "https://example.com/"),
        ("https://example.com/路", "example.com", "https://example.com/%E8%B7%AF"),
        ("https://example.com/。", "example.com", "https://example.com/"),  # the end of a sentence
        ("www.example.com，", "www.example.com", ""),
        ("“https://example.com/x”", "example.com", "https://example.com/x"),
        ("<https://example.com/x>", "example.com", "https://example.com/x"),
        ("https://example.com/x\u200b", "example.com", "https://example.com/x"),  # as messengers send it
        ("https://example.com/x_(y)", "example.com", "https://example.com/x_(y)"),
        ("http：//example.com/x", "example.com", "http://example.com/x"),  # a full-width colon
        ("example[dot]com", "example.com", ""),
        ("https://a.com/x,http.html", "a.com", "https://a.com/x,http.html"),
        ("https://a.com/web/https://b.com/", "a.com", "https://a.com/web/https://b.com/"),  # an archive's
    ],
)
def test_a_candidate_is_understood(text: str, name: str, url: str) -> None:
    candidate = parse_candidate(text, "test", PORTS)
    assert (candidate.name, candidate.url) == (name, url)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("127.0.0.1", "address"),
        ("[::1]", "address"),
        ("::1", "address"),
        ("127.1", "address"),
        ("2130706433", "address"),
        ("0x7f000001", "address"),
        ("http://0x7f.1/", "address"),
        ("①②⑦.⓪.⓪.①", "address"),
        ("http://127。0。0。1/", "address"),
        ("localhost", "special_use"),
        ("http://foo.localhost:8080/", "special_use"),
        ("printer.local", "special_use"),
        ("com", "single_label"),
        ("x" * 300, "too_long"),
        ("a..b.com", "empty_label"),
        ("http://u:p@example.com/", "credentials"),
        ("mail@example.com", "credentials"),
        ("ftp://example.com/", "bad_scheme"),
        ("javascript:alert(1)", "bad_scheme"),
        ("https://example.com:22/", "bad_port"),
        ("http://h\\@example.com/", "bad_character"),
        ("http://example.com:80:80/", "bad_url"),
        ("https://a.com/x、https://b.com/y", "several"),
        ("https://a.com/x,hxxps://b.com/y", "several"),
        ("http://example.com/a b", "bad_character"),
        ("exa\x00mple.com", "bad_character"),
        ("# a comment", "comment"),
        ("域名", "heading"),
        ("Domain;Note", "heading"),
        ("a.com、b.com", "several"),
        ("a.com b.com,", "several"),
    ],
)
def test_what_is_no_candidate_is_refused_with_its_reason(text: str, reason: str) -> None:
    with pytest.raises(BadCandidate) as error:
        parse_candidate(text, "test", PORTS)
    assert error.value.reason == reason


@pytest.mark.parametrize("text", ["\ufffd\ufffd.com", "https://\ufffd.com/"])
def test_a_line_in_wrong_octets_has_its_way_out(text: str) -> None:
    with pytest.raises(BadCandidate, match="could not be read as text: write it in UTF-8") as error:
        parse_candidate(text, "test", PORTS)
    assert error.value.reason == "not_utf8"


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a.com", ["a.com"]),
        ("a.com\nb.com", ["a.com", "b.com"]),
        ("a.com、b.com，c.com；d.com", ["a.com", "b.com", "c.com", "d.com"]),
        ("a.com, b.com;c.com", ["a.com", "b.com", "c.com"]),
        ("a.com a.com", ["a.com"]),
        ("https://a.com/x、https://b.com/y。", ["https://a.com/x", "https://b.com/y"]),
        ("https://a.com/,hxxps://b.com/;http://c.com", ["https://a.com/", "hxxps://b.com/", "http://c.com"]),
        ("https://a.com/x,y;z", ["https://a.com/x,y;z"]),  # marks that stand in a path
        ("https://a.com/s 提取码: abcd", ["https://a.com/s", "提取码:", "abcd"]),
        ("，", ["，"]),
    ],
)
def test_a_cell_may_hold_several(text: str, parts: list[str]) -> None:
    assert split_candidates(text) == parts


def test_every_line_that_is_not_empty_gives_one_row() -> None:
    lines = [
        "good.com", "", "GOOD.com.", "例子.com", "127.0.0.1", "localhost", "word", "x" * 300, "   ", "# note", "b.com"
    ]  # fmt: skip
    planner = Planner(load_suffixes(), PORTS, limit=2)
    rows = list(plan((Line(number, text) for number, text in enumerate(lines, 1)), planner))
    assert [(row.line, row.status, row.reason) for row in rows] == [
        (1, "pending", ""),
        (3, "skipped", "duplicate"),
        (4, "pending", ""),
        (5, "invalid", "address"),
        (6, "invalid", "special_use"),
        (7, "invalid", "single_label"),
        (8, "invalid", "too_long"),
        (10, "skipped", "comment"),
        (11, "skipped", "limit"),
    ]


def test_a_table_is_scanned_by_its_column_of_candidates() -> None:
    """What a spreadsheet saves, as it saves it: a title above the heading, remarks with commas, empty rows below."""
    table = (
        "AI风险域名排查台账,,,\r\n序号,域名,网站名称,备注\r\n"
        '1,a.com,甲网站,"一键脱衣，收费, 有上传"\r\n2,例子.com,乙网站,\r\n3,,丙网站,\r\n,,,\r\n4,a.com,甲网站,\r\n'
    )
    planner = Planner(load_suffixes(), PORTS)
    rows = list(plan(read_lines(io.BytesIO(table.encode("gb18030")), "table.csv"), planner))
    assert [(row.line, row.input, row.name, row.status, row.reason) for row in rows] == [
        (1, "AI风险域名排查台账,,,", "", "invalid", "single_label"),
        (2, "序号,域名,网站名称,备注", "", "skipped", "heading"),
        (3, "a.com", "a.com", "pending", ""),
        (4, "例子.com", "xn--fsqu00a.com", "pending", ""),
        (5, "3,,丙网站,", "", "invalid", "bad_idna"),
        (7, "a.com", "a.com", "skipped", "duplicate"),
    ]


@pytest.mark.parametrize(
    ("heading", "column"),
    [
        ("序号;域名;备注", (";", 1)),
        ("Domain\tlabel", ("\t", 0)),
        ('"序号","网址"', (",", 1)),
        ("域名,网址", None),  # which one counts?
        ("域名", None),  # a list with a heading is read like any list
        ("序号,网站名称", None),
        ("a.com,b.com", None),
    ],
)
def test_a_heading_says_where_the_candidates_stand(heading: str, column: tuple[str, int] | None) -> None:
    found = column_of(heading)
    assert (found and found[:2]) == column


def test_names_of_one_domain_share_a_shard() -> None:
    planner = Planner(load_suffixes(), PORTS)
    rows = [planner.row(Line(1, text)) for text in ("a.example.co.uk", "b.example.co.uk", "example.co.uk")]
    assert len({row.shard for row in rows if row}) == 1


@pytest.mark.parametrize(
    ("raw", "texts"),
    [
        (b"a.com\r\nb.com", ["a.com", "b.com"]),
        ("\ufeffa.com\nb.com\n".encode(), ["a.com", "b.com"]),
        ("a.com\n例.com\n".encode("utf-16"), ["a.com", "例.com"]),
        ("例.com\n".encode("gb18030"), ["例.com"]),
        (b"", []),
        (b"\xff\xff.com\n", None),  # no encoding: still one line
    ],
)
def test_files_are_read_in_the_encodings_people_send(raw: bytes, texts: list[str] | None) -> None:
    found = [line.text for line in read_lines(io.BytesIO(raw), "x")]
    assert found == texts if texts is not None else len(found) == 1


@pytest.mark.parametrize(
    ("raw", "first"),
    [
        ("a.com\n例.com\n".encode("gb18030"), (2, "例.com")),
        ("# münchen\n".encode("latin-1"), (1, "# m黱chen")),  # what somebody should look at
        ("a.com\n例.com\n".encode(), None),
        ("例.com\n".encode("utf-16"), None),
        (b"\xff\xff.com\n", None),  # refused for it
    ],
)
def test_a_line_that_is_read_as_gb_18030_is_known(
    raw: bytes, first: tuple[int, str] | None, tmp_path: Path
) -> None:
    (tmp_path / "list.txt").write_bytes(raw)
    found = first_in_gb18030(tmp_path / "list.txt")
    assert (found and (found.number, found.text)) == first


def test_an_endless_line_is_cut_and_stays_one_line() -> None:
    found = list(read_lines(io.BytesIO(b"a" * 1_000_000 + b"\nb.com\n"), "x"))
    assert [line.number for line in found] == [1, 2]
    assert len(found[0].text) == 4096
    assert found[1].text == "b.com"
