"""Whether robots.txt lets a visitor in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import quote, urlsplit

READ_BYTES: Final = 500 * 1024  # RFC 9309 2.5: at least 500 kibibytes
RULES: Final = 10_000
_TOKEN: Final = re.compile(r"[a-z_-]+")
_ESCAPED: Final = re.compile(r"%([0-9a-fA-F]{2})")
_SAFE: Final = "/%?=&:;@!$'()*+,~-._#[]"


def allowed(robots: bytes, agent: str, url: str) -> bool:
    """True unless the most specific rule for this agent forbids the URL's path; a tie allows.

    `agent` is a product token or a whole user agent (`domainscan/0.1 (+...)`). Rules of all groups that name
    the agent count together; only when none does, those for `*`. Lines that are no rule are skipped.
    Source: RFC 9309 2.2.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    path = _normal((parts.path or "/") + ("?" + parts.query if parts.query else ""))
    if path == "/robots.txt":
        return True
    token = _TOKEN.match(agent.lower())
    longest, verdict = -1, True
    for permits, pattern in _rules(robots, token[0] if token else ""):
        if len(pattern) >= longest and _matches(pattern, path):
            verdict = permits or (verdict and len(pattern) == longest)
            longest = len(pattern)
    return verdict


def _rules(robots: bytes, token: str) -> list[tuple[bool, str]]:
    """(allow, pattern) of the groups for `token`, or of those for `*` when there is none."""
    own: list[tuple[bool, str]] = []
    general: list[tuple[bool, str]] = []
    named = False
    into: list[list[tuple[bool, str]]] = []
    heading = False  # whether the last line was a user-agent line: several of them share one group
    for key, value in _lines(robots):
        if key == "user-agent":
            found = _TOKEN.match(value.lower())
            into = into if heading else []
            heading = True
            if value == "*":
                into.append(general)
            elif found and found[0] == token:
                named = True
                into.append(own)
        elif key in ("allow", "disallow"):
            heading = False
            for group in into:
                if value and len(group) < RULES:
                    group.append((key == "allow", _normal(value)))
    return own if named else general


def _lines(robots: bytes) -> Iterator[tuple[str, str]]:
    text = robots[:READ_BYTES].decode("utf-8", "replace").removeprefix("\ufeff")
    for line in re.split(r"[\r\n]+", text):
        key, colon, value = line.partition("#")[0].partition(":")
        if colon:
            yield key.strip().lower(), value.strip()


def _normal(path: str) -> str:
    """One spelling per path: letters and digits plain, escapes in upper-case hex (RFC 3986 6.2.2)."""
    return quote(_ESCAPED.sub(_unescape, path), safe=_SAFE)


def _unescape(found: re.Match[str]) -> str:
    character = chr(int(found[1], 16))
    return character if character.isascii() and character.isalnum() else found[0].upper()


def _matches(pattern: str, path: str) -> bool:
    """Whether the pattern matches from the start (`*` anything, a last `$` the end); linear, no regex."""
    anchored = pattern.endswith("$")
    pieces = pattern.removesuffix("$").split("*")
    if not path.startswith(pieces[0]):
        return False
    at = len(pieces[0])
    for piece in pieces[1:-1]:
        found = path.find(piece, at)
        if found == -1:
            return False
        at = found + len(piece)
    if len(pieces) == 1:
        return not anchored or at == len(path)
    last = pieces[-1]
    if anchored:
        return len(path) - len(last) >= at and path.endswith(last)
    return path.find(last, at) != -1
