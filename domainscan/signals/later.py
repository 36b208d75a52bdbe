"""Signals that an ordinary page needs no reading of: what speaks against a harm, where no harm is offered.

A judgement begins with what proves something. Most pages prove nothing, and what they say in their operator's favour
then decides nothing. On a page of 30 KB those readings are a third of the work.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from domainscan.model import Failure, Observation, Page, Reading
from domainscan.signals import SIGNALS
from domainscan.signals.context import Context, PageWords
from domainscan.signals.services import generative_service

_MODELS: Final = ("model_word",)
_RELAYS: Final = ("mirror_service", "relay_term")
_PAYMENTS: Final = ("payment_hint",)
Gate = Callable[[Observation, Context], bool]


class Later(NamedTuple):
    """When a signal can wait, and what it fails with whenever it is read."""

    failure: Callable[[Observation, Context], object]  # a Failure when the reading would be one
    gates: Mapping[
        str, Gate
    ] = {}  # of a part that may prove something, "" for the value: False says that it is zero


def _page(observation: Observation, context: Context) -> Page | Failure:
    return context.page(observation)


def _answer(observation: Observation, _: Context) -> object:
    return None if observation.hops else observation.page


def _words(observation: Observation, context: Context) -> PageWords:
    read = context.read(observation)
    if isinstance(read, Failure):
        raise TypeError(f"{observation.name} has no page to read: {read.status}")
    return read


def _names_a_model(observation: Observation, context: Context) -> bool:
    read = _words(observation, context)
    return bool(read.brands) or "model_word" in read.words.among(_MODELS)


def _names_a_relay(observation: Observation, context: Context) -> bool:
    return not _words(observation, context).words.among(_RELAYS).isdisjoint(_RELAYS)


def _serves_the_public(observation: Observation, context: Context) -> bool:
    if not _names_a_model(observation, context):
        return False
    service = generative_service(observation, context)
    return isinstance(service, Reading) and service.part("public").value > 0


def _names_a_payment(observation: Observation, context: Context) -> bool:
    return "payment_hint" in _words(observation, context).words.among(_PAYMENTS)


def _offers(observation: Observation, context: Context) -> bool:
    return bool(_words(observation, context).mentions)


def _offers_or_hides(observation: Observation, context: Context) -> bool:
    page = observation.page
    return _offers(observation, context) or (isinstance(page, Page) and bool(page.hidden_text.strip()))


LATER: Final[dict[str, Later]] = {
    "manner": Later(_page),
    "assurances": Later(_page),
    "provider_cut": Later(_answer),
    "age_gate": Later(_page, {"absent": _offers, "refused": _offers}),
    "doorway": Later(_page, {"": _offers_or_hides}),
    "trade": Later(_page, {"payment": _names_a_payment}),
    "generative_service": Later(_page, {"public": _names_a_model, "relayed": _names_a_relay}),
    "filing": Later(_page, {"missing": _serves_the_public}),
}


def measure_first(
    observation: Observation, context: Context, waiting: Mapping[str, tuple[Gate, ...]]
) -> tuple[dict[str, Reading | Failure], list[str]]:
    """The readings that may prove something, the failures of all signals, and the names of those that wait.

    `waiting` holds the signals that may wait by the pack's rules, with the gates of the parts that its rules read.
    """
    readings: dict[str, Reading | Failure] = {}
    left: list[str] = []
    for name, signal in SIGNALS.items():
        gates = waiting.get(name)
        if gates is not None:
            failed = LATER[name].failure(observation, context)
            if isinstance(failed, Failure):
                readings[name] = failed
                continue
            if not any(gate(observation, context) for gate in gates):
                left.append(name)
                continue
        readings[name] = signal(observation, context)
    return readings, left
