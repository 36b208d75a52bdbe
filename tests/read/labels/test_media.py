"""Addresses of sample media and style sheets in a document, found without a parser."""

from __future__ import annotations

import pytest

from domainscan.read.labels.media import ADDRESSES, linked_sheets, sample_media, with_sheets

URL = "https://quiet-harbour.example/show/"


@pytest.mark.parametrize(
    ("html", "expected", "why"),
    [
        ("<img src=/a.png>", ["/a.png"], "a picture"),
        ("<img src='a.jpg'>", ["/show/a.jpg"], "relative"),
        ('<img data-src="/late.webp" src="data:image/gif;base64,x">', ["/late.webp"], "loaded late"),
        ("<img src=/a.png><video src=/b.mp4>", ["/b.mp4", "/a.png"], "films first"),
        ("<audio><source src=/c.mp3></audio>", ["/c.mp3"], "a sound"),
        ("<a href=/d.docx>x</a><a href=/page>y</a>", ["/d.docx"], "a download, not a page"),
        ("<img src=/a.png><img src=/a.png>", ["/a.png"], "each once"),
        ("<img src=/logo.png><img src=/x.svg><img src=/f.ico>", [], "ornaments by name"),
        ("<img class=avatar src=/a.png>", [], "ornaments by class"),
        ("<img width=32 src=/a.png>", [], "ornaments by size"),
        ("<img src=javascript:x><img src=ftp://a/b.png><img>", [], "nothing to fetch"),
        ("<base href=https://cdn.quiet-harbour.example/><img src=a.png>", ["cdn"], "on another base"),
    ],
)
def test_samples_are_media_and_no_ornaments(html: str, expected: list[str], why: str) -> None:
    found = sample_media(html.encode(), URL)
    base = "https://quiet-harbour.example"
    assert list(found) == [
        base + one if one != "cdn" else "https://cdn.quiet-harbour.example/a.png" for one in expected
    ]


def test_samples_are_bounded() -> None:
    assert len(sample_media(b"".join(b"<img src=/%d.png>" % n for n in range(5000)), URL)) == ADDRESSES
    assert sample_media(b"<img " * 100_000, URL) == ()
    assert sample_media(b"<img src=" + b"a" * 500_000, URL) == ()


def test_linked_sheets_are_put_where_they_are_asked_for() -> None:
    document = (
        b'<link rel="stylesheet" href="/a.css" media="screen">'
        b"<link rel=icon href=/i.png><link rel=stylesheet href=b.css><p>x"
    )
    assert linked_sheets(document, URL) == ("https://quiet-harbour.example/a.css", URL + "b.css")
    styled = with_sheets(
        document, URL, {"https://quiet-harbour.example/a.css": b"p{opacity:0}</style><script>"}
    )
    assert styled == (
        b'<style media="screen">p{opacity:0}<\\/style><script></style>'
        b"<link rel=icon href=/i.png><link rel=stylesheet href=b.css><p>x"
    )
    assert with_sheets(document, URL, {}) == document
