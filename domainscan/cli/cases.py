"""show: the case of one name, explained."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import date
from operator import itemgetter
from typing import Annotated, Any, Final

import msgspec
import typer
from msgspec.structs import replace

from blocklists.names import BadName, parse_name, unicode_form
from domainscan.cli import common
from domainscan.cli.kin import kin_shown, print_kin
from domainscan.cli.numbers import number_lines, numbers_shown
from domainscan.cli.replay import print_replay, replayed_of
from domainscan.model import (
    CATEGORIES,
    MEASURES,
    Answers,
    Assessment,
    Certificate,
    Decision,
    Failure,
    Fired,
    Icon,
    Judgement,
    Name,
    Observation,
    Page,
    Registration,
)
from domainscan.read.difference import differences
from domainscan.scan.record import categories
from domainscan.store import Store
from domainscan.store.audit import load_events
from domainscan.store.cases import Case, forget_flag, load_case, update_latest
from domainscan.store.checks import load_checks
from domainscan.store.decisions import Appeal, load_appeals, load_decisions
from domainscan.store.findings import seal
from domainscan.store.observations import assessments, latest, observations
from domainscan.store.schema import STEPS
from domainscan.store.times import read_time


def show(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="A host name, in any spelling.")],
    json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
    at: Annotated[
        str,
        typer.Option(
            help="The case as it stood then: 2026-11-23T14:00:00Z, or 2026-11-23 for that day's end."
        ),
    ] = "",
    again: Annotated[
        bool,
        typer.Option(
            "--replay",
            help="Judge again from the kept evidence, pack and context and compare byte by byte; exit 1 if it differs.",
        ),
    ] = False,
) -> None:
    """Show one case: what was seen, rule by rule what it means, what speaks against it, and what people decided.

    \b
    Examples:
      domainscan show example.org
      domainscan show example.org --at 2026-11-01
      domainscan show example.org --at 2026-11-01 --replay
    """
    settings = common.settings(context)
    try:
        parsed = parse_name(name)
    except BadName as error:
        common.fail(f"{error}{': a case is of a host name, give that alone' if '/' in name else ''}")
    moment = _moment(at) if at else ""
    with settings.store() as store:
        found = latest(store, parsed, moment)
        if found is None:
            common.fail(_not_visited(store, parsed, moment))
        observation, assessment = found
        document = _document(store, parsed, observation, assessment, moment)
        document["identifiers"] = numbers_shown(store, observation, settings)
        replayed = replayed_of(store, settings, assessment) if again else None
        if replayed is not None:
            document["replay"] = replayed
        document["kin"] = kin_shown(store, settings, observation, moment)
    if json:
        common.emit_json(document)
    else:
        _print_case(document, observation, assessment)
        if replayed is not None:
            print_replay(replayed)
    if replayed is not None and not replayed.identical:
        raise typer.Exit(common.FLAGGED)


def _not_visited(store: Store, name: Name, moment: str) -> str:
    """Why there is nothing to show, and what would help: a visit, or a later moment."""
    first = next(iter(observations(store, name)), None)
    if first is None:
        return f"{name} was never visited: `domainscan scan {name}` visits it"
    return (
        f"{name} was first visited {first.at}, after {moment}: `domainscan show {name} --at {first.at}` shows it as"
        f" it was then, `domainscan show {name}` as it is now"
    )


def _moment(text: str) -> str:
    """The moment that `--at` spells, as the store writes times. Ends the program with exit 2 when it is none."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        pass
    else:
        return f"{day}T23:59:59Z"
    try:
        return read_time(text).isoformat(timespec="seconds").replace("+00:00", "Z")
    except (ValueError, OverflowError):
        common.fail(f"--at {text}: write 2026-11-23T14:00:00Z, 2026-11-23T22:00:00+08:00 or 2026-11-23")


def _document(
    store: Store, name: Name, observation: Observation, assessment: Assessment | None, moment: str
) -> dict[str, Any]:
    """What is known of the case; with a moment, what was known then."""
    visits = [one for one in observations(store, name) if not moment or one.at <= moment]
    judged = [one for one in assessments(store, name) if not moment or _made(one) <= moment]
    decisions = _decisions(store, name, moment)
    case = _case_then(store, name, moment, visits, judged, decisions) if moment else load_case(store, name)
    return {
        "name": name,
        "unicode": unicode_form(name),
        "as_of": moment,
        "case": case,
        "observation": observation,
        "assessment": assessment,
        "categories": categories(assessment) if assessment else {},
        "flagged": bool(assessment and assessment.flagged),
        "decisions": decisions,
        "checks": [one for one in load_checks(store, name=name) if not moment or one.at <= moment],
        "visits": [
            {"at": one.at, "status": one.status, "reason": one.reason, "id": one.id} for one in visits
        ],
        "changes": _changes(visits, judged, observation, assessment),
    }


def _made(one: Assessment) -> str:
    """When a judgement was made; those of schema 1 say when the visit was."""
    return one.made_at or one.at


