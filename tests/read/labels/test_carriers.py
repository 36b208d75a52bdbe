"""Every place that a label can stand in, written by the tests' own builder and read back equal."""

from __future__ import annotations

import pytest

from domainscan.read.labels import COMPLIANT, INCONCLUSIVE, NOT_FOUND, read_labels
from domainscan.read.labels.carriers import CARRIERS
from tests.read.labels import build
from tests.read.labels.build import BARE, BUILDERS, FIELDS, LABEL, STORES

MAPPINGS = (
    "Markdown",
    "Markdown plain scalars",
    "Markdown flow",
    "Markdown TOML",
    "Markdown TOML inline",
)  # which take the label's fields, not its text


@pytest.mark.parametrize("label", [LABEL, BARE], ids=["wrapped", "bare"])
@pytest.mark.parametrize("name", BUILDERS)
def test_a_label_is_read_back_as_it_was_written(name: str, label: str) -> None:
    build_file, kind, place = BUILDERS[name]
    report = read_labels(build_file(label))
    assert [(one.scheme, one.place, dict(one.fields)) for one in report.labels] == [("aigc", place, FIELDS)]
    assert (report.kind, report.grade) == (kind, COMPLIANT), report.reasons
    assert [(one.role, one.credit_code, one.problem) for one in report.operators] == [
        ("producer", build.CREDIT, ""),
        ("propagator", build.OTHER_CREDIT, ""),
    ]
    if name not in MAPPINGS:
        assert report.labels[0].raw == label


def test_every_kind_of_file_has_a_builder() -> None:
    assert {kind for _, kind, _ in BUILDERS.values()} == set(CARRIERS)


PLAIN = {
    "PNG": build.png(),
    "JPEG": build.jpeg(),
    "WebP": build.webp(),
    "GIF": build.gif(),
    "TIFF": build.tiff([(0x010F, 2, b"invented camera\x00")]),
    "HEIF": build.heif(build.xmp_source("digitalCapture")),
    "MP4": build.film(build.keyed_meta([(b"encoder", b"invented 1.0")])),
    "WAV": build.wav(),
    "AVI": build.avi(build.riff_chunk(b"ISFT", b"x\x00")),
    "FLAC": build.flac("x").replace(b"AIGC=", b"MOOD="),
    "Ogg": build.ogg_vorbis("x").replace(b"AIGC=", b"MOOD="),
    "MP3": build.MPEG_AUDIO * 3,
    "ZIP": build.archive({"[Content_Types].xml": build.TYPES, "word/document.xml": "<x/>"}),
    "PDF": build.pdf([build.CATALOG, b"<< /Title (AIGC) >>", build.PAGES]),
    "SVG": b"<!-- x --><svg xmlns='http://www.w3.org/2000/svg'><path d='M0 0'/></svg>",
    "text": b"# Invented\n\nA text about bread.\n",
}


@pytest.mark.parametrize("kind", CARRIERS)
def test_a_file_without_a_label_is_not_found_which_proves_nothing(kind: str) -> None:
    report = read_labels(PLAIN[kind])
    assert (report.kind, report.grade) == (kind, NOT_FOUND), report.reasons
    assert [one.rule for one in report.reasons] == ["none"]
    assert "proves nothing" in report.reasons[0].detail


def test_the_kind_is_told_by_the_bytes_and_not_by_the_name() -> None:
    assert read_labels(build.png_text(LABEL), "holiday.jpg").kind == "PNG"


@pytest.mark.parametrize("name", STORES)
def test_a_manifest_store_is_seen_without_any_library(name: str) -> None:
    build_file, place = STORES[name]
    report = read_labels(build_file(build.store("digitalCapture", "trainedAlgorithmicMedia")))
    assert [(one.scheme, one.place, one.meaning) for one in report.labels] == [("c2pa", place, "generated")]
    assert report.labels[0].fields == (
        ("manifest", "urn:c2pa:invented-0"),
        ("manifest", "urn:c2pa:invented-1"),
        ("digitalSourceType", "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"),
    )
    assert report.grade == NOT_FOUND  # the national label is another one
    assert [one.rule for one in report.reasons] == ["none", "other_scheme"]


def test_the_active_manifest_is_the_last_one() -> None:
    report = read_labels(build.jpeg_store(build.store("trainedAlgorithmicMedia", "digitalCapture")))
    assert report.labels[0].meaning == "other"


@pytest.mark.parametrize(
    ("data", "grade"),
    [
        (b"", INCONCLUSIVE),  # a place for a store, and nothing in it
        (bytes(40), INCONCLUSIVE),
        (b"not a box at all, but long enough", INCONCLUSIVE),
        (build.box(b"jumb", b"\x00\x00"), INCONCLUSIVE),
    ],
)
def test_what_only_stands_in_a_stores_place_is_none(data: bytes, grade: str) -> None:
    report = read_labels(build.png(build.chunk(b"caBX", data)))
    assert (report.labels, report.grade) == ((), grade)


@pytest.mark.parametrize(
    ("term", "meaning"),
    [
        ("trainedAlgorithmicMedia", "generated"),
        ("compositeWithTrainedAlgorithmicMedia", "composite"),
        ("compositeSynthetic", "composite"),
        ("algorithmicMedia", "algorithmic"),
        ("digitalCapture", "other"),
        ("somethingNew", ""),  # a term of next year: shown, and not guessed at
    ],
)
def test_iptc_says_how_a_picture_was_made(term: str, meaning: str) -> None:
    report = read_labels(build.jpeg_xmp(build.xmp_source(term)))
    assert [(one.scheme, one.place, one.meaning) for one in report.labels] == [
        ("iptc", "JPEG APP1 XMP", meaning)
    ]
    assert report.grade == NOT_FOUND


def test_a_manifest_kept_elsewhere_is_named() -> None:
    packet = build.xmp("<dcterms:provenance>https://site.lab/m.c2pa</dcterms:provenance>")
    packet = packet.replace(b' xmlns:TC260="http://www.tc260.org.cn/ns/AIGC/1.0/"', b"")
    report = read_labels(build.jpeg_xmp(packet))
    assert [(one.scheme, one.fields) for one in report.labels] == [
        ("c2pa", (("manifest", "https://site.lab/m.c2pa"),))
    ]
