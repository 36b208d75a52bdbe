"""What a page says: text that a visitor sees, and what can be pressed, filled in or fetched."""

from __future__ import annotations

from typing import Any

import pytest

from domainscan.model import Failure, Field, Form, Link, Page
from domainscan.read import html, style
from domainscan.read.html import read_page
from domainscan.read.pages import TEXT_CHARACTERS
from domainscan.read.tokens import read_tokens
from domainscan.read.urls import Base, extension, is_download

VISIBLE = [
    # html, text, reason
    (
        "<p>one <b>t</b>wo<p>three",
        "one two\nthree",
        "inline elements do not divide a word, blocks divide lines",
    ),
    ("just words &amp; no tags", "just words & no tags", "a page without a tag is text"),
    ("", "", "an empty page is a page"),
    ("<div><span>a</span></div>b", "a\nb", "text after a block stands on its own line"),
    ("<a><div>a</div></a>b", "a\nb", "also when the block is inside an inline element"),
    ("a<br>b", "a\nb", "a line break is one"),
    ("<a href=/x>One</a><a href=/y>Two</a>", "One Two", "links side by side are two words"),
    ("o<a href=/x>n</a>e", "one", "a link inside a word divides nothing"),
    ("<ul><li>a<li>b</ul>", "a\nb", "list items"),
    ("<p>a\n\t  b&nbsp;c\u3000d", "a b c d", "white space folds, the wide and the unbreakable too"),
    ("<custom-x>a</custom-x>b", "ab", "an unknown element is inline, as in a browser"),
    ("<style>x</style><script>y</script><template>z</template>a", "a", "code and templates are not drawn"),
    ("<noscript>no</noscript>a", "a", "browsers that run scripts do not draw noscript"),
    ("<NoScript >no</NOSCRIPT>a", "a", "whatever its case"),
    ("<no\u017fcript>yes</no\u017fcript>", "yes", "a letter that only looks like one makes another element"),
    ("<iframe>x</iframe><video>y</video><object>z</object>a", "a", "fallback content is not drawn"),
    ("<!-- x -->a", "a", "comments are not drawn"),
    ("<head><title>t</title></head>a", "a", "the title is not page text"),
    ("<img alt='picture words'>a", "a", "alternative text is not visible text"),
    (
        "<svg><title>t</title><text>drawn</text></svg>",
        "drawn",
        "text of a drawing is visible, its title is not",
    ),
    ("<select><option>a<option>b</select>", "a\nb", "options can be seen"),
    ("<textarea>typed</textarea>", "typed", "so can what a field already holds"),
    ("a\x00b\x07c", "abc", "controls have no place in text"),
    ("&#xD800;&#xFFFE;a", "\ufffda", "nor have lone surrogates and non-characters"),
    ("a\u202eb\u200dc", "a\u202eb\u200dc", "bidi and joiners are evidence and stay"),
    ("<table><tr><td>a<td>b</table>", "a\nb", "cells are apart"),
    ("<frameset><frame src=x><noframes>no</noframes></frameset>", "", "a frame set has no text of its own"),
    ("<details><summary>s</summary>d</details>", "s\nd", "one click away is visible"),
]


@pytest.mark.parametrize(("body", "text", "reason"), VISIBLE)
def test_text_is_what_a_visitor_sees(read: Any, body: str, text: str, reason: str) -> None:
    assert read(body).text == text, reason


HIDING = [
    # style, hidden, reason
    ("display:none", True, "not drawn"),
    ("DISPLAY : None !important", True, "case, spaces and importance do not matter"),
    ("display:/**/none", True, "a comment inside does not matter"),
    ("display:none;display:block", False, "the last one counts"),
    ("visibility:hidden", True, "drawn as nothing"),
    ("opacity:0", True, "fully transparent"),
    ("opacity:0.01", True, "nearly"),
    ("opacity:.8", False, "still readable"),
    ("opacity:0;transform:translateY(20px)", False, "an animation library is about to slide it in"),
    ("font-size:0", True, "no height"),
    ("font-size:1px", True, "unreadable"),
    ("font:0/0 a", True, "the short form"),
    ("font-size:0.8rem", False, "small but readable"),
    ("position:absolute;left:-9999px", True, "off the screen"),
    ("position:absolute;left:-10px", False, "a nudge"),
    ("text-indent:-9999em", True, "off the screen"),
    ("margin-left:-99999px", True, "off the screen"),
    ("position:fixed;top:99999px", True, "far below"),
    ("position:absolute;clip:rect(0,0,0,0)", True, "clipped to nothing"),
    ("clip-path:inset(50%)", True, "clipped to nothing"),
    ("transform:scale(0)", True, "shrunk to a point"),
    ("position:absolute;left:50%;transform:translate(-50%,-50%)", False, "centred"),
    ("margin-left:-50vw", False, "let out to the edges"),
    ("transform:rotateY(90deg)", True, "seen from its edge"),
    ("scale:0", True, "shrunk by a property of its own"),
    ("height:0;overflow:hidden", True, "a box without height"),
    ("height:0", False, "what overflows a box shows"),
    ("color:#fff;background:#FFFFFF", True, "white on white"),
    ("color:white;background-color:rgb(255, 255, 255)", True, "in other words"),
    ("color:#000;background:#fff", False, "black on white"),
    ("color:rgba(0,0,0,0)", True, "transparent text"),
    ("color:transparent;-webkit-background-clip:text", False, "gradient text is drawn by its background"),
    ("color:red", False, "plain"),
    (";;:;x", False, "nonsense hides nothing"),
    ("opacity:", False, "an empty value is no zero"),
]


