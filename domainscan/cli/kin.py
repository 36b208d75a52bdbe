"""The names that share features with a case, as `show` lists them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from domainscan.cli import common
from domainscan.model import Observation
from domainscan.signals.context import Vocabulary
from domainscan.signals.kin import ONE
from domainscan.store import Store
from domainscan.store.features import features_of
from domainscan.store.kin import Neighbour, neighbours_of, shown_until

SHOWN: Final = 20


def kin_shown(
    store: Store, settings: common.Settings, observation: Observation, moment: str, vocabulary: Vocabulary
) -> list[Neighbour]:
    """The nearest names that share a full feature or more with the case, decided or not; as of `moment`, or now."""
    as_of, suffixes = moment or settings.now(), settings.suffixes()
    own = {*features_of(observation, suffixes), *shown_until(store, observation.name, as_of)}
    found = neighbours_of(store, observation.name, as_of, tuple(sorted(own)), suffixes, vocabulary.public)
    return [one for one in found if one.weight >= ONE][:SHOWN]


def print_kin(kin: Sequence[Neighbour]) -> None:
    if kin:
        print("\nkin: names that show the same")
    for one in kin:
        decided = f" (decided: {one.category})" if one.decided else ""
        features = ", ".join(feature[:80] for feature in one.features[:6])
        common.say(f"  {one.weight:g} {one.name}{decided}: {features}")
