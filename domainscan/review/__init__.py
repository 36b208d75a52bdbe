"""Review: the queue, decisions by two people, appeals and the way back.

Nothing here happens by itself but expiry. What software must refuse, it refuses by name and with the way out.
"""

from domainscan.review.appeals import appeal, dismiss
from domainscan.review.deciding import Proposal, approve, assign, expire, lift, propose, reject
from domainscan.review.owners import NewOwner, new_owners
from domainscan.review.queue import QueueRow, load_queue
from domainscan.review.rules import (
    BadProposal,
    Compromised,
    Conflict,
    Guarded,
    NotScanned,
    NotYou,
    Refusals,
    ReviewError,
)
from domainscan.review.tables import BadTable, Outcome, Terms, from_table, read_table

__all__ = [
    "BadProposal",
    "BadTable",
    "Compromised",
    "Conflict",
    "Guarded",
    "NewOwner",
    "NotScanned",
    "NotYou",
    "Outcome",
    "Proposal",
    "QueueRow",
    "Refusals",
    "ReviewError",
    "Terms",
    "appeal",
    "approve",
    "assign",
    "dismiss",
    "expire",
    "from_table",
    "lift",
    "load_queue",
    "new_owners",
    "propose",
    "read_table",
    "reject",
]
