"""Two looks at one address: what differs is said, and what does not is not."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from domainscan.model import Field, Form, Link, Page
from domainscan.read.difference import differences, similarity

TEXT = " ".join(f"word{number}" for number in range(60))
PAGE = Page("https://a.example/", 200, title="Shop", text=TEXT)
UPLOAD = Form("https://a.example/", "post", (Field("photo", "file"),))


@pytest.mark.parametrize(
    ("second", "told", "reason"),
    [
        (PAGE, (), "the same page"),
        (replace(PAGE, text=TEXT.replace("word9 ", "today ")), (), "one word of the day"),
        (replace(PAGE, text="Nothing to see here, come back later."), ("text: 0% alike",), "another text"),
        (replace(PAGE, url="https://b.example/"), ("host: a.example, b.example",), "sent elsewhere"),
        (replace(PAGE, http_status=404), ("status: 200, 404",), "hidden"),
        (replace(PAGE, title=""), ("title: Shop, (none)",), "no title"),
        (replace(PAGE, forms=(UPLOAD,)), ("forms: (none), file",), "an upload for telephones only"),
        (
            replace(PAGE, links=(Link("https://a.example/x.apk", download=True),)),
            ("downloads: (none), /x.apk",),
            "a download for telephones only",
        ),
    ],
)
def test_what_differs_is_told(second: Page, told: tuple[str, ...], reason: str) -> None:
    assert differences(PAGE, second) == told, reason


def test_texts_are_compared_by_their_words_in_any_language() -> None:
    assert similarity("", "") == 1.0
    assert similarity("一只猫坐在垫子上", "一只猫坐在垫子上") == 1.0
    assert similarity("一只猫坐在垫子上", "今天的天气真好啊") == 0.0
