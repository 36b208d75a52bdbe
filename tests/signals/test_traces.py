"""Traces that generators leave: who takes them out, and who looks for them."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

import domainscan
from domainscan.model import Page
from domainscan.signals.context import Context, PageWords
from domainscan.signals.pages import manner

PACKS = Path(domainscan.__file__).parent / "packs"
CLEAR = 0.9

OFFERED = [
    ("text-made-to-sound-human", "An AI humanizer: ChatGPT drafts come back sounding human.", "a rewriter"),
    ("text-made-to-sound-human", "文字人性化:把AI生成的内容改成真人写作的样子。", "zh: a rewriter"),
    (
        "passes-of-a-rewriter",
        "Pass 1: AI vocabulary out. Pass 2: burstiness. Pass 3: controlled imperfections.",
        "its passes",
    ),
    (
        "hidden-marks-defeated",
        "A ComfyUI node that bleaches SynthID with one low denoise run.",
        "a hidden mark",
    ),
    (
        "provenance-out-with-the-rest",
        "Strips C2PA, XMP and EXIF from every picture.",
        "provenance beside the rest",
    ),
    (
        "clean-metadata-put-in",
        "The AI label stays off Instagram: we wipe the file and inject clean iPhone metadata.",
        "another origin",
    ),
    (
        "script-on-a-generators-site",
        "// @match https://www.doubao.com/* userscript, saves the picture without watermark",
        "a script on the maker's site",
    ),
]
# (text, category, why): each names the harm and offers none.
ABOUT = [
    ("Our scanner catches text run through an AI humanizer.", "H09", "what a detector finds all the same"),
    ("对经过改写或降AI率处理的文章仍能识别。", "H09", "zh: what a detector finds all the same"),
    ("An upscaler for clips, rather than watermark removal for Sora.", "H09", "what it is not made for"),
    ('assert refused("remove the SynthID watermark")', "H09", "a test of what is refused"),
    ("Who wins the arms race: detectors or AI humanizers?", "H09", "a contest that is told of"),
    ("Students use AI humanizers in every year.", "H09", "what others do"),
    ("Sora去掉水印后还能查出来吗,豆包呢。", "H09", "zh: whether it is found without its mark"),
    ("平台对恶意去除标识的行为追责。", "H09", "zh: who answers for it"),
    ("多个平台的AI水印被轻松去除。", "H09", "zh: what befalls a mark"),
    ("AML.CS0042: evade liveness checks with injected frames.", "H02", "a catalogue of attacks"),
    ("The red team demonstrated how to bypass liveness checks.", "H02", "who breaks to show it"),
    ("Deepfakes now bypass liveness checks for little money.", "H02", "what the technique does"),
    ("攻击者利用虚拟摄像头绕过人脸识别。", "H02", "zh: who does it"),
    ("In scope: KYC bypass, SSRF, key leaks.", "H02", "a list of holes"),
    ("Any logged in user can set the field and bypass KYC checks.", "H02", "a hole to be closed"),
    ("The retry flow lets people bypass KYC checks.", "H02", "a flaw"),
    ("In the sandbox you may bypass liveness checks.", "H02", "where nothing is real"),
    ("测试环境可绕过人脸识别。", "H02", "zh: where nothing is real"),
    ("We retrain monthly on the output of AI humanizers.", "H09", "what a detector learns from"),
    ("Fixed: a reload could bypass KYC checks.", "H02", "a hole that was closed"),
    ("修复注销后绕过人脸识别的问题。", "H02", "zh: a hole that was closed"),
    ("复现:改一个字段即可绕过人脸识别。", "H02", "zh: a hole as it is reported"),
]
# The same words in a seller's mouth.
SOLD = [
    ("No scanner will flag your text from our AI humanizer.", "H09", "what is promised of a detector"),
    ("Detect and remove SynthID watermarks in one click.", "H09", "looked for to be taken off"),
    ("自动检测并去除AI水印。", "H09", "zh: looked for to be taken off"),
    ("Strip C2PA manifests to prevent AI detection.", "H09", "what is prevented is being found"),
    ("清除AI元数据,防止被平台识别。", "H09", "zh: what is prevented is being found"),
    ("Our deepfakes bypass liveness checks.", "H02", "one's own"),
    ("Bypass KYC on any exchange, price 90 USDT.", "H02", "for sale"),
    ("帮你绕过人脸识别,先过后付。", "H02", "zh: for sale"),
]
FIELDS = [
    (
        'answer: "Paste the chapter on the left, choose a language, and our AI humanizer sends it back."',
        "plain",
    ),
    (
        'description="Paste the chapter on the left, choose a language, and our AI humanizer sends it back."',
        "plain",
    ),
    (
        'One reader wrote: "Paste the chapter on the left, choose a language, and our AI humanizer sends it back."',
        "quoted",
    ),
]


@pytest.mark.parametrize(("offer", "text", "why"), OFFERED, ids=[row[2] for row in OFFERED])
def test_each_offer_is_told_of_the_page_that_makes_it(
    offer: str, text: str, why: str, page: Callable[..., Page], context: Context
) -> None:
    found = {
        one.offer.id for one in PageWords(page(text=text), context.vocabulary).mentions if one.worth >= CLEAR
    }
    assert offer in found


def test_no_offer_of_the_file_goes_unshown() -> None:
    written = tomllib.loads((PACKS / "offers-traces.toml").read_text("utf-8"))["offer"]
    assert {one["id"] for one in written} == {row[0] for row in OFFERED}


@pytest.mark.parametrize(("text", "category", "why"), ABOUT, ids=[row[2] for row in ABOUT])
def test_who_looks_for_it_or_tells_of_it_offers_nothing(
    text: str, category: str, why: str, page: Callable[..., Page], context: Context
) -> None:
    read = PageWords(page(text=text), context.vocabulary)
    assert any(one.offer.category == category for one in read.mentions), "the harm is named"
    assert read.strength(category)[0] < CLEAR


@pytest.mark.parametrize(("text", "category", "why"), SOLD, ids=[row[2] for row in SOLD])
def test_the_same_words_of_a_seller_are_an_offer(
    text: str, category: str, why: str, page: Callable[..., Page], context: Context
) -> None:
    assert PageWords(page(text=text), context.vocabulary).strength(category)[0] >= CLEAR


@pytest.mark.parametrize(("text", "voice"), FIELDS)
def test_the_value_of_a_page_s_own_key_is_no_quotation(
    text: str, voice: str, page: Callable[..., Page], context: Context
) -> None:
    read = PageWords(page(text=text), context.vocabulary)
    assert {one.voice for one in read.mentions if one.offer.id == "label-tool"} == {voice}


@pytest.mark.parametrize(
    ("title", "genre"),
    [
        ("毕业论文降AI率工具", 0.0),
        ("Thesis humanizer", 0.0),
        ("论文:水印的鲁棒性", 0.5),
        ("A thesis on watermarks", 0.5),
    ],
)
def test_a_paper_that_is_worked_on_is_no_report(
    title: str, genre: float, page: Callable[..., Page], visit: Callable[..., object], context: Context
) -> None:
    read = manner(visit(page=page(title=title, text="1")), context)  # type: ignore[arg-type]
    assert read.part("genre").value == genre  # type: ignore[union-attr]
