"""The national label's own text: read leniently, checked strictly.

    {"Label": "1", "ContentProducer": "001191...", "ProduceID": "...", "ReservedCode1": "",
     "ContentPropagator": "001191...", "PropagateID": "...", "ReservedCode2": ""}

bare, or as the value of "AIGC". Source: GB 45438-2025 Annex E; TC260-PG-20252A for provider codes.
"""

from __future__ import annotations

import html
import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from domainscan.read.identifiers import credit_code_problem
from domainscan.read.labels.report import Label, Operator, Reason
from domainscan.read.labels.rules import reason
from domainscan.read.labels.source import Fields, Text, Trouble

REQUIRED: Final = ("Label", "ContentProducer", "ProduceID")
FIELDS: Final = (*REQUIRED, "ReservedCode1", "ContentPropagator", "PropagateID", "ReservedCode2")
LABEL_MEANINGS: Final = {"1": "generated", "2": "possible", "3": "suspected"}
TEXT_CHARACTERS: Final = 65_536  # of one label; the longest seen has 1,200
RAW_CHARACTERS: Final = 4_096  # of it that a report shows
_SHOWN: Final = 60  # characters of a value in a reason
_FIELDS_READ: Final = 64
_ROLES: Final = {"ContentProducer": "producer", "ContentPropagator": "propagator"}
_SERVICES: Final = {"0": "unspecified", "1": "generates", "2": "propagates"}
_CODE: Final = re.compile(r"00[0-9A-Z]{25}")
_QUOTED: Final = re.compile(r"""["';]Label["'&]""")  # ; and &: HTML entities
_SALVAGE: Final = re.compile(
    rf"""({"|".join(FIELDS)})["']?\s{{0,8}}[:=]\s{{0,8}}["']?([^"',}}\r\n]{{0,1024}})"""
)

_SPELLING: Final = "the key inside the label"
_RULES: Final = {_SPELLING: "key_spelling", "AIGC stands twice": "duplicate"}

Pairs = tuple[tuple[str, Any], ...]


def read_label(item: Text | Fields) -> tuple[Label, tuple[Reason, ...]]:
    """The label, and every rule that it breaks; no reason means that it keeps them all."""
    reasons = [reason(rule, item.place) for rule in item.trouble]
    if isinstance(item, Fields):
        pairs, trouble = item.fields, None
        raw = item.raw
    else:
        pairs, trouble = _pairs(item.text, item.place)
        raw = item.text
    if trouble is not None:
        reasons.append(trouble)
    fields = tuple((key, _plain(value)) for key, value in pairs[:_FIELDS_READ])
    if pairs or (trouble is None):
        reasons += _faults(pairs, item.place)
    meaning = LABEL_MEANINGS.get(dict(fields).get("Label", ""), "")
    return Label("aigc", item.place, meaning, fields, raw.strip("\x00")[:RAW_CHARACTERS]), tuple(reasons)


def operators(label: Label) -> tuple[Operator, ...]:
    """Whom the provider codes of a label name: the producer, and the propagator when it is another."""
    found: dict[str, Operator] = {}
    for key, value in label.fields:
        if key in _ROLES and _CODE.fullmatch(value):
            found.setdefault(value, _operator(_ROLES[key], value))
    return tuple(found.values())


def _operator(role: str, code: str) -> Operator:
    credit, service, model = code[4:22], code[22], code[23:]
    problem = credit_code_problem(credit)
    if not problem and code[2] != "1":
        problem = f"subject type {code[2]}"
    if not problem and service not in _SERVICES:
        problem = f"service type {service}"
    return Operator(role, code, credit, _SERVICES.get(service, "unspecified"), model, problem)


def is_label(text: str) -> bool:
    """Whether a free text, such as a comment, is meant as a national label: it names two of its fields, or the key
    and one of them. "Label" is also an English word: beside the key alone it counts only in quotation marks.
    """
    head = text[:TEXT_CHARACTERS]
    named = {name for name in REQUIRED if name in head}
    if len(named) < 2 and "AIGC" not in head:
        return False
    return bool(named - {"Label"}) or ("Label" in named and _QUOTED.search(head) is not None)


def commented(place: str, text: str) -> Iterator[Text | Trouble]:
    """The label that a free text of a file is, with the remark that no guide names that place."""
    if is_label(text):
        yield Text(place, text)
        yield Trouble("carrier", place)


# ---------------------------------------------------------------- reading


def _pairs(text: str, place: str) -> tuple[Pairs, Reason | None]:
    """The fields of a label's text, and what was wrong with their form; None when nothing was."""
    if len(text) > TEXT_CHARACTERS:
        return (), reason("limit", place, f"{len(text):,} characters in one label")
    plain = text.strip("\ufeff\x00 \t\r\n")
    if not plain:
        return (), reason("emptied", place, "an empty value")
    value = _json(plain)
    if value is not None:
        pairs, wrong = _unwrapped(value)
        if pairs is not None:
            return pairs, reason(_RULES.get(wrong, "not_json"), place, wrong) if wrong else None
        return (), reason("not_object", place, plain[:_SHOWN])
    unescaped = html.unescape(plain)
    value = _json(unescaped) if unescaped != plain else None
    if value is not None:
        pairs, _ = _unwrapped(value)
        if pairs is not None:
            return pairs, reason("not_json", place, "HTML entities in place of quotation marks")
    return _salvaged(plain, place)


