"""`domainscan label --lint`: the fix list of a page, looked at through the visit's own gate, on loopback."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import own_sites
import pytest

from domainscan import lint
from domainscan.cli.lint import _words
from domainscan.lab.internet import Lab
from domainscan.lint import CHECKS, STATES
from domainscan.lint.items import CHANGES
from domainscan.read.labels.explicit import PAGE_RULES
from tests.read.labels import build
from tests.read.labels.build import CREDIT, LABEL

ADDRESS = "127.78.6.1"
NAMES = ("xinghe-huatu.lab", "qingtu-xiu.lab")
WRONG = LABEL.replace('"Label": "1"', '"Label": "AIGC"')
CAMERA = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description rdf:about="" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" Iptc4xmpExt:'
    b'DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture"/></rdf:RDF></x:xmpmeta>'
)
TWO_WORDS = build.png(
    build.chunk(b"tEXt", b"AIGC\x00" + LABEL.encode()),
    build.chunk(b"iTXt", b"XML:com.adobe.xmp\x00\x00\x00\x00\x00" + CAMERA),
)
HEAD = "<!doctype html><html lang=zh-CN><head><meta charset=utf-8><title>星河绘图 AI</title>"
PROMPT = "<h1>AI 绘画</h1><form><textarea placeholder='描述你想要的画面'></textarea><button>立即生成</button></form>"
TIP = "<p class=tip>内容由AI生成</p>"
MODEL = "<p>模型：星河大模型，备案号 Beijing-XingHe-20250301</p>"
OWNER = f"<p>统一社会信用代码 {CREDIT}</p>"
TERMS = "<a href=/terms>用户协议</a>"
REPORT = "<a href=/report>投诉举报</a>"
GOOD = f"{HEAD}</head><body>{PROMPT}{TIP}<img src=/good.png>{MODEL}{OWNER}{TERMS} {REPORT}</body></html>"
TERMS_PAGE = f"{HEAD}</head><body><p>本服务对人工智能生成的内容添加显式标识和隐式标识。</p></body></html>"
OFFER = "<p>一键脱衣：上传照片，AI去衣，9.9元一次，加微信购买。</p>"
REFUSED = GOOD.replace("AI 绘画", "AI一键脱衣").replace(MODEL, OFFER + MODEL)
PAGES: dict[str, tuple[str, bytes]] = {}


def serve(path: str, body: str | bytes, kind: str = "text/html; charset=utf-8") -> None:
    PAGES[path] = (kind, body.encode() if isinstance(body, str) else body)


class Server(own_sites.Quiet):
    """Serves PAGES and notes what was asked."""

    asked: ClassVar[list[tuple[str, str]]] = []  # (path, Range)

    def do_GET(self) -> None:
        if self.path != "/robots.txt":
            self.asked.append((self.path, self.headers.get("Range", "")))
        kind, body = PAGES.get(self.path, ("text/plain", b""))
        total, part = len(body), self.headers.get("Range", "").partition("-")[2]
        body = body[: int(part) + 1] if part else body
        self.send_response(404 if self.path not in PAGES else 206 if part else 200)
        self.send_header("Content-Type", kind)
        if part:
            self.send_header("Content-Range", f"bytes 0-{len(body) - 1}/{total}")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with own_sites.served(NAMES, ADDRESS, Server, tmp_path_factory.mktemp("own")) as lab:
        yield lab


@pytest.fixture
def desk(program: Any, service: Lab) -> Any:
    """The program, configured for the lab with our server, which serves an honest service."""
    Server.asked.clear()
    PAGES.clear()
    serve("/", GOOD)
    serve("/terms", TERMS_PAGE)
    serve("/good.png", build.png_text(LABEL), "image/png")
    serve("/wrong.png", build.png_text(WRONG), "image/png")
    serve("/none.jpg", build.jpeg(), "image/jpeg")
    serve("/two.png", TWO_WORDS, "image/png")
    return own_sites.configured(program, service, ADDRESS)


def linted(desk: Any, *words: str) -> dict[str, Any]:
    done = desk.run("label", "--lint", "http://xinghe-huatu.lab/", "--json", *words)
    assert done.returncode in (0, 1, 3), done.stderr
    (found,) = json.loads(done.stdout)
    return {
        **found,
        "states": {one["check"]: one["state"] for one in found["items"]},
        "exit": done.returncode,
    }


def item(found: dict[str, Any], check: str) -> dict[str, Any]:
    return next(one for one in found["items"] if one["check"] == check)


def test_an_honest_service_has_nothing_to_fix(desk: Any) -> None:
    found = linted(desk, "--fail-on", "noncompliant")
    assert found["states"] == dict.fromkeys(CHECKS, "ok")
    assert (found["grade"], found["mainland"], found["exit"]) == ("compliant", True, 0)
    assert not desk.home.exists()


def test_every_item_says_what_is_required_seen_and_to_be_changed(desk: Any) -> None:
    serve("/", f"{HEAD}</head><body>{PROMPT}<img src=/wrong.png></body></html>")
    found = linted(desk)
    assert {one["state"] for one in found["items"]} <= set(STATES)
    for one in found["items"]:
        assert one["clause"]
        assert one["required"]
        assert one["seen"]
        assert bool(one["change"]) == (one["state"] != "ok"), one
    assert [one["state"] for one in found["items"]] == sorted(
        (one["state"] for one in found["items"]), key=STATES.index
    )


# (the page in place of the honest one, the check, its state, words of what was seen)
TABLE: list[tuple[str, str, str, str]] = [
    (GOOD.replace(TIP, ""), "explicit-label", "fix", "shows no label"),
    (GOOD.replace(TIP, TIP.replace("<p", "<p style='opacity:0'")), "explicit-label", "fix", "opacity: 0"),
    (GOOD.replace(TIP, "<script>x('内容由AI生成')</script>"), "explicit-label", "cannot tell", "in a script"),
    (GOOD.replace("good.png", "wrong.png"), "implicit-label", "fix", "wrong.png: noncompliant"),
    (GOOD.replace("good.png", "none.jpg"), "implicit-label", "cannot tell", "none.jpg: not_found"),
    (GOOD.replace("good.png", "gone.png"), "implicit-label", "cannot tell", "gone.png: not read (not_found"),
    (GOOD.replace("good.png", "odd.jpg"), "implicit-label", "ok", "not the place that the guide names: JPEG COM"),
    (GOOD.replace("good.png", "logo.png"), "implicit-label", "cannot tell", "no pictures"),
    (GOOD + "<img src=/twice.png width=512 height=512>", "implicit-label", "ok",
     "its fault is told under “Labels that agree”"),
    (GOOD.replace("good.png", "two.png"), "one-label", "fix", "two.png: aigc says made by a model, iptc says"),
    (GOOD.replace(CREDIT, "91820000MA0LABEL7Y"), "operator", "fix", "the page shows 91820000MA0LABEL7Y"),
    (GOOD.replace(OWNER, "<p>沪ICP备20259901号-6</p>"), "operator", "cannot tell", "shows 沪ICP备20259901号-6"),
    (GOOD.replace(OWNER, ""), "operator", "fix", "no number of its operator"),
    (GOOD.replace(TERMS, ""), "agreement", "fix", "no link to an agreement"),
    (GOOD.replace("/terms", "/elsewhere"), "agreement", "cannot tell", "could not be read"),
    (GOOD.replace("/terms", "/report-terms"), "agreement", "fix", "no word of labels in 用户协议"),
    (GOOD.replace("20250301", "20251301"), "model-filing", "fix", "no date 20251301"),
    (GOOD.replace(MODEL, ""), "model-filing", "fix", "no filing or registration number"),
    (GOOD.replace("模型：星河大模型，", ""), "model-filing", "fix", "no name of a model"),
    (GOOD.replace(REPORT, ""), "complaint", "fix", "neither a link nor a line"),
    (GOOD.replace(REPORT, "<p>投诉举报请联系我们</p>"), "complaint", "fix", "投诉举报请联系我们"),
    (GOOD.replace(REPORT, "<p>投诉举报：report@xinghe-huatu.lab</p>"), "complaint", "ok", "report@xinghe-huatu.lab"),
    (GOOD.replace(MODEL, MODEL + "<p>一键去AI标识，去除隐式标识，立即购买 9.9元</p>"), "label-removal", "fix", "去"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("page", "check", "state", "seen"), TABLE, ids=[f"{one[1]}-{one[3]}" for one in TABLE]
)
def test_a_check_sees(page: str, check: str, state: str, seen: str, desk: Any) -> None:
    serve("/", page)
    serve("/report-terms", f"{HEAD}</head><body><p>用户不得转售账号。</p></body></html>")
    serve("/logo.png", build.png_text(LABEL), "image/png")
    serve("/twice.png", build.png(build.chunk(b"tEXt", b"AIGC\x00" + LABEL.encode()) * 2), "image/png")
    serve("/odd.jpg", build.jpeg(build.segment(0xFE, LABEL.encode())), "image/jpeg")
    found = item(linted(desk), check)
    assert found["state"] == state, found
    assert any(seen in one for one in found["seen"]), found["seen"]


def test_an_agreement_that_cannot_be_read_is_to_be_served_first(desk: Any) -> None:
    serve("/", GOOD.replace("/terms", "/elsewhere"))
    said = item(linted(desk), "agreement")["change"]
    assert said == "Serve the agreement so that visitors can read it, with a section on labels in it."


def test_linked_style_sheets_are_read_with_the_page(desk: Any) -> None:
    """A visitor's browser reads them; the scan does not, and then nobody can tell."""
    serve("/", GOOD.replace("</head>", "<link rel=stylesheet href=/main.css></head>"))
    serve("/main.css", ".tip{color:#efefef}", "text/css")
    faint = item(linted(desk), "explicit-label")
    assert (faint["state"], "contrast" in faint["seen"][0]) == ("fix", True)
    assert "read with 1 linked style sheet" in faint["seen"]
    serve("/main.css", ".tip{color:#333}", "text/css")
    assert item(linted(desk), "explicit-label")["state"] == "ok"
    del PAGES["/main.css"]
    assert item(linted(desk), "explicit-label")["state"] == "cannot tell"
    (record,) = json.loads(desk.run("label", "http://xinghe-huatu.lab/", "--json").stdout)
    assert (record["kind"], record["grade"]) == ("page", "inconclusive")


