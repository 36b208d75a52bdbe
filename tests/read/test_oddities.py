"""Trees that parsers build in odd ways, and mutations of them: read or refused, never a crash (A04, A05).

The html5lib corpus is not shipped here: these are the situations that it is sorted by (HTML 13.2.6), put together
at random.
"""

# ruff: noqa: E501  (tables of documents)

from __future__ import annotations

import random
from collections.abc import Callable

import msgspec
import pytest

from domainscan.model import Failure, Page
from domainscan.read.html import read_page
from domainscan.read.tokens import read_tokens

DOCTYPES = ("", "<!doctype html>", "<!DOCTYPE html PUBLIC '-//W3C//DTD HTML 3.2//EN'>", "<!doctype", "<!DOCTYPE x SYSTEM>",
            "\ufeff<!doctype html>", "<?xml version='1.0'?>", "<!-- --!><!doctype html>")  # fmt: skip
ODDITIES = (
    # the adoption agency, and formatting that is taken up again
    "<b><i>x</b>y</i>z", "<a href=/1><p><a href=/2>x", "<b><b><b><b>x</b></p>y", "<font><p></font>x", "<nobr><nobr>x",
    "<p><b><div><marquee><p></b></div>X", "<a><table><a></table><a>x", "</p></br></b></body></html>x",
    # foster parents
    "<table>x<tr>y<td>z</table>", "<table><b>x</table>y", "<table><tr><p>x</table>", "<table><form><input></form></table>",
    "<table><select><option>x<table>", "<table><caption><table></caption>", "<table><colgroup>x", "<tr><td>x</tr>",
    "<table><input type=hidden><input>", "<table><script>x</script><style>y</style>z",
    # forms, buttons, selects
    "<form><form><input></form>", "<button><button>x", "<select><select>x", "<select><optgroup><option><input>",
    "<form></div><input>", "<label><label><input>", "<isindex prompt=x>", "<textarea>\n\n</textarea>", "<keygen><menuitem>",
    # raw text, escapes, plain text
    "<title><b></title>", "<textarea><b></textarea>", "<script><!--<script></script>--></script>x", "<style></style", "<xmp><b>",
    "<noscript><p>x</noscript>", "<iframe><p></iframe>", "<noembed>x", "<plaintext>", "<script>'</scr'+'ipt>'</script>",
    # foreign content
    "<svg><p>x", "<svg><title><p>x</title><foreignObject><p>y", "<math><mi><p>x", "<svg><![CDATA[x]]></svg>", "<svg><a href=/s>x",
    "<math><annotation-xml encoding=text/html><p>x", "<svg><style><img></style>", "<svg/><math/>x", "<svg><font color=x>y",
    # heads, bodies, frames, templates
    "<body a=1><body b=2>", "<html lang=x><html lang=y>", "<head></head><head>", "<frameset><frame src=/f></frameset>x",
    "<template><tr><td>x</template>", "<template><template>x", "<base href=//[><base href=/b/>", "<meta charset=utf-7>",
    # comments, entities, names, bytes
    "<!-->x-->", "<!--->x", "<!-- -- -->x", "<!--x", "<![CDATA[x]]>", "<?php x ?>", "<!x>", "</>", "</ x>", "<3", "< p>", "<p/>x",
    "&amp", "&ampx;", "&#x110000;", "&#xD800;", "&#0;", "&#128;", "&notit;", "&", "&#", "&#x", "<p a=&lt a='&gt;'>", "<p a a=1 A=2>",
    "<p =x>", "<p 'x'\"y\"=z>", "<p a=`x>`>", "<p\0>\0x", "<\u212aeygen>", "<P\u017f>", "<a href='java\tscript:x'>y", "<a href=' //x '>y",
    "<img src=x onerror=y alt='<b>'>", "<input value='>", "<div style='color:red;;}{'>x", "<li><li><dd><dt><p><h1><h2>x", "\x0c\x0b\r\n",
)  # fmt: skip
# A05: what text should not hold, and what it may
SIGNS = ("\ufffe", "\uffff", "\U0001ffff", "\u202e", "\u2066", "\u200d", "\u200b", "\u00ad", "\ufeff", "\x1b[2J", "\x85",
         "\u2028", "a" + "\u0301" * 100, "\ud83d", "\udc00", "👨\u200d👩\u200d👧", "字", "\x00", "\x7f", "\ue000")  # fmt: skip
BYTES = (
    b"\xed\xa0\x80",
    b"\xff\xfe",
    b"\xc0\x80",
    b"\xf4\x90\x80\x80",
    b"\xe4\xb8",
    b"\x80",
    b"\x1b$B",
    b"+ADw-",
    b"\x00\x00",
)
TYPES = ("text/html", "text/html; charset=utf-8", "text/html; charset=gbk", "text/html; charset=utf-16", "text/html; charset=zlib",
         "application/xhtml+xml", "")  # fmt: skip