def _salvaged(plain: str, place: str) -> tuple[Pairs, Reason]:
    """What fields can be made out in a text that is no JSON, and whether that is a fault or damage."""
    unended = plain[0] in '{"' and plain[-1] not in '}"'
    broken = unended or "\ufffd" in plain or not "".join(plain.split()).isprintable()
    found = tuple((match[1], match[2].strip()) for match in _SALVAGE.finditer(plain))[:_FIELDS_READ]
    if broken:
        return (), reason("label_damaged", place, plain[:_SHOWN])
    if found:
        return found, reason("not_json", place, plain[:_SHOWN])
    return (), reason("not_object", place, plain[:_SHOWN])


class _Object(tuple[tuple[str, Any], ...]):
    """A JSON object as the pairs it is written with: a key may stand twice."""

    __slots__ = ()


def _json(text: str) -> Any:
    """What a JSON text says; None when it is none, or null. Objects are _Objects."""
    try:
        return json.loads(text, object_pairs_hook=_Object)
    except (ValueError, RecursionError):  # RecursionError: 100,000 opening brackets
        return None


def _unwrapped(value: Any) -> tuple[Pairs | None, str]:
    """The label inside `value`, and how it was packed against the rules; None when it holds none."""
    wrong = ""
    for _ in range(3):  # {"AIGC": "{...}"}, and the whole as a string
        if isinstance(value, str):
            value, wrong = _json(value), "a string that holds JSON"
        elif isinstance(value, _Object):
            inner = [(key, one) for key, one in value if key.strip().upper() == "AIGC"]
            if not inner:
                return value, wrong
            key, value = inner[0]
            wrong = "AIGC stands twice" if len(inner) > 1 else _SPELLING if key != "AIGC" else wrong
        else:
            return None, wrong
    return (value, wrong) if isinstance(value, _Object) else (None, wrong)


def _plain(value: Any) -> str:
    """A field's value as text."""
    if isinstance(value, str):
        return value[:RAW_CHARACTERS]
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    return str(value)[:RAW_CHARACTERS] if isinstance(value, int | float) else f"({type(value).__name__})"


# ---------------------------------------------------------------- checking


def _faults(pairs: Pairs, place: str) -> Iterator[Reason]:
    """Every rule of Annex E that the fields break, and remarks."""
    fields = dict(pairs)
    yield from _form_faults(pairs, fields, place)
    for key, value in list(fields.items())[:_FIELDS_READ]:
        if key in FIELDS and isinstance(value, str):
            bad = next((c for c in value if not "!" <= c <= "~"), "")
            if bad:
                yield reason("characters", place, f"U+{ord(bad):04X} in {key} {_shown(value)}")
    mark = fields.get("Label")
    if (
        isinstance(mark, str | int)
        and not isinstance(mark, bool)
        and mark
        and str(mark) not in LABEL_MEANINGS
    ):
        yield reason("label_value", place, f"not {_shown(str(mark)[:_SHOWN])}")
    yield from _code_faults(fields, place)


def _form_faults(pairs: Pairs, fields: dict[str, Any], place: str) -> Iterator[Reason]:
    for key in REQUIRED:
        if key not in fields:
            yield reason("field_missing", place, key)
        elif isinstance(fields[key], str) and not fields[key].strip():
            yield reason("field_empty", place, key)
    for key, count in list(Counter(key for key, _ in pairs).items())[:_FIELDS_READ]:
        if count > 1:
            yield reason("field_twice", place, _shown(key))
        if key not in FIELDS:
            yield reason("field_unknown", place, _shown(key))
        elif not isinstance(fields[key], str):
            yield reason("field_type", place, f"{key} is {_shown(_plain(fields[key]))}")


def _code_faults(fields: dict[str, Any], place: str) -> Iterator[Reason]:
    for key, role in _ROLES.items():
        value = fields.get(key)
        if not isinstance(value, str) or not value:
            continue
        if not _CODE.fullmatch(value):
            if role == "producer":
                yield reason("no_code", place, _shown(value))
            continue
        operator = _operator(role, value)
        if operator.problem:
            yield reason("provider_code", place, f"{key} {value}: {operator.problem}")
        elif role == "producer" and operator.service == "propagates":
            yield reason("code_service", place, f"{key} {value} propagates")
    if not fields.get("ContentPropagator") or not fields.get("PropagateID"):
        yield reason("no_propagator", place)


def _shown(value: str) -> str:
    return repr(value if len(value) <= _SHOWN else value[:_SHOWN] + "...")