def test_media_are_asked_for_in_part_and_no_more_than_wanted(desk: Any) -> None:
    serve("/", GOOD.replace("<img src=/good.png>", "".join(f"<img src=/{n}.png>" for n in range(9))))
    for number in range(9):
        serve(f"/{number}.png", build.png_text(LABEL), "image/png")
    found = item(linted(desk, "--samples", "3"), "implicit-label")
    assert "3 of 9 media read" in found["seen"]
    media = [one for one in Server.asked if one[0].endswith(".png")]
    assert media == [(f"/{n}.png", "bytes=0-262143") for n in range(3)]


def test_no_media_are_asked_for_where_the_page_is_judged_text_only(desk: Any) -> None:
    """The page is judged first. Its negative control is the honest page above, whose picture is asked for."""
    serve("/", REFUSED)
    found = item(linted(desk), "implicit-label")
    assert found["state"] == "cannot tell"
    assert "the page itself is judged H01" in found["seen"][0]
    assert [path for path, _ in Server.asked if path.endswith((".png", ".jpg"))] == []


def test_no_media_are_asked_for_where_a_case_is_text_only(desk: Any) -> None:
    """Neither on its own pages, whatever they say today, nor on those of others that show its pictures."""
    serve("/", REFUSED)
    assert desk.run("scan", "http://qingtu-xiu.lab/").returncode == 0
    serve("/", GOOD.replace("/good.png", "http://qingtu-xiu.lab/good.png"))
    Server.asked.clear()
    done = desk.run("label", "--lint", "http://qingtu-xiu.lab/", "http://xinghe-huatu.lab/", "--json")
    own, other = json.loads(done.stdout)
    assert "a case in H01" in item(own, "implicit-label")["seen"][0]
    assert item(other, "implicit-label")["seen"] == ["no pictures, films or sounds that could be samples"]
    assert [path for path, _ in Server.asked if path.endswith(".png")] == []


