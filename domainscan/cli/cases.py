"""show: the case of one name, explained."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from typing import Annotated, Any

import typer

from blocklists.names import BadName, parse_name, unicode_form
from domainscan.assess import BadPack, pack_in_force
from domainscan.cli import common
from domainscan.cli.explain import print_case
from domainscan.cli.followed import as_json, followed
from domainscan.cli.kin import kin_shown
from domainscan.cli.numbers import numbers_shown
from domainscan.cli.replay import print_replay, replayed_of
from domainscan.cli.tips import as_json as tips_json
from domainscan.cli.tips import print_tips, tips_shown
from domainscan.config import Packs
from domainscan.model import Assessment, Failure, Name, Observation, Page
from domainscan.packfiles import files_of, load_files
from domainscan.review.outcomes import another_site
from domainscan.scan.record import categories
from domainscan.signals.context import Vocabulary
from domainscan.store import Store
from domainscan.store.cases import load_case, standing
from domainscan.store.checks import load_checks
from domainscan.store.kept import kept_pack
from domainscan.store.observations import assessments, latest, observations
from domainscan.store.past import case_then, decisions_then
from domainscan.store.times import read_time


def show(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="A host name, in any spelling.")],
    json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
    at: Annotated[
        str | None,
        typer.Option(
            help="The case as it stood then: 2026-11-23T14:00:00Z, or 2026-11-23 for that day's end."
        ),
    ] = None,
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
    # An empty one is a script's slip, and today is no answer to it.
    moment = "" if at is None else _moment(at)
    if moment[:10] > settings.now()[:10]:
        common.note(f"{moment} is still to come: this is the case as it is now")
    with settings.store() as store:
        found = latest(store, parsed, moment)
        if found is None:
            common.fail(_not_visited(store, parsed, moment))
        observation, assessment = found
        document = _document(store, parsed, observation, assessment, moment)
        tips = tips_shown(store, parsed, moment)
        document |= {"reports": tips_json(tips), "leads_to": another_site(observation, settings.suffixes())}
        words = _vocabulary(store, settings, assessment)
        document["identifiers"] = numbers_shown(store, observation, settings, words)
        replayed = replayed_of(store, settings, assessment) if again else None
        if replayed is not None:
            document["replay"] = replayed
        became = followed(store, parsed, document["decisions"], moment)
        document |= as_json(became)
        document["kin"] = kin_shown(store, settings, observation, moment, words)
    if json:
        common.emit_json(document)
    else:
        print_case(document, observation, assessment, became)
        print_tips(tips)
        if replayed is not None:
            print_replay(replayed)
    if replayed is not None and not replayed.identical:
        raise typer.Exit(common.FLAGGED)


def _vocabulary(store: Store, settings: common.Settings, assessment: Assessment | None) -> Vocabulary:
    """That of the pack in force; where that cannot be used, of the one that was kept with the judgement, or else the
    shipped one. It is said.
    """
    try:
        return pack_in_force(settings.config.packs).vocabulary
    except BadPack as error:
        common.note(f"the pack in force cannot be used: {error}; numbers and kin are told by an earlier one")
    kept = kept_pack(store, assessment.pack_digest) if assessment else None
    with suppress(BadPack):  # damaged, or of a time when packs were written otherwise
        if kept:
            return load_files(files_of(kept)).vocabulary
    return pack_in_force(Packs()).vocabulary


def _not_visited(store: Store, name: Name, moment: str) -> str:
    """Why there is nothing to show, and what would help: a visit, or a later moment."""
    first = next(iter(observations(store, name)), None)
    if first is None:
        tips = len(tips_shown(store, name, moment))
        said = f", and reported {common.counted(tips, 'time')}" if tips else ""
        return f"{name} was never visited{said}: `domainscan scan {name}` visits it"
    return (
        f"{name} was first visited {first.at}, after {moment}: `domainscan show {name} --at {first.at}` shows it as"
        f" it was then, `domainscan show {name}` as it is now"
    )


def _moment(text: str) -> str:
    """The moment that `--at` spells, as the store writes times. Ends the program with exit 2 when it is none."""
    try:
        if "W" in text.upper():
            raise ValueError(text)  # a week is no day
        if len(text) <= len("2026-11-23"):
            return f"{date.fromisoformat(text)}T23:59:59Z"
        return read_time(text).isoformat(timespec="seconds").replace("+00:00", "Z")
    except ValueError:
        common.fail(
            f"--at {text or '(nothing)'}: write 2026-11-23T14:00:00Z, 2026-11-23T22:00:00+08:00 or 2026-11-23"
        )


def _document(
    store: Store, name: Name, observation: Observation, assessment: Assessment | None, moment: str
) -> dict[str, Any]:
    """What is known of the case; with a moment, what was known then."""
    visits = [one for one in observations(store, name) if not moment or one.at <= moment]
    judged = [one for one in assessments(store, name) if not moment or _made(one) <= moment]
    decisions = decisions_then(store, name, moment)
    case = case_then(store, name, moment, visits, judged, decisions) if moment else load_case(store, name)
    return {
        "name": name,
        "unicode": unicode_form(name),
        "as_of": moment,
        "case": case,
        "observation": observation,
        "assessment": assessment,
        "categories": categories(assessment) if assessment else {},
        "flagged": bool(assessment and assessment.flagged),
        "rests_on": _rests_on(store, observation) if case and case.flagged and not moment else None,
        "decisions": decisions,
        "checks": [one for one in load_checks(store, name=name) if not moment or one.at <= moment],
        "visits": [
            {"at": one.at, "status": one.status, "reason": one.reason, "id": one.id} for one in visits
        ],
        "changes": _changes(visits, judged, observation, assessment),
    }


def _rests_on(store: Store, observation: Observation) -> dict[str, Any] | None:
    """The visit for which the case is flagged, when that is another one than the newest, which is shown."""
    found = standing(store, observation.name)
    if found is None or found[0].id == observation.id:
        return None
    seen, judged = found
    return {
        "at": max(seen.at, _made(judged)),  # `show --at` this moment knows both
        "url": seen.url,
        "observation": seen.id,
        "assessment": judged.id,
        "categories": [f"{one.category} {one.confidence}" for one in judged.judgements],
    }


def _made(one: Assessment) -> str:
    """When a judgement was made; those of schema 1 say when the visit was."""
    return one.made_at or one.at


def _changes(
    visits: Sequence[Observation],
    judgements: Sequence[Assessment],
    observation: Observation,
    assessment: Assessment | None,
) -> list[str]:
    """What differs from the visit of the same page before this one."""
    earlier = [one for one in visits if (one.at, one.id) < (observation.at, observation.id)]
    if not earlier:
        return ["this is the first visit"]
    before = next((one for one in reversed(earlier) if one.url == observation.url), None)
    if before is None:
        return [f"this is the first visit of {observation.url or 'the name alone'}"]
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
