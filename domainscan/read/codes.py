"""Codes that prove themselves: provinces and areas, credit codes (GB 32100), identity numbers (GB 11643)."""

from __future__ import annotations

from datetime import date
from typing import Final

PROVINCES: Final[dict[str, str]] = {
    # character in front of numbers -> first two digits of area codes (GB/T 2260)
    **{"京": "11", "津": "12", "冀": "13", "晋": "14", "蒙": "15", "辽": "21", "吉": "22", "黑": "23"},
    **{"沪": "31", "苏": "32", "浙": "33", "皖": "34", "闽": "35", "赣": "36", "鲁": "37", "豫": "41"},
    **{"鄂": "42", "湘": "43", "粤": "44", "桂": "45", "琼": "46", "渝": "50", "川": "51", "贵": "52"},
    **{"云": "53", "藏": "54", "陕": "61", "甘": "62", "青": "63", "宁": "64", "新": "65"},
    # the older character of the same province, which ICP numbers use and licence plates do not
    **{"蜀": "51", "黔": "52", "滇": "53", "陇": "62"},
}
AREAS: Final = frozenset(PROVINCES.values())
_PINYIN_WORDS: Final = (
    "beijing tianjin hebei shanxi neimenggu neimeng liaoning jilin heilongjiang shanghai jiangsu zhejiang anhui "
    "fujian jiangxi shandong henan hubei hunan guangdong guangxi hainan chongqing sichuan guizhou yunnan "
    "xizang shaanxi gansu qinghai ningxia xinjiang"
)
PINYIN: Final = frozenset(_PINYIN_WORDS.split())
_CREDIT_DIGITS: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # GB 32100-2015: no I, O, S, V, Z
_CREDIT_WEIGHTS: Final = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_OFFICES: Final = (
    "11 12 13 19 21 29 31 32 33 34 35 39 41 49 51 52 53 54 55 59 61 62 69 71 72 79 81 89 91 92 93 "
    "A1 A9 N1 N2 N3 N9 Y1"
)
_CREDIT_OFFICES: Final = frozenset(_OFFICES.split())  # first two characters: who registered


def credit_code_problem(code: str) -> str:
    """What is wrong with a unified social credit code; "" when its form and its check digit are right.

    Source: GB 32100-2015 4 and annex A (weights 3^i mod 31).
    """
    if len(code) != 18:
        return f"{len(code)} characters instead of 18"
    if any(character not in _CREDIT_DIGITS for character in code):
        return "18 characters without I, O, S, V, Z"
    if code[:2] not in _CREDIT_OFFICES:
        return f"no registering office {code[:2]}"
    if not code[2:8].isdigit() or (code[2:4] not in AREAS and code[2:4] not in ("10", "71", "81", "82")):
        return f"no area {code[2:8]}"
    total = sum(
        _CREDIT_DIGITS.index(c) * weight for c, weight in zip(code[:17], _CREDIT_WEIGHTS, strict=True)
    )
    return "" if _CREDIT_DIGITS[-total % 31] == code[17] else "check digit"


def is_resident_number(code: str) -> bool:
    """Whether 18 characters have the form of a person's identity number: a day of birth in the middle.

    Its check digit is not asked for: a person's number with a slip in it is that person's still, and nobody's licence.
    Source: GB 11643-1999 4.
    """
    return (
        len(code) == 18
        and code[:17].isdigit()
        and code[17] in "0123456789Xx"
        and code[6:8] in ("19", "20")
        and is_date(code[6:14])
    )


def is_date(stamp: str) -> bool:
    """Whether eight digits are a day: 20260801."""
    try:
        date(int(stamp[:4]), int(stamp[4:6]), int(stamp[6:8]))
    except ValueError:
        return False
    return True
