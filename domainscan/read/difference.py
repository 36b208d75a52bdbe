"""What two ordinary visits of one address were shown differently: cloaking, said as a difference and nothing more."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

from domainscan.model import Page

ALIKE: Final = 0.5  # of their words in runs of three; adverts and dates leave ordinary pages above 0.8
_WORDS: Final = re.compile(r"[\u3400-\u9fff]|\w+")
_WORDS_READ: Final = 5_000


def differences(first: Page, second: Page) -> tuple[str, ...]:
    """What differs, each in a few words (`host: a.example, b.example`); nothing when both were shown the same."""
    found = [
        _told("status", str(first.http_status), str(second.http_status)),
        _told("host", _host(first), _host(second)),
        _told("title", first.title, second.title),
        _told("forms", _forms(first), _forms(second)),
        _told("downloads", _downloads(first), _downloads(second)),
    ]
    alike = similarity(first.text, second.text)
    if alike < ALIKE:
        found.append(f"text: {alike:.0%} alike")
    return tuple(one for one in found if one)


def _told(what: str, one: str, other: str) -> str:
    return "" if one == other else f"{what}: {one[:80] or '(none)'}, {other[:80] or '(none)'}"


def similarity(one: str, other: str) -> float:
    """The share of runs of three words that both texts have, of all that either has; 1.0 for two empty texts."""
    left, right = _runs(one), _runs(other)
    return len(left & right) / len(left | right) if left or right else 1.0


def _runs(text: str) -> set[tuple[str, ...]]:
    words = _WORDS.findall(text.lower())[:_WORDS_READ]
    return set(zip(words, words[1:], words[2:], strict=False)) or ({tuple(words)} if words else set())


def _host(page: Page) -> str:
    return urlsplit(page.url).hostname or ""


def _forms(page: Page) -> str:
    return ", ".join(sorted(field.kind for form in page.forms for field in form.fields))


def _downloads(page: Page) -> str:
    return ", ".join(sorted({urlsplit(link.url).path for link in page.links if link.download}))
