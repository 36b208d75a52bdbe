"""Decisions -> BlockList: the one crossing point to `blocklists`. What nobody decided does not cross."""

from domainscan.listing.entries import answered_for, delisted, ended, entries, in_force, refusals
from domainscan.listing.press import KEY, Job, Past, Press, signing_key, terms_of
from domainscan.listing.publishing import (
    AllWait,
    TakesNoList,
    export_list,
    go_back,
    held_back,
    hold_list,
    overdue,
    preview,
    publish_approved,
    reissue_list,
)
from domainscan.listing.release import Narrowed, Release, losses, report
from domainscan.listing.stages import Facts, Over, Rollout, Standing, Waiting, waiting_of, with_parents

__all__ = [
    "KEY",
    "AllWait",
    "Facts",
    "Job",
    "Narrowed",
    "Over",
    "Past",
    "Press",
    "Release",
    "Rollout",
    "Standing",
    "TakesNoList",
    "Waiting",
    "answered_for",
    "delisted",
    "ended",
    "entries",
    "export_list",
    "go_back",
    "held_back",
    "hold_list",
    "in_force",
    "losses",
    "overdue",
    "preview",
    "publish_approved",
    "refusals",
    "reissue_list",
    "report",
    "signing_key",
    "terms_of",
    "waiting_of",
    "with_parents",
]
