"""The nouns of labels: what was found in a file, which rule it keeps or breaks, and the grade.

A grade is one of four, and "could not tell" is never "nothing there":

    compliant      exactly one label of the national scheme, and it keeps every rule
    noncompliant   a label that breaks a rule, or more than one of them
    not_found      the file was read whole and carries none; platforms strip metadata, so this proves nothing
    inconclusive   damaged, emptied, too large or not read to the end
"""

from __future__ import annotations

from typing import Final

from domainscan.model import Record

COMPLIANT: Final = "compliant"
NONCOMPLIANT: Final = "noncompliant"
NOT_FOUND: Final = "not_found"
INCONCLUSIVE: Final = "inconclusive"
GRADES: Final = (COMPLIANT, NONCOMPLIANT, NOT_FOUND, INCONCLUSIVE)

SCHEMES: Final[dict[str, str]] = {
    "aigc": "the implicit label of GB 45438-2025, Annex E: a JSON object under the key AIGC",
    "text": "prompt words with both elements at the start or end of a text, GB 45438-2025 5.1",
    "explicit": "words with both elements on a page, for people to see, GB 45438-2025 5",
    "iptc": "DigitalSourceType of IPTC in XMP",
    "c2pa": "a manifest store of C2PA",
}
MEANINGS: Final[dict[str, str]] = {
    "generated": "made by a model",
    "possible": "possibly made by a model (Label 2)",
    "suspected": "suspected to be made by a model (Label 3)",
    "composite": "made by a model in part",
    "algorithmic": "made by an algorithm that was not trained",
    "other": "made without a model: a camera, a scan, people",
    "": "says nothing about its making that could be read",
}


class Label(Record, frozen=True):
    """One label, as it stands in the file.

    `fields` are the keys and values in their order, values as text: {"Label": 1} is (("Label", "1"),).
    """

    scheme: str  # a key of SCHEMES
    place: str  # "PNG iTXt XML:com.adobe.xmp"
    meaning: str = ""  # a key of MEANINGS
    fields: tuple[tuple[str, str], ...] = ()
    raw: str = ""  # the text it was read from, at most RAW_CHARACTERS of it


class Reason(Record, frozen=True):
    """One rule that decided, or a remark: `rule` is a key of rules.RULES and never changes its meaning."""

    rule: str
    effect: str  # compliant | noncompliant | not_found | inconclusive | remark
    clause: str  # "GB 45438-2025 6.1 c"
    detail: str  # in words, with the value that is at fault
    place: str = ""


class Operator(Record, frozen=True):
    """Who a provider code names. Well formed is not verified: a code can be somebody else's.

    Source: TC260-PG-20252A (27 characters), GB 32100-2015 (the credit code and its check digit).
    """

    role: str  # producer | propagator
    code: str  # the 27 characters
    credit_code: str  # the 18 of the unified social credit code
    service: str  # generates | propagates | unspecified
    model: str  # the 4 characters that the provider gave the model or service
    problem: str = ""  # "" when the credit code's check digit and form are right


class LabelReport(Record, frozen=True, tag="labels"):
    """All labels of one file, and the grade under the national standard.

    Marks of IPTC and C2PA are listed and read; the grade is about the national label, which they do not replace.
    """

    name: str  # as the caller called the file
    kind: str  # a key of CARRIERS, "text", or "" for a file of another kind
    grade: str
    reasons: tuple[Reason, ...]
    labels: tuple[Label, ...] = ()
    operators: tuple[Operator, ...] = ()
    bytes_read: int = 0
    bytes_total: int = 0  # more than bytes_read when the file was cut
