"""What every command that publishes shares: who acts, for whom, by which terms, and where a release is placed."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from blocklists.guards import BadTerms
from blocklists.signature import Key
from domainscan.cli import common
from domainscan.cli.guards import informed, protected
from domainscan.config import Recipient
from domainscan.listing import Press, terms_of
from domainscan.model import Decision
from domainscan.proof import prover
from domainscan.releases import appeals
from domainscan.review import new_owners
from domainscan.rollout import StoredRollout
from domainscan.store import Store
from domainscan.transfer.setup import folder_of, place_release, policy_format


def hand(store: Store) -> str:
    """Who acts: the person of the token where one is given, else the operator of this machine.

    Lists and orders only carry out what two people decided, so timers may make them without a token.
    """
    return common.actor(store).id if os.environ.get("DOMAINSCAN_TOKEN") else "operator"


def recipients(settings: common.Settings, named: list[str]) -> tuple[Recipient, ...]:
    """The recipients with these ids, all without any. Ends the program with exit 2 for an unknown one."""
    known = {one.id: one for one in settings.config.recipient}
    for one in named:
        if one not in known:
            common.fail(f"{settings.file} names no recipient {one!r}: there are {', '.join(known) or 'none'}")
    return tuple(known[one] for one in dict.fromkeys(named)) if named else tuple(known.values())


def quick_press(settings: common.Settings, store: Store, now: str) -> Press:
    """What the settings say of a release; enough for a push, which never looks at all decisions.

    Ends the program with exit 4 for limits that are none.
    """
    try:
        terms = terms_of(settings.config.publish)
        rollout = StoredRollout(store, settings.config)
        return Press(now, terms, protected(settings, now), rollout=rollout)
    except BadTerms as error:
        common.fail(f"[publish] {error}", common.STORE)


def press_of(settings: common.Settings, store: Store, decisions: Sequence[Decision], now: str) -> Press:
    """What every release of this run shares, told of all `decisions` that block."""
    press, proof = quick_press(settings, store, now), settings.config.publish.proof
    upheld, appealed = appeals(store)
    return replace(
        press,
        protected=informed(press.protected, store, decisions, now),
        prove=prover(proof) if proof else None,
        upheld=upheld,
        appealed=appealed,
        new_owners=frozenset(one.name for one in new_owners(store, now)),
    )


def place(settings: common.Settings, recipient: Recipient, folder: Path, key: Key) -> None:
    """Hands a release that is out to the hidden primary, where the recipient's list is a zone."""
    if recipient.zone and policy_format(recipient):
        place_release(folder_of(settings.config, settings.home), folder, recipient, key.public)
