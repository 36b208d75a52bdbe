"""Registration numbers: invented ones, with check digits computed here, in the spellings that pages use."""

from __future__ import annotations

from typing import Any

import pytest

from domainscan.read import identifiers
from domainscan.read.identifiers import credit_code_problem, find_identifiers
from domainscan.read.kinds import base_number

DIGITS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def credit_code(body: str) -> str:
    """`body` (17 characters) with its check character, by GB 32100-2015 and not by the module under test."""
    total = sum(DIGITS.index(c) * pow(3, i, 31) for i, c in enumerate(body))
    return body + DIGITS[(31 - total % 31) % 31]


def resident_number(body: str) -> str:
    """An invented identity number with its check character, by GB 11643."""
    total = sum(int(c) * (pow(2, 17 - i) % 11) for i, c in enumerate(body))
    return body + "10X98765432"[total % 11]


CODE = credit_code("91990000MA0LAB001".replace("9900", "3100"))
FOUND = [
    # text, kind, value, state, detail, reason
    (
        "沪ICP备26000001号-6",
        "icp",
        "沪ICP备26000001号-6",
        "well_formed",
        "沪ICP备26000001号",
        "with a site number",
    ),
    ("沪 ICP 备 26000001 号", "icp", "沪ICP备26000001号", "well_formed", "沪ICP备26000001号", "spaced out"),
    (
        "京icp备2026000001号—2A",
        "icp",
        "京ICP备2026000001号-2A",
        "well_formed",
        "京ICP备2026000001号",
        "ten digits, a dash, an app",
    ),
    (
        "沪ICP备２６００００１８号－１",
        "icp",
        "沪ICP备26000018号-1",
        "well_formed",
        "沪ICP备26000018号",
        "full width",
    ),
    ("沪ICP备12345678号-1", "icp", "沪ICP备12345678号-1", "malformed", "placeholder", "one to eight"),
    ("粤ICP备00000000号", "icp", "粤ICP备00000000号", "malformed", "placeholder", "nothing but zeros"),
    ("粤ICP备XXXXXXXX号", "icp", "粤ICP备XXXXXXXX号", "malformed", "placeholder", "a template"),
    ("粤ICP备2600号", "icp", "粤ICP备2600号", "malformed", "4 digits instead of 6 to 12", "too short"),
    ("ICP备26000001号", "icp", "ICP备26000001号", "malformed", "no province", "no province"),
    ("京ICP证260001号", "icp_licence", "京ICP证260001号", "well_formed", "", "commercial licence"),
    ("京ICP证2600号", "icp_licence", "京ICP证2600号", "malformed", "4 digits instead of 6 to 8", "too short"),
    ("许可证：粤B2-20269990", "telecom_licence", "粤B2-20269990", "well_formed", "B2", "value-added licence"),
    (
        "A2.B1.B2-20260001",
        "telecom_licence",
        "A2.B1.B2-20260001",
        "well_formed",
        "A2.B1.B2",
        "several classes",
    ),
    ("京B1、B2-20260001", "telecom_licence", "京B1.B2-20260001", "well_formed", "B1.B2", "another divider"),
    ("粤B2-2026", "telecom_licence", "粤B2-2026", "malformed", "year and four digits", "too short"),
    (
        "沪公网安备31010400000018号",
        "public_security",
        "沪公网安备31010400000018号",
        "well_formed",
        "area 310104",
        "as issued",
    ),
    (
        "沪公网安备：31010400000018",
        "public_security",
        "沪公网安备31010400000018号",
        "well_formed",
        "area 310104",
        "a colon",
    ),
    (
        "京公网安备 31010400000018号",
        "public_security",
        "京公网安备31010400000018号",
        "well_formed",
        "area 310104 is not in 京",
        "an area elsewhere is told, not judged",
    ),
    (
        "沪公网安备99010400000018号",
        "public_security",
        "沪公网安备99010400000018号",
        "malformed",
        "no area 990104",
        "no such area",
    ),
    (
        "沪公网安备3101号",
        "public_security",
        "沪公网安备3101号",
        "malformed",
        "4 digits instead of 14",
        "too short",
    ),
    (
        "网信算备310104999900001260015号",
        "algorithm_filing",
        "网信算备310104999900001260015号",
        "well_formed",
        "area 310104, subject 999900001, year 2026",
        "as issued",
    ),
    (
        "网信算备：11000000000001号",
        "algorithm_filing",
        "网信算备11000000000001号",
        "malformed",
        "14 digits instead of 21",
        "a placeholder seen in the wild",
    ),
    (
        "网信算备310104999900001990015号",
        "algorithm_filing",
        "网信算备310104999900001990015号",
        "malformed",
        "no year 99",
        "a year that will not come",
    ),
    (
        "备案号：ShangHai-LabModel-20260801",
        "generative_filing",
        "ShangHai-LabModel-20260801",
        "well_formed",
        "ShangHai, 20260801",
        "filed model",
    ),
    (
        "Beijing-LabModel-202608010001",
        "generative_filing",
        "Beijing-LabModel-202608010001",
        "well_formed",
        "Beijing, 20260801",
        "with a serial",
    ),
    (
        "Beijing-LabModel-20261345",
        "generative_filing",
        "Beijing-LabModel-20261345",
        "malformed",
        "no date 20261345",
        "no such day",
    ),
    (
        f"（{CODE}）",
        "credit_code",
        CODE,
        "well_formed",
        "area 310000",
        "unlabelled, and the check digit is right",
    ),
    (f"统一社会信用代码：{CODE}", "credit_code", CODE, "well_formed", "area 310000", "labelled"),
    (
        f"统一社会信用代码：{CODE[:-1]}?",
        "credit_code",
        CODE[:-1],
        "malformed",
        "17 characters instead of 18",
        "one character short, and the label says what it should be",
    ),
    (f"代码 {CODE[:-1]}", "", "", "", "", "seventeen characters that nothing calls a code"),
    (
        f"编码0011{CODE}1LAB1",
        "provider_code",
        f"0011{CODE}1LAB1",
        "well_formed",
        f"credit code {CODE}, generates, model LAB1",
        "provider",
    ),
    (
        f"0011{CODE}2LAB1",
        "provider_code",
        f"0011{CODE}2LAB1",
        "well_formed",
        f"credit code {CODE}, propagates, model LAB1",
        "propagator",
    ),
    ("ICP备案查询", "", "", "", "", "the word for filing is no number"),
    (
        "蜀ICP备2026000018号-3X",
        "icp",
        "蜀ICP备2026000018号-3X",
        "well_formed",
        "蜀ICP备2026000018号",
        "the older character of a province; a small program",
    ),
    (
        "黔ICP备26000018号",
        "icp",
        "黔ICP备26000018号",
        "well_formed",
        "黔ICP备26000018号",
        "the older character of a province",
    ),
    (
        "备案号：粤ＩＣＰ备２０２６０００００１８号",
        "icp",
        "粤ICP备20260000018号",
        "well_formed",
        "粤ICP备20260000018号",
        "letters in full width too",
    ),
    (
        "沪ICP\n备\n26000018\n号\n-\n2",
        "icp",
        "沪ICP备26000018号-2",
        "well_formed",
        "沪ICP备26000018号",
        "a line break between all parts",
    ),
    (
        "沪ICP备2026 000018 号",
        "icp",
        "沪ICP备2026000018号",
        "well_formed",
        "沪ICP备2026000018号",
        "a blank inside",
    ),
    (
        "沪ICP备26000018 2026 年",
        "icp",
        "沪ICP备26000018号",
        "well_formed",
        "沪ICP备26000018号",
        "a year beside it is no part of it",
    ),
    (
        "网站备案号:沪ICP备案26000018号",
        "icp",
        "沪ICP备26000018号",
        "well_formed",
        "沪ICP备26000018号",
        "one character too many",
    ),
    ("ICP备案2026年新规,备案号是12345678", "", "", "", "", "about filings"),
    ("萌ICP备20260018号", "", "", "", "", "a club that hands out numbers for fun"),
    ("京ICP证B2-20260018号", "icp_licence", "京ICP证20260018号", "well_formed", "", "the newer form"),
    (
        "经营许可证编号:合字B2-20260018",
        "telecom_licence",
        "合字B2-20260018",
        "well_formed",
        "B2",
        "for several provinces",
    ),
    (
        "增值电信业务经营许可证：A2.B1,B2-20260018号",
        "telecom_licence",
        "A2.B1.B2-20260018",
        "well_formed",
        "A2.B1.B2",
        "three classes",
    ),
    ("粤Ｂ２－２０２６００１８", "telecom_licence", "粤B2-20260018", "well_formed", "B2", "full width"),
    (
        "粤B2-2026001",
        "telecom_licence",
        "粤B2-2026001",
        "malformed",
        "year and four digits",
        "one digit short",
    ),
    ("vitamin B2-20260018, batch", "", "", "", "", "a batch number"),
    ("型号 B1-20269990 现货", "", "", "", "", "a part number"),
    (
        "沪公网安备 3101040 0000018 号",
        "public_security",
        "沪公网安备31010400000018号",
        "well_formed",
        "area 310104",
        "a blank inside",
    ),
    (
        "沪公网安备（31010400000018）号",
        "public_security",
        "沪公网安备31010400000018号",
        "well_formed",
        "area 310104",
        "in brackets",
    ),
    (
        "公安备案号：31010400000018",
        "public_security",
        "公网安备31010400000018号",
        "well_formed",
        "area 310104",
        "in other words",
    ),
    (
        "公安联网备案号31010400000018",
        "public_security",
        "公网安备31010400000018号",
        "well_formed",
        "area 310104",
        "in other words",
    ),
    ("公安备案号：13800138000", "", "", "", "", "a telephone number"),
    (
        "沪公网安备3101040000001号",
        "public_security",
        "沪公网安备3101040000001号",
        "malformed",
        "13 digits instead of 14",
        "one digit short",
    ),
    (
        "算法备案编号：310104999900001260015",
        "algorithm_filing",
        "网信算备310104999900001260015号",
        "well_formed",
        "area 310104, subject 999900001, year 2026",
        "without its usual beginning",
    ),
    (
        "网信算备31010499990000126001号",
        "algorithm_filing",
        "网信算备31010499990000126001号",
        "malformed",
        "20 digits instead of 21",
        "one digit short",
    ),
    ("算法备案 2026 年 8 月 31 日", "", "", "", "", "a date"),
    (
        "上线编号：ShangHai-LabChat-202608010018",
        "generative_registration",
        "ShangHai-LabChat-202608010018",
        "well_formed",
        "ShangHai, 20260801",
        "a registration, by its label",
    ),
    (
        "生成式人工智能服务登记号 Zhejiang - Lab.Chat_2 - 20260801",
        "generative_registration",
        "Zhejiang-Lab.Chat_2-20260801",
        "well_formed",
        "Zhejiang, 20260801",
        "blanks around the dashes",
    ),
    (
        "备案号：guangdong-lab-model-20260801",
        "generative_filing",
        "guangdong-lab-model-20260801",
        "well_formed",
        "guangdong, 20260801",
        "lower case, by its label",
    ),
    ("beijing-marathon-20261029.jpg", "", "", "", "", "a picture's name"),
    ("Open 9 - 2026-08-01", "", "", "", "", "a day"),
    (
        "价格 ¥91310000.00 电话 021-31010400 订单号 202608010000000018",
        "",
        "",
        "",
        "",
        "a price, a telephone, an order",
    ),
    ("<b>沪ICP备</b>", "", "", "", "", "a beginning without a number"),
    ("Llama-Model-20260801", "", "", "", "", "no province"),
    ("GB2-20260001 和 SB2-20260001", "", "", "", "", "a part of something longer"),
    ("订单 123456789012345678", "", "", "", "", "an order number"),
    (resident_number("11010519900101001"), "", "", "", "", "a person's number"),
    ("", "", "", "", "", "nothing"),
]


