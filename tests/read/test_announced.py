"""Where a page says it will be found when it is gone."""

from __future__ import annotations

import pytest

from domainscan.model import Link, Page
from domainscan.read.announced import announced

TEXTS = [
    ("备用域名：quiet-two.example、quiet-three.example", ["quiet-two.example", "quiet-three.example"], "two"),
    ("本站永久地址 QUIET-TWO.example 请收藏", ["quiet-two.example"], "in any case"),
    ("Backup domain: quiet-two.example.", ["quiet-two.example"], "with a full stop"),
    ("Our site is quiet-two.example", [], "without a word that announces"),
    ("备用域名" + "，" * 200 + "quiet-two.example", [], "too far away"),
    ("发布页 请发邮件到 mail@quiet-two.example", [], "an e-mail address"),
    ("最新地址 download.apk", [], "a file"),
    ("发布页 t.me 群", [], "a chat"),
]


@pytest.mark.parametrize(("text", "expected", "why"), TEXTS, ids=[row[2] for row in TEXTS])
def test_names_behind_the_words(text: str, expected: list[str], why: str) -> None:
    page = Page(url="https://a.example/", http_status=200, text=text)
    assert [place for place, _ in announced(page)] == expected


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        (Link("https://quiet-two.example/", "备用网址一"), "https://quiet-two.example/"),
        (Link("https://pages.example/quiet", "地址发布页"), "https://pages.example/quiet"),
        (Link("https://t.me/quiet", "发布页"), ""),
        (Link("https://quiet-two.example/", "Our partners"), ""),
        (Link("javascript:go()", "发布页"), ""),
    ],
)
def test_links_under_the_words(link: Link, expected: str) -> None:
    page = Page(url="https://a.example/", http_status=200, links=(link,))
    assert [place for place, _ in announced(page)] == ([expected] if expected else [])