def test_a_long_page_is_asked_for_whole_before_its_label_is_missing(desk: Any) -> None:
    """`label` asks for 256 KiB first, as of any file; what stands behind is unknown, not absent."""
    filler = "<p>" + "这里是介绍文字。" * 20 + "</p>"
    serve("/", GOOD.replace(TIP, filler * 700 + "<div class=chat-message>内容由AI生成</div>"))
    url = "http://xinghe-huatu.lab/"
    (record,) = json.loads(desk.run("label", url, "--json").stdout)
    assert record["grade"] == "compliant"
    assert [wanted for _, wanted in Server.asked] == ["bytes=0-262143", ""]
    (record,) = json.loads(desk.run("label", url, "--json", "--max-bytes", "300000").stdout)
    assert (record["grade"], record["bytes_total"]) == ("inconclusive", len(PAGES["/"][1]))


def test_a_page_without_generation_has_no_duties(desk: Any) -> None:
    serve(
        "/",
        f"{HEAD}</head><body><p>每天早晨烤新鲜的面包。</p></body></html>".replace("星河绘图 AI", "面包房"),
    )
    found = linted(desk)
    assert (found["items"], found["grade"]) == ([], "not_found")
    done = desk.run("label", "--lint", "http://xinghe-huatu.lab/")
    assert "nothing to check" in done.stdout


