"""Where a page says that it will be found when it is gone: backup domains, pages of addresses, mirrors."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from blocklists.names import BadName, parse_name
from domainscan.model import Page
from domainscan.read.near import places_of
from domainscan.read.urls import is_download

CUES: Final = (
    *("备用域名", "备用网址", "备用地址", "备用线路", "备用链接", "发布页", "地址发布", "永久地址", "永久域名"),
    *("永久网址", "永久链接"),
    *("最新地址", "最新网址", "最新域名", "新域名", "防走失", "防丢失", "回家的路", "镜像站", "镜像网站"),
    *("backup domain", "backup site", "backup link", "backup address", "mirror site", "mirror link", "our mirrors"),
    *("official mirror", "permanent address", "permanent domain", "permanent link", "new domain", "latest domain"),
    *("alternative domain", "alternative link", "alternate domain", "our new address"),
)  # fmt: skip
REACH: Final = 160  # characters behind a cue in which names are looked for
ANNOUNCED: Final = 30  # of a page, at most
CHATS: Final = (
    "t.me",
    "telegram.me",
    "telegram.org",
    "wa.me",
    "discord.gg",
    "discord.com",
    "line.me",
    "qq.com",
)
_HOST: Final = re.compile(r"(?<![\w@./-])(?:[a-z0-9-]{1,63}\.){1,4}[a-z]{2,18}(?![\w.-]*[\w@])")


def announced(page: Page) -> list[tuple[str, str]]:
    """(name or URL, the words that announce it): links under such words, and names spelled out behind them.

    Chats are no address of a site; their handles are contacts.
    """
    found: dict[str, str] = {}
    for place, cue in (*_in_links(page), *_in_text(page.text.lower())):
        host = _host_of(place)
        if host and host not in CHATS and not host.endswith(tuple(f".{chat}" for chat in CHATS)):
            found.setdefault(place, cue)
    return list(found.items())[:ANNOUNCED]


def _in_links(page: Page) -> Iterator[tuple[str, str]]:
    for link in page.links:
        words = link.text.lower()
        cue = next((one for one in CUES if one in words), "")
        if cue and link.url.startswith(("http://", "https://")):
            yield link.url, cue


def _in_text(text: str) -> Iterator[tuple[str, str]]:
    for cue in CUES:
        for at in places_of(text, cue):
            for host in _HOST.findall(text[at : at + len(cue) + REACH]):
                if not is_download(f"http://site/{host}"):
                    yield host, cue


def _host_of(place: str) -> str:
    try:
        return parse_name((urlsplit(place).hostname or "") if "://" in place else place)
    except (BadName, ValueError):
        return ""
