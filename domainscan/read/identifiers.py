"""Chinese registration numbers that a page shows: which kind, well formed or not, and what they say.

Well formed is not verified: nobody is asked here, and a number can be somebody else's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Final
from urllib.parse import unquote, urlsplit

from domainscan.model import Link, Page
from domainscan.read.codes import AREAS, PINYIN, PROVINCES, credit_code_problem, is_date, is_resident_number
from domainscan.read.kinds import MALFORMED, WELL_FORMED, Identifier
from domainscan.read.near import matches_in, places_of, windows_before

__all__ = ("READERS", "credit_code_problem", "find_identifiers", "identifiers_of")

_P: Final = "[" + "".join(PROVINCES) + "]"
_ALNUM: Final = "0-9A-Za-z"
_USCC: Final = "[0-9A-HJ-NPQRTUWXY]"
_HOBBY: Final = frozenset("萌茶团喵")  # clubs that hand out numbers for fun: 萌ICP备20260001号 is no filing

FOUND: Final = 50  # by each reader, at most
_WIDE: Final = tuple(zip("－—–０１２３４５６７８９", "---0123456789", strict=True))
_WIDE_LETTERS: Final = tuple(zip("ＩＣＰＡＢＸ", "ICPABX", strict=True))
_PROSE: Final = 24  # characters before a number in which its label stands


_ICP: Final = re.compile(
    rf"({_P}?)\s{{0,3}}ICP\s{{0,3}}备(案(?:编?号)?\s{{0,3}}[：:]?)?\s{{0,3}}"
    rf"(\d{{1,9}}(?:\s\d{{1,8}}){{1,2}}(?=\s{{0,3}}号)|[0-9Xx*]{{1,20}})"
    rf"\s{{0,3}}(号?)\s{{0,3}}(?:-\s{{0,3}}(\d{{1,4}})([AX])?)?",
    re.IGNORECASE,
)
_ICP_LICENCE: Final = re.compile(
    rf"({_P}?)\s{{0,3}}ICP\s{{0,3}}证\s{{0,3}}:?：?\s{{0,3}}(?:B2-)?(\d{{1,20}})\s{{0,3}}号?", re.IGNORECASE
)
_TELECOM: Final = re.compile(
    rf"({_P}|合字)?\s{{0,2}}(?<![{_ALNUM}.])((?:A1|A2|B1|B2)(?:[.、,，](?:A1|A2|B1|B2)){{0,3}})"
    rf"-\s?(\d{{1,16}})(?!\d)"
)
_LAST_CLASSES: Final = ("A2-", "B1-", "B2-")  # what the number follows
_TELECOM_CUES: Final = ("许可", "增值", "电信", "经营", "牌照", "ICP", "icence", "icense")
_SECURITY: Final = re.compile(
    rf"({_P}?)\s{{0,3}}公(网安备|安(?:联网)?备)(?:案(?:编?号)?)?\s{{0,3}}[：:]?\s{{0,3}}(?:第\s{{0,3}})?[（(]?"
    rf"(\d{{1,13}}(?:\s\d{{1,13}}){{1,3}}|\d{{1,24}})"
)
_ALGORITHM: Final = re.compile(
    r"(网信算备|算法备案)(?:案?编?号)?\s{0,3}[：:]?\s{0,3}(?:第\s{0,3})?"
    r"(\d{1,20}(?:\s\d{1,20}){1,3}|\d{1,30})"
)
_GENERATIVE: Final = re.compile(
    rf"(?<![{_ALNUM}-])([A-Za-z]{{5,12}})\s?-\s?([{_ALNUM}][{_ALNUM}._+-]{{1,59}})\s?-\s?(20\d{{6,10}})(?![{_ALNUM}])"
)
_PROVIDER: Final = re.compile(rf"(?<![{_ALNUM}])00(1\d)({_USCC}{{18}})([012])([0-9A-Z]{{4}})(?![{_ALNUM}])")
# Upper-case letters and digits as 0: provider and credit codes are runs of at least 18 of them.
_RUNS: Final = bytes(48 if 48 <= c <= 57 or 65 <= c <= 90 else 32 for c in range(256))
_RUN: Final = b"0" * 18
_CREDIT: Final = re.compile(rf"(?<![{_ALNUM}])([0-9A-Z]{{18}})(?![{_ALNUM}])")
_CREDIT_LABEL: Final = re.compile(rf"信用代码[^{_ALNUM}]{{0,12}}([{_ALNUM}](?:\s?[{_ALNUM}]){{9,23}})")
_BEIAN_HOSTS: Final = ("beian.gov.cn", "beian.mps.gov.cn", "beian.miit.gov.cn", "beian.cac.gov.cn")
_RECORD_CODE: Final = re.compile(r"code=(\d{1,24})(?!\d)", re.IGNORECASE)


def find_identifiers(text: str) -> tuple[Identifier, ...]:
    """Every registration number in the text, each once, in order of kind; at most 50 of a kind.

    What has the form of a person's identity number is never taken, whatever stands beside it.
    Source: the shapes of public filings; GB 32100-2015 (credit codes); TC260-PG-20252A (provider codes).
    """
    if not text.isascii():
        for wide, narrow in (*_WIDE, *_WIDE_LETTERS) if "Ｃ" in text or "Ｂ" in text else _WIDE:
            text = text.replace(wide, narrow)  # 20 x faster than translate on Chinese text
    found: dict[Identifier, None] = {}
    for signs, reader in READERS:
        for sign in signs:
            if sign in text:
                found.update(dict.fromkeys(islice(reader(text), FOUND)))
                break
    return tuple(found)


def identifiers_of(page: Page) -> tuple[Identifier, ...]:
    """The numbers in a page's title, description and text, and those that only its look-up links carry."""
    found = find_identifiers(f"{page.title}\n{page.description}\n{page.text}")
    linked = list(_linked(page.links))
    if not linked:
        return found
    shown = {(one.kind, one.base) for one in found}
    return (*found, *dict.fromkeys(one for one in linked if (one.kind, one.base) not in shown))


