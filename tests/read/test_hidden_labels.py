"""Whether a visitor sees a label: by inline style, by the page's own sheets, and what nobody can tell from here.

Every way of hiding has its negative control: the same page with the one thing changed that hides.
"""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from domainscan.model import Notice, Page
from domainscan.read.html import read_page
from domainscan.read.selectors import element, read_selector
from domainscan.read.sheets import RULES, STEPS, Sheets

TIP = '<p class="tip" id="note">内容由AI生成</p>'


def read(document: str) -> Page:
    page = read_page(
        document.encode(),
        url="https://quiet-harbour.example/",
        http_status=200,
        content_type="text/html; charset=utf-8",
        body_digest="",
    )
    assert isinstance(page, Page)
    return page


def painted(css: str = "", label: str = TIP, around: str = "{}", head: str = "") -> Notice:
    """The label of a page that paints, under a style sheet of its own."""
    body = f"<textarea placeholder='描述画面'></textarea><button>生成</button>{around.format(label)}"
    style = f"<style>{css}</style>" if css else ""
    page = read(
        f"<!doctype html><html lang=zh><head><title>星河</title>{head}{style}</head><body>{body}</body></html>"
    )
    assert page.notices is not None
    assert len(page.notices) == 1, page.notices
    return page.notices[0]


def styled(style: str) -> str:
    return f'<p style="{style}">内容由AI生成</p>'


