"""Registers: dated extracts of official tables of registration numbers, and what they say of one number.

A register is a file of the desk's own, loaded with the pack. CSV, or JSON lines whose first line is the header:

    # list: Filed generative services, August 2026
    # issuer: an office
    # date: 2026-08-31
    # source: https://www.office.example/list
    # complete: no
    kind,number,owner,domain,status,date,title
    icp,沪ICP备20259901号-6,上海示例网络科技有限公司,quiet-harbour.example,valid,2025-03-01,

    {"list": "...", "issuer": "...", "date": "2026-08-31", "source": "...", "complete": false}
    {"kind": "icp", "number": "沪ICP备20259901号-6", "owner": "...", "domain": "quiet-harbour.example"}
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Final

import msgspec

from domainscan.model import Record
from domainscan.read.kinds import KINDS, base_number

COLUMNS: Final = ("kind", "number", "owner", "domain", "status", "date", "title")
VALID: Final = "valid"
STATUSES: Final[dict[str, str]] = {
    # word of official tables, whole or in part -> status; what none of them says is valid
    **dict.fromkeys(("cancelled", "注销", "撤销", "取消", "吊销", "作废", "下架"), "cancelled"),
    **dict.fromkeys(("expired", "过期", "失效", "到期"), "expired"),
}
_YES: Final[dict[str, bool]] = {"yes": True, "true": True, "no": False, "false": False}


class BadRegister(Exception):
    """A register cannot be used; the message names the line."""


class About(Record, frozen=True, forbid_unknown_fields=True):
    """Which list this is an extract of. `complete`: a number that it lacks was not issued by `date`."""

    list: str
    date: str
    issuer: str = ""
    source: str = ""
    complete: bool = False

    def __str__(self) -> str:
        return f"{self.list} of {self.date}"


class Listed(Record, frozen=True, forbid_unknown_fields=True):
    """One row: a number, whose it is, and the names it was given for, where the table says so."""

    kind: str
    number: str
    owner: str = ""
    domain: str = ""  # registrable domains or hosts, blanks between them
    status: str = VALID
    date: str = ""
    title: str = ""  # of the site, the algorithm or the model


class Register(Record, frozen=True):
    about: About
    rows: tuple[Listed, ...]


class Registers:
    """Several registers, as numbers are looked up in them."""

    def __init__(self, registers: Iterable[Register] = ()) -> None:
        self._rows: dict[tuple[str, str], list[tuple[About, Listed]]] = {}
        self._holding: dict[str, list[About]] = {}
        for register in sorted(registers, key=lambda one: one.about.date, reverse=True):
            for row in register.rows:
                self._rows.setdefault(_key(row.kind, row.number), []).append((register.about, row))
            for kind in dict.fromkeys(_family(row.kind) for row in register.rows):
                self._holding.setdefault(kind, []).append(register.about)

    def __bool__(self) -> bool:
        return bool(self._holding)

    def find(self, kind: str, number: str) -> Sequence[tuple[About, Listed]]:
        """The rows of all sites under this number's base, of the newest list that has any."""
        rows = self._rows.get(_key(kind, number), [])
        return [one for one in rows if one[0] == rows[0][0]]

    def holding(self, kind: str) -> Sequence[About]:
        """The lists with numbers of this kind, newest first."""
        return self._holding.get(_family(kind), ())


def _family(kind: str) -> str:
    """Filings and registrations of generative services are written alike, and pages mix them up."""
    return "generative_filing" if kind == "generative_registration" else kind


def _key(kind: str, number: str) -> tuple[str, str]:
    return _family(kind), base_number(kind, number).upper()  # ZheJiang-..., Zhejiang-...


def status_of(words: str) -> str:
    """valid, cancelled or expired, from the words of a table."""
    return next((status for word, status in STATUSES.items() if word in words), VALID)


def read_register(data: bytes) -> Register:
    """The register in a file, CSV or JSON lines. Raises BadRegister."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadRegister(f"is not UTF-8: {error}") from error
    about, rows = _json_lines(text) if text.lstrip().startswith("{") else _csv(text)
    try:
        date.fromisoformat(about.date)
    except ValueError:
        raise BadRegister(f"its date {about.date!r} is none: write 2026-08-31") from None
    if not about.list.strip():
        raise BadRegister("its list has no name")
    return Register(about, tuple(rows))


def _json_lines(text: str) -> tuple[About, list[Listed]]:
    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    about, rows = None, []
    for number, line in lines:
        try:
            if about is None:
                about = msgspec.json.decode(line, type=About)
            else:
                rows.append(_checked(msgspec.json.decode(line, type=Listed), number))
        except msgspec.MsgspecError as error:
            raise BadRegister(f"line {number}: {error}") from error
    assert about is not None  # the text begins with a brace
    return about, rows


def _csv(text: str) -> tuple[About, list[Listed]]:
    lines = text.splitlines()
    count = next((at for at, line in enumerate(lines) if not line.startswith("#")), len(lines))
    head: dict[str, object] = {}
    for number, line in enumerate(lines[:count], 1):
        key, colon, value = line[1:].partition(":")
        if not colon:
            raise BadRegister(f"line {number}: write `# key: value`")
        head[key.strip()] = _YES.get(value.strip(), value.strip())
    try:
        about = msgspec.convert(head, About)
    except msgspec.ValidationError as error:
        raise BadRegister(f"header: {error}") from error
    return about, list(_csv_rows(lines[count:], count))


def _csv_rows(lines: Sequence[str], before: int) -> Iterator[Listed]:
    reader = csv.reader(lines)
    try:
        columns = next(reader, [])
        unknown = [one for one in columns if one not in COLUMNS]
        if unknown or not {"kind", "number"} <= set(columns):
            raise BadRegister(f"line {before + 1}: columns are {','.join(COLUMNS)}, not {','.join(columns)}")
        for cells in reader:
            number = before + reader.line_num
            if len(cells) != len(columns):
                raise BadRegister(f"line {number}: {len(cells)} cells below {len(columns)} columns")
            filled = {column: cell for column, cell in zip(columns, cells, strict=True) if cell}
            yield _checked(msgspec.convert(filled, Listed), number)
    except (csv.Error, msgspec.ValidationError) as error:
        raise BadRegister(f"line {before + reader.line_num}: {error}") from error


def _checked(row: Listed, line: int) -> Listed:
    if row.kind not in KINDS:
        raise BadRegister(f"line {line}: no kind {row.kind!r}: use {', '.join(KINDS)}")
    if row.status not in (VALID, "cancelled", "expired"):
        raise BadRegister(f"line {line}: status {row.status!r}: use valid, cancelled or expired")
    if not row.number.strip():
        raise BadRegister(f"line {line}: no number")
    return row


def write_register(about: About, rows: Iterable[Listed], *, json_lines: bool) -> str:
    """A register as text, which `read_register` reads back."""
    if json_lines:
        encoded = (msgspec.json.encode(one).decode() for one in (about, *rows))
        return "".join(f"{line}\n" for line in encoded)
    out = io.StringIO()
    for key, value in msgspec.to_builtins(about).items():
        said = ("yes" if value else "no") if isinstance(value, bool) else str(value).replace("\n", " ")
        out.write(f"# {key}: {said}\n")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([getattr(row, column) for column in COLUMNS] for row in rows)
    return out.getvalue()
