"""Steps of decisions for whoever types them: each on one row, or on every row of a table."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import typer

from domainscan import review
from domainscan.cli import common
from domainscan.cli.collateral import collateral_line, collateral_of, decision_shown
from domainscan.cli.guards import at_approval, at_proposal, loaded
from domainscan.cli.transfer import tell
from domainscan.model import CONFIDENCES, Assessment, Decision
from domainscan.orders import ORDERED, visits
from domainscan.providers import addressees
from domainscan.review.rules import CUTTING
from domainscan.store import Store
from domainscan.store.cases import standing
from domainscan.store.decisions import load_decision
from domainscan.store.observations import load_assessment


def perform(
    context: typer.Context,
    action: str,
    from_file: str,
    rows: list[dict[str, str]],
    json: bool,
    *,
    push: bool = False,
) -> None:
    """Carries out one step on each row, says what came of it, and ends the program: 0 all done, 3 partly,
    2 nothing.
    """
    settings = common.settings(context)
    made: list[review.Outcome] = []
    with common.answered(), settings.store() as store:
        person = common.actor(store)
        guards = loaded(settings)
        refusals, lasting = at_approval(guards, store), at_proposal(guards, store)
        terms = review.Terms(settings.now(), refusals, action, lasting, settings.config.review)
        table = _table(from_file, rows[0]) if from_file else list(enumerate(rows, 1))
        for one in review.from_table(store, person, table, terms):
            made.append(one)
            _report(store, settings, one, f"{from_file} line {one.line}: " if from_file else "", json)
        if from_file:
            common.note(f"{sum(one.done for one in made)} of {common.counted(len(made), 'row')} done")
        if json:
            single = not from_file and len(made) == 1 and made[0].done
            common.emit_json(decision_shown(store, settings, made[0].decision) if single else made)
    failed = sum(not one.done for one in made)
    told = _push(settings) if push and failed < len(made) else common.DONE
    if failed:
        raise typer.Exit(common.PARTLY if from_file or failed < len(made) else common.USAGE)
    if told:
        raise typer.Exit(told)


def _push(settings: common.Settings) -> int:
    """The exit code of a push to every recipient with a zone; what came of it goes to standard error."""
    try:
        return tell(settings, [], say=common.note, after=True)
    except typer.Exit:  # it has said why
        common.note("what was decided stands; only the push is left: `domainscan transfer push`")
        return common.PARTLY


def _report(store: Store, settings: common.Settings, one: review.Outcome, where: str, json: bool) -> None:
    if not one.done:
        common.note(f"error: {where}{one.message}")
        return
    decision = load_decision(store, one.decision)
    until = f" until {decision.expires}" if decision.expires else ""
    if not json:
        common.say(f"decision {one.decision}: {one.message}, reach {decision.reach}{until}")
    if decision.state in ("proposed", "approved") and decision.measure in CUTTING:
        common.note(collateral_line(collateral_of(store, settings, decision)))
    if decision.state in ("proposed", "approved") and (nobody := _nobody(store, settings, decision)):
        common.note(f"as it stands nobody can be asked to carry this out: {nobody}")
    if decision.state == "approved" and (gone := _gone(store, decision)):
        common.note(gone)


def _nobody(store: Store, settings: common.Settings, decision: Decision) -> str:
    """Why no order could go out for a measure that takes a letter; "" where one could, and for lists."""
    if decision.measure == "block" or decision.measure not in ORDERED:
        return ""
    _, place = visits(store, decision)
    return addressees(decision, place, settings.config.recipient, settings.suffixes())[1]


def _gone(store: Store, decision: Decision) -> str:
    """What the approver should know of a finding that the proposer saw and that stands no more; "" for none."""
    found = standing(store, decision.name)
    if found is None or not decision.assessment or found[1].id == decision.assessment:
        return ""
    then, now = (
        _confidence(one, decision) for one in (load_assessment(store, decision.assessment), found[1])
    )
    if CONFIDENCES[now] >= CONFIDENCES["medium"] or CONFIDENCES[then] < CONFIDENCES["medium"]:
        return ""
    why = "the page is another one" if found[1].content != decision.content else "it was judged anew"
    return (
        f"{decision.name}: {decision.category} was {then} when this was proposed and is {now} now, for {why}:"
        f" `domainscan show {decision.name}`; `domainscan review lift {decision.id}` takes the measure back"
    )


def _confidence(judged: Assessment, decision: Decision) -> str:
    return next((one.confidence for one in judged.judgements if one.category == decision.category), "none")


def _table(file: str, options: Mapping[str, str]) -> list[tuple[int, dict[str, str]]]:
    """The rows of a CSV file, empty cells filled from the options of the command.

    Ends the program with exit 2 when the file is no table of decisions.
    """
    try:
        data = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        rows = list(review.read_table(common.text_of(data, file)))
        return [
            (line, {**options, **{key: cell for key, cell in row.items() if cell.strip()}})
            for line, row in rows
        ]
    except (OSError, review.BadTable) as error:
        common.fail(common.said(error, file))
