"""Official tables of registration numbers, as offices publish them, read into the rows of a register."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final
from urllib.parse import urlsplit

from blocklists.names import parse_name
from domainscan.model import Record
from domainscan.read.identifiers import find_identifiers
from domainscan.read.kinds import KINDS, WELL_FORMED
from domainscan.read.registers import BadRegister, Listed, status_of
from domainscan.read.tables import BadTable, table_text

_HEADERS: Final = {
    # column of a register -> how tables head it; what stands first is taken first
    "number": "number 上线编号 登记编号 登记号 网站备案/许可证号 网站备案号 主体备案号 服务备案号 算法备案编号 "
    "算法备案号 公安备案号 备案编号 备案号 许可证编号 许可证号 经营许可证号 统一社会信用代码 编号",
    "owner": "owner 主办单位名称 主办单位 主体名称 备案单位 登记单位 备案主体 运营单位 服务提供者 企业名称 "
    "公司名称 单位名称 机构名称",
    "domain": "domain 网站域名 服务域名 域名 网站首页网址 网站地址 网址 首页地址",
    "status": "status 备案状态 许可证状态 状态 备注",
    "date": "date 备案时间 备案日期 登记时间 登记日期 上线时间 审核通过时间 审核通过日期 审核时间 发证日期 公布日期",
    "title": "title 算法名称 模型名称 应用/功能名称 应用或功能名称 应用名称 产品名称 服务名称 网站名称",
}
HEADERS: Final = {column: tuple(names.split()) for column, names in _HEADERS.items()}
_PREFIXES: Final[dict[str, str]] = {  # what tables leave out before a number because the heading says it
    "public_security": "公网安备",
    "algorithm_filing": "网信算备",
    "telecom_licence": "许可证",
    "credit_code": "统一社会信用代码",
    "generative_filing": "备案号",
    "generative_registration": "上线编号",
}
_TITLES: Final = 10  # lines above the heading, at most
_DAY: Final = re.compile(r"(20\d\d|19\d\d)\s?[-/.年]\s?(\d{1,2})(?:\s?[-/.月]\s?(\d{1,2}))?")
_BETWEEN: Final = re.compile(r"[;；,，、\s]+")


class Refused(Record, frozen=True):
    """A row that no register takes, by its line in the table, and why."""

    line: int
    reason: str


def read_official(data: bytes, kind: str) -> tuple[list[Listed], list[Refused]]:
    """The rows of a published table, and those that were refused.

    The heading may stand below a few lines of title. Raises BadRegister when there is no heading with numbers.
    """
    try:
        text, _ = table_text(data)
    except BadTable as error:
        raise BadRegister(str(error)) from error
    lines = text.splitlines()
    reader = csv.reader(lines, delimiter=_delimiter(lines))
    places: dict[str, int] = {}
    good: list[Listed] = []
    refused: list[Refused] = []
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if not places:
                places = _places(cells)
                if not places and reader.line_num > _TITLES:
                    break
                continue
            row = _row(cells, places, kind)
            if isinstance(row, Listed):
                good.append(row)
            else:
                refused.append(Refused(reader.line_num, row))
    except csv.Error as error:
        raise BadRegister(f"line {reader.line_num}: {error}") from error
    if not places:
        others = ", ".join(names[1] for column, names in HEADERS.items() if column != "number")
        raise BadRegister(
            f"has no heading with numbers and one column more: one of {', '.join(HEADERS['number'])}; and of those "
            f"that say more of a number, as {others}"
        )
    return good, refused


def _delimiter(lines: Sequence[str]) -> str:
    first = "\n".join(lines[:_TITLES])
    return max(",\t;", key=first.count)


def _places(cells: Sequence[str]) -> dict[str, int]:
    """Column of a register -> place in this heading; empty when this is no heading."""
    heads = [re.sub(r"\s|（.*?）|\(.*?\)", "", cell).lower() for cell in cells]
    found = {}
    for column, names in HEADERS.items():
        at = next((heads.index(name) for name in names if name in heads), None)
        if at is not None:
            found[column] = at
    return found if "number" in found and len(found) > 1 else {}


def _row(cells: Sequence[str], places: dict[str, int], kind: str) -> Listed | str:
    """The row, or why there is none."""
    if max(places.values()) >= len(cells):
        return f"{len(cells)} cells, and the heading has more"
    said = {column: cells[at].strip() for column, at in places.items()}
    number = _number(said["number"], kind)
    if not isinstance(number, Listed):
        return number
    try:
        domains = sorted(set(_domains(said.get("domain", ""))))
    except ValueError as error:  # BadName, or a URL that urlsplit gives up on
        return f"domain: {error}"
    day = _day(said.get("date", ""))
    if said.get("date") and not day:
        return f"date {said['date']!r} is none"
    return Listed(
        *(number.kind, number.number, said.get("owner", ""), " ".join(domains)),
        *(status_of(said.get("status", "")), day, said.get("title", "")),
    )


def _number(written: str, kind: str) -> Listed | str:
    """The number in its normal spelling, or what is wrong with it."""
    if not written:
        return "no number"
    found = find_identifiers(written)
    if not found and kind in _PREFIXES:
        found = find_identifiers(f"{_PREFIXES[kind]} {written}")
    family = ("generative_filing", "generative_registration")
    fitting = [one for one in found if one.kind == kind or (one.kind in family and kind in family)]
    if len(fitting) != 1:
        return f"{written!r}: {len(fitting) or 'no'} number{'s' if fitting else ''} of kind {KINDS[kind][0]}"
    one = fitting[0]
    return Listed(kind, one.value) if one.state == WELL_FORMED else f"{written!r}: {one.detail}"


def _domains(written: str) -> Iterator[str]:
    for one in _BETWEEN.split(written):
        if one:
            host = urlsplit(one if "//" in one else f"//{one}").hostname
            yield parse_name(host or one)


def _day(written: str) -> str:
    """ISO 8601; a month without a day is its first; "" when it is no date."""
    found = _DAY.search(written)
    if not found:
        return ""
    try:
        return date(int(found[1]), int(found[2]), int(found[3] or 1)).isoformat()
    except ValueError:
        return ""