CUT = "position:absolute;clip"
LATE = "text-indent:100%;white-space:nowrap"
# (what hides, the same without what hides, the expected look, why)
INLINE = [
    ("display:none", "display:block", "hidden", "not drawn"),
    ("visibility:hidden", "visibility:visible", "hidden", "drawn as nothing"),
    ("opacity:0", "opacity:.9", "hidden", "see-through"),
    ("opacity:.02", "opacity:.6", "hidden", "as good as see-through"),
    ("font-size:0", "font-size:14px", "hidden", "type without size"),
    ("font-size:1px", "font-size:12px", "hidden", "one pixel"),
    ("font-size:6px", "font-size:9px", "faint", "smaller than any footnote"),
    ("font:5px/1 serif", "font:12px/1 serif", "faint", "the short form of font"),
    ("font-size:.3em", "font-size:.8em", "faint", "in ems of what is around"),
    ("font-size:30%", "font-size:80%", "faint", "in percent of what is around"),
    ("color:#fff", "color:#333", "hidden", "white on white"),
    ("color:#fdfdfd", "color:#666", "hidden", "nearly white on white"),
    ("color:#e0e0e0", "color:#767676", "faint", "contrast below 1.5"),
    ("color:rgb(224 224 224 / 90%)", "color:rgb(80 80 80 / 90%)", "faint", "modern notation"),
    ("color:hsl(0,0%,88%)", "color:hsl(0,0%,30%)", "faint", "hue, saturation, lightness"),
    ("color:rgba(0,0,0,.04)", "color:rgba(0,0,0,.8)", "hidden", "black that is nearly transparent"),
    ("color:#aaa;font-size:10px", "color:#aaa;font-size:16px", "faint", "gray-white small print"),
    ("color:#555;opacity:.2", "color:#555;opacity:1", "faint", "opacity takes the contrast"),
    ("background:#222;color:#222", "background:#222;color:#eee", "hidden", "dark on dark"),
    ("background:silver;color:lightgrey", "background:silver;color:black", "faint", "by name"),
    ("position:absolute;left:-9999px", "position:absolute;left:20px", "hidden", "off the screen"),
    ("text-indent:-9999px", "text-indent:2em", "hidden", "pushed out of its box"),
    ("position:absolute;clip:rect(0 0 0 0)", "position:absolute;clip:auto", "hidden", "clipped"),
    ("clip-path:inset(50%)", "clip-path:inset(2%)", "hidden", "clipped by a path"),
    ("transform:scale(0)", "transform:scale(1)", "hidden", "scaled away"),
    ("height:0;overflow:hidden", "height:0;overflow:visible", "hidden", "a box without room"),
    ("line-height:0;overflow:hidden", "line-height:0;overflow:visible", "hidden", "lines without height"),
    ("clip-path:polygon(0 0,0 0,0 0)", "clip-path:polygon(0 0,100% 0,100% 100%)", "hidden", "a point for a path"),
    ("clip-path:inset(0 100% 0 0)", "clip-path:inset(0 round 8px)", "hidden", "clipped from one side"),
    ("clip-path:circle(0 at 50%)", "clip-path:circle(50%)", "hidden", "a circle without a radius"),
    (f"{CUT}:rect(1px 1px 1px 1px)", f"{CUT}:rect(0 99px 99px 0)", "hidden", "a pixel left"),
    (f"{CUT}:rect(0,90px,0,0)", f"{CUT}:rect(0,90px,20px,0)", "hidden", "no height left"),
    (f"{LATE};overflow:hidden", LATE, "hidden", "begun behind its box"),
    ("transform:scaleX(0)", "transform:scaleX(-1)", "hidden", "no width"),
    ("transform:rotate(0) scale(.01)", "transform:rotate(-45deg) scale(.9)", "hidden", "second of two transforms"),
    ("transform:matrix(0,0,0,0,0,0)", "transform:matrix(1,0,0,1,0,0)", "hidden", "a matrix of noughts"),
    ("transform:rotateY(90deg)", "transform:rotateY(180deg)", "hidden", "seen from its edge"),
    ("transform:translateX(-9999px)", "transform:translateX(-20px)", "hidden", "moved out"),
    ("scale:0", "scale:1.1", "hidden", "the property of its own"),
    ("translate:-9999px 0", "translate:-50% 0", "hidden", "moved out by a property of its own"),
    ("zoom:.03", "zoom:0", "hidden", "zoomed away; browsers take 0 for 1"),
    ("filter:opacity(0)", "filter:opacity(80%)", "hidden", "see-through by a filter"),
    ("filter:blur(20px)", "filter:blur(0)", "hidden", "a stain"),
    ("filter:contrast(0)", "filter:grayscale(1) drop-shadow(0 0 2px rgba(0,0,0,.5))", "unknown", "another filter"),
    ("mask-image:linear-gradient(transparent,transparent)", "mask-image:none", "unknown", "a mask"),
    ("position:relative;z-index:-1", "position:relative;z-index:1", "unknown", "beneath what is around"),
    ("color:#fff;text-shadow:0 0 3px #000", "color:#333;text-shadow:none", "unknown", "white with a dark edge"),
    ("margin:0 0 0 -9999px", "margin:0 -15px", "hidden", "off the screen by the short form"),
    ("position:fixed;inset:0 auto auto -9999px", "position:fixed;inset:auto 0 0 0", "hidden", "the left one of four"),
    ("position:fixed;inset-inline-start:-9999px", "position:fixed;inset-inline-start:0", "hidden", "where lines begin"),
    ("position:absolute;left:calc(-9999px)", "position:absolute;left:calc(20px)", "hidden", "reckoned"),
    ("position:absolute;left:-1e4px", "position:absolute;left:1e1px", "hidden", "with an exponent"),
    ("font-size:calc(0px)", "font-size:calc(14px)", "hidden", "a size that is reckoned"),
    ("opacity:1e-3", "opacity:9e-1", "hidden", "see-through with an exponent"),
    (r"d\69splay:none", r"d\69splay:block", "hidden", "a letter by its number"),
    ("color:transparent", "background:#eee;color:#000", "hidden", "ink that is none"),
    ("color:transparent;-webkit-text-stroke:1px #000", "-webkit-text-stroke:0", "unknown", "drawn by its outline"),
    ("overflow:hidden;width:1px", "overflow:visible;width:1px", "hidden", "a box without width"),
    ("overflow:hidden;height:0;padding:0 0 56%", "height:0;padding:0 0 56%", "unknown", "room by its padding"),
    ("overflow:hidden;height:0;min-height:9em", "min-height:9em", "unknown", "room by its least height"),
    ("overflow:hidden;width:1px;min-width:100%", "min-width:100%", "unknown", "room by its least width"),
    ("overflow:hidden;width:0;flex:1", "flex:1", "unknown", "room by its growth"),
    ("font-size:.12rem", "font-size:.9rem", "unknown", "of a root that a script may set"),
    # honest ways of placing, which look like the ones above
    ("font-size:0", "position:absolute;left:50%;top:90%;transform:translate(-50%,-50%)", "hidden", "centred"),
    ("font-size:0", "width:100vw;position:relative;left:50%;margin-left:-50vw", "hidden", "let out to the edges"),
    ("font-size:0", "position:absolute;left:100%;transform:translateX(-100%)", "hidden", "set from the far edge"),
]  # fmt: skip


