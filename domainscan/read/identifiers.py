"""Chinese registration numbers that a page shows: which kind, well formed or not, and what they say.

Well formed is not verified: nobody is asked here, and a number can be somebody else's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date
from itertools import islice
from typing import Final

from domainscan.model import Record
from domainscan.read.near import matches_in, places_of, windows_before

PROVINCES: Final[dict[str, str]] = {
    # character on licences and plates -> first two digits of area codes (GB/T 2260)
    **{"京": "11", "津": "12", "冀": "13", "晋": "14", "蒙": "15", "辽": "21", "吉": "22", "黑": "23"},
    **{"沪": "31", "苏": "32", "浙": "33", "皖": "34", "闽": "35", "赣": "36", "鲁": "37", "豫": "41"},
    **{"鄂": "42", "湘": "43", "粤": "44", "桂": "45", "琼": "46", "渝": "50", "川": "51", "贵": "52"},
    **{"云": "53", "藏": "54", "陕": "61", "甘": "62", "青": "63", "宁": "64", "新": "65"},
}
_AREAS: Final = frozenset(PROVINCES.values())
_PINYIN_WORDS: Final = (
    "beijing tianjin hebei shanxi neimenggu liaoning jilin heilongjiang shanghai jiangsu zhejiang anhui "
    "fujian jiangxi shandong henan hubei hunan guangdong guangxi hainan chongqing sichuan guizhou yunnan "
    "xizang shaanxi gansu qinghai ningxia xinjiang"
)
_PINYIN: Final = frozenset(_PINYIN_WORDS.split())
_P: Final = "[" + "".join(PROVINCES) + "]"
_ALNUM: Final = "0-9A-Za-z"
_USCC: Final = "[0-9A-HJ-NPQRTUWXY]"
_CREDIT_DIGITS: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # GB 32100-2015: no I, O, S, V, Z
_CREDIT_WEIGHTS: Final = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_OFFICES: Final = (
    "11 12 13 19 21 29 31 32 33 34 35 39 41 49 51 52 53 54 55 59 61 62 69 71 72 79 81 89 91 92 93 "
    "A1 A9 N1 N2 N3 N9 Y1"
)
_CREDIT_OFFICES: Final = frozenset(_OFFICES.split())  # first two characters: who registered
_RESIDENT_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)

WELL_FORMED: Final = "well_formed"
MALFORMED: Final = "malformed"
FOUND: Final = 50  # of each kind, at most
_WIDE: Final = tuple(zip("－—–０１２３４５６７８９", "---0123456789", strict=True))


class Identifier(Record, frozen=True):
    """One registration number. `value` is its normal spelling, `detail` what it says or what is wrong."""

    kind: str  # a key of KINDS
    value: str
    state: str  # well_formed | malformed
    detail: str = ""


_ICP: Final = re.compile(
    rf"({_P}?)\s{{0,3}}ICP\s{{0,3}}备\s{{0,3}}(?!案)([0-9Xx*]{{1,20}})\s{{0,3}}号?\s{{0,3}}(?:-\s{{0,3}}(\d{{1,4}})([AX])?)?",
    re.IGNORECASE,
)
_ICP_LICENCE: Final = re.compile(
    rf"({_P}?)\s{{0,3}}ICP\s{{0,3}}证\s{{0,3}}:?：?\s{{0,3}}(?:B2-)?(\d{{1,20}})\s{{0,3}}号?", re.IGNORECASE
)
_TELECOM: Final = re.compile(
    rf"({_P}?)(?<![{_ALNUM}.])((?:A2|B1|B2)(?:[.、](?:A2|B1|B2)){{0,3}})-(\d{{1,16}})(?!\d)"
)
_SECURITY: Final = re.compile(
    rf"({_P}?)\s{{0,3}}公网安备\s{{0,3}}[：:]?\s{{0,3}}(?:第\s{{0,3}})?(\d{{1,24}})\s{{0,3}}号?"
)
_ALGORITHM: Final = re.compile(r"网信算备\s{0,3}[：:]?\s{0,3}(?:第\s{0,3})?(\d{1,30})\s{0,3}号?")
_GENERATIVE: Final = re.compile(
    rf"(?<![{_ALNUM}-])([A-Za-z]{{5,12}})-([A-Za-z0-9.]{{2,60}})-(20\d{{6,10}})(?![{_ALNUM}])"
)
_PROVIDER: Final = re.compile(rf"(?<![{_ALNUM}])00(1\d)({_USCC}{{18}})([012])([0-9A-Z]{{4}})(?![{_ALNUM}])")
# Upper-case letters and digits as 0: provider and credit codes are runs of at least 18 of them.
_RUNS: Final = bytes(48 if 48 <= c <= 57 or 65 <= c <= 90 else 32 for c in range(256))
_RUN: Final = b"0" * 18
_CREDIT: Final = re.compile(
    rf"(统一社会信用代码[^0-9A-Za-z]{{0,10}}|信用代码[^0-9A-Za-z]{{0,10}})?(?<![{_ALNUM}])([0-9A-Z]{{18}})(?![{_ALNUM}])"
)


def find_identifiers(text: str) -> tuple[Identifier, ...]:
    """Every registration number in the text, each once, in order of kind; at most 50 of a kind.

    A number of 18 digits that is a valid resident identity number is never taken for a credit code.
    Source: the shapes of public filings; GB 32100-2015 (credit codes); TC260-PG-20252A (provider codes).
    """
    for wide, narrow in () if text.isascii() else _WIDE:
        text = text.replace(wide, narrow)  # 20 x faster than translate on Chinese text
    found: dict[Identifier, None] = {}
    for signs, reader in KINDS.values():
        for sign in signs:
            if sign in text:
                found.update(dict.fromkeys(islice(reader(text), FOUND)))
                break
    return tuple(found)


def _after_icp(text: str, sign: str) -> list[int]:
    """Where a sign stands that blanks at most part from an "ICP"."""
    return [at for at in places_of(text, sign) if text[max(0, at - 4) : at].rstrip()[-1:] in ("p", "P")]


def _long_runs(text: str) -> Iterator[int]:
    """Where runs of 18 and more upper-case letters and digits begin."""
    shape = text.encode("ascii", "replace").translate(_RUNS)
    at = shape.find(_RUN)
    while at >= 0:
        yield at
        end = shape.find(b" ", at)
        at = shape.find(_RUN, end) if end >= 0 else -1


def credit_code_problem(code: str) -> str:
    """What is wrong with a unified social credit code; "" when its form and its check digit are right.

    Source: GB 32100-2015 4 and annex A (weights 3^i mod 31).
    """
    if len(code) != 18 or any(character not in _CREDIT_DIGITS for character in code):
        return "18 characters without I, O, S, V, Z"
    if code[:2] not in _CREDIT_OFFICES:
        return f"no registering office {code[:2]}"
    if not code[2:8].isdigit() or (code[2:4] not in _AREAS and code[2:4] not in ("10", "71", "81", "82")):
        return f"no area {code[2:8]}"
    total = sum(
        _CREDIT_DIGITS.index(c) * weight for c, weight in zip(code[:17], _CREDIT_WEIGHTS, strict=True)
    )
    return "" if _CREDIT_DIGITS[-total % 31] == code[17] else "check digit"


def _identifier(kind: str, value: str, problem: str, detail: str = "") -> Identifier:
    return Identifier(kind, value, MALFORMED if problem else WELL_FORMED, problem or detail)


def _icp(text: str) -> Iterator[Identifier]:
    windows = windows_before(_after_icp(text, "备"), reach=10, longest=64)
    for found in matches_in(_ICP, text, windows):
        province, number, site, suffix = found[1], found[2], found[3], (found[4] or "").upper()
        base = f"{province}ICP备{number}号"
        problem = _number_problem(number, range(6, 13)) or ("" if province else "no province")
        value = f"{base}-{site}{suffix}" if site else base
        yield _identifier("icp", value, problem, base)


def _icp_licence(text: str) -> Iterator[Identifier]:
    windows = windows_before(_after_icp(text, "证"), reach=10, longest=64)
    for found in matches_in(_ICP_LICENCE, text, windows):
        problem = _number_problem(found[2], range(6, 9)) or ("" if found[1] else "no province")
        yield _identifier("icp_licence", f"{found[1]}ICP证{found[2]}号", problem)


def _telecom(text: str) -> Iterator[Identifier]:
    windows = windows_before(places_of(text, "A2", "B1", "B2"), reach=1, longest=40)
    for found in matches_in(_TELECOM, text, windows):
        classes, number = found[2].replace("、", "."), found[3]
        dated = len(number) == 8 and number[:2] in ("19", "20")
        value = f"{found[1]}{classes}-{number}"
        yield _identifier("telecom_licence", value, "" if dated else "year and four digits", classes)


def _security(text: str) -> Iterator[Identifier]:
    windows = windows_before(places_of(text, "公网安备"), reach=4, longest=64)
    for found in matches_in(_SECURITY, text, windows):
        province, number = found[1], found[2]
        problem = _number_problem(number, range(14, 15)) or _area_problem(number)
        other = province and PROVINCES[province] != number[:2]
        detail = f"area {number[:6]}" + (f" is not in {province}" if other else "")
        yield _identifier("public_security", f"{province}公网安备{number}号", problem, detail)


def _algorithm(text: str) -> Iterator[Identifier]:
    windows = windows_before(places_of(text, "网信算备"), reach=0, longest=64)
    for found in matches_in(_ALGORITHM, text, windows):
        number = found[1]
        problem = _number_problem(number, range(21, 22)) or _area_problem(number)
        if not problem and not 20 <= int(number[15:17]) <= 39:
            problem = f"no year {number[15:17]}"
        detail = f"area {number[:6]}, subject {number[6:15]}, year 20{number[15:17]}"
        yield _identifier("algorithm_filing", f"网信算备{number}号", problem, detail)


def _generative(text: str) -> Iterator[Identifier]:
    windows = windows_before(places_of(text, "-20"), reach=73, longest=96)
    for found in matches_in(_GENERATIVE, text, windows):
        province, name, stamp = found[1], found[2], found[3]
        if province.lower() in _PINYIN:
            problem = "" if _is_date(stamp[:8]) and len(stamp) in (8, 10, 12) else f"no date {stamp}"
            yield _identifier(
                "generative_filing", f"{province}-{name}-{stamp}", problem, f"{province}, {stamp[:8]}"
            )


def _provider(text: str) -> Iterator[Identifier]:
    for found in matches_in(_PROVIDER, text, windows_before(_long_runs(text), reach=0, longest=32)):
        service = {"0": "unspecified", "1": "generates", "2": "propagates"}[found[3]]
        detail = f"credit code {found[2]}, {service}, model {found[4]}"
        yield _identifier("provider_code", found[0], credit_code_problem(found[2]), detail)


def _credit(text: str) -> Iterator[Identifier]:
    for found in matches_in(_CREDIT, text, windows_before(_long_runs(text), reach=18, longest=40)):
        labelled, code = bool(found[1]), found[2]
        problem = credit_code_problem(code)
        if _is_resident_number(code) or (not labelled and (problem or _looks_random(code))):
            continue
        yield _identifier("credit_code", code, problem, f"area {code[2:8]}")


def _looks_random(code: str) -> bool:
    """Whether 18 digits are rather an order number: one in 31 passes the check. Businesses begin with 9."""
    return code.isdigit() and not code.startswith("9")


def _number_problem(number: str, lengths: range) -> str:
    if not number.isdigit():
        return "placeholder"
    if len(number) not in lengths:
        wanted = f"{lengths[0]}" if len(lengths) == 1 else f"{lengths[0]} to {lengths[-1]}"
        return f"{len(number)} digits instead of {wanted}"
    return "placeholder" if len(set(number)) == 1 or number in "1234567890123456789" else ""


def _area_problem(number: str) -> str:
    return "" if number[:2] in _AREAS else f"no area {number[:6]}"


def _is_date(stamp: str) -> bool:
    try:
        date(int(stamp[:4]), int(stamp[4:6]), int(stamp[6:8]))
    except ValueError:
        return False
    return True


def _is_resident_number(code: str) -> bool:
    """Whether these 18 characters are a person's identity number (GB 11643), which is nobody's licence."""
    if not code[:17].isdigit() or not _is_date(code[6:14]):
        return False
    total = sum(int(digit) * weight for digit, weight in zip(code[:17], _RESIDENT_WEIGHTS, strict=True))
    return "10X98765432"[total % 11] == code[17]


KINDS: Final[dict[str, tuple[tuple[str, ...], Callable[[str], Iterator[Identifier]]]]] = {
    # kind: (a text without any of these signs holds none, reader)
    "icp": (("备",), _icp),
    "icp_licence": (("证",), _icp_licence),
    "telecom_licence": (("A2-", "B1-", "B2-"), _telecom),
    "public_security": (("公网安备",), _security),
    "algorithm_filing": (("网信算备",), _algorithm),
    "generative_filing": (("-20",), _generative),
    "provider_code": (("001",), _provider),
    "credit_code": (("",), _credit),
}
