"""Voices: in which manner the sentence speaks that holds some words, and which of its words say so.

What a lexicon can hold are its groups (prohibit, reported, crime_name, defence, explain). What is grammar is in
`domainscan.signals.turns`; lists under a line that forbids, quotations and defanged addresses are told here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from domainscan.signals.hits import Hit
from domainscan.signals.refusals import LISTED, agrees, declines, follows_refusal
from domainscan.signals.turns import DEFANGED, own_contact, turns_of
from domainscan.signals.words import Words

Marker = tuple[str, Hit, Hit]  # a voice, the words that give it, and what they doubt

# How much a mention in this manner of speaking counts; the strongest reason to doubt decides.
VOICES: Final[dict[str, float]] = {
    "prohibit": 0.0,
    "claimed": 0.1,
    "reported": 0.1,
    "crime_name": 0.1,
    "defence": 0.1,
    "quoted": 0.2,
    "named": 0.5,
    "explain": 0.4,
    "plain": 1.0,
}
DOUBTS: Final = (
    "prohibit",
    "claimed",  # by a turn alone: what other sellers say of their goods
    "reported",
    "crime_name",
    "defence",
    "explain",
)  # the groups of markers, strongest first
# Claims of an offer that contain a marker's words: "never refuses", "zero risk", "use when the user says".
CLAIMS: Final = (
    "no_consent", "attack_llm", "unbound_llm", "jailbreak", "guarantee", "no_age", "no_kin", "unofficial",
    "label_noun", "liveness", "official_service", "professional_claim", "detector_noun", "illicit_tool",
    "liveness_bypass", "label_tool", "seller_rule", "unfiled", "unguarded", "call_room", "visitor_terms", "pretence",
    "no_report", "yes_claim", "phish_take", "refusal_retry", "thrown_out", "rank_promise", "prey", "own_reading",
    "policy_past", "ban_passed", "left_alone", "order_unbinds", "front_disguise", "run_unseen", "others_block",
)  # fmt: skip
# A question about what others can or should do; one that addresses the reader may well be an offer.
# Groups of a line under which a list is refused, reported or watched for.
_BANS: Final = ("prohibit", "list_ban")
_ESCAPED: Final = ("ban_passed", "run_unseen")  # bans that are escaped
_ASKED: Final = re.compile(r"^(?:[a-z]+: )?(?:can|could|should|does|do|is|are|will|would|why|who|what|how) ")
_ADDRESSED: Final = re.compile(r"\b(?:you|your|want|need|tired|do i get|can i get)\b")
# The quotation marks that a single word may stand in.
_OPEN: Final = ("'", '"', "\u2018", "\u201c")
_CLOSE: Final = ("'", '"', "\u2019", "\u201d")
# Characters before a guard's word within which it is told of others: "unlike tools that block".
UNLIKE: Final = 70
BESIDE: Final = 120  # characters before and after a sentence, in which an address may be its subject
# What every defanged address holds, by its rarest character: to look for one character takes 1 µs in 30 kB, for a word
# 20, and the whole page is searched as well.
_BROKEN: Final[dict[str, tuple[str, ...]]] = {
    "[": ("[.", "[dot", "[:]"),
    "{": ("{.", "{dot"),
    "(": ("(.", "(dot"),
    "*": ("h**p",),
    "x": ("hxxp",),
}
# What a picture program looks for before it paints: "衣物检测", "garment detection".
_FOUND: Final = re.compile(
    r"(?:(?:衣物|衣服|服装|人体|人像|姿态|骨骼|皮肤|肤色|边缘|关键点)(?:自动)?检测"
    r"|\b(?:garment|clothing|clothes|cloth|outfit|body|pose|skin|edge) detect(?:ion|or|s|ed)?)$"
)
# What is looked for to be taken off: "detect and remove SynthID watermarks", "自动检测并去除水印"; a step as well.
_FOUND_TO_GO: Final = re.compile(
    r"(?:ion|or|ing|s|ed)? ?(?:and|&|/|,|then|、|并|和|与|后|,并)? ?(?:then |automatically |auto )?"
    r"(?:remov|strip|eras|wip|delet|去除|移除|清除|擦除|抹除|消除|去掉)[^.\n。]{0,40}?"
    r"(?:watermark|synthid|c2pa|logo|metadata|fingerprint|ai trace|水印|标识|痕迹)"
)
# What is to be prevented is being found: "to prevent AI detection", "防止被平台打上标签".
_UNFOUND: Final = re.compile(
    r"(?:prevent|avoid)(?:s|ing)? (?:any |all |the )?(?:ai |platform )?(?:image |content |text )?"
    r"(?:detection|flagging|labell?ing|being (?:detected|flagged|labell?ed|tagged|marked|caught))"
    r"|(?:防止|避免|预防)[^,。\n]{0,6}?被(?:平台|系统|学校|老师|导师|检测|识别|判|打|标|限流|ai)"
)
# What stands before the name of a button, a mode or a dish: the quotation marks are the seller's own.
_CONTROL: Final = re.compile(
    r"(?:点击?|按下?|选择?|选中|进入|打开|勾选|输入|发送?|回复"
    r"|click|press|tap|choose|select|hit|open|use|type|send) ?(?:the )?$"
)


def voice_of(words: Words, spans: list[Hit], despite: tuple[str, ...] = ()) -> str:
    """The manner of speaking of the sentences that hold `spans`, the anchor first; those in `despite` do not count.

    An anchor in quotation marks of its own is somebody's term ("named"), and half an offer; in a sentence that keeps
    its distance ("those who promise", "的朋友") it is quoted.
    """
    marked = [
        one for sentence in {words.sentence(span) for span in spans} for one in _markers(words, sentence)
    ]
    for voice in DOUBTS if marked else ():
        if voice not in despite and any(
            spoken == voice and not _within(marker, spans) and _reaches(scope, spans)
            for spoken, marker, scope in marked
        ):
            return voice
    if words.in_field(spans[0]):
        return "plain"
    if all(words.quoted(span) for span in spans):
        return "quoted"
    return _named(words, spans[0])


def spoken(words: Words, span: Hit) -> bool:
    """Whether the page says these words itself, in quotation marks of its own or without any."""
    return voice_of(words, [span]) in ("plain", "named")


def listed_as_forbidden(words: Words, span: Hit) -> bool:
    """Whether these words stand in a list under a line that forbids, or after a colon that does."""
    sentence = words.sentence(span)
    return any(map(words.has, _BANS)) and (
        _in_forbidden_list(words, sentence) or _in_forbidden_clause(words, sentence)
    )


def _named(words: Words, anchor: Hit) -> str:
    """Whether the anchor stands in short quotation marks, as a term that the page does not make its own."""
    quote = words.named(anchor)
    if quote is None or words.zone(anchor.start) == "control":
        return "plain"
    if _CONTROL.search(words.text[max(0, quote.start - 12) : quote.start]):
        return "plain"
    sentence = words.sentence(quote)
    aloof = words.between("aloof", sentence.start, sentence.end)
    return "named" if all(_within(one, (quote,)) for one in aloof) else "quoted"


def _reaches(scope: Hit, spans: Iterable[Hit]) -> bool:
    return any(scope.start <= span.start < scope.end for span in spans)


def _markers(words: Words, sentence: Hit) -> list[Marker]:
    """(voice, marker, what it doubts) of a sentence that says it is no offer; found once per sentence."""
    if sentence not in words.markers:
        found: list[tuple[str, Hit]] = [
            (voice, marker)
            for voice in DOUBTS
            if words.has(voice)
            for marker in words.between(voice, sentence.start, sentence.end)
            if not _void(words, voice, marker, sentence)
        ]
        found.extend(_answer(words, sentence))
        if listed_as_forbidden(words, sentence):  # both look for its words in what stands before
            found.append(("prohibit", sentence))
        if _refused_item(words, sentence):
            found.append(("prohibit", sentence))
        words.markers[sentence] = [
            *((voice, marker, sentence) for voice, marker in found),
            *_turns(words, sentence),
        ]
    return words.markers[sentence]


def _turns(words: Words, sentence: Hit) -> Iterator[Marker]:
    """What the grammar of a sentence says of it, and a defanged address in its line."""
    text, at = words.text[sentence.start : sentence.end], sentence.start
    for one in turns_of(text):
        marker = Hit(at + one.start, at + one.end)
        if one.voice == "prohibit" and words.nearest(CLAIMS, marker, -1):
            continue  # "nobody is asked"
        if one.voice == "defence" and _escaped(words, marker, sentence):
            continue
        yield one.voice, marker, Hit(at + one.first, at + one.last)
    if defanged(words.text, max(words.starts[words.line(at)], at - BESIDE), sentence.end + BESIDE):
        yield "reported", sentence, sentence


def defanged(text: str, start: int, end: int) -> frozenset[str]:
    """The different addresses in [start, end) that nobody can click, a messenger's own handle not among them."""
    part = text[start:end]
    if not any(sign in part and any(mark in part for mark in marks) for sign, marks in _BROKEN.items()):
        return frozenset()
    return frozenset(one[0] for one in DEFANGED.finditer(part) if not own_contact(one[0]))