def _linked(links: Iterable[Link]) -> Iterator[Identifier]:
    """The numbers in addresses of the official look-ups that visitors see.

    `https://beian.mps.gov.cn/#/query/webSearch?code=31010400000018`; the older site says `recordcode=`.
    """
    for link in links:
        if "beian." in link.url and "hidden" not in link.rel:
            try:
                host = urlsplit(link.url).hostname or ""
            except ValueError:
                continue
            if host.removeprefix("www.") in _BEIAN_HOSTS:
                code = _RECORD_CODE.search(link.url)
                plain = f"公网安备{code[1]}号" if code and "miit" not in host else unquote(link.url)
                yield from find_identifiers(plain)


def _long_runs(text: str) -> Iterator[int]:
    """Where runs of 18 and more upper-case letters and digits begin."""
    raw = text.encode(
        "utf-8", "replace"
    )  # 100 µs less than ASCII with replacements, for 10,000 Chinese characters
    shape = raw.translate(_RUNS)
    place = counted = 0
    at = shape.find(_RUN)
    while at >= 0:
        place += len(raw[counted:at].decode())
        counted = at
        yield place
        end = shape.find(b" ", at)
        at = shape.find(_RUN, end) if end >= 0 else -1


def _identifier(kind: str, value: str, problem: str, detail: str = "") -> Identifier:
    return Identifier(kind, value, MALFORMED if problem else WELL_FORMED, problem or detail)


def _whole(written: str, lengths: range) -> str:
    """The number in digits that blanks may part: all of them, when only all of them have a right length."""
    first, *rest = written.split()
    whole = first + "".join(rest)
    return whole if len(first) not in lengths and len(whole) in lengths else first


def _icp_numbers(text: str) -> Iterator[Identifier]:
    """Filings and licences, by the ICP that both begin with: 备 and 证 alone are all over ordinary prose."""
    places = [(at, text[at + 3 : at + 7].lstrip()[:1]) for at in places_of(text, "ICP", "icp", "Icp")]
    yield from _icp(text, [at for at, sign in places if sign == "备"])
    yield from _icp_licence(text, [at for at, sign in places if sign == "证"])


def _icp(text: str, places: list[int]) -> Iterator[Identifier]:
    windows = windows_before(places, reach=4, longest=88)
    for found in matches_in(_ICP, text, windows):
        province, number = found[1], _whole(found[3], range(6, 13))
        problem = _number_problem(number, range(6, 13))
        if found[2] and (problem or not found[4]):
            continue  # "ICP备案2026年新规" is about filings; with 案 only a whole number is one
        if not province and text[: found.start()][-1:] in _HOBBY:
            continue
        problem = problem or ("" if province else "no province")
        base = f"{province}ICP备{number}号"
        value = f"{base}-{found[5]}{(found[6] or '').upper()}" if found[5] else base
        yield _identifier("icp", value, problem, base)


def _icp_licence(text: str, places: list[int]) -> Iterator[Identifier]:
    windows = windows_before(places, reach=4, longest=64)
    for found in matches_in(_ICP_LICENCE, text, windows):
        problem = _number_problem(found[2], range(6, 9)) or ("" if found[1] else "no province")
        yield _identifier("icp_licence", f"{found[1]}ICP证{found[2]}号", problem)


def _telecom(text: str) -> Iterator[Identifier]:
    windows = windows_before(places_of(text, *_LAST_CLASSES), reach=16, longest=32)
    for found in matches_in(_TELECOM, text, windows):
        place, classes, number = found[1] or "", re.sub("[、,，]", ".", found[2]), found[3]
        before = text[max(0, found.start() - _PROSE) : found.start()]
        if not place and "." not in classes and not any(cue in before for cue in _TELECOM_CUES):
            continue  # a part number
        if before.rstrip().endswith("证") and "ICP" in before[-8:]:
            continue  # 京ICP证B2-20260018号, read as an ICP licence
        dated = len(number) == 8 and number[:2] in ("19", "20")
        value = f"{place}{classes}-{number}"
        yield _identifier("telecom_licence", value, "" if dated else "year and four digits", classes)


