"""Labels in the shapes that were seen in public files, with every name and code invented: how each is graded."""

# ruff: noqa: E501  (a table)

from __future__ import annotations

import json

import pytest

from domainscan.read.labels import COMPLIANT, NONCOMPLIANT, read_labels
from tests.read.labels import build
from tests.read.labels.build import CODE

HEX = "30450221000000invented00" * 3
BASE64 = "aW52ZW50ZWQgc2lnbmF0dXJlIGZvciB0ZXN0cyBvbmx5/+=="

# what, who writes it, the label, the grade, the rules broken, the operators' credit codes
SEEN = [
    (
        "front matter of a large provider: codes, base64 signature in both reserved fields",
        build.markdown,
        {"Label": "1", "ContentProducer": CODE, "ProduceID": "0a0b0c0d_01020304", "ReservedCode1": BASE64,
         "ContentPropagator": CODE, "PropagateID": "0a0b0c0d_01020304", "ReservedCode2": BASE64},
        COMPLIANT, set(), {build.CREDIT},
    ),
    (
        "front matter with UUIDs, fields in another order",
        build.markdown,
        {"Label": "1", "ContentProducer": CODE, "ContentPropagator": CODE, "ProduceID": "00000000-1111-4222-8333-444444444444",
         "PropagateID": "00000000-1111-4222-8333-444444444444", "ReservedCode1": "55555555", "ReservedCode2": "55555555"},
        COMPLIANT, set(), {build.CREDIT},
    ),
    (
        "front matter of an agent: Label is the word AIGC, the producer is a name with blanks",
        build.markdown,
        {"ContentProducer": "Invented Agent AI", "ContentPropagator": "Invented Agent AI", "Label": "AIGC",
         "ProduceID": "deadbeef", "PropagateID": "deadbeef", "ReservedCode1": HEX, "ReservedCode2": HEX},
        NONCOMPLIANT, {"label_value", "characters"}, set(),
    ),
    (
        "defaults of an interface: its own name as Label, digits as filler",
        build.markdown,
        {"Label": "Inventshow", "ContentProducer": "Inventshow API", "ProduceID": "Inventshow", "ReservedCode1": "0",
         "ContentPropagator": "0", "PropagateID": "0", "ReservedCode2": "1"},
        NONCOMPLIANT, {"label_value", "characters"}, set(),
    ),
    (
        "three fields in an XMP element of a PNG, a short name as producer",
        lambda text: build.png_xmp(build.xmp_label(text)),
        {"Label": "1", "ContentProducer": "invented", "ProduceID": "private-id"},
        COMPLIANT, set(), set(),
    ),
    (
        "three fields in an XMP element, quotation marks not escaped",
        lambda text: build.png_xmp(build.xmp(f"<TC260:AIGC>{text}</TC260:AIGC>")),
        {"Label": "1", "ContentProducer": "invented", "ProduceID": "private-id"},
        COMPLIANT, set(), set(),
    ),
    (
        "an XMP attribute in a HEIF picture",
        lambda text: build.heif(build.xmp_attribute(text)),
        {"Label": "1", "ContentProducer": CODE, "ProduceID": "x-1"},
        COMPLIANT, set(), {build.CREDIT},
    ),
    (
        "a PDF's information dictionary, propagator empty",
        build.pdf_literal,
        {"Label": "1", "ContentProducer": "InventStudio", "ProduceID": "C-001", "ReservedCode1": "", "ContentPropagator": "",
         "PropagateID": "", "ReservedCode2": ""},
        COMPLIANT, set(), set(),
    ),
    (
        "a PNG's tEXt, wrapped in AIGC, another service propagates",
        lambda text: build.png_text(f'{{"AIGC":{text}}}'),
        {"Label": "1", "ContentProducer": CODE, "ProduceID": "INV20250002", "ReservedCode1": "RC001",
         "ContentPropagator": build.OTHER_CODE, "PropagateID": "INVPG20250002", "ReservedCode2": "RC002"},
        COMPLIANT, set(), {build.CREDIT, build.OTHER_CREDIT},
    ),
    (
        "the smallest front matter",
        build.markdown,
        {"Label": "1", "ContentProducer": "InventStudio", "ProduceID": "C-002"},
        COMPLIANT, set(), set(),
    ),
]  # fmt: skip


@pytest.mark.parametrize("row", SEEN, ids=[row[0] for row in SEEN])
def test_a_label_of_a_shape_that_was_seen_is_graded(row: tuple[object, ...]) -> None:
    _, write, fields, grade, broken, credit_codes = row
    report = read_labels(write(json.dumps(fields, ensure_ascii=False)))  # type: ignore[operator]
    assert dict(report.labels[0].fields) == fields
    assert report.grade == grade, report.reasons
    assert {one.rule for one in report.reasons if one.effect == NONCOMPLIANT} == broken
    assert {one.credit_code for one in report.operators} == credit_codes
