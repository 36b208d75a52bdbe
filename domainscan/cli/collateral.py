"""Who else a decision would hit, as the commands on decisions show it."""

from __future__ import annotations

from typing import Any

import msgspec

from blocklists.names import unicode_form
from domainscan.cli import common
from domainscan.collateral import Collateral, estimate
from domainscan.model import Decision
from domainscan.store import Store
from domainscan.store.cases import known_names, standing
from domainscan.store.decisions import load_decision
from domainscan.store.places import names_at


def decision_shown(store: Store, settings: common.Settings, id: int) -> dict[str, Any]:
    """A decision as JSON: its columns, the name in Unicode, and who else it would hit."""
    decision = load_decision(store, id)
    found = collateral_of(store, settings, decision)
    more = {
        "unicode": unicode_form(decision.name),
        "collateral": found,
        "collateral_interval": found.interval,
    }
    return {**msgspec.to_builtins(decision), **more}


def collateral_of(store: Store, settings: common.Settings, decision: Decision) -> Collateral:
    """Who else the measure would hit, as far as anybody has seen."""
    found = standing(store, decision.name)
    return estimate(
        decision.name,
        decision.reach,
        found[0] if found else None,
        known=known_names(store, decision.name),
        cohosted=names_at(store, found[0].addresses()) if found else (),
        suffixes=settings.suffixes(),
    )


def collateral_line(found: Collateral) -> str:
    """The names, the remarks and the names beside them, on one line."""
    names = ", ".join(found.falls)
    notes = "; ".join(found.notes)
    others = common.counted(found.cohosted_total, "name of others is", "names of others are")
    beside = f"; {others} served at the same addresses, and stay{'s' * (found.cohosted_total == 1)} untouched"
    return (
        f"would also hit {found.interval} other {'name' if found.interval == '1' else 'names'}"
        + "".join(f": {one}" for one in (names, notes) if one)
        + (beside if found.cohosted_total else "")
    )
