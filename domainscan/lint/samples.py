"""Checks of the sample media on a page: their implicit labels, whether labels agree, and whom they name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from domainscan.lint.facts import Facts
from domainscan.lint.words import CANNOT_TELL, FIX, OK, Item
from domainscan.model import Failure, Page
from domainscan.read.codes import PROVINCES
from domainscan.read.identifiers import find_identifiers
from domainscan.read.kinds import WELL_FORMED, Identifier
from domainscan.read.labels.explicit import KIND
from domainscan.read.labels.offering import generation_offers
from domainscan.read.labels.report import COMPLIANT, NONCOMPLIANT, LabelReport, Operator
from domainscan.samples import Sample

_ANNEX: Final = "GB 45438-2025 6, Annex E; Measures art. 5"
_ASIDE: Final = ("duplicate", "disagree")  # rules that another check is about
_AGREE: Final = "Labels that agree"
_OWNERS: Final = ("icp", "icp_licence", "telecom_licence", "public_security")


def implicit(facts: Facts, page: Page) -> Iterator[Item]:
    """Sample media carry the implicit label."""
    if not (generation_offers(page) or facts.media):
        return
    seen: list[str] = []
    state, change = CANNOT_TELL, ""
    reports = [one.result for one in _reports(facts)]
    if facts.withheld:
        seen.append(f"no media were asked for: {facts.withheld}")
        change = "Nothing that could be seen from here."
    elif not facts.media:
        seen.append("no pictures, films or sounds that could be samples")
        change = "Check a file that the service gives out: domainscan label FILE."
    else:
        if facts.media_found > len(facts.media):
            seen.append(f"{len(facts.media)} of {facts.media_found} media read")
        seen += [f"{_short(one)}: {_verdict(one)}" for one in facts.media]
        bad = [one for one in reports if isinstance(one, LabelReport) and _is_faulty(one)]
        good = [one for one in reports if isinstance(one, LabelReport) and one.grade == COMPLIANT]
        state = FIX if bad else OK if good else CANNOT_TELL
        if bad:
            change = (
                "Write the label as Annex E has it, once per file, and check with: domainscan label FILE."
            )
        elif not good:
            change = "If these were generated, write the label into the file, and keep it when pictures are resized."
    yield Item(
        check="implicit-label",
        title="Implicit labels in sample media",
        clause=_ANNEX,
        required="Generated files hold one label under the key AIGC: attribute, provider, content id",
        seen=tuple(seen),
        change=change,
        state=state,
    )


def _reports(facts: Facts) -> list[Sample]:
    """The media that were read; a page that came in a picture's place is none."""
    return [one for one in facts.media if isinstance(one.result, LabelReport) and one.result.kind != KIND]


def _is_faulty(report: LabelReport) -> bool:
    return any(one.effect == NONCOMPLIANT and one.rule not in _ASIDE for one in report.reasons)


def _is_told_elsewhere(report: LabelReport) -> bool:
    """Whether all that makes the file noncompliant belongs to the check of labels that agree."""
    return report.grade == NONCOMPLIANT and not _is_faulty(report)


def _short(sample: Sample) -> str:
    return urlsplit(sample.input).path.rpartition("/")[2][-48:] or sample.input[:48]


def _verdict(sample: Sample) -> str:
    report = sample.result
    if isinstance(report, Failure):
        return f"not read ({report.status}{': ' if report.detail else ''}{report.detail})"
    if report.kind == KIND:
        return "a page in its place"
    why = next((one for one in report.reasons if one.effect == report.grade), None)
    place = next((f"; {one.detail}: {one.place}" for one in report.reasons if one.rule == "carrier"), "")
    elsewhere = f" (its fault is told under “{_AGREE}”)" if _is_told_elsewhere(report) else ""
    return (f"{report.grade}: {why.detail}" if why else report.grade) + elsewhere + place


