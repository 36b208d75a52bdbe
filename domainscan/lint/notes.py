"""Checks of what a service tells its users beside the label: terms, filing, complaints; and what it must not offer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from domainscan.lint.facts import Facts
from domainscan.lint.words import CANNOT_TELL, FIX, OK, Item
from domainscan.model import Page
from domainscan.read.identifiers import find_identifiers
from domainscan.read.kinds import WELL_FORMED
from domainscan.read.labels.offering import generation_offers, is_for_mainland

_MEASURES: Final = "Measures for the Labelling of AI-Generated and Synthesised Content (标识办法)"
_INTERIM: Final = "Interim Measures for Generative AI Services (暂行办法)"
_LABELLING: Final = re.compile(
    r"(?:生成|合成|AI|人工智能)[^。\n]{0,20}?标识|标识[^。\n]{0,20}?(?:生成|合成|AI|人工智能)|显式标识|隐式标识"
    r"|label(?:l?ing|l?ed|s)?\b[^.\n]{0,40}\b(?:AI|generated|synthetic)|(?:AI|generated|synthetic)\b[^.\n]{0,40}\blabel",
    re.IGNORECASE,
)
_COMPLAINT: Final = re.compile(
    r"举报|投诉|申诉|意见反馈|问题反馈|12377|report (?:abuse|a problem|content)|complain", re.IGNORECASE
)
_CHANNEL: Final = re.compile(
    r"[\w.+-]{1,64}@[\w-]{1,63}\.[\w.]{2,63}|(?<!\d)(?:400|1[3-9]\d|0\d{2,3}|12)[\d -]{3,10}\d"
)
_MODEL: Final = re.compile(
    r"(?:大?模型|算法)(?:名称)?\s{0,2}[:：]\s{0,2}([^\s,，。;；|]{2,30})|([\w\u4e00-\u9fff]{2,16}大模型)"
)


def agreement(facts: Facts, page: Page) -> Iterator[Item]:
    """The terms say how and where content is labelled."""
    if not generation_offers(page):
        return
    read = [(one, one.page.text) for one in facts.agreements if isinstance(one.page, Page)]
    told = next(((one, text, found) for one, text in read if (found := _LABELLING.search(text))), None)
    if told:
        one, text, found = told
        seen, state = f"{one.title or one.url}: “{_around(text, found)}”", OK
    elif read:
        seen, state = f"no word of labels in {', '.join(one.title or one.url for one, _ in read)}", FIX
    elif facts.agreements:
        seen, state = f"{facts.agreements[0].url} could not be read", CANNOT_TELL
    else:
        seen, state = "no link to an agreement on this page", FIX if is_for_mainland(page) else CANNOT_TELL
    change = (
        "Add a section on labels to the agreement."
        if facts.agreements
        else "Add a section on labels to the agreement, and link the agreement from the page."
    )
    if facts.agreements and not read:
        change = "Serve the agreement so that visitors can read it, with a section on labels in it."
    yield Item(
        check="agreement",
        title="A section on labels in the user agreement",
        clause=f"{_MEASURES} art. 8",
        required="The agreement says how generated content is labelled (method, style), and that users keep the labels",
        seen=(seen,),
        change="" if state == OK else change,
        state=state,
    )


def _around(text: str, found: re.Match[str]) -> str:
    return " ".join(text[max(0, found.start() - 12) : found.end() + 12].split())


def filing(facts: Facts, page: Page) -> Iterator[Item]:
    """The model's name and its filing number stand on the page."""
    if not (generation_offers(page) and is_for_mainland(page)):
        return
    found = [one for one in _numbers(page) if one[0] in ("generative_filing", "algorithm_filing")]
    good = [value for _, value, state, _ in found if state == WELL_FORMED]
    model = _MODEL.search(page.text)
    seen = [f"{value}: {detail}" if state != WELL_FORMED else value for _, value, state, detail in found[:4]]
    seen.append(f"model: {model[1] or model[2]}" if model else "no name of a model")
    if good:
        change = "" if model else "Write the name of the model beside its number."
    elif found:
        change = "Write the number as the filing notice has it."
    else:
        seen.insert(0, "no filing or registration number of a generative service or algorithm")
        change = (
            "Show the name of the filed model and its number, or the number of the registered application."
        )
    yield Item(
        check="model-filing",
        title="Model name and filing number",
        clause=f"{_INTERIM} art. 17; announcements of the CAC on filed services",
        required="A service for the public shows the name of the filed model and its number, where users see it",
        seen=tuple(seen),
        change=change,
        state=FIX if change else OK,
    )


def _numbers(page: Page) -> list[tuple[str, str, str, str]]:
    found = find_identifiers(f"{page.title}\n{page.description}\n{page.text}")
    return [(one.kind, one.value, one.state, one.detail) for one in found]


def complaint(facts: Facts, page: Page) -> Iterator[Item]:
    """Users can complain or report, and see how."""
    if not generation_offers(page):
        return
    link = next((one for one in page.links if _COMPLAINT.search(one.text)), None)
    line = next((one for one in page.text.split("\n") if len(one) < 300 and _COMPLAINT.search(one)), "")
    reached = link is not None or bool(_CHANNEL.search(line))
    if link is not None:
        seen = f"a link “{link.text[:40]}”"
    else:
        seen = f"“{line[:80]}”" if line else "neither a link nor a line about complaints or reports"
    change = ""
    if not reached:
        change = (
            "Name a way that works (telephone, mail address, form)."
            if line
            else (
                "Link a form, or show a telephone number or mail address for complaints and reports (投诉举报)."
            )
        )
    yield Item(
        check="complaint",
        title="A channel for complaints and reports",
        clause=f"{_INTERIM} art. 15",
        required="An easy way to complain and report is shown, with how it works",
        seen=(seen,),
        change=change,
        state=FIX if change else OK,
    )


def removal(facts: Facts, page: Page) -> Iterator[Item]:
    """The page offers no removal, hiding or forging of labels."""
    found = facts.removal
    if not (found or generation_offers(page)):
        return
    yield Item(
        check="label-removal",
        title="No offer to remove labels",
        clause=f"{_MEASURES} art. 10",
        required="Nobody deletes, forges or hides labels, or gives others tools or services for it",
        seen=found[:3] or ("no words that offer it",),
        change="Take the offer down, and the tool with it." if found else "",
        state=FIX if found else OK,
    )