@pytest.mark.parametrize(("hiding", "control", "expected", "why"), INLINE, ids=[one[3] for one in INLINE])
def test_inline_style_hides(hiding: str, control: str, expected: str, why: str) -> None:
    assert painted(label=styled(hiding)).visibility == expected
    assert painted(label=styled(control)).visibility == "visible"


@pytest.mark.parametrize(("hiding", "control", "expected", "why"), INLINE, ids=[one[3] for one in INLINE])
def test_a_sheet_in_the_page_hides_alike(hiding: str, control: str, expected: str, why: str) -> None:
    assert painted(f".tip {{ {hiding} }}").visibility == expected
    assert painted(f".tip {{ {control} }}").visibility == "visible"


@pytest.mark.parametrize("number", ["0", "d800", "dfff", "110000", "ffffff"])
def test_a_letter_that_no_text_can_hold_is_no_trouble(number: str) -> None:
    seen = painted(label=styled(f"opacity:\\{number} 1"))
    assert (seen.visibility, seen.detail) == ("unknown", "opacity: \ufffd1")
    assert msgspec.json.encode(seen)


# (style sheet, expected look, why)
SHEETS = [
    ("#note{opacity:0}", "hidden", "by id"),
    ("p{opacity:0}", "hidden", "by tag"),
    ("#other{opacity:0}", "visible", "another id"),
    ("body p{opacity:0}", "hidden", "by what is around"),
    ("footer p{opacity:0}", "visible", "which is not around"),
    ("body>p{opacity:0}", "hidden", "a child"),
    ("html>p{opacity:0}", "visible", "no child but a grandchild"),
    ("html body p.tip#note{opacity:0}", "hidden", "all at once"),
    ("[class*=ti]{opacity:0}", "hidden", "by a part of an attribute"),
    ("[class^=x]{opacity:0}", "visible", "by a part that is another"),
    (".TIP{opacity:0}", "visible", "classes have a case"),
    (".a,.tip , .b{opacity:0}", "hidden", "one of several"),
    ("*{opacity:1}.tip{opacity:0}", "hidden", "a class beats all"),
    (".tip{opacity:0}p{opacity:1}", "hidden", "a class beats a tag, wherever it stands"),
    (".tip{opacity:0}.tip{opacity:1}", "visible", "of equals the last"),
    (".tip{opacity:0!important}#note{opacity:1}", "hidden", "important beats an id"),
    (".tip:hover{opacity:0}", "visible", "a state that nobody has made"),
    (".tip::before{opacity:0}", "visible", "not the label itself"),
    ("@media print{.tip{display:none}}", "visible", "on paper only"),
    ("@media screen{.tip{display:none}}", "hidden", "on the screen"),
    ("@media (max-width:600px){.tip{display:none}}", "unknown", "depends on the window"),
    ("@media (max-width:600px){.tip{margin:0}}", "visible", "depends on the window and hides nothing"),
    (".tip:not(.open){display:none}", "unknown", "a selector that is not decided here"),
    ("h1+.tip{display:none}", "unknown", "brothers are not looked at"),
    (".tip{display:none}.tip:not(.x){display:block}", "unknown", "hidden, but perhaps not"),
    ("@supports (display:grid){.tip{display:none}}", "unknown", "depends on the browser"),
    ("@layer base{.tip{opacity:0}}.tip{opacity:1}", "visible", "outside a layer beats inside"),
    ("@layer base{#note{opacity:0}}", "hidden", "in a layer alone"),
    ("@keyframes x{from{opacity:0}}", "visible", "steps of an animation are no rules"),
    (".tip{opacity:0;transition:opacity 1s}", "unknown", "how animations begin"),
    ("body{.tip{opacity:0}}", "hidden", "nested"),
    ("p{&.tip{opacity:0}}", "hidden", "nested with the parent"),
    (":root{--c:#fff}.tip{color:var(--c)}", "hidden", "a variable"),
    ("html{font-size:100px}.tip{font-size:.14rem}", "visible", "rem counts in the root's size"),
    ("html{font-size:100px}.tip{font-size:.01rem}", "hidden", "also where that is small"),
    ("html{font-size:13.3vw}.tip{font-size:.01rem}", "unknown", "which the window may decide"),
    ("html{font-size:62.5%}.tip{font-size:1.4rem}", "visible", "or a share of the browser's own"),
    (":root{color-scheme:dark}body{color:#eee}", "unknown", "a browser's own dark paper"),
    (".tip{color:var(--none,#fefefe)}", "hidden", "a variable's fallback"),
    (".tip{color:oklch(0.9 0 0)}", "unknown", "a colour that is not computed here"),
    (".tip{color:#fff;background:url(x.png)}", "unknown", "on a picture"),
    (".tip{position:absolute;color:#eee}", "unknown", "lifted out: who knows what stands behind"),
    (".tip{position:absolute;color:#eee;background:#fff}", "faint", "lifted out with a paper of its own"),
    ("body{visibility:hidden}.tip{visibility:visible}", "visible", "a child may undo visibility"),
    ("body{font-size:0}.tip{font-size:14px}", "visible", "a child may undo the size"),
    ("body{opacity:0}.tip{opacity:1}", "hidden", "a child cannot undo opacity"),
    ("body{background:#111}.tip{color:#151515}", "hidden", "dark on what stands behind"),
    ("body{background:#111;color:#eee}", "visible", "light on what stands behind"),
    ("/* .tip{opacity:0} */", "visible", "a comment"),
    ('.x{content:"}.tip{opacity:0}"}', "visible", "inside a string"),
    (".x{background:url(data:image/png;base64,}.tip{opacity:0})}", "visible", "inside an address"),
    (".tip{opacity:0}p{all:unset}", "hidden", "all, of a lower rank"),
    ("p{opacity:0}.tip{all:unset}", "visible", "all undoes what ranks below it"),
    (".tip{all:unset}p{opacity:0}", "visible", "wherever that stands"),
    (".tip{opacity:0;all:unset}", "visible", "also in its own rule"),
    (".tip{all:unset;opacity:0}", "hidden", "and nothing behind it there"),
    (".tip{opacity:0!important}#note{all:unset}", "hidden", "nor what is important"),
    (".tip{--c:#fff}#note{all:unset;color:var(--c)}", "hidden", "nor a variable"),
    ("body{opacity:0}.tip{all:unset}", "hidden", "nor what is around"),
    ("body{color:#fff}.tip{all:unset}", "hidden", "nor what comes from there"),
    ("body{color:#fff;font-size:0}.tip{all:initial}", "visible", "initial does"),
    (".tip{opacity:0", "hidden", "left open: a browser closes it"),
    ("}}}.tip{opacity:0}", "visible", "what a stray bracket spoils"),
    (".tip{opacity:0}/*", "hidden", "an open comment behind"),
]


