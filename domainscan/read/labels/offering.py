"""Whether a page offers generation, and to whom: prompt fields, generate controls, samples of what was generated."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

from domainscan.model import Page
from domainscan.read.label_walk import GENERATE, asks_for_prompt
from domainscan.read.near import matches_in, places_of, windows_before

_AI_WORD: Final = re.compile(
    r"人工智能|(?<![A-Za-z])AI(?![A-Za-z])|AIGC|大模型|生成式|智能(?:对话|聊天|创作|绘[图画]|写作|助手|问答|体)|文生图|数字人"
    r"|(?<![A-Za-z])(?:Chat)?GPT|\bLLM|diffusion|artificial intelligence|neural",
    re.IGNORECASE,
)
# One of these, in small letters, stands at the beginning of whatever _AI_WORD finds, or up to four characters behind.
_AI_CUES: Final = (
    "人工智能", "ai", "大模型", "生成式", "智能", "文生图", "数字人",
    "gpt", "llm", "diffusion", "artificial intelligence", "neural",
)  # fmt: skip
_AI_BEFORE, _AI_LONGEST = 4, 32
_ODD_CASE: Final = "\u0130\u0131\u017f\u212a"  # i, s and k to a pattern without case, and not to `lower`
_SAMPLE_WORDS: Final = (
    "作品", "示例", "案例", "样例", "画廊", "效果展示", "gallery", "showcase", "samples", "examples",
)  # fmt: skip
_SAMPLES: Final = re.compile("|".join(_SAMPLE_WORDS), re.IGNORECASE)
_MADE: Final = re.compile(r"生成|合成|generated", re.IGNORECASE)
_CONTACT: Final = re.compile(
    r"留言|反馈|评论|意见|邮箱|姓名|comment|feedback|e-?mail|your name", re.IGNORECASE
)
SAMPLES: Final = 3  # pictures that make a show of what is generated
_TEXT_CHARACTERS: Final = 4_000  # of the page's text that say what it is about


def generation_offers(page: Page) -> tuple[str, ...]:
    """What on the page offers generation: prompt fields, generate controls, generated samples; () for none."""
    found = dict.fromkeys(_controls(page))
    text = page.text[:_TEXT_CHARACTERS]
    shown = _samples(page.headings) if page.images >= SAMPLES else ""
    if shown and _MADE.search(text):
        found[f"samples: {shown[:40]} ({page.images} pictures)"] = None
    # What the page is about is asked last: it takes 80 µs, and most pages have no such control.
    return tuple(found)[:8] if found and _is_about_ai(page) else ()


def _samples(headings: Sequence[str]) -> str:
    """The first heading over samples; "" when there is none, as one look at all of them settles for most pages."""
    together = "\n".join(headings)
    if not any(letter in together for letter in _ODD_CASE):
        lowered = together.lower()
        if not any(word in lowered for word in _SAMPLE_WORDS):
            return ""
    return next((one for one in headings if _SAMPLES.search(one)), "")


def _controls(page: Page) -> Iterator[str]:
    for form in page.forms:
        made = any(GENERATE.search(one) for one in form.buttons)
        for field in form.fields:
            said = f"{field.label} {field.name}"
            writes = field.kind in ("textarea", "text", "search", "editable")
            if (
                writes
                and (asks_for_prompt(said) or (made and field.kind == "textarea"))
                and not _CONTACT.search(said)
            ):
                yield f"prompt field: {(field.label or field.name or field.kind)[:40]}"
    for button in page.buttons:
        if len(button) <= 20 and GENERATE.search(button):
            yield f"button: {button}"


def _is_about_ai(page: Page) -> bool:
    """Whether the page's own words for itself, or its text more than once, name artificial intelligence."""
    labels = (field.label for form in page.forms for field in form.fields)
    head = "\n".join((page.title, page.description, *page.headings[:10], *page.buttons[:20], *labels))
    return _names_ai(head, 1) or _names_ai(page.text[:_TEXT_CHARACTERS], 2)


def _names_ai(text: str, least: int) -> bool:
    """Whether a text names artificial intelligence so often.

    Tried near its cues, as the pattern takes 75 ns a character and most pages hold few of them.
    """
    if any(letter in text for letter in _ODD_CASE):
        found = _AI_WORD.finditer(text)
    else:
        lowered = text.lower()
        places = places_of(lowered, *(one for one in _AI_CUES if one in lowered))
        found = matches_in(_AI_WORD, text, windows_before(places, _AI_BEFORE, _AI_LONGEST))
    return sum(1 for _ in islice(found, least)) == least


def is_for_mainland(page: Page) -> bool:
    """Whether the page speaks to readers in the mainland, as far as its language shows that."""
    if page.language.startswith(("zh-tw", "zh-hk", "zh-mo", "zh-hant")):
        return False
    text = f"{page.title}\n{page.description}\n{page.text[:_TEXT_CHARACTERS]}"
    chinese = sum("\u4e00" <= c <= "\u9fff" for c in text)
    return chinese * 5 > len(text) or (chinese > 0 and page.language.startswith("zh"))
