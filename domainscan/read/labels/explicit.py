"""Explicit labels of a page: `grade_page(page)` says whether a page that offers generation is labelled as it must be.

A static visit sees the frame of a service and not its output, and reads no style sheet of another file: what it
cannot decide is inconclusive, never missing. The duty is one of services to the public in the mainland; an
equivalent note for readers elsewhere is graded apart.
Source: GB 45438-2025 5 (both elements; by the content, or staying at the top, bottom or background of the interface).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from domainscan.model import Notice, Page
from domainscan.read.identifiers import find_identifiers
from domainscan.read.labels.annex import operators
from domainscan.read.labels.offering import generation_offers, is_for_mainland
from domainscan.read.labels.report import (
    COMPLIANT,
    INCONCLUSIVE,
    NONCOMPLIANT,
    NOT_FOUND,
    Label,
    LabelReport,
    Operator,
    Reason,
)
from domainscan.read.labels.rules import ORDER, REMARK, Rule

KIND: Final = "page"
SCHEME: Final = "explicit"
_UI: Final = "GB 45438-2025 5, interactive interface"
_TEXT: Final = "GB 45438-2025 5.1"
PAGE_RULES: Final[dict[str, Rule]] = {
    "page_label": Rule(COMPLIANT, _UI, "a label with both elements where it must be"),
    "content_label": Rule(COMPLIANT, _TEXT, "a label on a page that offers no generation"),
    "equivalent_note": Rule(COMPLIANT, _UI, "an equivalent note, on a page that is not for the mainland"),
    # --- the label is wrong
    "label_hidden": Rule(NONCOMPLIANT, _UI, "the only label is hidden from visitors"),
    "label_faint": Rule(NONCOMPLIANT, _UI, "the only label is too pale or too small to be seen"),
    "dialog_only": Rule(NONCOMPLIANT, _UI, "the only label stands in a dialog and does not stay"),
    "agreement_only": Rule(NONCOMPLIANT, _UI, "the only label stands in the text of an agreement"),
    "small_print": Rule(NONCOMPLIANT, _UI, "the only label is small print in the footer"),
    "element_missing": Rule(
        NONCOMPLIANT, _TEXT, "a label lacks one of its elements (人工智能 or AI; 生成 or 合成)"
    ),
    "foreign_words": Rule(NONCOMPLIANT, _TEXT, "a page for the mainland is labelled in English alone"),
    # --- nobody can tell
    "look_unknown": Rule(INCONCLUSIVE, _UI, "whether the label is seen cannot be told"),
    "footer_only": Rule(
        INCONCLUSIVE, _UI, "the label stands in the footer: whether it stays in sight is open"
    ),
    "place_unclear": Rule(INCONCLUSIVE, _UI, "the label stands neither by a control nor at an edge"),
    "in_script": Rule(INCONCLUSIVE, _UI, "the words of a label stand in a script, which may show them"),
    "drawn_by_script": Rule(INCONCLUSIVE, _UI, "what a visitor sees is drawn by scripts or in frames"),
    "page_unread": Rule(INCONCLUSIVE, _UI, "the page was not read to its end"),
    # --- nothing
    "no_label": Rule(
        NOT_FOUND, _UI, "the page offers generation and shows no label; one may come with the output"
    ),
    "no_duty": Rule(NOT_FOUND, _UI, "no label, and the page offers no generation: no duty is seen"),
    # --- remarks
    "offers": Rule(REMARK, _UI, "the page offers generation"),
    "scrolls": Rule(REMARK, _UI, "the label scrolls away with the page"),
    "script_may_show": Rule(REMARK, _UI, "hidden as served; a script of the page may show it"),
    "another": Rule(REMARK, _UI, "a further label is hidden, faint or out of the way"),
}
_GOOD: Final = ("control", "output", "top", "bottom", "background")
_UNREAD: Final = ("incomplete", "truncated")


def grade_page(page: Page) -> LabelReport:
    """The explicit labels of a page, and its grade."""
    offered = generation_offers(page)
    reasons = tuple(_reasons(page, offered))
    effects = {one.effect for one in reasons}
    return LabelReport(
        name=page.url,
        kind=KIND,
        grade=next(effect for effect in ORDER if effect in effects),
        reasons=reasons,
        labels=tuple(_label(one) for one in page.notices or ()),
        operators=tuple(_operators(page)),
        bytes_read=page.body_bytes,
        bytes_total=page.body_bytes,
    )


def page_reason(rule: str, detail: str = "", place: str = "") -> Reason:
    """The reason that a rule of PAGE_RULES gives. Raises KeyError for another one."""
    known = PAGE_RULES[rule]
    return Reason(
        rule, known.effect, known.clause, f"{known.text}: {detail}" if detail else known.text, place
    )


def _reasons(page: Page, offered: tuple[str, ...]) -> Iterator[Reason]:
    """Why the page has its grade: one reason that decides, and remarks."""
    if page.http_status >= 400:
        yield page_reason("page_unread", f"HTTP {page.http_status}")
        return
    if offered:
        yield page_reason("offers", "; ".join(offered[:4]))
        yield from _on_offer(page)
        return
    seen = [one for one in page.notices or () if one.elements == "both" and one.visibility == "visible"]
    if seen:
        yield page_reason("content_label", seen[0].text, seen[0].place)
    elif "script_rendered" in page.flags:
        yield page_reason("drawn_by_script")
    else:
        yield page_reason("no_duty")


def _on_offer(page: Page) -> Iterator[Reason]:
    whole = [one for one in page.notices or () if one.elements == "both"]
    home = is_for_mainland(page)
    own = [one for one in whole if one.language == "zh" or not home]
    decided = _decided(own, home=home) or _decided_otherwise(page, whole)
    yield decided
    if decided.effect == COMPLIANT:
        best = next(one for one in own if _is_good(one))
        if best.persistence == "flow" and best.place in ("top", "bottom"):
            yield page_reason("scrolls", best.text, best.place)
        others = [
            one
            for one in own
            if one.visibility in ("hidden", "faint") or one.place in ("dialog", "agreement")
        ]
        if others:
            yield page_reason(
                "another", f"{others[0].text} ({others[0].detail or others[0].place})", others[0].place
            )
    elif decided.rule == "label_hidden" and page.scripts:
        yield page_reason("script_may_show")


def _is_good(one: Notice) -> bool:
    return (
        one.visibility == "visible"
        and (one.place in _GOOD or one.persistence == "fixed")
        and one.place != "dialog"
    )


def _decided(own: list[Notice], *, home: bool) -> Reason | None:
    """What the page's best label decides; None when it has none with both elements in the right language."""
    good = [one for one in own if _is_good(one)]
    if good:
        rule = "equivalent_note" if good[0].language == "en" and not home else "page_label"
        return page_reason(rule, f"{good[0].text} ({good[0].place})", good[0].place)
    faults = [(_fault(one), one) for one in own]
    # What cannot be told of one label may save the page: it goes before what is wrong with another.
    faults.sort(key=lambda found: PAGE_RULES[found[0]].effect != INCONCLUSIVE)
    if not faults:
        return None
    rule, one = faults[0]
    return page_reason(rule, ", ".join(part for part in (one.text, one.detail) if part), one.place)


