"""Refusals: what an answer declines, and which items stand in a list of what a house does not do."""

from __future__ import annotations

import re
from typing import Final

from domainscan.signals.turns import REFUSED_LIST, turns_of

# How an answer says no.
_NO: Final = (
    "no.", "no,", "no ", "no:", "no;", "no!", "nope", "never", "sorry", "不", "没有", "否", "别", "假的",
    "抱歉", "对不起", "恕",
)  # fmt: skip
_YES: Final = ("yes.", "yes,", "yes!", "sure", "of course", "absolutely", "可以", "能。", "能,", "当然")
_OWN: Final = re.compile(r"\b(?:can|may|could) i\b|我(?:能|可以)|(?:能|可以)[^,。?]{1,20}[吗么]")
_ANSWER: Final = 80  # characters of an answer that are looked at
_BEGINS: Final = 16  # within which it must begin to refuse
# What a buyer fears, or is glad to be spared: "Will Turnitin flag it? No.", "Do you log anything? No." are promises.
_SPARED: Final = re.compile(
    r"\b(?:finds? out|notice|noticed|caught|flag|flagged|banned|traced?|detected|blocked|suspicious)\b"
    r"|\b(?:do|does|will) (?:you|i|we|it|they) (?:have to |need to )?(?:label|watermark|store|keep|logs?|report|check"
    r"|moderate|verify|limit|need|require|ask|censor|filter|refuse|track|share)\b"
    r"|(?:会|能|可以|容易)[^,。?]{0,3}(?:被|查|检测|看|识别)[^,。?]{0,4}(?:发现|出来|出|到|封|知道|识别|标)"
    r"|会知道|被发现|被封|(?:需要|要|用)(?:本人|实名|身份证|授权|同意|证明|出面|露脸|配合)"
)
# The mark before an item of a numbered list.
_ITEM: Final = re.compile(r"[ ,.;。:】](?:\(?[1-9a-h][.)、]|[①-⑩]|[-•·]) ?$")
MARK: Final = 8  # characters of such a mark, with what stands before it
LISTED: Final = 240  # characters before an item in which the line above its list is looked for


def agrees(asked: str, answer: str) -> bool:
    """Whether a visitor's own question is answered with a bare yes: "Can I put anyone's face on a scene? Yes."."""
    return bool(_OWN.search(asked)) and answer.strip(" \n*_>-").removeprefix("答:").startswith(_YES)


def declines(asked: str, answer: str) -> bool:
    """Whether an answer says no to what was asked: "No.", "That is not what it's for", "我们不做这个".

    Not "we don't store them", which promises, nor a no to what a buyer fears.
    """
    said = answer.strip(" \n*_>-").removeprefix("答:").strip(" *_")
    if _SPARED.search(asked):
        return False
    return said.startswith(_NO) or any(
        one.voice == "prohibit" and one.start < _BEGINS for one in turns_of(said[:_ANSWER])
    )


# A rule of many parts: "禁止转售接口;冒用名称;用于去衣、换脸。"
_FORBIDDEN_PARTS: Final = re.compile(
    r"(?:^|[。!?\n]) ?(?:\d{1,2}[.、] ?)?(?:禁止|严禁|不得|不准|不允许)[^。!?\n]*; ?$"
)
# A heading in a line of its own text: "【不要用】 1. ... 2. ...", until the next one.
_WARNED_OF: Final = re.compile(
    r"(?:[【\[#*] ?(?:不要用|不要碰|禁用|勿用|别用|黑名单|不推荐)[^【\]】]{0,8}[】\]]"
    r"|\*\*(?:do not use|avoid|banned)\*\*)[^【#]*$"
)
# A heading over sentences in its own line, until the next colon: "禁止事项:他人の顔を使うこと。服を脱がせること。"
_BANNED_SENTENCES: Final = re.compile(r"禁止(?:事项|行为)(?:如下|包括)?:[^:【#\n]*$")
_EXAM_SAID: Final = 40  # characters of an answer in which its letter stands
# The question of an exam, among whose answers stands what is wrong: "以下说法错误的是? a. ... b. ..."
_EXAM: Final = re.compile(
    r"(?:以下|下列)[^。?\n]{0,40}(?:正确|错误|不当|恰当|属于)[^。?\n]{0,6}[?:(][^\n]{0,200}[^a-z]a[.、)]"
)


def follows_refusal(before: str, said: str = "") -> bool:
    """Whether `before` leads to a part of what is refused: "We will not: 1. ... 2.", "禁止转售;", "【不要用】 1.".

    `said` is that part: one with a colon of its own begins another list.
    """
    if before.endswith((";", "; ")):
        return bool(_FORBIDDEN_PARTS.search(before))
    if ("以下" in before or "下列" in before) and _EXAM.search(before + said[:_EXAM_SAID]):
        return True
    if "禁止" in before and ":" not in said and _BANNED_SENTENCES.search(before):
        return True
    if not _ITEM.search(before[-MARK:]):
        return False
    colon = before.rfind(":")
    if colon >= 0 and REFUSED_LIST.search(before[: colon + 1]):
        return True
    return ("【" in before or "**" in before or "[" in before) and bool(_WARNED_OF.search(before))
