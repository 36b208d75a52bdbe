"""Facts -> the fix list: per check what is required, what was seen, what to change, and whether it is in order.

Three states: `ok`, `fix`, and `cannot tell`, which is never counted for or against anybody. A check that does not
apply to the page gives no item.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from domainscan.lint.facts import Facts
from domainscan.lint.notes import agreement, complaint, filing, removal
from domainscan.lint.samples import disagreement, implicit, operator
from domainscan.lint.words import CANNOT_TELL, FIX, OK, STATES, Item
from domainscan.model import Failure, Page, Record
from domainscan.read.labels.explicit import grade_page
from domainscan.read.labels.offering import generation_offers, is_for_mainland
from domainscan.read.labels.report import (
    COMPLIANT,
    INCONCLUSIVE,
    NONCOMPLIANT,
    NOT_FOUND,
    LabelReport,
)

__all__ = ["CANNOT_TELL", "CHECKS", "FIX", "OK", "STATES", "FixList", "Item", "fix_list"]

_PLACE: Final = (
    "Show “内容由AI生成” (both elements) as text beside the prompt field, the generate button or the output, "
    "or keep it at the top or bottom of the interface where it does not scroll away."
)
CHANGES: Final[dict[str, str]] = {
    # rule of the page's grade -> what to change
    "label_hidden": "Take away what hides it, and check the page as a visitor sees it.",
    "label_faint": "Give it the size of the text around it, and a contrast of at least 4.5:1.",
    "small_print": _PLACE,
    "dialog_only": "Keep the label on the page itself: a dialog is closed and gone. " + _PLACE,
    "agreement_only": "Terms do not replace the label. " + _PLACE,
    "element_missing": "Write both elements: 人工智能 or AI, and 生成 or 合成.",
    "foreign_words": "Add the Chinese words: an English note alone does not label a page for the mainland.",
    "no_label": _PLACE,
    "look_unknown": "Look at the page in a browser: is the label there, in readable size and contrast?",
    "footer_only": "Move the label to the controls, or keep the footer in sight. " + _PLACE,
    "place_unclear": "Move the label beside the controls or the output. " + _PLACE,
    "in_script": "Look at the page in a browser: does the label come with every output, and stay?",
    "drawn_by_script": "Look at the page in a browser: is there a label by the controls or output, and does it stay?",
    "page_unread": "Nothing; the page could not be read to its end.",
}
_STATE: Final = {COMPLIANT: OK, NONCOMPLIANT: FIX, NOT_FOUND: FIX, INCONCLUSIVE: CANNOT_TELL}


class FixList(Record, frozen=True):
    """The fix list of one URL. `grade` is the strongest of the page and its media, as `label` gives it."""

    input: str
    url: str
    grade: str | None  # None when the page could not be read
    mainland: bool = False
    offers: tuple[str, ...] = ()  # what on the page offers generation
    items: tuple[Item, ...] = ()
    report: LabelReport | None = None
    media: tuple[LabelReport, ...] = ()
    failure: Failure | None = None


def fix_list(facts: Facts) -> FixList:
    """The fix list that the facts make, what must be fixed first."""
    if isinstance(facts.page, Failure):
        return FixList(facts.url, facts.url, None, failure=facts.page)
    page = facts.page
    report = grade_page(page)
    media = tuple(one.result for one in facts.media if isinstance(one.result, LabelReport))
    media = tuple(one for one in media if one.kind != report.kind)
    items = [item for check in CHECKS.values() for item in check(facts, page)]
    grades = {report.grade, *(one.grade for one in media)}
    return FixList(
        input=facts.url,
        url=page.url,
        grade=NONCOMPLIANT if NONCOMPLIANT in grades else report.grade,
        mainland=is_for_mainland(page),
        offers=generation_offers(page),
        items=tuple(sorted(items, key=lambda one: STATES.index(one.state))),
        report=report,
        media=media,
    )


def explicit(facts: Facts, page: Page) -> Iterator[Item]:
    """The explicit label by the controls or the output."""
    report = grade_page(page)
    reason = next(one for one in report.reasons if one.effect == report.grade)
    if reason.rule == "no_duty":
        return
    seen = [reason.detail]
    seen += [one.detail for one in report.reasons if one.effect == "remark" and one.rule != "offers"]
    if facts.sheets:
        seen.append(f"read with {facts.sheets} linked style sheet{'s' * (facts.sheets > 1)}")
    yield Item(
        check="explicit-label",
        title="Explicit label near the controls",
        clause=reason.clause,
        required=(
            "A text with both elements (人工智能 or AI, and 生成 or 合成), always by the content, "
            "or always at the top, bottom or background of the interface"
        ),
        seen=tuple(seen),
        change="" if report.grade == COMPLIANT else CHANGES[reason.rule],
        state=_STATE[report.grade],
    )


CHECKS: Final[dict[str, Callable[[Facts, Page], Iterator[Item]]]] = {
    "explicit-label": explicit,
    "implicit-label": implicit,
    "one-label": disagreement,
    "operator": operator,
    "agreement": agreement,
    "model-filing": filing,
    "complaint": complaint,
    "label-removal": removal,
}
