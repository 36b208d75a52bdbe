"""The rules of grading as data: permanent ids, the grade each leads to, the clause, and what it says.

The strongest effect decides: a label that was seen to break a rule is noncompliant whatever else is damaged, and
what could not be read to the end is inconclusive whatever else is fine.
"""

from __future__ import annotations

from typing import Final

from domainscan.model import Record
from domainscan.read.labels.report import COMPLIANT, INCONCLUSIVE, NONCOMPLIANT, NOT_FOUND, Reason

REMARK: Final = "remark"
ORDER: Final = (NONCOMPLIANT, INCONCLUSIVE, COMPLIANT, NOT_FOUND)  # strongest first
_E: Final = "GB 45438-2025 Annex E"


class Rule(Record, frozen=True):
    """What a rule leads to, where it stands, and what it says."""

    effect: str
    clause: str
    text: str


RULES: Final[dict[str, Rule]] = {
    "kept": Rule(COMPLIANT, _E, "one label that keeps every rule"),
    "text_label": Rule(COMPLIANT, "GB 45438-2025 5.1", "prompt words with both elements at the start or end"),
    # --- the label is wrong
    "duplicate": Rule(NONCOMPLIANT, "GB 45438-2025 6.1 c", "more than one label in one file"),
    "disagree": Rule(NONCOMPLIANT, "GB 45438-2025 6.1 c", "two labels of one file say different things"),
    "not_object": Rule(NONCOMPLIANT, _E, "the label is no JSON object"),
    "not_json": Rule(NONCOMPLIANT, _E, "the label is JSON only if read leniently"),
    "field_missing": Rule(NONCOMPLIANT, _E, "a required field is missing"),
    "field_empty": Rule(NONCOMPLIANT, _E, "a required field is empty"),
    "field_type": Rule(NONCOMPLIANT, _E, "a field is not a string"),
    "field_twice": Rule(NONCOMPLIANT, _E, "a field stands twice in one label"),
    "field_unknown": Rule(NONCOMPLIANT, _E, "a field that the label does not have"),
    "label_value": Rule(
        NONCOMPLIANT, f"{_E} c", 'Label is "1" (generated), "2" (possible) or "3" (suspected)'
    ),
    "characters": Rule(
        NONCOMPLIANT, f"{_E} j", "only the characters 0x21 to 0x7E: no blanks, no Chinese, no controls"
    ),
    "provider_code": Rule(NONCOMPLIANT, "TC260-PG-20252A", "a provider code whose credit code is not valid"),
    "namespace": Rule(
        NONCOMPLIANT, "TC260-PG-20259A", "the namespace is http://www.tc260.org.cn/ns/AIGC/1.0/"
    ),
    "key_spelling": Rule(NONCOMPLIANT, _E, "the key is AIGC, in capitals"),
    # --- nobody can tell
    "damaged": Rule(INCONCLUSIVE, "GB 45438-2025 6.1", "the file's structure is damaged"),
    "label_damaged": Rule(INCONCLUSIVE, _E, "a label whose text is damaged"),
    "emptied": Rule(
        INCONCLUSIVE, "GB 45438-2025 6.1", "the place of a label is there, and its content is gone"
    ),
    "checksum": Rule(INCONCLUSIVE, "GB 45438-2025 6.1", "the metadata does not match its checksum"),
    "shell": Rule(INCONCLUSIVE, "GB 45438-2025 6.1", "a metadata packet that was emptied"),
    "limit": Rule(INCONCLUSIVE, "GB 45438-2025 6.1", "more metadata than is read of one file"),
    "cut": Rule(INCONCLUSIVE, "GB 45438-2025 6.1", "not read to the end, and no label up to there"),
    "refused": Rule(INCONCLUSIVE, "GB 45438-2025 6.1", "metadata that is not read because it could do harm"),
    "encrypted": Rule(INCONCLUSIVE, "GB 45438-2025 6.1", "the metadata is encrypted"),
    "unknown_kind": Rule(INCONCLUSIVE, "GB 45438-2025 6.1", "a kind of file whose labels are not read here"),
    # --- nothing
    "none": Rule(
        NOT_FOUND,
        "GB 45438-2025 6.1",
        "no label; platforms strip metadata, so this proves nothing about its maker",
    ),
    # --- remarks: they change no grade
    "part_read": Rule(
        REMARK, "GB 45438-2025 6.1 c", "only the beginning was read: a second label may follow"
    ),
    "no_propagator": Rule(REMARK, _E, "no propagator yet; at the first write it may equal the producer"),
    "no_code": Rule(
        REMARK, "TC260-PG-20252A", "the producer is a name, not a provider code: no operator is named"
    ),
    "code_service": Rule(REMARK, "TC260-PG-20252A", "the code's service type is not that of its field"),
    "other_scheme": Rule(REMARK, _E, "marks of another scheme do not replace the national label"),
    "carrier": Rule(REMARK, "TC260-PG-20257A, 20258A, 20259A, 202510A", "not the place that the guide names"),
    "c2pa_checked": Rule(REMARK, "C2PA 2.2 14.3.5", "the manifest was validated"),
    "c2pa_unchecked": Rule(REMARK, "C2PA 2.2 14.3.5", "the manifest is there; nobody checked it"),
    "odd_layout": Rule(REMARK, "GB 45438-2025 6.1", "the file is laid out against its format's rules"),
}


def reason(rule: str, place: str = "", detail: str = "") -> Reason:
    """The reason that `rule` gives, with what was seen. Raises KeyError for a rule that is not in RULES."""
    known = RULES[rule]
    return Reason(
        rule, known.effect, known.clause, f"{known.text}: {detail}" if detail else known.text, place
    )