@pytest.mark.parametrize(("css", "expected", "why"), SHEETS, ids=[one[2] for one in SHEETS])
def test_a_cascade_decides(css: str, expected: str, why: str) -> None:
    assert painted(css).visibility == expected


@pytest.mark.parametrize(
    ("around", "expected", "why"),
    [
        ("<div hidden>{}</div>", "hidden", "the attribute"),
        ("<div hidden style='display:block'>{}</div>", "visible", "undone by style"),
        ("<div hidden=until-found>{}</div>", "hidden", "there for who searches"),
        ("<div hidden style='all:unset'>{}</div>", "visible", "undone with all else"),
        ("<div hidden style='all:revert'>{}</div>", "hidden", "what a browser says by itself stays"),
        ("<div popover>{}</div>", "hidden", "a popover nobody opened"),
        ("<div popover style='display:block'>{}</div>", "visible", "one that style opens"),
        ("<svg width=300 height=30><text y=20>{}</text></svg>", "visible", "text in a drawing is black"),
        ("<div style='color:#fff'><svg><text y=20>{}</text></svg></div>", "visible", "whatever is around"),
        ("<svg><text y=20 fill=#fff>{}</text></svg>", "unknown", "unless it is filled; on which shape?"),
        ("<dialog>{}</dialog>", "hidden", "a dialog that is not open"),
        ("<dialog open>{}</dialog>", "visible", "one that is"),
        ("<details><summary>x</summary>{}</details>", "hidden", "details that are closed"),
        ("<details open><summary>x</summary>{}</details>", "visible", "details that are open"),
        ("<div aria-hidden=true>{}</div>", "visible", "hidden from screen readers alone"),
        ("<table bgcolor=#cccccc><tr><td style='color:#d0d0d0'>{}</table>", "hidden", "an old attribute"),
        ("<font color=white>{}</font>", "hidden", "an older one"),
        (
            "<table background=dark.gif><tr><td><font color=white>{}</font></table>",
            "unknown",
            "an old picture",
        ),
        ("<p style='color:#fff'><a href=/x>{}，仅供参考</a></p>", "visible", "a link is blue by itself"),
        (
            "<p style='color:#fff'><a href=/x style='color:inherit'>{}，仅供参考</a></p>",
            "hidden",
            "unless it is not",
        ),
    ],
)
def test_what_stands_around_hides_too(around: str, expected: str, why: str) -> None:
    label = "内容由AI生成" if "svg" in around else "<span>内容由AI生成</span>"
    assert painted(label=label, around=around).visibility == expected


