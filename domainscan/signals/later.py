"""Signals that an ordinary page needs no reading of: what speaks against a harm, where no harm is offered.

A judgement begins with what proves something. Most pages prove nothing, and what they say in their operator's favour
then decides nothing. On a page of 30 KB those readings are a third of the work.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from domainscan.model import Failure, Observation, Page, Reading
from domainscan.signals import SIGNALS
from domainscan.signals.context import Context, PageWords
from domainscan.signals.services import generative_service

_MODELS: Final = ("model_word",)
_RELAYS: Final = ("mirror_service", "relay_term")
_PAYMENTS: Final = ("payment_hint",)
# Whether a part may be more than zero on a page that can be read and offers nothing; False is certain.
Gate = Callable[[Observation, Context, PageWords], bool]


def _never(_: Observation, __: Context, ___: PageWords) -> bool:
    return False


def _hides(observation: Observation, _: Context, __: PageWords) -> bool:
    page = observation.page
    return isinstance(page, Page) and bool(page.hidden_text.strip())


def _names_a_model(_: Observation, __: Context, read: PageWords) -> bool:
    return bool(read.brands) or "model_word" in read.words.among(_MODELS)


def _names_a_relay(_: Observation, __: Context, read: PageWords) -> bool:
    return not read.words.among(_RELAYS).isdisjoint(_RELAYS)


def _names_a_payment(_: Observation, __: Context, read: PageWords) -> bool:
    return "payment_hint" in read.words.among(_PAYMENTS)


def _serves_the_public(observation: Observation, context: Context, read: PageWords) -> bool:
    if not _names_a_model(observation, context, read):
        return False
    service = generative_service(observation, context)
    return isinstance(service, Reading) and service.part("public").value > 0


# The gates of the parts that may prove something, "" for the value. On a page that can be read none of these fails.
LATER: Final[dict[str, Mapping[str, Gate]]] = {
    "manner": {},
    "assurances": {},
    "provider_cut": {},
    "age_gate": {"absent": _never, "refused": _never},
    "doorway": {"": _hides},
    "trade": {"payment": _names_a_payment},
    "generative_service": {"public": _names_a_model, "relayed": _names_a_relay},
    "filing": {"missing": _serves_the_public},
}


def measure_first(
    observation: Observation, context: Context, waiting: Mapping[str, tuple[Gate, ...]]
) -> tuple[dict[str, Reading | Failure], list[str]]:
    """The readings that may prove something, the failures of all signals, and the names of those that wait.

    `waiting` holds the signals that may wait by the pack's rules, with the gates of the parts that its rules read.
    """
    read = context.read(observation)
    readings: dict[str, Reading | Failure] = {}
    left: list[str] = []
    if isinstance(read, Failure) or read.mentions:
        return {name: signal(observation, context) for name, signal in SIGNALS.items()}, left
    for name, signal in SIGNALS.items():
        gates = waiting.get(name)
        if gates is not None and not any(gate(observation, context, read) for gate in gates):
            left.append(name)
        else:
            readings[name] = signal(observation, context)
    return readings, left