def _decisions(store: Store, name: Name, moment: str) -> list[Decision]:
    """The name's decisions; of what people did after a moment, nothing."""
    known = load_decisions(store, name=name)
    if not moment:
        return known
    appeals = [
        one
        for one in load_appeals(store, name=name)
        if one.at <= moment and (not one.closed_at or one.closed_at > moment)
    ]
    return [_decision_then(one, moment, appeals) for one in known if one.proposed_at <= moment]


def _decision_then(decision: Decision, moment: str, appeals: Sequence[Appeal]) -> Decision:
    appeal = next((one.text for one in appeals if one.decision == decision.id), "")
    decision = replace(decision, appeal=appeal)
    if decision.decided_at > moment:
        decision = replace(decision, state="proposed", approver="", decided_at="")
    elif decision.ended_at > moment:
        decision = replace(decision, state="approved")
    else:
        return decision
    return replace(decision, ended_at="", ended_by="", ended_reason="")


def _case_then(
    store: Store,
    name: Name,
    moment: str,
    visits: Sequence[Observation],
    judged: Sequence[Assessment],
    decisions: Sequence[Decision],
) -> Case | None:
    """The case at a moment: its visits up to then, and what settled it, played again in a store in memory."""
    judgements = {one.observation: one for one in judged}
    events: list[tuple[str, Observation | None]] = [(one.at, one) for one in visits]
    events += [(one.decided_at, None) for one in decisions if _settles(one)]
    with Store(store.home, sqlite3.connect(":memory:", isolation_level=None)) as past:
        for step in STEPS:
            step(past.db)
        past.db.conn.execute("PRAGMA foreign_keys = OFF")  # the visits themselves stay where they are
        past.db.conn.execute("BEGIN")  # inside a transaction nothing takes the home's lock
        for at, seen in sorted(events, key=itemgetter(0)):
            if seen is None:
                forget_flag(past, name)
            else:
                update_latest(past, [seal(0, seen, judgements.get(seen.id), ())], at)
        then, now = load_case(past, name), load_case(store, name)
    return then and replace(then, opened=now.opened if now else "", assigned=_assigned(store, name, moment))


def _settles(decision: Decision) -> bool:
    return decision.measure == "none" and decision.state in ("approved", "lifted")


def _assigned(store: Store, name: Name, moment: str) -> str:
    """Whose case it was, by the audit log."""
    events = (one for one in load_events(store, name) if one.action == "case.assign" and one.at <= moment)
    last = next(events, None)
    return str(msgspec.json.decode(last.detail)["to"]) if last else ""


def _print_case(document: dict[str, Any], observation: Observation, assessment: Assessment | None) -> None:
    name, shown = document["name"], document["unicode"]
    as_of = f", as of {document['as_of']}" if document["as_of"] else ""
    print(common.visible((name if shown == name else f"{name}  ({shown})") + as_of))
    for label, text in (*_seen(observation), *number_lines(document["identifiers"])):
        common.say(f"  {label:<13}{text}", 15)
    if assessment is not None:
        _print_assessment(assessment)
    print_kin(document["kin"])
    changes = "; ".join(document["changes"]) or "nothing changed"
    print()
    common.say(f"since the last visit: {changes}")
    for decision in document["decisions"]:
        common.say(_decided(decision))


def _second(observation: Observation) -> list[tuple[str, str]]:
    """What the second profile was shown, where one looked."""
    page, second = observation.page, observation.second
    if isinstance(page, Failure) or second == Failure("not_run"):
        return []
    if isinstance(second, Failure):
        return [("second look", _failed(second))]
    return [("second look", "; ".join(differences(page, second)) or "the same page")]


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


def _changes(
    visits: Sequence[Observation],
    judgements: Sequence[Assessment],
    observation: Observation,
    assessment: Assessment | None,
) -> list[str]:
    """What differs from the visit before this one."""
    earlier = [one for one in visits if (one.at, one.id) < (observation.at, observation.id)]
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
    if (was_said := _certificate_state(before)) != (now_said := _certificate_state(observation)):
        found.append(f"certificate: {was_said} became {now_said}")
    judged = [one for one in judgements if one.observation == before.id]
    if judged and assessment is not None:
        was = {one.category: one.confidence for one in judged[-1].judgements}
        now = {one.category: one.confidence for one in assessment.judgements}
        for category in sorted(was.keys() | now.keys()):
            if was.get(category, "none") != now.get(category, "none"):
                found.append(f"{category} {was.get(category, 'none')} became {now.get(category, 'none')}")
    return found


def _text(observation: Observation) -> str:
    return observation.page.text_digest if isinstance(observation.page, Page) else observation.page.status


def _certificate_state(observation: Observation) -> str:
    """What the certificate's line says of its trust: its problems, or why there is none."""
    certificate = observation.certificate
    if isinstance(certificate, Failure):
        return certificate.status
    return ", ".join(sorted(certificate.problems)) or "no problems"


def _decided(decision: Decision) -> str:
    end = f", {decision.state} {decision.ended_at} by {decision.ended_by}" if decision.ended_at else ""
    by = f"{decision.proposer} proposed, {decision.approver or 'nobody yet'} decided"
    return (
        f"decision {decision.id}: {decision.measure} ({MEASURES[decision.measure]}), reach {decision.reach}, "
        f"{decision.state}: {decision.reason} [{by}; expires {decision.expires or 'never'}{end}]"
    )
