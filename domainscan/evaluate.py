"""Precision and recall of a judge on a labelled set of names (CSV) or pages (JSON lines).

Flagged, the one meaning everywhere, is the answer that is measured. Grey rows count in neither number.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from blocklists.names import BadName, Name, parse_name
from blocklists.suffixes import Suffixes
from domainscan.model import CATEGORIES, CONFIDENCES, Assessment, Failure, Observation, Page, Record
from domainscan.read.html import read_page

LABELS: Final[dict[str, str]] = {
    "1": "positive", "positive": "positive", "risky": "positive",
    "0": "negative", "negative": "negative", "benign": "negative",
    "grey": "grey", "gray": "grey",
}  # fmt: skip
TEXT_LIMIT: Final = 100_000
EXAMPLES: Final = 20


class BadDataset(ValueError):
    """A labelled set cannot be read; the message names the file and the line."""


class Row(Record, frozen=True):
    """One labelled name or page."""

    line: int
    observation: Observation
    label: str  # positive | negative | grey
    category: str = ""
    source: str = ""
    registrable: str = ""


class Score(Record, frozen=True):
    """Counts of one slice, and the numbers they give; a number nothing counts towards is None."""

    true_positive: float = 0.0
    false_positive: float = 0.0
    false_negative: float = 0.0
    true_negative: float = 0.0

    @property
    def precision(self) -> float | None:
        said = self.true_positive + self.false_positive
        return round(self.true_positive / said, 4) if said else None

    @property
    def recall(self) -> float | None:
        there = self.true_positive + self.false_negative
        return round(self.true_positive / there, 4) if there else None

    @property
    def f1(self) -> float | None:
        whole = 2 * self.true_positive + self.false_positive + self.false_negative
        return round(2 * self.true_positive / whole, 4) if whole else None


class Report(Record, frozen=True):
    """What an evaluation found."""

    rows: int
    skipped: tuple[tuple[int, str], ...]  # (line, reason)
    overall: Score
    by_domain: Score  # each registrable domain weighs one, shared out among its rows
    categories: tuple[tuple[str, Score], ...]  # of the closed list, where the set's words map to it
    words: tuple[tuple[str, Score], ...]  # of the set's own category words
    sources: tuple[tuple[str, Score], ...]
    grey: int
    grey_flagged: int
    grey_high: int
    wrong: tuple[
        tuple[str, str, str], ...
    ]  # (name or URL, label, categories flagged): the first of each kind


def load_rows(file: Path, suffixes: Suffixes, at: str) -> tuple[list[Row], list[tuple[int, str]]]:
    """The rows of a labelled set, and the lines that cannot be used with the reason.

    Raises BadDataset when the file is neither CSV with `domain,label` nor JSON lines with `label`.
    """
    try:
        text = file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BadDataset(f"{file}: {error}") from error
    first = text.lstrip()[:1]
    rows, skipped = [], []
    for line, record in _json_lines(file, text) if first == "{" else _table(file, text):
        label = LABELS.get(str(record.get("label", "")).strip().lower(), "")
        if not label:
            skipped.append((line, f"unknown label {record.get('label')!r}"))
            continue
        try:
            observation = _observation(record, line, at)
        except ValueError as error:
            skipped.append((line, str(error)))
            continue
        registrable = suffixes.registrable(observation.name) or observation.name
        rows.append(
            Row(
                line, observation, label, str(record.get("category") or ""), str(record.get("source") or ""),
                str(record.get("registrable") or registrable),
            )
        )  # fmt: skip
    return rows, skipped


def _table(file: Path, text: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    reader = csv.DictReader(text.splitlines())
    if not {"domain", "label"} <= set(reader.fieldnames or ()):
        raise BadDataset(f"{file}: line 1: a CSV needs the columns domain and label")
    for record in reader:
        yield reader.line_num, record


def _json_lines(file: Path, text: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for line, row in enumerate(text.splitlines(), 1):
        if row.strip():
            try:
                record = json.loads(row)
            except ValueError as error:
                raise BadDataset(f"{file}: line {line}: {error}") from error
            if not isinstance(record, dict):
                raise BadDataset(f"{file}: line {line}: not an object")
            yield line, record


def _observation(record: Mapping[str, Any], line: int, at: str) -> Observation:
    """A row as the visit it stands for: of a name alone, or with the page it carries."""
    url = str(record.get("url") or "")
    host = str(record.get("domain") or "") or urlsplit(url).hostname or ""
    try:
        name = parse_name(host)
    except BadName:
        if not url:
            raise
        # a page whose host is a placeholder is still a page
        name = Name("unnamed-" + hashlib.sha256(host.encode()).hexdigest()[:12] + ".example")
        url = f"https://{name}/"
    page: Page | Failure = Failure("not_run")
    if "html" in record:
        body = str(record["html"]).encode("utf-8", "replace")
        page = read_page(
            body,
            url=url or f"https://{name}/",
            http_status=200,
            content_type="text/html; charset=utf-8",
            body_digest="",
        )
    elif "text" in record:
        page = Page(
            url=url or f"https://{name}/",
            http_status=200,
            title=str(record.get("title") or ""),
            text=str(record["text"] or "")[:TEXT_LIMIT],
        )
    return Observation(
        id=f"row-{line}", scan="evaluate", name=name, url=url, at=at, status="observed", page=page
    )


def evaluate(
    rows: Iterable[Row],
    judge: Callable[[Observation], Assessment],
    *,
    words: Mapping[str, Sequence[str]],
    skipped: Sequence[tuple[int, str]] = (),
) -> Report:
    """Judges every row and counts. `words` maps the set's category words to the closed list."""
    judged = [(row, judge(row.observation)) for row in rows]
    firm = [(row, answer) for row, answer in judged if row.label != "grey"]
    grey = [answer for row, answer in judged if row.label == "grey"]
    domains: dict[str, int] = defaultdict(int)
    for row, _ in firm:
        domains[row.registrable] += 1
    return Report(
        rows=len(judged),
        skipped=tuple(skipped),
        overall=_score((row.label, answer.flagged, 1.0) for row, answer in firm),
        by_domain=_score((row.label, answer.flagged, 1 / domains[row.registrable]) for row, answer in firm),
        categories=tuple(_by_category(firm, words)),
        words=_slices(firm, lambda row: row.category),
        sources=_slices(firm, lambda row: row.source),
        grey=len(grey),
        grey_flagged=sum(answer.flagged for answer in grey),
        grey_high=sum(any(one.confidence == "high" for one in answer.judgements) for answer in grey),
        wrong=_wrong(firm),
    )


