"""Pictures of people undressed, adult pictures and adult company, as code, orders of bots, lists and entries say it."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

import domainscan
from domainscan.model import CONFIDENCES, Assessment, Observation, Page
from domainscan.signals.context import Context, PageWords

PACKS = Path(domainscan.__file__).parent / "packs"

SOLD = [
    (
        "undressing-order-in-code",
        'let handler = async (m, { conn }) => { ... }; handler.command = ["removeclothes"]; // reply to a photo',
    ),
    ("undressing-order-in-code", "群聊插件,指令:/脱衣 加图片,或引用图片发送。"),
    ("undressing-charged-in-code", "export const COST = { undress_image: 4, face_swap: 2, upscale: 1 }"),
    ("undressing-charged-in-code", '{"goodsName":"AI去衣","type":"image","goodsPresentPrice":"20.00"}'),
    (
        "undressing-recommended",
        '{ label: "Undress bot", url: "https://peel.example/?start=r8" }, // affiliate link',
    ),
    (
        "undresser-forked",
        "A desktop GUI for the DeepNude model: nudify photos on your own GPU, no watermark.",
    ),
    ("bared-from-your-photo", "Sube una foto y la IA la desnuda en segundos."),
    ("bared-from-your-photo", "Gửi ảnh cho bot, bot sẽ cởi đồ trong 30 giây."),
    ("undressing-and-swapping-listed", 'menu: ["AI脱衣", "AI换脸", "金币充值"]'),
    ("adult-swap-told", "Uncensored face swap: one photo, any video, runs on your GPU."),
    ("adult-swap-told", "成人换脸整合包,一张照片即可,本地运行。"),
    ("deepfakes-named-adult", "Livemask-NSFW: create deepfakes live with a webcam and a single image."),
    ("adult-generator", "NSFW text to video, free, no filters."),
    ("adult-generator", "成人图片生成,无审查,每天免费三张。"),
    ("adult-generator-unfiltered", "A LoRA for adult content, no content filters, image to video."),
    (
        "adult-talk-as-a-service",
        "Endpoints for an uncensored LLM: erotic stories for creators and their fans.",
    ),
    (
        "company-that-goes-further",
        "Your companion has a voice and a memory. Talk about the day, or something more explicit.",
    ),
    ("company-that-goes-further", "Virtuelle Freundin mit Gedächtnis: erotische Gespräche ohne Zensur."),
    ("characters-marked-adult", '{ id: "m1", nsfw: true, greeting: "Hello.", unlock: 200, tag: "dominant" }'),
    ("tools-of-likeness-ranked", "We tested nine undress apps, ranked by price. Free credits below."),
    ("adult-maker-in-a-line", "Adult AI video generators"),
    ("adult-maker-in-a-line", "Uncensored text to image"),
    ("adult-generators-ranked", "Top 10 uncensored image generators, tested: free plan, price, realism."),
]

# Who guards, teaches, sews, plays or reports: none is flagged.
HONEST = [
    (
        "a guard's test",
        'assert is_blocked("undress this photo") assert is_blocked("nudify her picture, free")',
    ),
    ("a guard's list in Chinese", '敏感词 = ["一键脱衣", "AI去衣", "成人换脸"]'),
    (
        "a table of terms",
        "('AI脱衣', 'ai脱衣', 'zh', 'privacy', 5), ('一键去衣', '一键去衣', 'zh', 'privacy', 5)",
    ),
    (
        "a filter's hosts",
        "hosts = ['nude-a.example.com', 'undress-b.ai', 'swap-c.net', 'gf-d.app', 'x-e.com']",
    ),
    (
        "a rule",
        '- action: block description: "Requests to undress a real person or make nude images of one."',
    ),
    (
        "an essay",
        "Some view NSFW AI companions as harmless, others worry about what they do to expectations.",
    ),
    ("a study's plan", "Research question: does search interest in nudify apps fall after the ban?"),
    ("a deed", "Students used a nudify app on photos of classmates; it charged five dollars per image."),
    ("a title of a report", "The business of undressing apps: 85 sites, followed for six months."),
    ("a moderator's bot", "A bot that deletes nude images and stickers in groups. Free and open source."),
    (
        "a shield",
        "Adds an invisible pattern to your photos so that nudify tools and face swappers fail on them.",
    ),
    (
        "a house's policy",
        "Our characters do not take part in sexual role play. Chats that turn explicit are ended.",
    ),
    ("what a house is not", "Kindly is not an NSFW chatbot: sexual role play is declined."),
    ("what is gone", "NSFW chats were removed in May; the app filters adult content now."),
    ("a hub's rule", "Models whose purpose is to undress people are removed."),
    (
        "a swap with consent",
        "Face swap API: confirm the consent of both people, adult content is rejected. $1.",
    ),
    ("a fitting room", "Virtual try-on: upload a photo, pick a dress and see it on. 2 credits per image."),
    (
        "a game",
        "Mod: NPCs undress before they bathe; cost in gold can be set. Works with face mods and armour.",
    ),
    (
        "a letter of news",
        "Large house sues the maker of a nudify app. The office opens a case on fake nudes.",
    ),
    ("who gave it up", "Our agency stopped working for undress tools. We explain what we do instead."),
    (
        "clothes as areas",
        "Segmentation of clothes: upper, lower, full body. Output is a mask, used for try-on.",
    ),
    ("a kitchen", "玉米去衣洗净,煮十五分钟。价格便宜,一根两元。"),
]

VOICES = [
    ('expect(unsafe("nudify app for any photo")).toBe(true)', {"defence", "reported"}),
    ('blocked_terms: list[str] = ["nudify app", "deepnude"]', {"defence", "prohibit"}),
    ("Some argue that nudify apps are a fad, others worry.", {"reported"}),
    ("Colleagues used a nudify app on her photo.", {"reported"}),
    ("Bots that offer to nudify photos are banned.", {"defence", "prohibit"}),
    ("Our chat deletes nude images and the bot may undress any photo.", {"defence"}),
    ("The bot removes NSFW content filters and can nudify any photo.", {"plain"}),
    ("Sexual content is turned down, and so is whoever wants to nudify a photo.", {"prohibit"}),
    ("Tokens for the nudify bot are sold in our group.", {"plain"}),
]

VALUES = [
    ('{ title: "Undress", description: "Upload any photo and our undress AI does the rest." }', True),
    ('START = "Upload any photo and our undress AI does the rest."', True),
    ('1. "Our undress AI takes any photo, no account." 2. "Fast and free."', True),
    ('The advert read: "Upload any photo and our undress AI does the rest."', False),
    ('{ "description": "A program such as an undress AI, aimed at a person without their say." }', False),
]


@pytest.mark.parametrize(("offer", "text"), SOLD, ids=[f"{one}: {text[:20]}" for one, text in SOLD])
def test_an_offer_of_these_kinds_is_seen(
    offer: str, text: str, page: Callable[..., Page], context: Context
) -> None:
    found = PageWords(page(text=text), context.vocabulary).mentions
    assert offer in {one.offer.id for one in found if one.worth >= 0.9}


def test_every_offer_of_the_file_has_a_text() -> None:
    written = tomllib.loads((PACKS / "offers-likeness.toml").read_text("utf-8"))["offer"]
    assert {one["id"] for one in written} == {offer for offer, _ in SOLD}


@pytest.mark.parametrize(("why", "text"), HONEST, ids=[why for why, _ in HONEST])
def test_whoever_speaks_of_it_and_sells_none_is_not_flagged(
    why: str,
    text: str,
    page: Callable[..., Page],
    visit: Callable[..., Observation],
    judged: Callable[..., Assessment],
) -> None:
    found = judged(visit(page=page(text=text)))
    assert not [one.category for one in found.judgements if CONFIDENCES[one.confidence] >= 2], why


@pytest.mark.parametrize(("text", "voices"), VOICES, ids=[text[:40] for text, _ in VOICES])
def test_the_manner_of_speaking(
    text: str, voices: set[str], page: Callable[..., Page], context: Context
) -> None:
    read = PageWords(page(text=text), context.vocabulary)
    assert {one.voice for one in read.mentions if one.offer.id == "undress-tool"} <= voices
    assert read.mentions


@pytest.mark.parametrize(("text", "own"), VALUES, ids=[text[:30] for text, _ in VALUES])
def test_a_value_that_courts_its_reader_is_the_page_s_own_word(
    text: str, own: bool, page: Callable[..., Page], context: Context
) -> None:
    read = PageWords(page(text=text), context.vocabulary)
    voices = {one.voice for one in read.mentions if one.offer.id == "undress-tool"}
    assert ("plain" in voices) is own


def test_what_no_stop_ends_is_no_sentence(page: Callable[..., Page], context: Context) -> None:
    row = ", ".join(f'"key{number}": "value {number}"' for number in range(20))
    offer = 'name: "AI undress", cost: 4, kind: "image", model: "nude generator", also: "nudify photo"'
    read = PageWords(page(text=f"{offer}, {row}"), context.vocabulary)
    assert read.strength("H01")[0] > 1.8