def _fault(one: Notice) -> str:
    """The rule that a label with both elements breaks, or why nobody can tell; it is none of the good ones."""
    if one.place == "script":
        return "in_script"
    if one.visibility == "hidden":
        return "label_hidden"
    if one.place in ("dialog", "agreement"):
        return f"{one.place}_only"
    if one.visibility == "faint":
        return "small_print" if one.place == "footer" else "label_faint"
    if one.visibility == "unknown":
        return "look_unknown"
    return "footer_only" if one.place == "footer" else "place_unclear"


def _decided_otherwise(page: Page, whole: Iterable[Notice]) -> Reason:
    """The reason of a page without a label that counts."""
    foreign = [one for one in whole if one.visibility == "visible"]
    half = [one for one in page.notices or () if one.elements != "both" and one.visibility != "hidden"]
    cut: list[str] = [flag for flag in _UNREAD if flag in page.flags]
    cut += ["nobody looked for labels"] if page.notices is None else []
    if cut:
        return page_reason("page_unread", ", ".join(cut))
    if foreign:
        return page_reason("foreign_words", foreign[0].text, foreign[0].place)
    if half:
        lacks = "AI or 人工智能" if half[0].elements == "no_ai" else "生成 or 合成"
        return page_reason("element_missing", f"{half[0].text} (without {lacks})", half[0].place)
    if "script_rendered" in page.flags or "frames" in page.flags:
        return page_reason("drawn_by_script")
    return page_reason("no_label")


def _operators(page: Page) -> Iterator[Operator]:
    """Whom provider codes in the page's text name."""
    for number in find_identifiers(page.text):
        if number.kind == "provider_code":
            yield from operators(Label("aigc", "text", "", (("ContentProducer", number.value),)))


def _label(one: Notice) -> Label:
    fields = (
        ("language", one.language),
        ("elements", one.elements),
        ("persistence", one.persistence),
        ("visibility", one.visibility),
        ("detail", one.detail),
    )
    return Label(SCHEME, one.place, "generated", tuple(pair for pair in fields if pair[1]), one.text)
