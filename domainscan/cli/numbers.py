"""The registration numbers of a case, as `show` lists them."""

from __future__ import annotations

from collections.abc import Sequence

from domainscan.cli import common
from domainscan.model import Failure, Observation, Reading
from domainscan.read.kinds import KINDS
from domainscan.signals.context import Context, Vocabulary
from domainscan.signals.numbers import FILED, STATES, questioned
from domainscan.signals.services import generative_service
from domainscan.store import Store
from domainscan.store.histories import history


def numbers_shown(
    store: Store, observation: Observation, settings: common.Settings, vocabulary: Vocabulary
) -> list[dict[str, str]]:
    """The registration numbers that the visit saw, with what these registers and the history before it say."""
    suffixes = settings.suffixes()
    known = history(store, observation.name, observation.at, observation, suffixes)
    context = Context(known, vocabulary, suffixes)
    found = questioned(observation, context)
    if isinstance(found, Failure):
        return []
    rows = [
        {"kind": one.identifier.kind, "value": one.identifier.value, "state": one.state, "remark": one.remark}
        for one in found
    ]
    service = generative_service(observation, context)
    serves = isinstance(service, Reading) and service.part("public").value > 0
    if serves and not any(row["kind"] in FILED for row in rows):
        rows.append({"kind": "", "value": "", "state": "absent", "remark": STATES["absent"]})
    return [{**row, "look_up": KINDS[row["kind"]][1] if row["kind"] else ""} for row in rows]


def number_lines(identifiers: Sequence[dict[str, str]]) -> list[tuple[str, str]]:
    """The registration numbers in a line each, with their state and where a person looks them up."""
    lines = []
    for one in identifiers:
        what = f"{KINDS[one['kind']][0]} {one['value']}: " if one["kind"] else ""
        remark = f" ({one['remark']})" if one["remark"] else ""
        where = f" · look up: {one['look_up']}" if one["look_up"] else ""
        lines.append(("number", f"{what}{one['state'].replace('_', ' ')}{remark}{where}"))
    return lines
