"""Why an item stands in an order: the visit behind it, how its recipient was found, who else would be hit."""

from __future__ import annotations

import hashlib

from blocklists.suffixes import Suffixes
from domainscan.collateral import estimate
from domainscan.config import Recipient
from domainscan.model import Answers, Decision, Name, Observation, Order, OrderItem, Record, encode
from domainscan.providers import addressees
from domainscan.store import Store
from domainscan.store.cases import known_names
from domainscan.store.observations import latest, load_assessment, load_observation
from domainscan.store.places import names_at


class Grounds(Record, frozen=True):
    """What a letter says of an item beyond the item itself."""

    facts: str  # the decision's reason, or why it ended
    observation: str = ""  # the visit that the decision rests on
    seen_at: str = ""
    aliases: tuple[Name, ...] = ()  # the CNAME chain at the latest visit that had addresses
    by: str = ""  # how the recipient was found: list | networks | registrar | suffix
    confidence: str = ""  # low | medium | high
    collateral: str = ""  # other names that the measure would hit: "0", "2-5", "2-?"
    cohosted: int = 0  # other owners' names seen at the same place
    applied_by: int = 0  # of a lift: the number of the order that applied the measure
    applied_at: str = ""  # and when that order was issued
    end: str = ""  # of a lift that no person gave a reason for: expired | over, which each letter says in its language


def visits(store: Store, decision: Decision) -> tuple[Observation | None, Observation | None]:
    """The visit that the decision rests on, and the latest one that knows where the name is served."""
    assessment = load_assessment(store, decision.assessment) if decision.assessment else None
    basis = load_observation(store, assessment.observation) if assessment else None
    found = latest(store, decision.name)
    newest = found[0] if found else None
    return basis or newest, newest if newest and newest.addresses() else basis


def evidence_digest(observation: Observation | None) -> str:
    """The digest of a visit's record, which names the digests of all it received; "" without a visit."""
    return "sha256:" + hashlib.sha256(encode(observation)).hexdigest() if observation else ""


def grounds_of(
    store: Store,
    item: OrderItem,
    decision: Decision,
    recipient: Recipient,
    suffixes: Suffixes,
    now: str,
    *,
    applied: Order | None = None,
) -> Grounds:
    """The grounds of one item, from what the store knows now; of a lift, `applied` is the order it undoes."""
    basis, place = visits(store, decision)
    found, _ = addressees(decision, place, (recipient,), suffixes)
    known = known_names(store, decision.name)
    cohosted = names_at(store, place.addresses()) if place else ()
    others = estimate(decision.name, decision.reach, place, known=known, cohosted=cohosted, suffixes=suffixes)
    facts, end = (decision.reason, "") if item.action == "apply" else _end(decision, now)
    return Grounds(
        facts=facts,
        end=end,
        observation=basis.id if basis else "",
        seen_at=basis.at if basis else "",
        aliases=_aliases(place),
        by=found[0].by if found else "",
        confidence=found[0].confidence if found else "",
        collateral=others.interval,
        cohosted=others.cohosted_total,
        applied_by=applied.number if applied else 0,
        applied_at=applied.issued_at if applied else "",
    )


def _end(decision: Decision, now: str) -> tuple[str, str]:
    """Why a measure is to be lifted, and `expired` or `over` where no person said why."""
    if decision.expires and decision.expires <= now and decision.state in ("approved", "expired"):
        return f"the measure expired on {decision.expires}", "expired"
    if decision.ended_reason:
        return decision.ended_reason, ""
    return "the measure is no longer decided", "over"


def _aliases(observation: Observation | None) -> tuple[Name, ...]:
    """The longest chain of aliases that the visit met."""
    lookups = observation.resolution if observation else ()
    return max((one.result.chain for one in lookups if isinstance(one.result, Answers)), key=len, default=())