def _score(answers: Iterable[tuple[str, bool, float]]) -> Score:
    counts: dict[tuple[str, bool], float] = defaultdict(float)
    for label, flagged, weight in answers:
        counts[label, flagged] += weight
    return Score(
        round(counts["positive", True], 4),
        round(counts["negative", True], 4),
        round(counts["positive", False], 4),
        round(counts["negative", False], 4),
    )


def _by_category(
    judged: Sequence[tuple[Row, Assessment]], words: Mapping[str, Sequence[str]]
) -> Iterator[tuple[str, Score]]:
    """A row is a positive of a category when its word maps there; positives of other kinds are left out."""
    for category in CATEGORIES:
        answers = []
        for row, answer in judged:
            meant = words.get(row.category, [row.category] if row.category in CATEGORIES else [])
            found = flagged_categories(answer)
            if row.label == "negative":
                answers.append(("negative", category in found, 1.0))
            elif category in meant:
                answers.append(("positive", bool(found & set(meant)), 1.0))
        score = _score(answers)
        if score.true_positive or score.false_negative or score.false_positive:
            yield category, score


def flagged_categories(answer: Assessment) -> frozenset[str]:
    """The categories of an assessment at confidence medium or high."""
    return frozenset(one.category for one in answer.judgements if CONFIDENCES[one.confidence] >= 2)


def _slices(
    judged: Sequence[tuple[Row, Assessment]], key: Callable[[Row], str]
) -> tuple[tuple[str, Score], ...]:
    found: dict[str, list[tuple[str, bool, float]]] = defaultdict(list)
    for row, answer in judged:
        found[key(row)].append((row.label, answer.flagged, 1.0))
    return tuple((name or "(none)", _score(answers)) for name, answers in sorted(found.items()))


def _wrong(judged: Sequence[tuple[Row, Assessment]]) -> tuple[tuple[str, str, str], ...]:
    """The first rows of each label that were judged wrongly, for a person to read."""
    shown: dict[str, list[tuple[str, str, str]]] = {"positive": [], "negative": []}
    for row, answer in judged:
        if answer.flagged != (row.label == "positive") and len(shown[row.label]) < EXAMPLES:
            name = row.observation.url or row.observation.name
            shown[row.label].append((name, row.label, ",".join(sorted(flagged_categories(answer)))))
    return (*shown["negative"], *shown["positive"])