@pytest.mark.parametrize(("rule", "hidden", "reason"), HIDING)
def test_inline_style_hides_text(read: Any, rule: str, hidden: bool, reason: str) -> None:
    page = read(f'<p>seen</p><p style="{rule}">in <b>question</b></p><p>after</p>')
    assert page.text == ("seen\nafter" if hidden else "seen\nin question\nafter"), reason
    assert page.hidden_text == ("in question" if hidden else ""), reason


def test_without_the_style_check_hidden_text_would_be_page_text(read: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(html, "hides", lambda _: False)
    assert read('<p style="display:none">padding</p>').text == "padding"
    assert style.hides("display:none")


def test_the_hidden_attribute_and_the_colour_of_the_background_above_hide_too(read: Any) -> None:
    assert read("<p hidden>x</p>y").hidden_text == "x"
    assert read('<div style="background:#eee"><p style="color:#eee">x</p></div>y').hidden_text == "x"
    assert read('<td bgcolor="#eeeeee"><p>y</p>').text == "y"
    between = '<div style="background:#eee"><div class="card"><p style="color:#eee">x</p></div></div>'
    assert read(between).text == "x", "a class in between may have a background of its own"
    assert read('<body style="opacity:0">x').text == "x", "a script shows the body at once"


def test_a_hidden_link_says_so(read: Any) -> None:
    page = read('<div style="display:none"><a href="/x">cheap</a></div><a href="/y">y</a>')
    assert [(link.url, link.rel) for link in page.links] == [
        ("https://site.lab/x", "hidden"),
        ("https://site.lab/y", ""),
    ]


def test_links_are_absolute_and_know_downloads(read: Any) -> None:
    page = read(
        '<a href="/get.apk">App</a><a href=" p?q=1 ">P</a><a href="//cdn.lab/x" rel="nofollow">C</a>'
        '<a href="mailto:a@b.lab">M</a><a href="data:text/html,x">D</a><a href="x" download>X</a>'
        '<a href="tg://resolve?domain=x"><img alt="i"></a><a href="http://[bad">B</a><a href="#top">T</a>'
    )
    assert page.links == (
        Link("https://site.lab/get.apk", "App", "", True),
        Link("https://site.lab/a/p?q=1", "P"),
        Link("https://cdn.lab/x", "C", "nofollow"),
        Link("mailto:a@b.lab", "M"),
        Link("https://site.lab/a/x", "X", "", True),
        Link("tg://resolve?domain=x", ""),
        Link("http://[bad", "B"),
    )
    assert page.buttons == ("T",)


ADDRESSES = [
    ("../x", "https://site.lab/x"),
    ("./x", "https://site.lab/a/x"),
    ("?q", "https://site.lab/a/b?q"),
    ("?q#", "https://site.lab/a/b?q"),
    ("?a\\b", "https://site.lab/a/b?a/b"),
    ("\\\\evil.lab\\x", "https://evil.lab/x"),
    ("/\tx\n", "https://site.lab/x"),
    ("javascript:alert(1)", ""),
    ("  JavaScript:x", ""),
    ("vbscript:x", ""),
    ("", ""),
    ("\x00", ""),
    ("http://a.lab/" + "x" * 5000, "http://a.lab/" + "x" * 1987),
]


@pytest.mark.parametrize(("written", "absolute"), ADDRESSES)
def test_an_address_becomes_absolute_or_nothing(written: str, absolute: str) -> None:
    assert Base("https://site.lab/a/b").absolute(written) == absolute


ENDINGS = [
    ("https://a.lab/x.APK", "apk", True),
    ("https://a.lab/x.apk?v=1#y", "apk", True),
    ("https://a.lab/get?file=x.exe", "exe", True),
    ("https://shop.zip", "", False),
    ("https://shop.zip/", "", False),
    ("https://a.lab/x.html", "html", False),
    ("https://a.lab/v1.2/x", "", False),
    ("itms-services://?action=download-manifest", "", True),
    ("https://a.lab/model.safetensors", "safetensors", True),
]


@pytest.mark.parametrize(("url", "ending", "download"), ENDINGS)
def test_a_download_is_known_by_the_end_of_its_address(url: str, ending: str, download: bool) -> None:
    assert (extension(url), is_download(url)) == (ending, download)


WRITTEN = [
    ("/get", "https://site.lab/get.apk", False, "a path without a dot has no ending"),
    ("/get.apk", "https://site.lab/", True, "a path with an ending"),
    ("/get?file=x.exe", "https://site.lab/", True, "an ending in the query"),
    ("?mirror=2", "https://site.lab/get.apk", True, "the ending of the page's own path"),
    ("get", "https://site.lab/v.apk/", False, "a dot in a folder"),
    ("/x", "itms-services://site.lab/", True, "below a base that installs"),
]


@pytest.mark.parametrize(("written", "base", "download", "reason"), WRITTEN)
def test_a_link_without_a_dot_is_a_download_where_its_address_is_one(
    read: Any, written: str, base: str, download: bool, reason: str
) -> None:
    (link,) = read(f'<base href="{base}"><a href="{written}">Get</a>').links
    assert link.download is download is is_download(link.url), reason


def test_forms_keep_their_fields_labels_and_buttons(read: Any) -> None:
    page = read(
        '<form action="https://other.lab/login" method=POST><label for=u>User</label><input id=u name=user>'
        "<label>Word <input type=password name=pass></label><input type=hidden name=t>"
        '<select name=s></select><input type=submit value="Log in"><button>More</button></form>'
        '<input type=file name=pic accept="image/*" placeholder="Your picture">'
    )
    assert page.forms == (
        Form(
            "https://other.lab/login",
            "post",
            (
                Field("user", "text", "User"),
                Field("pass", "password", "Word"),
                Field("t", "hidden"),
                Field("s", "select"),
            ),
            ("Log in", "More"),
        ),
        Form("", "", (Field("pic", "file", "Your picture", "image/*"),), ()),
    )


def test_a_form_between_table_rows_and_a_field_that_names_its_form_keep_together(read: Any) -> None:
    page = read("<table><form action=/p method=post><tr><td><input name=a></td></tr></form></table>")
    assert page.forms == (Form("https://site.lab/p", "post", (Field("a", "text"),)),)
    page = read("<form id=f action=/p></form><input name=a form=f>")
    assert page.forms == (Form("https://site.lab/p", "get", (Field("a", "text"),)),)


def test_an_editable_element_is_a_field(read: Any) -> None:
    page = read('<div contenteditable="true" data-placeholder="Ask me"></div>')
    assert page.forms == (Form("", "", (Field("", "editable", "Ask me"),)),)


def test_buttons_are_whatever_acts_as_one(read: Any) -> None:
    page = read(
        "<button>One <i>1</i></button><input type=button value=Two><input type=image alt=Three>"
        '<a href="/b" role=button>Four</a><a class="big-btn" href="/a">Five</a><a href="javascript:;">Six</a>'
        '<div class="btn primary">Seven</div><span onclick="go()">Eight</span>'
        "<button aria-label=Nine></button>"
        "<button>One 1</button><p>Text</p>"
    )
    assert page.buttons == ("One 1", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine")


def test_head_facts(read: Any) -> None:
    page = read(
        '<html lang="ZH_cn"><head><title> A \n B\x1b[31m </title><meta name=Description content="d  e">'
        '<meta property="og:title" content=o><link rel=icon href=/f.ico><base href="https://site.lab/deep/">'
        "<script src=app.js></script><script>var s='//stat.lab/hm.js?abc';</script></head>"
        "<h1>Head <b>line</b></h1><h2></h2><img src=a alt=x><img src=b>"
    )
    assert page.title == "A B[31m"
    assert page.description == "d e"
    assert page.language == "zh-cn"
    assert page.headings == ("Head line",)
    assert page.meta == (
        ("description", "d e"),
        ("og:title", "o"),
        ("link:icon", "https://site.lab/f.ico"),
    )
    assert page.scripts == ("https://site.lab/deep/app.js", "https://stat.lab/hm.js?abc")
    assert (page.images, page.image_alts) == (2, 1)


def test_what_leads_elsewhere_is_recorded_and_flagged(read: Any) -> None:
    page = read('<meta http-equiv=Refresh content="0; URL=\'/next\'"><iframe src="//f.lab/"></iframe>')
    assert {link.rel: link.url for link in page.links} == {
        "refresh": "https://site.lab/next",
        "frame": "https://f.lab/",
    }
    assert {"frames", "meta_refresh"} <= set(page.flags)
    page = read("<script>window.location.href = 'https://next.lab/'</script>")
    assert page.links == (Link("https://next.lab/", "", "script"),)
    assert "script_redirect" in page.flags


def test_a_page_drawn_by_scripts_is_flagged_not_taken_for_empty(read: Any) -> None:
    assert set(read("<div id=app></div><script src=/app.js></script>").flags) == {
        "no_text",
        "script_rendered",
    }


def test_lists_are_capped_and_downloads_still_seen(read: Any) -> None:
    page = read("<a href=/x>x</a>" * 2000 + "<a href=/late.apk>app</a>" + "<form></form>" * 100)
    assert (len(page.links), len(page.forms)) == (501, 50)
    assert page.links[-1].download
    assert "truncated" in page.flags


@pytest.mark.parametrize("padding", ["x" * 300_000, "word " * 60_000], ids=["one word", "words"])
def test_padding_hides_neither_end_of_the_text(read: Any, padding: str) -> None:
    page = read(f"<p>FIRST<p>{padding}<p>LAST")
    assert len(page.text) <= TEXT_CHARACTERS
    assert page.text.startswith("FIRST") and page.text.endswith("LAST")
    assert "truncated" in page.flags
    assert read("<p>FIRST" + " " * 300_000 + "<p>LAST").text == "FIRST\nLAST", "white space takes no room"


def test_the_text_digest_follows_words_not_layout(read: Any) -> None:
    one, two, other = read("<p>Hello<p>World"), read("<div>HELLO   world</div>"), read("<p>Hello<p>you")
    assert one.text_digest == two.text_digest != other.text_digest


KINDS = [
    # content type, body, html | plain | failure, reason
    ("text/html", b"x", "html", "declared"),
    ("TEXT/HTML;charset=x", b"x", "html", "case and parameters"),
    ("application/xhtml+xml", b"<html/>", "html", "declared"),
    ("", b"<!DOCTYPE html>x", "html", "undeclared, and looks it"),
    ("", b"plain words", "plain", "undeclared text"),
    ("", b"\x00\x01\x02", "", "undeclared binary"),
    ("text/plain", b"<html>x", "plain", "browsers show the source"),
    ("image/png", b"<html>x", "", "browsers never run an image"),
    ("application/json", b"{}", "", "data"),
    ("application/vnd.android.package-archive", b"PK\x03\x04", "", "an app"),
    ("text/html", b"PK\x03\x04\x00\x00", "", "an archive that says it is a page"),
    ("text/html", b"PKI is an abbreviation", "html", "a page that begins like an archive"),
]


@pytest.mark.parametrize(("content_type", "body", "kind", "reason"), KINDS)
@pytest.mark.parametrize("reader", [read_page, read_tokens])
def test_only_text_pages_are_read(
    reader: Any, content_type: str, body: bytes, kind: str, reason: str
) -> None:
    page = reader(body, url="https://a.lab/", http_status=200, content_type=content_type, body_digest="")
    assert isinstance(page, Page) == bool(kind), reason
    if not kind:
        assert page == Failure("not_html", content_type), reason


def test_plain_text_keeps_its_lines(read: Any) -> None:
    page = read("a  b\nc\n\n<p>d", "text/plain")
    assert page.text == "a b\nc\n<p>d"
    assert "plain" in page.flags


def test_the_token_reader_finds_the_same_things_and_says_it_is_incomplete() -> None:
    body = (
        "<title>T &amp; t</title><base href=/d/><h1>H</h1><p>one <b>t</b>wo<p>three 1 < 2<!-- no <p>no -->"
        "<script>no<p>no</script><form action=/p method=post><label for=a>L</label><input id=a name=n>"
        "<button>Go</button></form>"
        '<a href="x.apk" title="1 > 0">get</a><img alt=a>'
    )
    page = read_tokens(
        body.encode(), url="https://a.lab/", http_status=200, content_type="text/html", body_digest=""
    )
    assert isinstance(page, Page)
    assert page.title == "T & t"
    assert page.text.replace('0">', "").split() == [
        "H",
        "one",
        "two",
        "three",
        "1",
        "<",
        "2",
        "L",
        "Go",
        "get",
    ]
    assert page.links == (Link("https://a.lab/d/x.apk", '0">get', "", True),)
    assert page.forms == (Form("https://a.lab/p", "post", (Field("n", "text", "L"),), ("Go",)),)
    assert (page.headings, page.images, page.flags) == (("H",), 1, ("charset_guessed", "incomplete"))