def document(chance: random.Random) -> bytes:
    """One document of oddities, signs and stray bytes, with a few places cut, doubled or changed."""
    parts = [chance.choice(DOCTYPES)]
    parts += [
        chance.choice(SIGNS if chance.random() < 0.15 else ODDITIES) for _ in range(chance.randint(1, 30))
    ]
    made = bytearray("".join(parts).encode("utf-8", "surrogatepass"))
    for _ in range(chance.randint(0, 8)):
        at = chance.randrange(len(made) + 1)
        dice = chance.random()
        if dice < 0.3:
            made[at:at] = chance.choice(BYTES)
        elif dice < 0.6:
            del made[at : at + chance.randint(1, 20)]
        elif dice < 0.8:
            made[at:at] = made[at : at + chance.randint(1, 60)]
        elif at < len(made):
            made[at] = chance.randrange(256)
    return bytes(made)


def texts(page: Page) -> str:
    """All texts of a page."""
    forms = [text for form in page.forms for one in form.fields for text in (one.name, one.kind)]
    links = [link.text for link in page.links]
    return "".join((page.title, page.text, page.hidden_text, *page.headings, *page.buttons, *forms, *links))


READERS: tuple[Callable[..., Page | Failure], ...] = (read_page, read_tokens)


def read_all(count: int, seed: int) -> tuple[int, int]:
    """How many of so many documents became pages and failures; what is wrong with one is raised with its bytes."""
    chance = random.Random(seed)
    pages = failures = 0
    for number in range(count):
        body, kind = document(chance), chance.choice(TYPES)
        for reader in READERS:
            try:
                page = reader(body, url="https://a.lab/", http_status=200, content_type=kind, body_digest="")
                assert msgspec.json.decode(msgspec.json.encode(page), type=Page | Failure) == page
                if isinstance(page, Page):
                    pages += 1
                    assert not unfit(texts(page))
                else:
                    failures += 1
            except Exception as error:
                raise AssertionError(
                    f"document {number} of seed {seed} by {reader.__name__}: {body!r}"
                ) from error
    return pages, failures


def unfit(text: str) -> set[str]:
    """Controls, lone surrogates and the two non-characters of the first plane: no text that is kept holds them."""
    return {
        one
        for one in set(text)
        if (ord(one) < 32 and one not in "\t\n\r") or "\x7f" <= one <= "\x9f" or "\ud800" <= one <= "\udfff" or one in "\ufffe\uffff"
    }  # fmt: skip


def test_a_thousand_odd_documents_are_read_and_can_be_stored() -> None:
    pages, failures = read_all(1000, 2026)
    assert pages + failures == 2000
    assert pages > 1500, "or nothing was tried"


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(10))
def test_fifty_thousand_odd_documents_are_read_and_can_be_stored(seed: int) -> None:
    assert sum(read_all(5000, seed)) == 10_000


@pytest.mark.parametrize("oddity", ODDITIES)
def test_text_after_an_oddity_is_found_or_the_page_says_that_something_is_missing(oddity: str) -> None:
    """What a parser would swallow is swallowed for a visitor's browser, too; the comment that never ends, say."""
    body = f"<!doctype html><p>before{oddity}<p>after".encode()
    page = read_page(
        body, url="https://a.lab/", http_status=200, content_type="text/html; charset=utf-8", body_digest=""
    )
    assert isinstance(page, Page)
    swallowed = oddity.startswith(SWALLOWING)
    assert swallowed or "after" in page.text, page


SWALLOWING = (
    *("<svg><title><p>", "<template><template>", "<input value='>", "<!--x"),
    *("<style></style", "<xmp>", "<noembed>", "<plaintext>"),
)


@pytest.mark.parametrize("sign", SIGNS, ids=ascii)
def test_what_text_should_not_hold_is_left_out_and_the_rest_stays(sign: str) -> None:
    """A05: also where it stands in a title, a link, a button or an attribute."""
    said = sign.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    body = (
        f"<meta charset=utf-8><title>one {said} two</title><h1>one {said} two</h1><a href='/{said}'>one {said} two</a>"
        f"<button>one {said} two</button><form><input name='one{said}two'></form>"
    ).encode()
    page = read_page(body, url="https://a.lab/", http_status=200, content_type="text/html", body_digest="")
    assert isinstance(page, Page)
    assert not unfit(texts(page))
    for text in (page.title, page.headings[0], page.buttons[0], page.links[0].text):
        assert text.startswith("one")
        assert text.endswith("two") or len(sign) > 50, (
            "of a hundred marks in a row the end is cut with the rest"
        )
    assert not unfit(page.links[0].url) - {"\ufffe", "\uffff"}
    assert msgspec.json.decode(msgspec.json.encode(page), type=Page) == page
