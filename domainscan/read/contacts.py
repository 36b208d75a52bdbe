"""Handles under which a page wants to be contacted: Telegram, QQ, WeChat, WhatsApp, e-mail, telephone.

A number counts where a word of contact stands just before it, and an address where the page links it or such a word
does: an article's list of numbers is nobody's handle.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Final
from urllib.parse import parse_qs, unquote, urlsplit

from domainscan.model import Link
from domainscan.read.near import matches_in, places_of, windows_before

CONTACTS: Final = 20  # of a page, at most
REACH: Final = 12  # characters between a cue and its handle

# What t.me serves besides people and groups.
_TELEGRAM_PLACES: Final = frozenset(
    "share joinchat s iv proxy socks addstickers setlanguage addtheme c".split()  # noqa: SIM905
)
_TELEGRAM_HOSTS: Final = frozenset(("t.me", "telegram.me", "telegram.dog"))
_HANDLE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{4,31}")
_ADDRESS: Final = r"[a-z0-9._+-]{1,64}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,4}"
_NUMBER: Final = r"(?:\+\d{1,3}[ -]?)?1[3-9]\d{9}(?!\d)|\+\d{1,3}[ \d-]{7,16}\d(?!\d)"


def _after(cues: str, handle: str) -> tuple[tuple[str, ...], re.Pattern[str]]:
    """The cues, and the expression for one of them with a handle just behind it."""
    words = tuple(cues.split())
    either = "|".join(map(re.escape, words))
    return words, re.compile(
        rf"(?:{either})(?:群|号|客服|咨询|id| us| at){{0,2}}[^a-z0-9@+\n]{{0,{REACH}}}({handle})"
    )


_CUES: Final[dict[str, tuple[tuple[str, ...], re.Pattern[str]]]] = {
    "telegram": _after("telegram 电报 飞机", r"@[a-z][a-z0-9_]{4,31}"),
    "qq": _after("qq", r"[1-9]\d{4,10}(?!\d)"),
    "wechat": _after("微信 wechat vx 威信 薇信", r"(?:[a-z][a-z0-9_-]{5,19}|1[3-9]\d{9})(?![a-z0-9_-])"),
    "phone": _after("电话 手机 热线 联系 客服 咨询 phone tel call whatsapp", _NUMBER),
    "email": _after("邮箱 邮件 联系 客服 contact support mail", _ADDRESS),
}
_NEEDS: Final = {"telegram": "@", "email": "@", "qq": "digits", "phone": "digits"}  # or it is not looked for
_FIVE_DIGITS: Final = re.compile(r"\d[\d -]{3,6}\d")
_EMAIL: Final = re.compile(_ADDRESS)
_NO_HANDLE: Final = frozenset(
    ["https", "http", "telegram", "wechat", "weixin", "qrcode", "please", "online", "service", "official"]
)


def contacts_in(text: str, links: Iterable[Link]) -> list[str]:
    """The handles of a page: "telegram:name", "qq:12345", "wechat:name", "email:a@b.example", "phone:13800000000"."""
    found: dict[str, None] = {}
    for url in _telling(links):
        for sign, reader in _LINKS.items():
            if sign in url:
                found[reader(url)] = None
    lowered = text.lower()
    there = {"@": "@" in text, "digits": _FIVE_DIGITS.search(text) is not None, "": True}
    for kind, (words, pattern) in _CUES.items():
        if not there[_NEEDS.get(kind, "")]:
            continue
        places = places_of(lowered, *(word for word in words if word in lowered))
        for match in matches_in(pattern, lowered, windows_before(places, 0, 160)):
            value = _digits(match[1]) if kind == "phone" else match[1].removeprefix("@")
            if value not in _NO_HANDLE:
                found[f"{kind}:{value}"] = None
    found.pop("", None)
    return list(found)[:CONTACTS]


def _telling(links: Iterable[Link]) -> list[str]:
    """The addresses that may hold a handle; on most pages none, which one look at all of them settles."""
    urls = [link.url for link in links]
    together = "\n".join(urls)
    signs = [sign for sign in _LINKS if sign in together]
    return [url for url in urls if any(sign in url for sign in signs)] if signs else []


def _digits(text: str) -> str:
    return "".join(c for c in text if c.isdigit()).removeprefix("86")


def _telegram(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    handle = parts.path.strip("/").partition("/")[0]
    if (parts.hostname or "") not in _TELEGRAM_HOSTS or handle.lower() in _TELEGRAM_PLACES:
        return ""
    return f"telegram:{handle.lower()}" if _HANDLE.fullmatch(handle) else ""


def _invitation(url: str) -> str:
    """Private groups have no handle, but an invitation: t.me/+AbCd, t.me/joinchat/AbCd."""
    handle = _telegram(url)
    code = re.search(r"t(?:elegram)?\.me/(?:\+|joinchat/)([\w-]{10,40})", url)
    return f"telegram:+{code[1]}" if code else handle


def _query(kind: str, key: str) -> Callable[[str], str]:
    def read(url: str) -> str:
        try:
            value = parse_qs(urlsplit(url).query).get(key, [""])[0]
        except ValueError:
            return ""
        return f"{kind}:{value}" if value.isascii() and value.isdigit() and 5 <= len(value) <= 15 else ""

    return read


def _mail(url: str) -> str:
    address = unquote(url[7:].partition("?")[0]).strip().lower() if url[:7].lower() == "mailto:" else ""
    return f"email:{address}" if _EMAIL.fullmatch(address) else ""


def _call(url: str) -> str:
    number = _digits(url[4:24]) if url[:4].lower() == "tel:" else ""
    return f"phone:{number}" if 7 <= len(number) <= 15 else ""


def _whatsapp(url: str) -> str:
    number = re.search(r"(?:wa\.me/|phone=)\+?(\d{7,15})", url)
    return f"phone:{number[1].removeprefix('86')}" if number else ""


_LINKS: Final[dict[str, Callable[[str], str]]] = {
    # what an address must hold, reader
    "mailto:": _mail,
    "tel:": _call,
    "t.me/": _invitation,
    "telegram.": _invitation,
    "wa.me/": _whatsapp,
    "whatsapp.com/": _whatsapp,
    "uin=": _query("qq", "uin"),
}
