"""The explicit labels of pages: where they stand, whether they stay, and the grade with its clause."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from domainscan.model import Field, Form, Notice, Page
from domainscan.read import notices
from domainscan.read.html import read_page
from domainscan.read.labels.explicit import PAGE_RULES, grade_page
from domainscan.read.labels.offering import _AI_WORD, generation_offers, is_for_mainland
from domainscan.read.labels.report import GRADES
from domainscan.read.labels.rules import REMARK
from tests.read.labels.build import CREDIT

LABEL = "内容由AI生成，仅供参考"
PROMPT = "<textarea placeholder='描述你想要的画面'></textarea><button>立即生成</button>"
FILLER = "<p>" + "这里展示本站的介绍文字，和绘画没有关系的段落。" * 12 + "</p>"
URL = "https://quiet-harbour.example/"


def read(body: str, head: str = "<title>星河 AI 绘画</title>", attributes: str = "lang=zh-CN") -> Page:
    document = f"<!doctype html><html {attributes}><head>{head}</head><body>{body}</body></html>"
    page = read_page(
        document.encode(), url=URL, http_status=200, content_type="text/html; charset=utf-8", body_digest=""
    )
    assert isinstance(page, Page)
    return page


def decided(page: Page) -> tuple[str, str]:
    """The grade, and the rule that decided it."""
    report = grade_page(page)
    return report.grade, next(one.rule for one in report.reasons if one.effect == report.grade)


# (body, place, persistence, why)
PLACES = [
    (f"{PROMPT}<p>{LABEL}</p>", "control", "shell", "beside the button"),
    (f"<p>{LABEL}</p>{PROMPT}", "control", "shell", "above the field"),
    (f"<form><p>{LABEL}</p>{PROMPT}</form>", "control", "shell", "in the form"),
    (f"{PROMPT}{FILLER}<div class=chat-message><p>{LABEL}</p></div>{FILLER}", "output", "flow", "in a message"),
    (f"{PROMPT}{FILLER}<figure><figcaption>AI生成</figcaption></figure>{FILLER}", "output", "flow", "under a picture"),
    (f"<header>{LABEL}</header>{FILLER}{PROMPT}", "top", "shell", "at the head of the page"),
    (f"{PROMPT}{FILLER}<p style='position:fixed;bottom:0'>{LABEL}</p>{FILLER}", "bottom", "fixed", "stays below"),
    (f"{PROMPT}{FILLER}<p style='position:sticky;top:0'>{LABEL}</p>{FILLER}", "top", "fixed", "stays above"),
    (f"{PROMPT}{FILLER}<div class=watermark>{LABEL}</div>{FILLER}", "background", "flow", "behind everything"),
    (f"{PROMPT}{FILLER}<p>{LABEL}</p>{FILLER}", "content", "flow", "somewhere in the text"),
    (f"{PROMPT}{FILLER}<footer><p>{LABEL}</p></footer>", "footer", "shell", "in the footer"),
    (f"{PROMPT}{FILLER}<div class=site-footer><p>{LABEL}</p></div>", "footer", "flow", "in a footer by class"),
    (f"{PROMPT}<div role=dialog><p>{LABEL}</p></div>", "dialog", "dialog", "in a dialog"),
    (f"{PROMPT}<div class='modal fade'><p>{LABEL}</p></div>", "dialog", "dialog", "in a dialog by class"),
    (f"{PROMPT}<div class=user-agreement><p>{LABEL}</p></div>", "agreement", "shell", "in terms by class"),
    (f"{PROMPT}<h2>用户协议</h2><p>{LABEL}</p>", "agreement", "shell", "under the heading of terms"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "place", "persistence", "why"), PLACES, ids=[one[3] for one in PLACES])
def test_a_label_stands_somewhere(body: str, place: str, persistence: str, why: str) -> None:
    (notice,) = read(body).notices or ()
    if place == "agreement":
        persistence = notice.persistence  # terms do not count, wherever they stand
    assert (notice.place, notice.persistence) == (place, persistence)


@pytest.mark.parametrize(
    "body",
    [
        "<button>AI生成</button>",
        "<a href=/x>AI生成</a>",
        "<h2>AI生成</h2>",
        "<nav><div>AI生成</div></nav>",
        "<div role=tab>AI生成</div>",
        "<div class=tab-item><span>AI生成</span></div>",
    ],
)
def test_a_mark_that_is_pressed_or_a_heading_is_no_label(body: str) -> None:
    assert read(PROMPT + body).notices == ()
    assert len(read(f"{PROMPT}{body}<p>AI生成</p>").notices or ()) == 1


# (body, grade, rule, why)
NUMBERS = r"<style>.o::after{content:'\5185\5bb9\7531 AI\751f\6210 '}</style>"
GRADED = [
    (f"{PROMPT}<p>{LABEL}</p>", "compliant", "page_label", "by the controls"),
    (f"{PROMPT}<p>{LABEL}</p><p hidden>{LABEL}</p>", "compliant", "page_label", "a second one is hidden"),
    (f"{PROMPT}<p hidden>{LABEL}</p>", "noncompliant", "label_hidden", "out of sight"),
    (f"{PROMPT}<p style='color:#eee'>{LABEL}</p>", "noncompliant", "label_faint", "pale"),
    (f"{PROMPT}<dialog open>{LABEL}</dialog>", "noncompliant", "dialog_only", "closed and gone"),
    (f"{PROMPT}<h2>服务条款</h2><p>{LABEL}</p>", "noncompliant", "agreement_only", "in the terms"),
    (f"{PROMPT}{FILLER}<footer style='color:#eee'>{LABEL}</footer>", "noncompliant", "small_print", "pale footer"),
    (f"{PROMPT}<p>内容由大模型生成</p>", "noncompliant", "element_missing", "without AI"),
    (f"{PROMPT}<p>本文由AI创作</p>", "noncompliant", "element_missing", "without 生成"),
    (f"{PROMPT}<p>AI-generated content may be wrong</p>", "noncompliant", "foreign_words", "English alone"),
    (f"{PROMPT}{FILLER}<footer>{LABEL}</footer>", "inconclusive", "footer_only", "does the footer stay?"),
    (f"{PROMPT}{FILLER}<p>{LABEL}</p>{FILLER}", "inconclusive", "place_unclear", "far from everything"),
    (f"<link rel=stylesheet href=a.css>{PROMPT}<p>{LABEL}</p>", "inconclusive", "look_unknown", "sheets elsewhere"),
    (f"{PROMPT}<script>tip('内容由AI生成')</script>", "inconclusive", "in_script", "a script may show it"),
    (f"{PROMPT}<template>内容由AI生成</template><script>1</script>", "inconclusive", "in_script", "a script copies it"),
    (f"{PROMPT}<template>内容由AI生成</template>", "not_found", "no_label", "no script that would"),
    (f"{PROMPT}<p title='内容由AI生成'>x</p>", "not_found", "no_label", "for who waits with the mouse"),
    (f"{PROMPT}<!-- 内容由AI生成 --><script>1</script>", "not_found", "no_label", "a comment shows nothing"),
    (f"{PROMPT}<!-- x --><script>tip('内容由AI生成')</script>", "inconclusive", "in_script", "behind a comment"),
    (f"{PROMPT}<style>.o::after{{content:'AI生成'}}</style>", "inconclusive", "look_unknown", "drawn by a sheet"),
    (f"{PROMPT}{NUMBERS}", "inconclusive", "look_unknown", "drawn, its letters by numbers"),
    (f"{PROMPT}<style>.o::after{{content:'是否由AI生成?'}}</style>", "not_found", "no_label", "a question in a sheet"),
    (f"{PROMPT}<meta name=description content='AI生成'>", "not_found", "no_label", "not what a sheet draws"),
    (f"{PROMPT}<iframe src=/chat></iframe>", "inconclusive", "drawn_by_script", "in a frame"),
    (PROMPT, "not_found", "no_label", "no label"),
    (f"{PROMPT}<p>AI生成海报，一键出图</p>", "not_found", "no_label", "what sells is no label"),
    (f"<p>{LABEL}</p><p>一篇文章。</p>", "compliant", "content_label", "no generation, a labelled text"),
    ("<p>每天早晨烤新鲜的面包。</p>", "not_found", "no_duty", "no generation"),
    ("<form><textarea placeholder='留言内容'></textarea><button>提交</button></form>", "not_found", "no_duty", "guest"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "grade", "rule", "why"), GRADED, ids=[one[3] for one in GRADED])
def test_a_page_is_graded(body: str, grade: str, rule: str, why: str) -> None:
    assert decided(read(body)) == (grade, rule)


def test_every_rule_of_a_grade_is_in_the_table() -> None:
    decides = {name for name, rule in PAGE_RULES.items() if rule.effect != REMARK}
    elsewhere = {"equivalent_note", "page_unread"}
    assert decides == {row[2] for row in GRADED} | elsewhere
    assert {rule.effect for rule in PAGE_RULES.values()} == {*GRADES, REMARK}
    assert all(rule.clause for rule in PAGE_RULES.values())


def test_a_page_for_readers_elsewhere_is_graded_apart() -> None:
    body = "<textarea placeholder='Describe the picture'></textarea><button>Generate</button>"
    head = "<title>AI painter</title>"
    note = "<p>Images are generated by AI.</p>"
    page = read(body + note, head, "lang=en")
    assert not is_for_mainland(page)
    assert decided(page) == ("compliant", "equivalent_note")
    assert decided(read(body, head, "lang=en")) == ("not_found", "no_label")


def test_a_page_that_was_not_read_to_its_end_has_no_missing_label() -> None:
    page = read(PROMPT)
    assert decided(replace(page, flags=("truncated",))) == ("inconclusive", "page_unread")
    assert decided(replace(page, notices=None)) == ("inconclusive", "page_unread")
    assert decided(replace(page, http_status=503)) == ("inconclusive", "page_unread")
    assert decided(replace(page, flags=("script_rendered",))) == ("inconclusive", "drawn_by_script")


def test_what_cannot_be_told_of_one_label_goes_before_what_is_wrong_with_another() -> None:
    unsure = "<style>.a:not(.b){display:none}</style>"
    page = read(f"{PROMPT}{unsure}<p hidden>{LABEL}</p><p class=a>{LABEL}</p>")
    assert decided(page) == ("inconclusive", "look_unknown")


def test_a_hidden_label_on_a_page_with_scripts_may_be_shown_later_and_the_report_says_so() -> None:
    report = grade_page(read(f"<script src=/app.js></script>{PROMPT}<p hidden>{LABEL}</p>"))
    assert report.grade == "noncompliant"
    assert "script_may_show" in [one.rule for one in report.reasons]


def test_a_report_names_the_label_its_place_and_its_look() -> None:
    report = grade_page(read(f"{PROMPT}<p style='opacity:0'>{LABEL}</p>"))
    (label,) = report.labels
    assert (label.scheme, label.place, label.raw) == ("explicit", "control", LABEL)
    assert dict(label.fields) == {
        "language": "zh",
        "elements": "both",
        "persistence": "shell",
        "visibility": "hidden",
        "detail": "opacity: 0",
    }


def test_a_provider_code_on_the_page_names_its_operator() -> None:
    (operator,) = grade_page(read(f"{PROMPT}<p>服务提供者编码 0011{CREDIT}1ABCD</p>")).operators
    assert (operator.credit_code, operator.service, operator.model) == (CREDIT, "generates", "ABCD")


# ---------------------------------------------------------------- offers of generation


def form(label: str, *buttons: str, kind: str = "textarea") -> tuple[Form, ...]:
    return (Form(URL, "post", (Field("q", kind, label),), buttons),)


OFFERS = [
    ({"forms": form("描述你想要的画面")}, 1, "a prompt field"),
    ({"forms": form("有问题，尽管问", kind="editable")}, 1, "an editable field"),
    ({"buttons": ("立即生成",)}, 1, "a generate button"),
    ({"buttons": ("Generate",), "title": "AI painter"}, 1, "in English"),
    ({"headings": ("作品展示",), "images": 3, "text": "全部由模型生成"}, 1, "a show of samples"),
    ({"headings": ("作品展示",), "images": 2, "text": "全部由模型生成"}, 0, "the bound: two pictures"),
    ({"buttons": ("生成",), "title": "二维码工具"}, 0, "a generator without AI"),
    ({"forms": form("搜索商品", kind="search")}, 0, "a search field"),
    ({"forms": form("您的邮箱和留言", "发送")}, 0, "a contact form"),
    ({}, 0, "nothing to press"),
]


@pytest.mark.parametrize(("seen", "count", "why"), OFFERS, ids=[one[2] for one in OFFERS])
def test_generation_is_offered_by_controls(seen: dict[str, object], count: int, why: str) -> None:
    page = replace(Page(url=URL, http_status=200, title="星河 AI 绘画"), **seen)
    assert len(generation_offers(page)) == count


# ---------------------------------------------------------------- cost


def test_a_page_without_the_words_of_a_label_is_not_walked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def walked(document: bytes) -> tuple[Notice, ...]:
        raise AssertionError("walked")

    monkeypatch.setattr(notices, "find_notices", walked)
    for body in ("<p>Fresh bread.</p>", f"{PROMPT}<p>AI生成海报</p>", "<p hidden>Fresh bread, 生成</p>"):
        assert read(body).notices == ()
    with pytest.raises(AssertionError, match="walked"):
        read(f"<p>{LABEL}</p>")
    with pytest.raises(AssertionError, match="walked"):
        read("<p>内容由<b hidden>AI</b>生成</p>")


@pytest.mark.parametrize(
    ("text", "often", "why"),
    [
        ("AI 作画，AI写作", 2, "two names"),
        ("ai写作", 1, "small letters"),
        ("brain, email and chair", 0, "inside other words"),
        ("AIGC平台与ChatGPT", 2, "a name that begins before its cue"),
        ("myGPT and chatGPTs", 1, "the end of another word is none"),
        ("智能手机和智能家居", 0, "clever things are no models"),
        ("智能对话，智能体", 2, "what a model does"),
        ("LLM and xLLM", 1, "a word of its own"),
        ("D\u0131ffus\u0131on, Diffu\u017fion", 2, "letters that only a pattern without case takes for i"),
        ("Artificial Intelligence, Neural nets", 2, "words in capitals"),
    ],
)
def test_a_page_is_about_ai_where_its_text_names_it_twice(text: str, often: int, why: str) -> None:
    """The cues lead to what the pattern finds in all of the text."""
    page = Page(url="https://heron.example/", http_status=200, text=text, buttons=("生成",))
    assert len(_AI_WORD.findall(text)) == often
    assert bool(generation_offers(page)) == (often >= 2)


def test_samples_are_shown_under_a_heading_that_says_so() -> None:
    page = Page(url="https://heron.example/", http_status=200, title="AI作画", text="AI生成", images=3)
    assert generation_offers(replace(page, headings=("价格", "Gallery"))) == (
        "samples: Gallery (3 pictures)",
    )
    assert generation_offers(replace(page, headings=("价格", "作品"), images=2)) == ()
    assert generation_offers(replace(page, headings=("价格",))) == ()
