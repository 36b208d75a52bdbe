"""Registers: files of official numbers, what they must hold, and how numbers are found in them."""

from __future__ import annotations

from pathlib import Path

import pytest

from domainscan.read.official import Refused, read_official
from domainscan.read.registers import (
    About,
    BadRegister,
    Listed,
    Register,
    Registers,
    read_register,
    status_of,
    write_register,
)

VECTORS = Path(__file__).parents[1] / "vectors" / "registers"
ABOUT = About("Filed sites", "2026-10-31", "an office", "https://office.example/", True)
ROWS = (
    Listed("icp", "沪ICP备20259901号-6", "上海，\"科技\"公司", "a.example b.example", "valid", "2025-03-01", "港"),
    Listed("public_security", "公网安备31010400000018号", status="cancelled"),
)  # fmt: skip
HEAD = "# list: x\n# date: 2026-10-31\n"


@pytest.mark.parametrize("json_lines", [True, False])
def test_a_register_is_read_back_as_it_was_written(json_lines: bool) -> None:
    text = write_register(ABOUT, ROWS, json_lines=json_lines)
    assert read_register(text.encode()) == Register(ABOUT, ROWS)


def test_the_shipped_examples_are_read() -> None:
    assert len(read_register((VECTORS / "icp.csv").read_bytes()).rows) == 7
    models = read_register((VECTORS / "models.jsonl").read_bytes())
    assert (str(models.about), models.about.complete) == ("Filed models, invented of 2026-08-31", True)


@pytest.mark.parametrize(
    ("text", "says", "why"),
    [
        ("kind,number\nicp,x\n", "header", "nobody says what list it is"),
        ("# list x\nkind,number\n", "line 1", "no colon"),
        ("# list: x\n# date: soon\nkind,number\n", "'soon'", "no date"),
        ("# list: x\n# date: 2026-10-31\n# mood: good\nkind,number\n", "mood", "a key nobody knows"),
        ("# list: x\n# date: 2026-10-31\n# complete: perhaps\nkind,number\n", "complete", "neither yes nor no"),
        (HEAD + "number\nx\n", "line 3", "no kind"),
        (HEAD + "kind,number,horoscope\n", "line 3", "a column nobody knows"),
        (HEAD + "kind,number\nicp,x\nicp,x,y\n", "line 5", "a cell too many"),
        (HEAD + "kind,number\nmoon,x\n", "'moon'", "no such kind"),
        (HEAD + "kind,number,status\nicp,x,fine\n", "'fine'", "no such status"),
        (HEAD + "kind,number\nicp, \n", "no number", "an empty number"),
        (HEAD + "kind,owner,number\nicp,x\n", "line 4", "a cell too few"),
        ('{"list": "x"}\n', "line 1", "a header without a date"),
        ('{"list": "x", "date": "2026-10-31"}\n{"kind": "icp"}\n', "line 2", "a row without a number"),
        ('{"list": " ", "date": "2026-10-31"}\n', "no name", "an empty name"),
        ('{"list": "x", "date": "2026-10-31"}\nnot JSON\n', "line 2", "no JSON"),
    ],
)  # fmt: skip
def test_a_broken_register_is_refused_with_its_place(text: str, says: str, why: str) -> None:
    with pytest.raises(BadRegister, match=says):
        read_register(text.encode())


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(BadRegister, match="UTF-8"):
        read_register(b"# list: \xff\xfe")


def register(day: str, *rows: Listed) -> Register:
    return Register(About(f"list of {day}", day), rows)


def test_the_newest_list_that_has_the_number_is_asked() -> None:
    old = register("2025-01-01", Listed("icp", "沪ICP备20259901号-6"), Listed("icp", "沪ICP备20259902号"))
    new = register("2026-01-01", Listed("icp", "沪ICP备20259901号-6", status="cancelled"))
    for both in ((old, new), (new, old)):
        known = Registers(both)
        assert [row.status for _, row in known.find("icp", "沪ICP备20259901号-1")] == ["cancelled"]
        assert [about.date for about, _ in known.find("icp", "沪ICP备20259902号")] == ["2025-01-01"]
        assert [about.date for about in known.holding("icp")] == ["2026-01-01", "2025-01-01"]
        assert (list(known.find("icp", "沪ICP备20259903号")), list(known.holding("credit_code"))) == ([], [])


def test_filings_and_registrations_are_one_book_and_capitals_vary() -> None:
    known = Registers([register("2026-01-01", Listed("generative_registration", "ZheJiang-LabTwo-20260802"))])
    assert known.find("generative_filing", "Zhejiang-LabTwo-20260802")
    assert not known.find("generative_filing", "Zhejiang-LabTwo-20260803")


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ("", "valid"),
        ("正常", "valid"),
        ("已注销", "cancelled"),
        ("cancelled", "cancelled"),
        ("已过期", "expired"),
    ],
)
def test_the_words_of_tables_become_a_status(words: str, status: str) -> None:
    assert status_of(words) == status


