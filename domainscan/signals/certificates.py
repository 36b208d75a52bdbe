"""What the certificate says."""

from __future__ import annotations

from domainscan.model import Failure, Observation, Reading, Registration
from domainscan.signals.context import Context
from domainscan.signals.registration import days_between


def certificate_age(observation: Observation, context: Context) -> Reading | Failure:
    """How long the certificate had been valid at the visit, in days; only on a name younger than 90 days.

    Certificates of 90 days and less renew all the time: a young one says something on a young name only.
    """
    facts, registration = observation.certificate, observation.registration
    if isinstance(facts, Failure):
        return facts
    if not isinstance(registration, Registration):
        return Failure("not_applicable", "the age of the name is unknown")
    age = days_between(facts.not_before, observation.at)
    name_age = days_between(registration.registered, observation.at)
    if age is None or name_age is None or age < 0:
        return Failure("not_found", "no usable date")
    if name_age > 90 or context.suffixes.is_shared(observation.name):
        return Failure("not_applicable", "not a fresh name")
    return Reading(age, "days", (f"valid from {facts.not_before[:10]}",))


def certificate_problems(observation: Observation, context: Context) -> Reading | Failure:
    """How many things are wrong with the certificate. Shown to the reviewer; honest sites have them too."""
    facts = observation.certificate
    if isinstance(facts, Failure):
        return facts
    return Reading(float(len(facts.problems)), "problems", facts.problems)
