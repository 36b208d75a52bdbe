"""Arithmetic on the times and dates that the store keeps as text."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

_FORMAT: Final = "%Y-%m-%dT%H:%M:%SZ"


def read_time(text: str) -> datetime:
    """The moment that an ISO 8601 time or date spells; without a zone it is UTC. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"{text}: before or after all years") from error


def later(at: str, days: float) -> str:
    """`days` after `at`, in the form the store keeps."""
    return (read_time(at) + timedelta(days=days)).strftime(_FORMAT)


def days_between(first: str, last: str) -> float:
    """Days from `first` to `last`; 0 when a clock went backwards."""
    return max(0.0, (read_time(last) - read_time(first)).total_seconds() / 86_400)


def is_over(expires: str, now: str) -> bool:
    """Whether a date of expiry has come: a measure is over when the day it expires on begins, in UTC."""
    return expires != "" and expires[:10] <= now[:10]
