"""Assessments: packs, and what they say of an observation."""

from domainscan.assess.judging import assess, judge
from domainscan.assess.pack import (
    Basis,
    Campaign,
    Pack,
    Thresholds,
    load_pack,
    pack_files,
    pack_in_force,
    public_features,
)
from domainscan.assess.rules import Rule, Rulebook
from domainscan.assess.tables import BadPack

__all__ = [
    "BadPack",
    "Basis",
    "Campaign",
    "Pack",
    "Rule",
    "Rulebook",
    "Thresholds",
    "assess",
    "judge",
    "load_pack",
    "pack_files",
    "pack_in_force",
    "public_features",
]