@pytest.mark.parametrize(
    ("text", "kind", "value", "state", "detail", "reason"), FOUND, ids=[row[0][:30] + row[5] for row in FOUND]
)
def test_a_number_is_found(text: str, kind: str, value: str, state: str, detail: str, reason: str) -> None:
    found = [(one.kind, one.value, one.state, one.detail) for one in find_identifiers(text)]
    assert found == ([(kind, value, state, detail)] if kind else []), reason


def test_every_wrong_character_of_a_credit_code_is_noticed() -> None:
    for at in range(18):
        for other in "0123456789ABCDEFGHJKLMNPQRTUWXYIOSVZ":
            wrong = CODE[:at] + other + CODE[at + 1 :]
            assert bool(credit_code_problem(wrong)) == (wrong != CODE), wrong


def test_a_labelled_wrong_code_is_told_and_an_unlabelled_one_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = CODE[:-1] + ("0" if CODE[-1] != "0" else "1")
    (found,) = find_identifiers(f"统一社会信用代码 {wrong}")
    assert (found.state, found.detail) == ("malformed", "check digit")
    assert find_identifiers(wrong) == ()
    (found,) = find_identifiers(f"0011{wrong}1LAB1")
    assert (found.kind, found.state, found.detail) == ("provider_code", "malformed", "check digit")
    monkeypatch.setattr(identifiers, "credit_code_problem", lambda _: "")
    assert find_identifiers(wrong), "without the check any 18 characters would be one"


