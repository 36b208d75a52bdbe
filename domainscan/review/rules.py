"""What a decision needs, and what no desk may decide; each refusal says why and the way out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Final, Protocol

from blocklists.names import BadName, Name, parse_name
from domainscan.config import Review
from domainscan.model import CATEGORIES, Assessment, Decision, Reach, category_id
from domainscan.read.tables import iso_day
from domainscan.store import Store, StoreError
from domainscan.store.decisions import load_decisions
from domainscan.store.times import is_over, later

IMPOSING: Final = (
    "takedown",
    "cancel-access",
    "suspend-name",
    "block",
)  # they end, and need a visit to rest on
CUTTING: Final = (
    "cancel-access",
    "suspend-name",
    "block",
)  # they hit the whole site, never a compromised one
FILING: Final = ("none", "notify-owner", "ask-documents")  # all that a missing filing justifies by itself


class ReviewError(StoreError):
    """The review does not allow this; the message says why and the way out."""


class BadProposal(ReviewError):
    """A proposal that cannot be read or that the rules refuse."""


class NotScanned(ReviewError):
    """A measure that imposes something needs a visit to rest on."""


class Compromised(ReviewError):
    """An ordinary site that somebody broke into is told, never cut off."""


class Guarded(ReviewError):
    """The never-list, or another guard, protects the name."""


class Conflict(ReviewError):
    """Somebody was faster, or the decision is not in the state that the step needs."""


class NotYou(ReviewError):
    """This person may not take this step."""


class Guard(Protocol):
    """One reason why a name must not be listed, as `listing.refusals` gives it."""

    @property
    def guard(self) -> str: ...
    @property
    def detail(self) -> str: ...


Refusals = Callable[[Name, Reach], Sequence[Guard]]


def host_name(text: str) -> Name:
    try:
        return parse_name(text)
    except BadName as error:
        meant = " A measure acts on host names; one on a page or an address is not widened to its host"
        raise BadProposal(f"{error}.{meant}: name the host if all of it is meant") from error


def is_number(text: str) -> bool:
    """Whether `text` can be the number of a row: at most 18 digits, in any script."""
    return text.isdecimal() and len(text) <= 18


def one_of(text: str, known: Iterable[str], what: str) -> str:
    if text not in known:
        raise BadProposal(f"{text!r} is no {what}: use one of {', '.join(known)}")
    return text


def category_of(text: str) -> str:
    """The id that `text` spells, in capitals or not. Raises BadProposal, which names those there are."""
    found = category_id(text)
    if found not in CATEGORIES:
        one_of(text, CATEGORIES, "category")
    return found


def surest(judged: Assessment | None) -> str:
    """The category with the best evidence, of those the gravest: what a measure can be defended with."""
    return judged.judgements[0].category if judged and judged.judgements else ""


def expiry(measure: str, expires: str, now: str, limits: Review) -> str:
    """The date a measure ends on. Raises BadProposal for one in the past or too far away."""
    if not expires and measure not in IMPOSING:
        return ""
    try:
        day = (
            date.fromisoformat(iso_day(expires)).isoformat()
            if expires
            else later(now, limits.expiry_days)[:10]
        )
        last = later(now, limits.max_expiry_days)[:10]
    except OverflowError as error:
        raise BadProposal(
            f"[review] expiry_days = {limits.expiry_days}, max_expiry_days = {limits.max_expiry_days}: {error}"
        ) from error
    except ValueError as error:
        raise BadProposal(f"{expires[:40]!r} is no date: write YYYY-MM-DD") from error
    if is_over(day, now):
        raise BadProposal(f"{day} is not after today ({now[:10]}, UTC)")
    if day > last:
        raise BadProposal(
            f"{day} is more than {limits.max_expiry_days} days away: measures are renewed, not eternal"
        )
    return day


def check(wanted: Decision, judged: Assessment | None) -> None:
    """Raises what the rules of section 6 say against this measure."""
    if not wanted.reason:
        raise BadProposal("a decision needs a reason")
    if wanted.measure in IMPOSING and judged is None:
        raise NotScanned(f"{wanted.name} was never judged: `domainscan scan {wanted.name}` first")
    if wanted.measure in IMPOSING and not wanted.category:
        raise BadProposal(
            f"nothing was judged of {wanted.name}: name the category, of {', '.join(CATEGORIES)}"
        )
    if wanted.category == "H07" and wanted.measure not in FILING:
        raise BadProposal(
            f"a missing filing (H07) alone never justifies more than ask-documents, not {wanted.measure}:"
            " name the category that does"
        )
    check_compromised(wanted, judged)


def check_compromised(wanted: Decision, judged: Assessment | None) -> None:
    if wanted.measure in CUTTING and judged is not None and judged.compromised:
        raise Compromised(
            f"{wanted.name} looks like an ordinary site that somebody broke into:"
            f" propose notify-owner, not {wanted.measure}"
        )


def check_others(store: Store, wanted: Decision, seen_at: str) -> None:
    """Raises Conflict for a proposal that waits already, and for a renewal without a new visit."""
    for one in load_decisions(store, name=wanted.name, measure=wanted.measure):
        if one.reach != wanted.reach:
            continue
        if one.state == "proposed":
            raise Conflict(f"decision {one.id} proposes {one.measure} of {one.name} already")
        if one.state == "approved" and wanted.measure in IMPOSING and seen_at <= one.proposed_at:
            raise Conflict(
                f"decision {one.id} is in force until {one.expires}: a renewal needs a newer visit,"
                f" `domainscan scan {one.name}` first"
            )


def nothing_against(name: Name, reach: Reach) -> Sequence[Guard]:
    """No refusal: of a caller that has no never-list to ask."""
    return ()


def check_guards(asked: Decision, refusals: Refusals) -> None:
    if asked.measure not in CUTTING:
        return
    against = refusals(asked.name, asked.reach)
    if against:
        why = "; ".join(f"{one.guard}: {one.detail}" for one in against)
        raise Guarded(f"{asked.name} must not be cut off with reach {asked.reach}: {why}")


def check_reason(reason: str) -> None:
    if not reason.strip():
        raise BadProposal("give a reason: it is kept with the decision")
