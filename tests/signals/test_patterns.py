"""Patterns are tried near their cues only, and find what a walk through the whole text would find."""

from __future__ import annotations

import random
import re

import pytest

from domainscan.signals.commerce import _PRICE
from domainscan.signals.hits import Hit
from domainscan.signals.lexicon import Lexicon
from domainscan.signals.patterns import CUES, PATTERNS
from domainscan.signals.words import Words

LEXICON = Lexicon({"tool": ["undress*"]})
# Texts that each pattern finds, and texts that come close.
SAID = {
    "price_word": [
        "$99", "£ 1,240", "12.50 usd", "3 u", "5,000元", "１２元", "三百块钱", "٣ usd", "200 coins", "$", "9,90 €",
        "249 ₽", "980円",
    ],
    "price_after": ["一张 15", "月卡29", "买断: 128.5", "一张3年", "全套约30个", "三张，20", "月卡"],
    "gpt_word": ["talkgpt", "my gpt", "xgpts", "gptzero", "talkgptx", "ogptgpt"],
    "guarantee": ["2.1% every 24h", "5 % per day", "$200 a week", "9 euros every day", "日收益稳3", "周化5", "a day"],
    "scarcity": ["only 3 left", "just 12 seats", "仅剩5", "the last 4 boxes", "only left"],
    "official_service": ["national payments office", "estate agency", "the federal desk", "state of the art"],
    "unbound_llm": ["no hidden rules", "free from all limits", "不受任何道德约束", "house rules", "没有底线"],
    "prohibit": ["do not sell", "we may not publish", "not selling"],
    "reported": ["he had sold", "They stole", "she walked", "the others walked"],
    "crime_name": ["刷单返利", "裸聊敲诈", "虚假投资诈骗", "换脸诈骗教程", "充值优惠诈骗"],
    "sure_claim": ["accuracy of 98", "copyright 1998", "准确率高达95", "is right. 9"],
    "bot_count": ["500 likes", "5klikes", "10k followers", "200 accounts", "1万粉丝", "30条评论", "备案12号"],
    "label_noun": ["“ai生成”标识", "人工智能合成」的水印", "浮水印", "xai)标签"],
    "score_goal": ["62% → 8%", "99.2 % AI. After: 1.3 %", "94 % AI -> 11 %", "62%降到8%", "62% to 48%", "8% → 62%"],
    "unnoticed": ["no scanner raises a flag", "can't tell", "without a label", "nothing. flag", "不会提示", "认不出"],
    "fake_corpus": ["fake reviews", "invented clinic studies", "made up q&a", "fictional keeper", "fakes sites"],
    "attack_llm": ["wormgpt", "black hat gpt", "blackhatgpt", "4fraud gpt", "wormgpts"],
}  # fmt: skip
BETWEEN = ["", " ", ". ", ", ", "\n", "x", "号", "é", "the ", "12", "$", " 3"]


def _texts() -> list[str]:
    chance = random.Random(11)
    said = [one for some in SAID.values() for one in some]
    return [
        "".join(chance.choice(said) + chance.choice(BETWEEN) for _ in range(chance.choice([1, 3, 12, 80])))
        for _ in range(300)
    ]


def test_every_pattern_has_cues_and_is_tried_here() -> None:
    assert PATTERNS.keys() == SAID.keys()
    assert PATTERNS.keys() <= CUES.keys()


@pytest.mark.parametrize(("group", "pattern"), [*PATTERNS.items(), ("price_word", _PRICE)])
def test_near_its_cues_a_pattern_finds_what_it_finds_anywhere(group: str, pattern: re.Pattern[str]) -> None:
    met = 0
    for text in (*SAID[group], *_texts()):
        words = Words([("text", line) for line in text.split("\n")], LEXICON)
        expected = [Hit(*found.span()) for found in pattern.finditer(words.text)]
        assert list(words.matches(pattern, group)) == expected, words.text
        met += len(expected)
    assert met > 20