def test_a_person_is_never_taken_for_a_company(monkeypatch: pytest.MonkeyPatch) -> None:
    both: list[str] = []
    for serial in range(
        1000
    ):  # identity numbers of 51 11 .. whose last digit is also right for a credit code
        number = resident_number(f"51112419900101{serial:03}")
        if not credit_code_problem(number):
            both.append(number)
    assert both
    assert find_identifiers(f"统一社会信用代码：{both[0]}") == ()
    monkeypatch.setattr(identifiers, "is_resident_number", lambda _: False)
    assert find_identifiers(f"统一社会信用代码：{both[0]}"), "without the check it would be"


@pytest.mark.parametrize(
    ("written", "why"),
    [
        (CODE[:4] + " " + CODE[4:10] + " " + CODE[10:], "blanks inside"),
        (CODE.lower(), "small letters"),
        (f"Unified {CODE}", "another word between"),
        (f"{CODE} 电话", "words behind it"),
        (f"{CODE} ICP", "capitals behind it"),
    ],
)
def test_a_labelled_code_is_found_however_it_is_spaced(written: str, why: str) -> None:
    (found,) = find_identifiers(f"统一社会信用代码：{written}")
    assert (found.value, found.state) == (CODE, "well_formed"), why


@pytest.mark.parametrize(
    "text",
    [
        "统一社会信用代码：{}",
        "统一社会信用代码/身份证号 {}",
        "沪公网安备{}号",
        "网信算备{}号",
        "证件 {}",
        "0011{}1LAB1",
    ],
)
def test_a_persons_number_is_never_repeated_even_with_a_slip_in_it(text: str) -> None:
    right = resident_number("11010519900101001")
    for number in (right, right[:-1] + ("1" if right[-1] != "1" else "2")):
        assert number not in repr(find_identifiers(text.format(number)))