@pytest.mark.parametrize(
    ("words", "code"),
    [(("--fail-on", "noncompliant"), 1), ((), 0), (("--fail-on", "inconclusive"), 0)],
)
def test_exit_codes_are_those_of_label(words: tuple[str, ...], code: int, desk: Any) -> None:
    serve("/", GOOD.replace("good.png", "wrong.png"))
    assert linted(desk, *words)["exit"] == code


def test_what_is_no_page_or_cannot_be_read_is_said(desk: Any) -> None:
    done = desk.run("label", "--lint", "http://xinghe-huatu.lab/good.png", "http://127.0.0.1/", "--json")
    found = json.loads(done.stdout)
    assert [one["failure"]["status"] for one in found] == ["not_html", "blocked_address"]
    assert done.returncode == 3
    assert desk.run("label", "--lint", "page.html").returncode == 2


def test_the_list_reads_well_for_people(desk: Any) -> None:
    serve("/", GOOD.replace("内容由AI生成", "内容由AI\x1b[31m\u202e生成").replace(MODEL, ""))
    done = desk.run("label", "--lint", "http://xinghe-huatu.lab/")
    lines = done.stdout.splitlines()
    assert lines[0] == "http://xinghe-huatu.lab/"
    assert lines[1].endswith("a page for readers in the mainland")
    assert "  FIX Model name and filing number" in lines
    assert "  ok  A channel for complaints and reports" in lines
    assert all(line == line.rstrip() and len(line) <= 100 for line in lines)
    assert "\x1b" not in done.stdout
    assert "\u202e" not in done.stdout


def test_the_list_is_there_in_chinese(desk: Any) -> None:
    serve("/", GOOD.replace(MODEL, "").replace("内容由AI生成", "内容由AI生成 could not be read"))
    done = desk.run("label", "--lint", "http://xinghe-huatu.lab/", "--language", "zh-CN")
    lines = done.stdout.splitlines()
    assert lines[1] == "  1 项须整改，7 项符合要求 · 面向境内用户的页面", done.stdout
    assert "  改  模型名称和备案号" in lines
    assert "      所见     未见生成式服务或算法的备案号、上线编号" in lines
    assert "      整改     公示已备案模型的名称和备案号，或已登记应用的上线编号。" in lines
    assert "内容由AI生成 could not be read" in done.stdout, "the page's own words"
    assert desk.run("label", "--lint", "http://xinghe-huatu.lab/", "--language", "de").returncode == 2


def _own_sentences() -> Iterator[str]:
    """Every title, requirement and change that the checks can say, less what is put in."""
    yield from CHANGES.values()
    for file in Path(lint.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            named = isinstance(node, ast.keyword) and node.arg in ("title", "required", "change")
            if named or (isinstance(node, ast.Assign) and "change" in ast.unparse(node.targets[0])):
                yield from _constants(node.value)


def _constants(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value:
        yield node.value.strip()
    for one in ast.iter_child_nodes(node):
        if not isinstance(node, ast.IfExp) or one is not node.test:
            yield from _constants(one)


def test_every_sentence_of_the_list_has_its_chinese_one() -> None:
    words = _words("zh-CN")
    own = set(_own_sentences())
    assert len(own) > 30
    english = re.compile(r"[a-z]{3,} [a-z]{2,}")
    said = {one: words.said(one) for one in own} | {
        one.text: words.seen(one.text) for one in PAGE_RULES.values()
    }
    assert {
        one for one, chinese in said.items() if english.search(chinese.replace("domainscan label", ""))
    } == set()