def _answer(words: Words, sentence: Hit) -> list[tuple[str, Hit]]:
    """The doubts of the sentence after a question: "Can it be bought? No, it is a fraud." """
    if not words.text[sentence.start : sentence.end].rstrip().endswith("?"):
        return []
    asked = words.text[sentence.start : sentence.end].strip()
    answer = words.sentence(Hit(sentence.end, sentence.end + 1))
    open_question = _ASKED.match(asked) and not _ADDRESSED.search(asked)
    agreed = agrees(asked, words.text[answer.start : answer.end])
    about = [("explain", sentence)] if open_question and not agreed else []
    if declines(asked, words.text[answer.start : answer.end]):
        return [("prohibit", answer)]
    return about + [
        (voice, marker)
        for voice in ("prohibit", "reported")
        for marker in words.between(voice, answer.start, answer.end)
    ]


def _within(marker: Hit, spans: Iterable[Hit]) -> bool:
    return any(span.start <= marker.start and marker.end <= span.end for span in spans)


def _void(words: Words, voice: str, marker: Hit, sentence: Hit) -> bool:
    """Whether a marker is part of a claim ("never refuses"), or is what the offer promises to escape."""
    if words.nearest(CLAIMS, marker, -1) or (voice == "reported" and _in_quotes(words.text, marker)):
        return True
    if voice == "defence" and _FOUND.search(words.text[max(0, marker.start - 12) : marker.end]):
        return True  # a program's step, and no guard
    if voice == "defence" and (
        _FOUND_TO_GO.match(words.text, marker.end) or _UNFOUND.match(words.text, marker.start)
    ):
        return True
    return voice == "defence" and _escaped(words, marker, sentence)


