"""What is said of crowds, scripts and lures by those who keep them out: filters' lists, aims, exams, offices."""

from __future__ import annotations

import pytest

from domainscan.signals.turns import turns_of

# What is written, the voices that it takes, and what turn that is.
TURNS = [
    ("spam_terms = ['aged accounts', 'followers']", {"prohibit"}, "a filter's list"),
    ("titles to drop = [ 'buy aged accounts'", {"prohibit"}, "a filter's list"),
    ("followers = ['1000', '5000']", set(), "a list of goods"),
    ("no scraping of sessions", {"prohibit"}, "what an aim leaves out"),
    ("no scraper needed, bots included", set(), "goods"),
    ("clear prose rather than a detector bypass", {"prohibit", "reported"}, "what it is not called"),
    ("a detector bypass rather than clear prose", set(), "what it is called"),
    ("this project does **not** create accounts", {"prohibit"}, "a stressed no"),
    ("this message promises daily profit", {"reported"}, "what a filter says of it"),
    ("posts such as 'buy accounts here'", {"reported"}, "what others write"),
    ("the trade is projected to grow from 2 to 9 billion", {"reported"}, "a report on a trade"),
    ("a fake follower classifier", {"defence"}, "who tells them from people"),
    ("no ads, no tracking, no limits", {"reported"}, "plans of an honest program"),
    ("no ads, no filters, no limits", set(), "a model without limits"),
    ("不实现反检测、自动互动", {"prohibit"}, "what a program leaves alone"),
    ("实现反检测、自动互动", set(), "what a program does"),
    ("不要用自动私信作为卖点", {"prohibit"}, "what is not to be praised"),
    ("以下说法错误的是", {"reported"}, "a question of an exam"),
    ("升级到付费版以去除水印", {"reported"}, "the vendor's own plan"),
    ("打开页面,一键去除水印", set(), "a remover"),
    ("冷水机组通过群控系统加减机", {"reported"}, "machines of a house"),
    ("手机群控系统,一拖一百", set(), "phones of a farm"),
    ("防恶意刷赞", {"defence"}, "a guard"),
    ("粉丝群里充斥着营销号", {"reported"}, "what a crowd is made of"),
    ("标签二:刷量", {"reported"}, "labels for those who annotate"),
    ("发布代刷内容的,首次禁言七日", {"reported"}, "what befalls who does it"),
    ("你是黑灰产情报分析助手", {"reported"}, "who looks for it"),
    ("检测词:群控", {"defence"}, "a filter's list"),
    ("match: ['buy followers'] action: hide", {"prohibit"}, "a rule of moderators"),
    ("buy followers, call to action: order", set(), "a shop's button"),
    ("account farm: accounts registered in bulk", {"reported"}, "a glossary"),
    ("our account farm: 200 phones", set(), "a farm's own"),
    ("评论区敏感词(代刷、收号)自动折叠", {"defence"}, "words that are kept out"),
    ("打掉接码平台线索三条", {"reported"}, "what was found and shut"),
    ("threatcategory.crypto, 'daily profit'", {"reported"}, "a sample of a filter"),
]


@pytest.mark.parametrize(("text", "voices", "why"), TURNS, ids=[f"{row[2]}: {row[0][:20]}" for row in TURNS])
def test_whoever_keeps_it_out_is_told_by_grammar(text: str, voices: set[str], why: str) -> None:
    heard = {one.voice for one in turns_of(text)}  # some sentences take a turn of another kind as well
    assert voices <= heard if voices else not heard
