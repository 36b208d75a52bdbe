"""One case in words: what was seen, rule by rule what it means, and what people decided."""

from __future__ import annotations

from typing import Any, Final

from domainscan.cli import common
from domainscan.cli.followed import Followed, print_decisions
from domainscan.cli.kin import print_kin
from domainscan.cli.numbers import number_lines
from domainscan.model import (
    CATEGORIES,
    Answers,
    Assessment,
    Certificate,
    Failure,
    Fired,
    Icon,
    Judgement,
    Observation,
    Page,
    Registration,
    unseen,
)
from domainscan.read.difference import differences

NOTES: Final = (
    ("flagged", "flagged"),
    ("settled", "settled: people decided no action on this content"),
    ("compromised", "looks like a compromised legitimate site: tell its owner, never block"),
)


def print_case(
    document: dict[str, Any], observation: Observation, assessment: Assessment | None, found: Followed
) -> None:
    """The case on standard output, its lines as wide as the terminal."""
    name, shown = document["name"], document["unicode"]
    as_of = f", as of {document['as_of']}" if document["as_of"] else ""
    print(common.visible((name if shown == name else f"{name}  ({shown})") + as_of))
    leads_to = document["leads_to"]
    away = [("leads to", f"another site, not judged here: domainscan scan {leads_to}")] if leads_to else []
    for label, text in (*_seen(observation, assessment), *away, *number_lines(document["identifiers"])):
        common.say(f"  {label:<13}{text}", 15)
    if assessment is not None:
        _print_assessment(assessment)
    if document["rests_on"]:
        common.say(_rests_on(name, document["rests_on"]))
    print_kin(document["kin"])
    changes = "; ".join(document["changes"]) or "nothing changed"
    print()
    common.say(f"since the last visit: {changes}")
    print_decisions(document["decisions"], found, document["checks"])


def _rests_on(name: str, visit: dict[str, Any]) -> str:
    return (
        f"the case is flagged for another visit, {visit['at']} of {visit['url'] or 'the name alone'}: "
        f"{', '.join(visit['categories'])}; `domainscan show {name} --at {visit['at']}` has its reasons"
    )


def _seen(observation: Observation, assessment: Assessment | None) -> list[tuple[str, str]]:
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
        if why := unseen(observation, assessment):
            lines.append(("", f"not what its visitors see ({why}): look in a browser of your own"))
        if page.received:
            lines.append(("", f"unchanged since {page.received}: the bytes are in {page.record}"))
    else:
        lines.append(("page", _failed(page)))
        if page.status == "disallowed":
            lines.append(
                ("", f'one look all the same: domainscan scan {observation.name} --despite-robots "REASON"')
            )
    lines += _second(observation)
    if observation.flags:
        lines.append(("flags", ", ".join(observation.flags)))
    if observation.icon != Failure("not_run"):
        icon = observation.icon
        told = f"{icon.hash} · {icon.size:,} bytes" if isinstance(icon, Icon) else _failed(icon)
        lines.append(("icon", told))
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


def _second(observation: Observation) -> list[tuple[str, str]]:
    """What the second profile was shown, where one looked."""
    page, second = observation.page, observation.second
    if isinstance(page, Failure) or second == Failure("not_run"):
        return []
    if isinstance(second, Failure):
        return [("second look", _failed(second))]
    return [("second look", "; ".join(differences(page, second)) or "the same page")]


def _failed(failure: Failure | None) -> str:
    if failure is None:
        return ""
    return f"{failure.status} ({failure.detail})" if failure.detail else failure.status


def _print_assessment(assessment: Assessment) -> None:
    said = "; ".join(text for key, text in NOTES if getattr(assessment, key)) or "not flagged"
    when = f", made {assessment.made_at}" if assessment.made_at else ""
    print()
    common.say(
        f"assessment {assessment.id}{when}, by pack {assessment.pack} {assessment.pack_digest[:19]}: {said}"
    )
    for judgement in assessment.judgements:
        _print_judgement(judgement)
    if not assessment.judgements:
        print("  nothing fired")
    if assessment.unknown:
        unknown = ", ".join(f"{one.signal} ({one.status})" for one in assessment.unknown)
        common.say(f"  not measured: {unknown}")


def _print_judgement(judgement: Judgement) -> None:
    harm = CATEGORIES[judgement.category][0]
    points = f"{judgement.points:g} {'point' if judgement.points == 1 else 'points'}"
    print(f"  {judgement.category} {harm}")
    common.say(
        f"    severity {judgement.severity} · confidence {judgement.confidence} · "
        f"{points} from {', '.join(judgement.kinds) or 'nothing'}",
        6,
    )
    for mark, rules in (("+", judgement.fired), ("-", judgement.counter)):
        for fired in rules:
            _print_fired(mark, fired)


def _print_fired(mark: str, fired: Fired) -> None:
    evidence = " | ".join(one[:120] for one in fired.evidence[:4])
    value = f"{fired.value:g}" if isinstance(fired.value, float | int) else fired.value
    common.say(f"    {mark} {fired.rule} [{fired.kind}] {abs(fired.points):g}: {fired.reason}", 6)
    common.say(f"        {fired.signal} = {value} {fired.unit}: {evidence}", 10)