def test_linked_sheets_are_not_read_and_leave_it_open() -> None:
    linked = '<link rel="stylesheet" href="/main.css">'
    seen = painted(head=linked)
    assert (seen.visibility, seen.detail) == ("unknown", "1 linked style sheet not read")
    assert painted(head='<link rel="stylesheet" media="print" href="/p.css">').visibility == "visible"
    assert painted(head='<link rel="icon" href="/i.png">').visibility == "visible"
    assert painted("@import url(more.css);").visibility == "unknown"
    assert painted(".tip{display:none}", head=linked).visibility == "hidden"  # seen, whatever else there is
    assert painted(".tip{color:#fff}", head=linked).visibility == "unknown"  # on what paper?


def test_a_label_in_pieces_is_read_as_a_visitor_reads_it() -> None:
    assert painted(label="<p>内容由<b>AI</b>生成</p>").visibility == "visible"
    assert painted(label='<p>内容由<b style="display:none">AI</b>生成</p>').visibility == "hidden"
    noise = painted(label='<p>内容由<b style="display:none">x</b>AI生成</p>')
    assert (noise.visibility, noise.elements) == ("visible", "both")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (".a", ((0, 1, 0), 1)),
        ("#a .b p", ((1, 1, 1), 3)),
        (r".md\:hidden", ((0, 1, 0), 1)),
        ("a:hover", None),
        ("", None),
        ("!!", None),
    ],
)
def test_selectors_are_weighed(text: str, expected: tuple[object, int] | None) -> None:
    found = read_selector(text)
    assert (found and (found.weight, len(found.compounds))) == expected


# ---------------------------------------------------------------- hostile sheets


@pytest.mark.parametrize(
    "css",
    [
        "'" * 200_000,
        "\"'" * 100_000,
        "/*" * 100_000,
        "url(" * 60_000,
        "{" * 200_000,
        "a{" * 100_000,
        ".a:not(" * 30_000,
        "(" * 200_000,
        "[" * 200_000,
        ".a," * 60_000 + "b{opacity:0}",
        "@media " * 30_000,
        ";" * 200_000,
        "\\" * 200_000,
    ],
    ids=["quotes", "both quotes", "comments", "urls", "brackets", "blocks", "nots", "parentheses", "squares", "commas",
         "media", "semicolons", "escapes"],
)  # fmt: skip
def test_a_hostile_sheet_ends(css: str, busy: Any) -> None:
    sheets = Sheets()
    chain = (element("html", {}), element("p", {"class": "a"}))
    with busy(5.0):
        sheets.add(css)
        assert len(list(sheets.meeting(chain))) <= RULES


def test_comparisons_are_counted_and_end_as_unknown() -> None:
    """A selector that could match in very many ways: the count ends it, and the label is unknown, not visible."""
    css = ".x div div div div div div div div div div div div p{opacity:0}"
    deep = "<div>" * 150 + "{}" + "</div>" * 150
    seen = painted(css, around=deep)
    assert (seen.visibility, seen.detail) == ("unknown", "more style than is read of one page")
    sheets = Sheets()
    sheets.add(css)
    chain = (*(element("div", {}) for _ in range(150)), element("p", {}))
    list(sheets.meeting(chain))
    assert sheets.cut
    assert sheets._steps <= STEPS + 1


def test_too_many_doubts_are_unknown() -> None:
    doubtful = "".join(f".tip:not(.r{n}){{color:#{n:02d}0000}}" for n in range(30))
    assert painted(doubtful).visibility == "unknown"
    assert painted(doubtful[: len(doubtful) // 3]).visibility == "visible"


def test_too_many_rules_are_said_to_be_too_many() -> None:
    assert painted("".join(f".r{n}{{opacity:1}}" for n in range(RULES + 1))).visibility == "unknown"
    assert painted("".join(f".r{n}{{opacity:1}}" for n in range(100))).visibility == "visible"