@pytest.mark.parametrize(
    ("kind", "one", "other", "same"),
    [
        ("icp", "沪ICP备26000018号-1", "沪ICP备26000018号-2A", True),
        ("icp", "沪ICP备26000018号", "沪ICP备26000018号-2", True),
        ("icp", "沪ICP备26000018号", "京ICP备26000018号", False),
        ("public_security", "沪公网安备31010400000018号", "公网安备31010400000018号", True),
        ("telecom_licence", "粤B2-20260018", "京B2-20260018", False),
    ],
)
def test_the_sites_of_one_holder_share_a_base(kind: str, one: str, other: str, same: bool) -> None:
    assert (base_number(kind, one) == base_number(kind, other)) is same


def test_the_same_number_counts_once_and_a_flood_is_capped() -> None:
    assert len(find_identifiers("沪ICP备26000001号 " * 9)) == 1
    assert len(find_identifiers(" ".join(f"沪ICP备26{n:06}号" for n in range(500)))) == 50


FLOODS = [
    "京",
    "ICP备",
    "A2.",
    "A",
    "0",
    "- 20",
    "网信算备 ",
    "Beijing-",
    "信用代码 ",
    "ICP 备   ",
    "ICP证 ",
    "沪",
    "B2-",
    "00119",
    "信用代码1 ",
    "信用代码1 1",
    "Ab-20260801",
    "公安备案号 1 ",
    "A2.B2-",
    "ICP备1 ",
    "000000000000000000 备",
]


@pytest.mark.parametrize("flood", FLOODS)
def test_no_flood_of_a_part_keeps_the_reader_busy(flood: str, busy: Any) -> None:
    with busy(2.0):
        find_identifiers(flood * (100_000 // len(flood)) + "!")