def disagreement(facts: Facts, page: Page) -> Iterator[Item]:
    """A file has one label, and nothing in it says otherwise."""
    said = [
        (one, _contradictions(one.result)) for one in _reports(facts) if isinstance(one.result, LabelReport)
    ]
    labelled = [one for one, _ in said if isinstance(one.result, LabelReport) and one.result.labels]
    if not labelled:
        return
    wrong = tuple(f"{_short(one)}: {why}" for one, reasons in said for why in reasons)
    yield Item(
        check="one-label",
        title=_AGREE,
        clause="GB 45438-2025 6.1 c",
        required="One label per file; other marks of the same file do not contradict it",
        seen=wrong or (f"{len(labelled)} labelled file{'s' * (len(labelled) > 1)}, no contradiction",),
        change="Write the label once, when the file is made, and carry it along; correct the marks that differ."
        if wrong
        else "",
        state=FIX if wrong else OK,
    )


def _contradictions(report: LabelReport) -> list[str]:
    found = [one.detail for one in report.reasons if one.rule in _ASIDE]
    by_model = [
        one for one in report.labels if one.meaning in ("generated", "possible", "suspected", "composite")
    ]
    without = [one for one in report.labels if one.meaning == "other"]
    if by_model and without:
        found.append(f"{by_model[0].scheme} says made by a model, {without[0].scheme} says made without")
    return found


def operator(facts: Facts, page: Page) -> Iterator[Item]:
    """The operator whom provider codes name is the one whose numbers the page shows."""
    shown = find_identifiers(f"{page.title}\n{page.description}\n{page.text}")
    named = _named(facts, shown)
    if not named:
        return
    credit = {one.value for one in shown if one.kind == "credit_code" and one.state == WELL_FORMED}
    numbers = [one for one in shown if one.kind in _OWNERS and one.state == WELL_FORMED]
    seen = [
        f"{where}: provider code names {one.credit_code} (model {one.model})" for where, one in named.items()
    ]
    codes = {one.credit_code for one in named.values()}
    bad = [one for one in named.values() if one.problem]
    state, change = CANNOT_TELL, ""
    if bad:
        state, change = FIX, f"Use the code that the provider was given: {bad[0].problem}."
    elif credit:
        seen.append(f"the page shows {', '.join(sorted(credit))}")
        state = OK if codes <= credit else FIX
        change = "" if state == OK else "Use your own provider code, or show whose service this is."
    elif numbers:
        seen += [f"the page shows {one.value}" for one in numbers[:3]]
        seen += _far_apart(codes, numbers)
        change = "Compare the owner of the number (beian.miit.gov.cn) with the name behind the credit code."
    else:
        seen.append("the page shows no number of its operator")
        state, change = FIX, "Show the ICP number, and the name or credit code of the operator."
    yield Item(
        check="operator",
        title="Labels name the operator of the page",
        clause="TC260-PG-20252A; GB 45438-2025 Annex E",
        required="The provider code in a label is that of the provider who made the file",
        seen=tuple(seen),
        change=change,
        state=state,
    )


def _named(facts: Facts, shown: tuple[Identifier, ...]) -> dict[str, Operator]:
    """Whom the producer codes of media and page name, each code once, by where it stands."""
    found: dict[str, Operator] = {}
    known: set[str] = set()
    for one in _reports(facts):
        for who in one.result.operators if isinstance(one.result, LabelReport) else ():
            if who.role == "producer" and who.code not in known:
                known.add(who.code)
                found[_short(one)] = who
    for number in shown:
        if number.kind == "provider_code" and number.value not in known and number.state == WELL_FORMED:
            found["the page"] = Operator("producer", number.value, number.value[4:22], "", number.value[23:])
    return found


def _far_apart(codes: set[str], numbers: list[Identifier]) -> list[str]:
    """A remark where the number's province is not that of the credit code: no proof, as companies move."""
    areas = {code[2:4] for code in codes}
    marks = {one.value[0] for one in numbers if one.value[0] in PROVINCES}
    other = sorted(mark for mark in marks if PROVINCES[mark] not in areas)
    return (
        [f"the number is of {other[0]}, the credit code of area {min(areas)}"]
        if other and areas.isdisjoint({"10"})
        else []
    )
