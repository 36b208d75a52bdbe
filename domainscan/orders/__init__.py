"""Recipient x what it was asked x what people decided -> numbered orders, their letters, and what came back.

An order is drafted from the difference, frozen and written when it is issued, answered by receipts. Numbers
have no gaps: a draft keeps its number when it is drafted again, and is never thrown away.
"""

from domainscan.orders.difference import difference, due_of, overdue, standing
from domainscan.orders.drafting import ORDERED, Drafting, Returned, Undeliverable, draft
from domainscan.orders.files import file_problems, folder_of
from domainscan.orders.grounds import visits
from domainscan.orders.issuing import (
    NEXT_STATES,
    BadAnswer,
    NotIssuable,
    WrongState,
    answer,
    issue,
    order_of,
    render,
)
from domainscan.orders.letters import letter_name

__all__ = [
    "NEXT_STATES",
    "ORDERED",
    "BadAnswer",
    "Drafting",
    "NotIssuable",
    "Returned",
    "Undeliverable",
    "WrongState",
    "answer",
    "difference",
    "draft",
    "due_of",
    "file_problems",
    "folder_of",
    "issue",
    "letter_name",
    "order_of",
    "overdue",
    "render",
    "standing",
    "visits",
]
