"""show: the case of one name, explained."""

from __future__ import annotations

from typing import Annotated, Any, Final

import typer

from blocklists.names import BadName, parse_name, unicode_form
from domainscan.cli import common
from domainscan.model import (
    CATEGORIES,
    MEASURES,
    Answers,
    Assessment,
    Certificate,
    Decision,
    Failure,
    Fired,
    Judgement,
    Name,
    Observation,
    Page,
    Registration,
)
from domainscan.scan.record import categories
from domainscan.store import Store
from domainscan.store.cases import load_case
from domainscan.store.checks import load_checks
from domainscan.store.decisions import load_decisions
from domainscan.store.observations import assessments, latest, observations


def show(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="A host name, in any spelling.")],
    json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
    at: Annotated[
        str, typer.Option(help="The case as it stood then (UTC): 2026-11-23T14:00:00Z or 2026-11-23.")
    ] = "",
) -> None:
    """Show one case: what was seen, rule by rule what it means, what speaks against it, and what people decided.

    \b
    Examples:
      domainscan show example.org
      domainscan show example.org --at 2026-11-01
    """
    settings = common.settings(context)
    try:
        parsed = parse_name(name)
    except BadName as error:
        common.fail(str(error))
    moment = at + "T23:59:59Z" if len(at) == 10 else at
    with settings.store() as store:
        found = latest(store, parsed, moment)
        if found is None:
            when = f" before {moment}" if moment else ""
            common.fail(f"{parsed} was never visited{when}: `domainscan scan {parsed}` visits it")
        observation, assessment = found
        document = _document(store, parsed, observation, assessment)
        if json:
            common.emit_json(document)
            return
        _print_case(store, parsed, observation, assessment)


def _document(
    store: Store, name: Name, observation: Observation, assessment: Assessment | None
) -> dict[str, Any]:
    return {
        "name": name,
        "unicode": unicode_form(name),
        "case": load_case(store, name),
        "observation": observation,
        "assessment": assessment,
        "categories": categories(assessment) if assessment else {},
        "flagged": bool(assessment and assessment.flagged),
        "decisions": load_decisions(store, name=name),
        "checks": [check for check in load_checks(store) if check.name == name],
        "visits": [
            {"at": one.at, "status": one.status, "reason": one.reason, "id": one.id}
            for one in observations(store, name)
        ],
        "changes": _changes(store, name, observation, assessment),
    }


def _print_case(store: Store, name: Name, observation: Observation, assessment: Assessment | None) -> None:
    shown = unicode_form(name)
    print(common.visible(name if shown == name else f"{name}  ({shown})"))
    for label, text in _seen(observation):
        print(f"  {label:<13}{common.visible(text)}")
    if assessment is not None:
        _print_assessment(assessment)
    changes = _changes(store, name, observation, assessment)
    print("\nsince the last visit: " + common.visible("; ".join(changes) if changes else "nothing changed"))
    for decision in load_decisions(store, name=name):
        print(common.visible(_decided(decision)))


def _seen(observation: Observation) -> list[tuple[str, str]]:
    """The visit in a few lines, each with its label."""
    lines = [
        ("visit", f"{observation.at} from {observation.vantage}: {observation.status} {observation.reason}")
    ]
    for lookup in observation.resolution:
        result = lookup.result
        lines.append(
            (lookup.rtype, ", ".join(result.values) if isinstance(result, Answers) else result.status)
        )
    lines += [
        ("hop", f"{hop.http_status or '-'} {hop.url} {_failed(hop.failure)}") for hop in observation.hops
    ]
    page = observation.page
    if isinstance(page, Page):
        lines.append(
            ("page", f"{page.title or '(no title)'} · {page.body_bytes:,} bytes · {page.body_digest[:19]}")
        )
    else:
        lines.append(("page", _failed(page)))
    certificate = observation.certificate
    if isinstance(certificate, Certificate):
        problems = ", ".join(certificate.problems) or "no problems"
        lines.append(("certificate", f"{certificate.issuer} · since {certificate.not_before} · {problems}"))
    else:
        lines.append(("certificate", _failed(certificate)))
    registration = observation.registration
    if isinstance(registration, Registration):
        lines.append(
            ("registered", f"{registration.registered or 'unknown'} · {registration.registrar or 'unknown'}")
        )
    else:
        lines.append(("registered", _failed(registration)))
    return lines