def _in_quotes(text: str, marker: Hit) -> bool:
    """Whether a single word stands in quotation marks of its own: "40 'studies'" are goods, and no report."""
    return (
        text[max(0, marker.start - 1) : marker.start] in _OPEN and text[marker.end : marker.end + 1] in _CLOSE
    )


def _escaped(words: Words, marker: Hit, sentence: Hit) -> bool:
    """Whether what detects is what is to be escaped: "stay invisible to detectors"."""
    start = max(marker.start - 20, sentence.start)
    before = (hit.end <= marker.start for hit in words.between("evade", start, marker.start))
    unlike = max(marker.start - UNLIKE, sentence.start)
    return (
        any(before)
        or words.any_between("unlike_others", unlike, marker.start)
        or bool(words.between("evade_after", marker.end, marker.end + 12))
    )


def _banned(words: Words, groups: tuple[str, ...], start: int, end: int) -> bool:
    """Whether a word that forbids or bans stands there, and is no part of a claim ("降低封禁风险")."""
    return any(
        not words.nearest(CLAIMS if group == "prohibit" else _ESCAPED, marker, -1)
        for group in groups
        for marker in words.between(group, start, end)
    )


def _in_forbidden_clause(words: Words, sentence: Hit) -> bool:
    """Whether the sentence is an item after a colon that forbids ("You will not: (a) ...; (b) ...")."""
    line = words.starts[words.line(sentence.start)]
    stop = max(words.text.rfind(one, line, sentence.start) for one in (". ", "。", "!"))
    start = max(line, stop)
    colon = words.text.rfind(":", start, sentence.end)
    if colon < 0 or ";" not in words.text[colon : sentence.end + 1]:
        return False
    return _banned(words, _BANS, start, colon)


def _refused_item(words: Words, sentence: Hit) -> bool:
    """Whether the sentence is an item of a numbered list of refusals in its line."""
    first = max(words.starts[words.line(sentence.start)], sentence.start - LISTED)
    return follows_refusal(words.text[first : sentence.start], words.text[sentence.start : sentence.end])


def _in_forbidden_list(words: Words, sentence: Hit) -> bool:
    """Whether the sentence stands in a list under a line that forbids ("The following is not allowed:")."""
    at = words.line(sentence.start)
    for index in range(at - 1, max(-1, at - 16), -1):
        start, end = words.starts[index], words.line_end(index)
        line = words.text[start:end]
        heading = words.zones[index] == "heading"
        leads = _BANS if heading or line.endswith(":") else _BANS[1:] if words.zones[index] == "title" else ()
        if _banned(words, leads, start, end):
            return True
        if heading or (len(line) > 160 and not line.endswith(":")):
            return False
    return False
