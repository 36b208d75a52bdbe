"""What the registry says: how old a registration is. Redaction and silence are no suspicion."""

from __future__ import annotations

from datetime import datetime

from domainscan.model import Failure, Observation, Reading
from domainscan.signals.context import Context


def days_between(earlier: str, later: str) -> float | None:
    """Days from one ISO 8601 time to another; None when either is not a time."""
    try:
        start, end = (datetime.fromisoformat(one.replace("Z", "+00:00")) for one in (earlier, later))
    except ValueError:
        return None
    return round((end.replace(tzinfo=None) - start.replace(tzinfo=None)).total_seconds() / 86400, 2)


def registration_age(observation: Observation, context: Context) -> Reading | Failure:
    """How long the name had been registered at the visit, in days."""
    facts = observation.registration
    if isinstance(facts, Failure):
        return facts
    if context.suffixes.is_shared(observation.name):
        return Failure("not_applicable", "the registration is the platform's")
    age = days_between(facts.registered, observation.at)
    if age is None or age < 0:
        return Failure("not_found", "no usable registration date")
    return Reading(age, "days", (f"registered {facts.registered[:10]}",))