def _security(text: str) -> Iterator[Identifier]:
    windows = windows_before(places_of(text, "公网安备", "公安备", "公安联网备"), reach=4, longest=96)
    for found in matches_in(_SECURITY, text, windows):
        province, number = found[1], _whole(found[3], range(14, 15))
        problem = _number_problem(number, range(14, 15)) or _area_problem(number)
        if is_resident_number(number) or (problem and found[2] != "网安备"):
            continue  # in other words only a whole number is one
        other = province and PROVINCES[province] != number[:2]
        detail = f"area {number[:6]}" + (f" is not in {province}" if other else "")
        yield _identifier("public_security", f"{province}公网安备{number}号", problem, detail)


def _algorithm(text: str) -> Iterator[Identifier]:
    windows = windows_before(places_of(text, "网信算备", "算法备案"), reach=0, longest=112)
    for found in matches_in(_ALGORITHM, text, windows):
        number = _whole(found[2], range(21, 22))
        problem = _number_problem(number, range(21, 22)) or _area_problem(number)
        if not problem and not 20 <= int(number[15:17]) <= 39:
            problem = f"no year {number[15:17]}"
        if is_resident_number(number) or (problem and found[1] != "网信算备"):
            continue
        detail = f"area {number[:6]}, subject {number[6:15]}, year 20{number[15:17]}"
        yield _identifier("algorithm_filing", f"网信算备{number}号", problem, detail)


def _generative(text: str) -> Iterator[Identifier]:
    spaced = () if text.isascii() else ("- 20", "-\n20")  # English prose is full of dashes before years
    dated = places_of(text, "-20", *spaced)
    places = [at for at in dated if text[at + 1 : at + 11].lstrip()[:8].isdigit()]  # the others are years
    windows = windows_before(places, reach=77, longest=96)
    for found in matches_in(_GENERATIVE, text, windows):
        province, name, stamp = found[1], found[2], found[3]
        label = text[max(0, found.start() - _PROSE) : found.start()]
        filed, registered = label.rfind("备案"), max(label.rfind("上线编号"), label.rfind("登记"))
        if province.lower() not in PINYIN or not (province[0].isupper() or filed >= 0 or registered >= 0):
            continue  # "beijing-marathon-20261029" is somebody's picture
        problem = "" if is_date(stamp[:8]) and len(stamp) in (8, 10, 12) else f"no date {stamp}"
        kind = "generative_registration" if registered > filed else "generative_filing"
        yield _identifier(kind, f"{province}-{name}-{stamp}", problem, f"{province}, {stamp[:8]}")


def _codes(text: str) -> Iterator[Identifier]:
    """Credit codes, and the provider codes that hold one: both are long runs, which are looked for once."""
    labelled = set()
    places = places_of(text, "信用代码")
    for found in matches_in(_CREDIT_LABEL, text, windows_before(places, reach=0, longest=64)):
        code = _labelled_code(found[1].upper().split())
        if code:
            labelled.add(code)
            yield _identifier("credit_code", code, credit_code_problem(code), f"area {code[2:8]}")
    runs = list(_long_runs(text))
    for found in matches_in(_CREDIT, text, windows_before(runs, reach=0, longest=40)):
        code = found[1]
        unfit = code in labelled or credit_code_problem(code) or is_resident_number(code)
        if not unfit and not _looks_random(code):
            yield _identifier("credit_code", code, "", f"area {code[2:8]}")
    for found in matches_in(_PROVIDER, text, windows_before(runs, reach=0, longest=32)):
        if is_resident_number(found[2]):
            continue
        service = {"0": "unspecified", "1": "generates", "2": "propagates"}[found[3]]
        detail = f"credit code {found[2]}, {service}, model {found[4]}"
        yield _identifier("provider_code", found[0], credit_code_problem(found[2]), detail)


def _labelled_code(written: list[str]) -> str:
    """The code that stands behind its label, which blanks may part; "" when these are words or a person's number."""
    code = ""
    for part in written:
        code += part
        if len(code) >= 18:
            break
    code = code if len(code) == 18 else written[0]
    unlike = not 15 <= len(code) <= 21 or sum(map(str.isdigit, code)) < 8
    short = (
        len(code) == 15 and code.isdigit()
    )  # a licence of before 2015, or a person's number of before 1999
    return "" if unlike or short or is_resident_number(code) else code


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
    return "" if number[:2] in AREAS else f"no area {number[:6]}"


# Numbers of the operator of the very site. A service on another's model shows that model's filing, as it must
# ("注明模型名称及备案号"), so those say nothing about whose site it is.
Reader = Callable[[str], Iterator[Identifier]]
READERS: Final[tuple[tuple[tuple[str, ...], Reader], ...]] = (
    # A text without any of these signs holds none. They are one character each, found in a tenth of the time of a word;
    # for the words each reader looks itself.
    (("备", "证"), _icp_numbers),
    (("-",), _telecom),
    (("备",), _security),
    (("备",), _algorithm),
    (("-",), _generative),
    (("",), _codes),
)
