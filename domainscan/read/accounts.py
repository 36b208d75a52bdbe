"""Accounts and files that sites of the same people share: analytics ids, own script bundles, verification tokens."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import unquote

from domainscan.read.text import one_line

ACCOUNTS: Final = 20  # of a page, at most
BUNDLES: Final = 5
TOKENS: Final = 10

# A text without the sign holds none of the service's ids: `in` costs 0.1 us where the expression costs 20.
_SERVICES: Final[tuple[tuple[str, str, re.Pattern[str]], ...]] = (
    ("hm.baidu.com", "baidu", re.compile(r"hm\.baidu\.com/(?:hm|h)\.(?:js|gif)\?(?:si=)?([0-9a-f]{32})")),
    ("51.la", "51la", re.compile(r"51\.la/(?:go\.asp\?[^\s\"']{0,60}?id=)?(\d{5,10})(?:\.js)?")),
    ("LA.init", "51la", re.compile(r"LA\.init\(\s{0,5}\{[^}]{0,100}?\bid\s{0,3}:\s{0,3}[\"']([0-9A-Za-z]{8,24})[\"']")),
    ("cnzz.com", "cnzz", re.compile(r"cnzz\.com/[\w./]{0,40}\?[^\s\"']{0,40}?\bid=(\d{5,12})")),
    ("G-", "google", re.compile(r"(?<![\w-])(G-[A-Z0-9]{8,12})(?![\w-])")),
    ("UA-", "google", re.compile(r"(?<![\w-])(UA-\d{5,10})-\d{1,3}(?!\d)")),
    ("AW-", "google", re.compile(r"(?<![\w-])(AW-\d{9,12})(?!\d)")),
    ("GTM-", "google", re.compile(r"(?<![\w-])(GTM-[A-Z0-9]{6,8})(?![\w-])")),
    ("ca-pub-", "google", re.compile(r"(ca-pub-\d{10,16})(?!\d)")),
    ("fbq(", "meta", re.compile(r"fbq\(\s{0,3}[\"']init[\"']\s{0,3},\s{0,3}[\"'](\d{10,17})[\"']")),
    ("ttq.load", "tiktok", re.compile(r"ttq\.load\(\s{0,3}[\"']([A-Z0-9]{12,24})[\"']")),
    ("clarity", "clarity", re.compile(r"clarity(?:\.ms/tag/|[\"'\s,]{1,9}script[\"'\s,]{1,9})([a-z0-9]{9,12})\b")),
    ("ym(", "yandex", re.compile(r"\bym\(\s{0,3}(\d{6,10})\s{0,3},\s{0,3}[\"']init[\"']")),
    ("hjid", "hotjar", re.compile(r"\bhjid\s{0,3}[:=]\s{0,3}(\d{5,9})\b")),
)  # fmt: skip
_MATOMO_SITE: Final = re.compile(r"setSiteId[\"']\s{0,3},\s{0,3}[\"']?(\d{1,6})")
_MATOMO_HOST: Final = re.compile(r"(?:https?:)?//([A-Za-z0-9.-]{4,100})/(?:[\w.-]{1,40}/){0,3}[\"']")
# The end of a file name that a bundler gave: `app.3f2a1b9c.js`, `index-BfG3d2aQ.js`, `main.3f2a1b9c.chunk.js`.
_BUNDLE: Final = re.compile(
    r"[.-](?=[\w-]{0,31}\d)(?:[0-9a-f]{8,32}|[\w-]{8})(?:\.(?:min|chunk|bundle))?\.m?js\Z"
)
_BUNDLE_NAME: Final = 100  # characters
_VERIFICATION: Final = re.compile(
    r"((?:[a-z0-9]{2,20}[-_])?(?:site|domain)[-_]verification|yandex-verification|zoho-verification|MS)[=: ]+"
    r"([\w./+=-]{6,100})\Z",
    re.IGNORECASE,
)
_VERIFYING: Final = frozenset(
    (
        *("google-site-verification", "baidu-site-verification", "msvalidate.01", "yandex-verification"),
        *("360-site-verification", "sogou_site_verification", "shenma-site-verification"),
        *("bytedance-verification-code", "facebook-domain-verification", "p:domain_verify"),
    )
)


def accounts_in(script: str) -> list[str]:
    """The analytics accounts that a script, or the address of one, names: "baidu:0123...", "google:G-...".

    Baidu, 51.la, CNZZ, Google (properties G and UA, adverts, tag manager, AdSense), Meta, TikTok, Clarity, Yandex,
    Hotjar, Matomo (its host and number). Placeholders of examples (UA-XXXXX-Y) are none.
    """
    if "%3" in script:
        script = unquote(script)  # document.write(unescape("%3Cscript src=...
    found = [
        f"{service}:{one}"
        for sign, service, pattern in _SERVICES
        if sign in script
        for one in pattern.findall(script)
    ]
    if "setSiteId" in script:
        site, host = _MATOMO_SITE.search(script), _MATOMO_HOST.search(script)
        found += [f"matomo:{host[1].lower()}/{site[1]}"] if site and host else []
    return list(dict.fromkeys(found))[:ACCOUNTS]


def own_bundles(scripts: Iterable[str], host: str) -> list[str]:
    """File names of the site's own scripts that carry a hash of their content: `app.3f2a1b9c.js`.

    Scripts of other hosts are everybody's.
    """
    names: dict[str, None] = {}
    for url in scripts:
        _, _, rest = url.partition("://")
        where, _, path = rest.partition("?")[0].partition("/")
        name = path.rpartition("/")[2]
        if len(name) <= _BUNDLE_NAME and where.partition(":")[0].lower() == host and _BUNDLE.search(name):
            names[name] = None
    return list(names)[:BUNDLES]


def tokens_in(records: Iterable[str]) -> list[str]:
    """The tokens by which a TXT record proves a name to somebody's account: "google-site-verification=..."."""
    found = (_VERIFICATION.match(one.strip().strip('"').strip()) for one in records)
    return [f"{one[1].lower()}={one[2]}" for one in found if one][:TOKENS]


def tokens_of(meta: Iterable[tuple[str, str]]) -> Iterator[str]:
    """The same of a page's meta elements."""
    for name, content in meta:
        if name in _VERIFYING and 6 <= len(content) <= 100:
            yield f"{name}={one_line(content, 100)}"