def _failed(failure: Failure | None) -> str:
    if failure is None:
        return ""
    return f"{failure.status} ({failure.detail})" if failure.detail else failure.status


NOTES: Final = (
    ("flagged", "flagged"),
    ("settled", "settled: people decided no action on this content"),
    ("compromised", "looks like a compromised legitimate site: tell its owner, never block"),
)


def _print_assessment(assessment: Assessment) -> None:
    said = "; ".join(text for key, text in NOTES if getattr(assessment, key)) or "not flagged"
    print(f"\nassessment {assessment.id} by pack {assessment.pack} {assessment.pack_digest[:19]}: {said}")
    for judgement in assessment.judgements:
        _print_judgement(judgement)
    if not assessment.judgements:
        print("  nothing fired")
    if assessment.unknown:
        unknown = ", ".join(f"{one.signal} ({one.status})" for one in assessment.unknown)
        print("  not measured: " + common.visible(unknown))


def _print_judgement(judgement: Judgement) -> None:
    harm = CATEGORIES[judgement.category][0]
    print(
        f"  {judgement.category} {harm}\n    severity {judgement.severity} · confidence {judgement.confidence} · "
        f"{judgement.points:g} points from {', '.join(judgement.kinds) or 'nothing'}"
    )
    for mark, rules in (("+", judgement.fired), ("-", judgement.counter)):
        for fired in rules:
            print(common.visible(_fired(mark, fired)))


def _fired(mark: str, fired: Fired) -> str:
    evidence = " | ".join(one[:120] for one in fired.evidence[:4])
    value = f"{fired.value:g}" if isinstance(fired.value, float | int) else fired.value
    rule = f"    {mark} {fired.rule} [{fired.kind}] {abs(fired.points):g}: {fired.reason}"
    return f"{rule}\n        {fired.signal} = {value} {fired.unit}: {evidence}"


def _changes(store: Store, name: Name, observation: Observation, assessment: Assessment | None) -> list[str]:
    """What differs from the visit before this one."""
    earlier = [
        one for one in observations(store, name) if (one.at, one.id) < (observation.at, observation.id)
    ]
    if not earlier:
        return ["this is the first visit"]
    before = earlier[-1]
    found = []
    if before.status != observation.status:
        found.append(f"{before.status} became {observation.status}")
    if before.addresses() != observation.addresses():
        found.append(
            f"addresses {', '.join(before.addresses()) or 'none'} became {', '.join(observation.addresses()) or 'none'}"
        )
    if _text(before) != _text(observation):
        found.append("the page's text changed")
    judged = [one for one in assessments(store, name) if one.observation == before.id]
    if judged and assessment is not None:
        was = {one.category: one.confidence for one in judged[-1].judgements}
        now = {one.category: one.confidence for one in assessment.judgements}
        for category in sorted(was.keys() | now.keys()):
            if was.get(category, "none") != now.get(category, "none"):
                found.append(f"{category} {was.get(category, 'none')} became {now.get(category, 'none')}")
    return found


def _text(observation: Observation) -> str:
    return observation.page.text_digest if isinstance(observation.page, Page) else observation.page.status


def _decided(decision: Decision) -> str:
    end = f", {decision.state} {decision.ended_at} by {decision.ended_by}" if decision.ended_at else ""
    by = f"{decision.proposer} proposed, {decision.approver or 'nobody yet'} decided"
    return (
        f"decision {decision.id}: {decision.measure} ({MEASURES[decision.measure]}), reach {decision.reach}, "
        f"{decision.state}: {decision.reason} [{by}; expires {decision.expires or 'never'}{end}]"
    )
