"""Decisions -> BlockList: the one crossing point to `blocklists`. What nobody decided does not cross."""

from domainscan.listing.entries import answered_for, delisted, ended, entries, in_force, refusals
from domainscan.listing.press import KEY, Past, Press, signing_key, terms_of
from domainscan.listing.publishing import (
    TakesNoList,
    export_list,
    go_back,
    hold_list,
    overdue,
    preview,
    publish_approved,
    reissue_list,
)
from domainscan.listing.release import Narrowed, Release, losses, report

__all__ = [
    "KEY",
    "Narrowed",
    "Past",
    "Press",
    "Release",
    "TakesNoList",
    "answered_for",
    "delisted",
    "ended",
    "entries",
    "export_list",
    "go_back",
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
]
