"""Addresses written in pages: made absolute without ever raising, and recognised as downloads or media."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urljoin, urlsplit

URL_CHARACTERS: Final = 2000
_DROPPED: Final = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_SCHEME: Final = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]{0,30}:")
_SCRIPT: Final = ("javascript:", "vbscript:", "data:", "blob:", "about:")
_DOWNLOADS: Final = (
    "apk apks xapk aab ipa mobileconfig exe msi msix appx scr bat cmd ps1 vbs hta lnk jar dmg pkg iso img "
    "deb rpm appimage zip rar 7z tgz gz crx xpi safetensors ckpt gguf"
)
DOWNLOADS: Final = frozenset(_DOWNLOADS.split())


class Base:
    """What relative addresses of one page are relative to."""

    __slots__ = ("_folder", "_origin", "_path", "_scheme", "url")

    def __init__(self, url: str) -> None:
        self.url = url
        try:
            parts = urlsplit(url)
            self._scheme, self._origin = parts.scheme, f"{parts.scheme}://{parts.netloc}"
            self._folder = self._origin + (parts.path.rpartition("/")[0] or "") + "/"
            plain = parts.scheme in ("http", "https") and parts.netloc and ";" not in parts.path
            self._path = self._origin + parts.path if plain else ""
        except ValueError:
            self._scheme = self._origin = self._folder = self._path = ""

    def absolute(self, written: str) -> str:
        """The absolute URL that `written` means here; "" for scripts, data and what is no URL."""
        if len(written) <= URL_CHARACTERS and written.isprintable():
            href = written.strip(" ")
        else:
            href = _DROPPED.sub("", written[: URL_CHARACTERS + 100]).strip()[:URL_CHARACTERS]
        if ":" in href and _SCHEME.match(href):
            return "" if href.lower().startswith(_SCRIPT) else href
        if not href or href[0] == "#":
            return ""
        plain = "\\" not in href and "/." not in href and self._origin
        if plain and href[0] == "/":  # the common forms without urljoin, which takes 3 µs each
            return f"{self._scheme}:{href}" if href[1:2] == "/" else self._origin + href
        if plain and href[0] not in "?.":
            return self._folder + href
        return self._joined(href.replace("\\", "/"))

    def _joined(self, href: str) -> str:
        if self._path and href[0] == "?" and len(href) > 1 and "#" not in href:
            return self._path + href
        try:
            return urljoin(self.url, href)
        except ValueError:
            return ""


def extension(url: str) -> str:
    """The lower-case ending of the path, or of the query where that has none: `apk` for `/get?file=a.apk`."""
    if "?" not in url and "#" not in url and not url.rpartition(".")[2].isalnum():
        return ""  # most addresses end so
    rest = url.partition("://")[2]
    path, _, query = rest.partition("#")[0].partition("?")
    for part in (path.partition("/")[2], query):
        dot = part.rpartition(".")[2].lower()
        if "." in part and dot.isalnum() and len(dot) <= 12:
            return dot
    return ""


def is_download(url: str) -> bool:
    """Whether the address names a program, an archive or a model file."""
    return url[:14].lower() == "itms-services:" or extension(url) in DOWNLOADS
