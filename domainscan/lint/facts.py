"""What a look at one page brought, frozen: the page, its agreements, its sample media, and what is offered."""

from __future__ import annotations

from domainscan.model import Failure, Page, Record
from domainscan.samples import Sample


class Agreement(Record, frozen=True):
    """A page of terms that the page links to."""

    url: str
    title: str
    page: Page | Failure


class Facts(Record, frozen=True):
    """Everything that the fix list of one URL rests on."""

    url: str  # as it was given
    page: Page | Failure
    sheets: int = 0  # linked style sheets that were read with the page
    media_found: int = 0  # addresses of media that may be samples
    media: tuple[Sample, ...] = ()
    withheld: str = ""  # why no media were asked for; "" when they were
    agreements: tuple[Agreement, ...] = ()
    removal: tuple[str, ...] = ()  # the page's words that offer to remove, hide or forge labels