# ---------------------------------------------------------------- official tables


def test_a_published_table_is_converted_and_its_bad_rows_are_named() -> None:
    rows, refused = read_official((VECTORS / "filed-models.csv").read_bytes(), "generative_filing")
    kind, company = "generative_filing", "上海示例网络科技有限公司"
    assert rows == [
        Listed(kind, "ShangHai-LabOne-20260801", company, "", "valid", "2026-08-01", "实验一号"),
        Listed(kind, "Zhejiang-LabTwo-202608020001", "浙江示例智能有限公司", "", "valid", "2026-08-02", "实验二号"),
        Listed(kind, "Beijing-LabSix-20260803", "北京示例研究院", "", "valid", "2026-08-01", "实验六号"),
    ]  # fmt: skip
    assert refused == [
        Refused(6, "no number"),
        Refused(7, "'Atlantis-LabFour-20260801': no number of kind 生成式人工智能服务备案"),
        Refused(8, "'Beijing-LabFive-20261345': no date 20261345"),
    ]


TABLES = [
    # kind, heading, row, the register's row, reason
    (
        "icp",
        "网站备案/许可证号,主办单位名称,网站域名,审核通过时间,备案状态",
        "沪ICP备20259901号-6,上海示例有限公司,www.a.example;b.example,2025-3-1,已注销",
        Listed("icp", "沪ICP备20259901号-6", "上海示例有限公司", "b.example www.a.example", "cancelled", "2025-03-01"),
        "sites",
    ),
    (
        "algorithm_filing",
        "序号,算法名称,算法类别,主体名称,备案编号",
        "1,实验算法,生成合成类（深度合成）,上海示例有限公司,网信算备310104999900001260015号",
        Listed("algorithm_filing", "网信算备310104999900001260015号", "上海示例有限公司", title="实验算法"),
        "algorithms",
    ),
    (
        "public_security",
        "公安备案号,单位名称,网址",
        "31010400000018,上海示例有限公司,https://www.a.example/x",
        Listed("public_security", "公网安备31010400000018号", "上海示例有限公司", "www.a.example"),
        "bare digits, and a URL",
    ),
    (
        "telecom_licence",
        "许可证编号;公司名称;许可证状态",
        "B2-20260018;上海示例有限公司;已过期",
        Listed("telecom_licence", "B2-20260018", "上海示例有限公司", status="expired"),
        "semicolons",
    ),
    (
        "generative_registration",
        "应用/功能名称\t登记单位\t上线编号（示例）\t备案号",
        "实验聊天\t上海示例有限公司\tShanghai-LabChat-20260801\tShangHai-LabOne-20260801",
        Listed("generative_registration", "Shanghai-LabChat-20260801", "上海示例有限公司", title="实验聊天"),
        "tabs, a remark in the heading, and the own number before the model's",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "heading", "row", "listed", "why"), TABLES, ids=[row[4] for row in TABLES])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_tables_of_every_office(
    kind: str, heading: str, row: str, listed: Listed, why: str, encoding: str
) -> None:
    assert read_official(f"{heading}\n{row}\n".encode(encoding), kind) == ([listed], []), why


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("沪ICP备2025号,a.example,", "4 digits"),
        ("沪ICP备20259901号 京ICP备20259901号,a.example,", "2 numbers"),
        ("沪公网安备31010400000018号,a.example,", "no number of kind"),
        ("沪ICP备20259901号,not a host!,", "domain"),
        ("沪ICP备20259901号,http://[x,", "domain"),
        ("沪ICP备20259901号,a.example,soon", "date 'soon'"),
        ("沪ICP备20259901号,a.example,2026-02-30", "date '2026-02-30'"),
        ("沪ICP备20259901号", "1 cells"),
    ],
)
def test_a_row_that_cannot_be_right_is_refused_with_its_reason(row: str, reason: str) -> None:
    rows, refused = read_official(f"备案号,域名,备案时间\n{row}\n".encode(), "icp")
    assert rows == []
    assert [(one.line, reason in one.reason) for one in refused] == [(2, True)], refused


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"PK\x03\x04...", "save the table as CSV"),
        (b"%PDF-1.7", "a PDF: save the table as CSV"),
        (b"number,owner\n\xb0\xff,x\n", "no UTF-8 text, at byte 13: save"),
        (b"", "heading"),
        ("姓名,电话\n".encode() * 20, "heading"),
        (
            "备案号,名称\n沪ICP备20259901号,x\n".encode(),
            "one column more: .* as 主办单位名称, 网站域名, 备案状态",
        ),
    ],
)
def test_what_is_no_table_of_numbers_is_refused(data: bytes, says: str) -> None:
    with pytest.raises(BadRegister, match=says):
        read_official(data, "icp")
