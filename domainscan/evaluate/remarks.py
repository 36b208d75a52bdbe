"""What the reader of an evaluation should know of the set itself: it changes no number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from domainscan.evaluate.dataset import Dataset, Row
from domainscan.evaluate.report import meant_by
from domainscan.model import Page

_SHOWN: Final = 5


def remarks(dataset: Dataset, words: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Sentences about doubles, and about category words that the pack's [words] does not map."""
    rows: dict[tuple[str, str, str], list[Row]] = {}
    for row in dataset.rows:
        page = row.observation.page
        text = page.text if isinstance(page, Page) else ""
        rows.setdefault((row.observation.name, row.observation.url, text), []).append(row)
    twice = [found for found in rows.values() if len(found) > 1]
    if twice:
        yield f"counted more than once: {_listed([_told(found) for found in twice])}"
    torn = [found for found in twice if len({row.label for row in found}) > 1]
    if torn:
        yield f"with labels that contradict: {_listed([_told(found) for found in torn])}"
    strange = Counter(
        row.category
        for row in dataset.rows
        if row.label == "positive" and row.category and not meant_by(row, words)
    )
    if strange:
        told = [f"{word!r} ({count})" for word, count in strange.most_common()]
        yield f"category words that no [words] of the pack maps, so they count for no category: {_listed(told)}"


def _told(rows: Sequence[Row]) -> str:
    lines = ", ".join(str(row.line) for row in rows[:_SHOWN])
    name = rows[0].observation.url or rows[0].observation.name
    return f"{name} (lines {lines}{' ...' if len(rows) > _SHOWN else ''})"


def _listed(told: Sequence[str]) -> str:
    more = len(told) - _SHOWN
    return "; ".join(told[:_SHOWN]) + (f"; and {more:,} more" if more > 0 else "")
