"""Read leniently, graded strictly: one row for each rule, with the grade and the clause that it names."""

# ruff: noqa: E501  (tables)

from __future__ import annotations

import html
import json
import struct

import pytest

from domainscan.read.labels import (
    COMPLIANT,
    GRADES,
    INCONCLUSIVE,
    NONCOMPLIANT,
    NOT_FOUND,
    LabelReport,
    read_labels,
)
from domainscan.read.labels.rules import ORDER, REMARK, RULES, reason
from tests.read.labels import build
from tests.read.labels.build import BARE, CODE, FIELDS, LABEL


def _label(**changes: object) -> str:
    """The label with fields changed; None leaves one out."""
    fields = {**FIELDS, **changes}
    return json.dumps({"AIGC": {key: value for key, value in fields.items() if value is not None}})


def _rules(report: LabelReport) -> set[str]:
    return {one.rule for one in report.reasons if one.effect != REMARK}


def test_every_rule_leads_to_one_of_the_four_grades_or_is_a_remark() -> None:
    assert {rule.effect for rule in RULES.values()} == {*GRADES, REMARK}
    assert set(ORDER) == set(GRADES)


def test_a_rule_nobody_wrote_is_our_fault() -> None:
    with pytest.raises(KeyError, match="no_such_rule"):
        reason("no_such_rule")


TEXTS = [
    # why, the label's text, the grade, the rules that decided
    ("as the standard shows it", LABEL, COMPLIANT, {"kept"}),
    ("possibly generated", _label(Label="2"), COMPLIANT, {"kept"}),
    ("suspected", _label(Label="3"), COMPLIANT, {"kept"}),
    ("the propagator has not written yet", _label(ContentPropagator="", PropagateID=""), COMPLIANT, {"kept"}),
    ("only the producer's fields", _label(ContentPropagator=None, PropagateID=None), COMPLIANT, {"kept"}),
    ("a name that is no code", _label(ContentProducer="invented-studio"), COMPLIANT, {"kept"}),
    ("blank lines around it", f"\n {LABEL} \n", COMPLIANT, {"kept"}),
    ("zeros behind it", f"{LABEL}\0\0", COMPLIANT, {"kept"}),
    # Annex E c
    ("Label says AIGC", _label(Label="AIGC"), NONCOMPLIANT, {"label_value"}),
    ("Label 4", _label(Label="4"), NONCOMPLIANT, {"label_value"}),
    ("Label 0", _label(Label="0"), NONCOMPLIANT, {"label_value"}),
    ("Label is empty", _label(Label=""), NONCOMPLIANT, {"field_empty"}),
    ("Label is a number", _label(Label=1), NONCOMPLIANT, {"field_type"}),
    ("Label is true", _label(Label=True), NONCOMPLIANT, {"field_type"}),
    # fields
    ("no Label", _label(Label=None), NONCOMPLIANT, {"field_missing"}),
    ("no producer", _label(ContentProducer=None), NONCOMPLIANT, {"field_missing"}),
    ("no content id", _label(ProduceID=""), NONCOMPLIANT, {"field_empty"}),
    ("a field of its own", _label(Model="invented"), NONCOMPLIANT, {"field_unknown"}),
    ("a field in small letters", _label(label="1"), NONCOMPLIANT, {"field_unknown"}),
    ("an object as a field", _label(ReservedCode1={"a": "b"}), NONCOMPLIANT, {"field_type"}),
    ("a field that is null", _label(ReservedCode2=json.loads("null"), ReservedCode1=[]), NONCOMPLIANT, {"field_type"}),
    ("a field twice", LABEL.replace('"Label": "1"', '"Label": "1", "Label": "2"'), NONCOMPLIANT, {"field_twice"}),
    ("an empty object", "{}", NONCOMPLIANT, {"field_missing"}),
    ("an empty label", '{"AIGC": {}}', NONCOMPLIANT, {"field_missing"}),
    # Annex E j
    ("a blank", _label(ContentProducer="Invented Agent AI"), NONCOMPLIANT, {"characters"}),
    ("Chinese", _label(ContentProducer="虚构科技"), NONCOMPLIANT, {"characters"}),
    ("Chinese, escaped", json.dumps({"AIGC": {**FIELDS, "ProduceID": "编号1"}}), NONCOMPLIANT, {"characters"}),
    ("full-width digits", _label(ProduceID="１２３"), NONCOMPLIANT, {"characters"}),
    ("a line's end", _label(ReservedCode1="a\nb"), NONCOMPLIANT, {"characters"}),
    ("DEL", _label(ReservedCode2="a\x7f"), NONCOMPLIANT, {"characters"}),
    # TC260-PG-20252A
    ("a credit code with a wrong check digit", _label(ContentProducer=CODE[:21] + "A" + CODE[22:]), NONCOMPLIANT, {"provider_code"}),
    ("a credit code with a letter it cannot have", _label(ContentProducer=CODE[:12] + "I" + CODE[13:]), NONCOMPLIANT, {"provider_code"}),
    ("an unknown service type", _label(ContentProducer=CODE[:22] + "7" + CODE[23:]), NONCOMPLIANT, {"provider_code"}),
    ("the propagator's code is wrong", _label(ContentPropagator=CODE[:21] + "A" + CODE[22:]), NONCOMPLIANT, {"provider_code"}),
    # read leniently
    ("the key in small letters inside", LABEL.replace("AIGC", "aigc"), NONCOMPLIANT, {"key_spelling"}),
    ("HTML entities", html.escape(LABEL), NONCOMPLIANT, {"not_json"}),
    ("a string that holds JSON", json.dumps(LABEL), NONCOMPLIANT, {"not_json"}),
    ("JSON in a string inside", json.dumps({"AIGC": BARE}), NONCOMPLIANT, {"not_json"}),
    ("a Python dictionary", str({"AIGC": FIELDS}), NONCOMPLIANT, {"not_json"}),
    ("YAML in place of JSON", "\n".join(f"{key}: {value}" for key, value in FIELDS.items()), NONCOMPLIANT, {"not_json"}),
    ("two labels in one", f'{{"AIGC": {BARE}, "AIGC": {BARE}}}', NONCOMPLIANT, {"duplicate"}),
    ("a list", '["1"]', NONCOMPLIANT, {"not_object"}),
    ("a word", "generated", NONCOMPLIANT, {"not_object"}),
    ("a number", "1", NONCOMPLIANT, {"not_object"}),
    # nobody can tell
    ("nothing", "", INCONCLUSIVE, {"emptied"}),
    ("blanks", "   ", INCONCLUSIVE, {"emptied"}),
    ("zeros", "\0" * 200, INCONCLUSIVE, {"emptied"}),
    ("cut off", LABEL[:-40], INCONCLUSIVE, {"label_damaged"}),
    ("noise", "\x01\x02\x03{\x7f\x10", INCONCLUSIVE, {"label_damaged"}),
    ("100,000 brackets", "[" * 60_000, NONCOMPLIANT, {"not_object"}),
    ("very long", _label(ReservedCode1="x" * 70_000), INCONCLUSIVE, {"limit"}),
    ("a very large number", '{"AIGC": ' + "9" * 5_000 + "}", NONCOMPLIANT, {"not_object"}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "grade", "rules"), [row[1:] for row in TEXTS], ids=[row[0] for row in TEXTS]
)
def test_a_labels_text_is_graded(text: str, grade: str, rules: set[str]) -> None:
    report = read_labels(build.wav(build.riff_chunk(b"AIGC", text.encode())))
    assert (report.grade, _rules(report)) == (grade, rules), report.reasons
    assert all(one.clause for one in report.reasons)


def test_the_reasons_name_clause_place_and_value() -> None:
    report = read_labels(build.png_text(_label(Label="AIGC", ContentProducer="Invented Agent AI")))
    said = {one.rule: (one.clause, one.place, one.detail) for one in report.reasons}
    assert said["label_value"] == (
        "GB 45438-2025 Annex E c",
        "PNG tEXt AIGC",
        'Label is "1" (generated), "2" (possible) or "3" (suspected): not \'AIGC\'',
    )
    assert said["characters"][0] == "GB 45438-2025 Annex E j"
    assert "U+0020 in ContentProducer 'Invented Agent AI'" in said["characters"][2]
    assert report.labels[0].meaning == ""  # a value that nobody defined says nothing


def test_a_code_of_the_wrong_service_is_remarked_upon_and_no_fault() -> None:
    propagates = CODE[:22] + "2" + CODE[23:]
    report = read_labels(build.png_text(_label(ContentProducer=propagates)))
    assert report.grade == COMPLIANT
    assert "code_service" in {one.rule for one in report.reasons}


def test_the_operator_is_read_from_the_code() -> None:
    operator = read_labels(build.png_text(LABEL)).operators[0]
    assert (operator.role, operator.code, operator.credit_code) == ("producer", CODE, build.CREDIT)
    assert (operator.service, operator.model, operator.problem) == ("generates", "ABCD", "")


def test_an_operator_whose_code_does_not_check_is_named_with_its_problem() -> None:
    wrong = CODE[:21] + "A" + CODE[22:]
    operators = read_labels(build.png_text(_label(ContentProducer=wrong, ContentPropagator=wrong))).operators
    assert [(one.role, one.problem) for one in operators] == [("producer", "check digit")]


# ---------------------------------------------------------------- more than one, or not the right place


TEXT = build.chunk(b"tEXt", b"AIGC\x00" + LABEL.encode())
XMP = build.chunk(b"iTXt", b"XML:com.adobe.xmp\x00\x00\x00\x00\x00" + build.xmp_label(LABEL))
OTHER = build.chunk(b"tEXt", b"AIGC\x00" + _label(ProduceID="another").encode())
EMPTY = build.chunk(b"tEXt", b"AIGC\x00")
DOCTYPE = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>'
OUTSIDE = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


def _packet(data: bytes) -> bytes:
    return build.chunk(b"iTXt", b"XML:com.adobe.xmp\x00\x00\x00\x00\x00" + data)


def _roomless() -> bytes:
    """A picture whose places have no width: 655,350 of them stand in 64 bytes."""
    place = struct.pack(">BBH", 0, 0, 10) + struct.pack(">HHH", 1, 0, 0xFFFF) * 10
    names = build.box(b"iinf", bytes(4) + b"\x00\x00")
    hdlr = build.box(b"hdlr", bytes(8) + b"pict" + bytes(13))
    meta = build.box(b"meta", bytes(4) + hdlr + names + build.box(b"iloc", bytes(4) + place))
    return build.box(b"ftyp", b"heic" + bytes(4)) + meta


FILES = [
    # why, the file, the grade, the rules that decided
    ("the same label twice", build.png(TEXT, TEXT), NONCOMPLIANT, {"duplicate"}),
    ("in two places", build.png(TEXT, XMP), NONCOMPLIANT, {"duplicate"}),
    ("two that disagree", build.png(TEXT, OTHER), NONCOMPLIANT, {"duplicate", "disagree"}),
    ("one, and an emptied place", build.png(TEXT, EMPTY), INCONCLUSIVE, {"emptied"}),
    ("only an emptied place", build.png(EMPTY), INCONCLUSIVE, {"emptied"}),
    ("element and attribute", build.png(_packet(build.xmp(f"<TC260:AIGC>{html.escape(LABEL)}</TC260:AIGC>", f'TC260:AIGC="{html.escape(LABEL)}"'))), NONCOMPLIANT, {"duplicate"}),
    ("twice in one front matter", build.front_matter(f"AIGC: '{LABEL}'\nAIGC: '{LABEL}'"), NONCOMPLIANT, {"duplicate"}),
    ("twice in an information dictionary", build.pdf_info(build.literal(LABEL.encode()) + b" /AIGC " + build.literal(LABEL.encode())), NONCOMPLIANT, {"duplicate"}),
    ("keyword in small letters", build.png(build.chunk(b"tEXt", b"aigc\x00" + LABEL.encode())), NONCOMPLIANT, {"key_spelling"}),
    ("a property in small letters", build.archive({"[Content_Types].xml": build.TYPES, "docProps/custom.xml": build.properties(LABEL, "aigc")}), NONCOMPLIANT, {"key_spelling"}),
    ("front matter in small letters", build.markdown(LABEL).replace(b"AIGC:", b"aigc:"), NONCOMPLIANT, {"key_spelling"}),
    ("another namespace", build.png(_packet(build.xmp_label(LABEL).replace(b"/AIGC/1.0/", b"/AIGC/1.0"))), NONCOMPLIANT, {"namespace"}),
    ("an RDF structure", build.png(_packet(build.xmp('<TC260:AIGC rdf:parseType="Resource"><TC260:Label>1</TC260:Label><TC260:ContentProducer>invented</TC260:ContentProducer><TC260:ProduceID>7</TC260:ProduceID></TC260:AIGC>'))), NONCOMPLIANT, {"not_object"}),
    ("RDF attributes", build.png(_packet(build.xmp("", 'TC260:Label="1" TC260:ContentProducer="invented" TC260:ProduceID="7"'))), NONCOMPLIANT, {"not_object"}),
    ("a list in XMP", build.png(_packet(build.xmp(f"<TC260:AIGC><rdf:Bag><rdf:li>{html.escape(LABEL)}</rdf:li></rdf:Bag></TC260:AIGC>"))), COMPLIANT, {"kept"}),
    ("two in a list in XMP", build.png(_packet(build.xmp(f"<TC260:AIGC><rdf:Bag><rdf:li>{html.escape(LABEL)}</rdf:li><rdf:li>{html.escape(LABEL)}</rdf:li></rdf:Bag></TC260:AIGC>"))), NONCOMPLIANT, {"duplicate"}),
    ("a PDF dictionary", build.pdf_info(b"<< /Label (1) /ContentProducer (invented) /ProduceID (7) >>"), NONCOMPLIANT, {"not_object"}),
    # emptied
    ("the namespace alone", build.png(_packet(build.xmp("<a:b xmlns:a='x'>1</a:b>"))), INCONCLUSIVE, {"emptied"}),
    ("an empty element", build.png(_packet(build.xmp("<TC260:AIGC/>"))), INCONCLUSIVE, {"emptied"}),
    ("XMP without a property", build.png(_packet(build.xmp("").replace(b' xmlns:TC260="http://www.tc260.org.cn/ns/AIGC/1.0/"', b""))), INCONCLUSIVE, {"shell"}),
    ("an empty packet beside a label", build.png(TEXT, _packet(build.xmp("").replace(b' xmlns:TC260="http://www.tc260.org.cn/ns/AIGC/1.0/"', b""))), COMPLIANT, {"kept"}),
    ("an empty chunk", build.wav(build.riff_chunk(b"AIGC", b"")), INCONCLUSIVE, {"emptied"}),
    ("an empty frame", build.mp3(""), INCONCLUSIVE, {"emptied"}),
    ("an empty property", build.ooxml(""), INCONCLUSIVE, {"emptied"}),
    ("an empty string", build.pdf_info(b"()"), INCONCLUSIVE, {"emptied"}),
    ("null", build.pdf_info(b"null"), INCONCLUSIVE, {"emptied"}),
    ("an empty mapping", build.front_matter("AIGC:"), INCONCLUSIVE, {"emptied"}),
    # damaged, dangerous, closed
    ("a wrong checksum", build.png(TEXT[:-1] + b"\x00"), INCONCLUSIVE, {"checksum"}),
    ("broken compression", build.png(build.chunk(b"zTXt", b"AIGC\x00\x00broken")), INCONCLUSIVE, {"damaged"}),
    ("compressed data cut off", build.png(build.chunk(b"zTXt", build.png_compressed(LABEL)[41:-80])), INCONCLUSIVE, {"damaged"}),
    ("XMP that is no XML", build.png(_packet(build.xmp_label(LABEL)[:-150])), INCONCLUSIVE, {"damaged"}),
    ("a document type", build.png(_packet(DOCTYPE + build.xmp_label(LABEL)[57:])), INCONCLUSIVE, {"refused"}),
    ("a document type without entities", build.jpeg_xmp(b"<!DOCTYPE x><x a='1'>1</x>"), INCONCLUSIVE, {"refused"}),
    ("an external entity", build.jpeg_xmp(OUTSIDE + b"<x>&a;</x>"), INCONCLUSIVE, {"refused"}),
    ("a document type in OOXML", build.archive({"[Content_Types].xml": build.TYPES, "docProps/custom.xml": OUTSIDE + b"<Properties/>"}), INCONCLUSIVE, {"refused"}),
    ("an encrypted document", build.pdf([build.CATALOG, b"<< /AIGC (x) >>", build.PAGES, b"<< /Filter /Standard >>"], b"/Root 1 0 R /Info 2 0 R /Encrypt 4 0 R"), INCONCLUSIVE, {"encrypted"}),
    ("an encrypted frame", build.id3(build.txxx(LABEL, 3)).replace(b"TXXX\x00\x00\x01" + bytes((len(build.txxx(LABEL, 3)) & 0x7F, 0, 0)), b"TXXX\x00\x00\x01" + bytes((len(build.txxx(LABEL, 3)) & 0x7F, 0, 4))), INCONCLUSIVE, {"encrypted"}),
    ("a PNG that ends in the middle", build.png()[:-20], INCONCLUSIVE, {"damaged"}),
    ("a label, and then the end is missing", build.png(TEXT)[:-12], INCONCLUSIVE, {"damaged"}),
    ("a wrong label, and then the end is missing", build.png(build.chunk(b"tEXt", b"AIGC\x00" + _label(Label="9").encode()))[:-12], NONCOMPLIANT, {"damaged", "label_value"}),
    ("a JPEG that ends before its picture", build.jpeg_xmp(build.xmp_label(LABEL))[:300], INCONCLUSIVE, {"damaged"}),
    ("a piece of extended XMP is missing", build.jpeg(*(build.segment(0xE1, b"http://ns.adobe.com/xmp/extension/\x00" + b"0" * 32 + b"\x00\x00\x10\x00\x00\x00\x00\x00" + b"x" * 40),)), INCONCLUSIVE, {"damaged"}),
    ("a PDF without its end", build.pdf_literal(LABEL)[:-120], INCONCLUSIVE, {"damaged"}),
    ("an archive without its directory", build.ooxml(LABEL)[:-80], INCONCLUSIVE, {"damaged"}),
    ("a part that does not match its checksum", build.ooxml(LABEL, method=0).replace(b"0a0b-0001", b"0a0b-0002"), INCONCLUSIVE, {"damaged"}),
    ("a film whose head is longer than the film", build.film_keys(LABEL, early=False)[:-30], INCONCLUSIVE, {"damaged"}),
    ("a GIF without its trailer", build.gif_xmp(build.xmp_label(LABEL))[:-1], COMPLIANT, {"kept"}),
    ("a GIF that ends inside a picture", build.gif()[:-3], INCONCLUSIVE, {"damaged"}),
    ("a box shorter than its head", build.film() + b"\x00\x00\x00\x04free", INCONCLUSIVE, {"damaged"}),
    ("a box of 64-bit length nought", build.film() + b"\x00\x00\x00\x01free" + bytes(16), INCONCLUSIVE, {"damaged"}),
    ("items that take no room", _roomless(), INCONCLUSIVE, {"damaged"}),
    ("front matter without an end", build.markdown(LABEL).replace(b"---\n\n", b"\n"), INCONCLUSIVE, {"damaged"}),
    ("two parts of one name", build.archive({"[Content_Types].xml": build.TYPES, "docProps/custom.xml": build.properties(LABEL), "docProps/Custom.xml": "<Properties/>"}), INCONCLUSIVE, {"damaged"}),
    ("nothing", b"", INCONCLUSIVE, {"damaged"}),
    ("a film that broke off before its head", build.film(early=False)[:30], INCONCLUSIVE, {"damaged"}),
    ("a film without its head", build.box(b"ftyp", b"isom" + bytes(4)) + build.box(b"free", b""), INCONCLUSIVE, {"damaged"}),
    ("two in one frame", build.mp3(f"{LABEL}\0{LABEL}"), NONCOMPLIANT, {"duplicate"}),
    ("two in one frame of UTF-16", build.mp3(f"{LABEL}\0{LABEL}", coding=1), NONCOMPLIANT, {"duplicate"}),
    # kinds that are not read
    ("an archive of something else", build.archive({"readme.txt": "x"}), INCONCLUSIVE, {"unknown_kind"}),
    ("a book", build.archive({"mimetype": "application/epub+zip", "META-INF/container.xml": "<x/>"}), INCONCLUSIVE, {"unknown_kind"}),
    ("a drawing with entities", build.svg(b"", '<!DOCTYPE svg [<!ENTITY a "b">]>'), INCONCLUSIVE, {"refused"}),
    ("a drawing cut off", build.svg(build.xmp_source("digitalCapture"))[:-20], INCONCLUSIVE, {"damaged"}),
    ("a program", b"\x7fELF\x02\x01\x01\x00" + bytes(60), INCONCLUSIVE, {"unknown_kind"}),
    ("a page", b"<!doctype html><title>x</title>", INCONCLUSIVE, {"unknown_kind"}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("data", "grade", "rules"), [row[1:] for row in FILES], ids=[row[0] for row in FILES]
)
def test_a_file_is_graded(data: bytes, grade: str, rules: set[str]) -> None:
    report = read_labels(data)
    assert (report.grade, _rules(report)) == (grade, rules), report.reasons


PLACES = [
    ("PNG iTXt", build.png(build.chunk(b"iTXt", b"AIGC\x00\x00\x00\x00\x00" + LABEL.encode()))),
    ("WAV LIST INFO", build.wav(build.riff_chunk(b"LIST", b"INFO" + build.riff_chunk(b"AIGC", LABEL.encode())))),
    ("TIFF ImageDescription", build.tiff([(0x010E, 2, LABEL.encode() + b"\x00")])),
    ("MP4 moov.meta", build.box(b"ftyp", b"isom" + bytes(4)) + build.box(b"moov", build.keyed_meta([(b"AIGC", LABEL.encode())]))),
    ("M4A free name", build.film_free_name(LABEL)),
    # where tools put what they call a comment
    ("JPEG COM", build.jpeg(build.segment(0xFE, LABEL.encode()))),
    ("PNG Comment", build.png(build.chunk(b"tEXt", b"Comment\x00" + LABEL.encode()))),
    ("PNG Description", build.png(build.chunk(b"iTXt", b"Description\x00\x00\x00\x00\x00" + LABEL.encode()))),
    ("GIF comment", build.gif(b"\x21\xfe" + b"".join(bytes((len(part),)) + part for part in (LABEL.encode()[at : at + 255] for at in range(0, len(LABEL), 255))) + b"\x00")),
    ("MP4 comment", build.film(build.keyed_meta([(b"comment", LABEL.encode())]))),
    ("M4A comment", build.film(build.box(b"meta", bytes(4) + build.box(b"ilst", build.box(b"\xa9cmt", build.box(b"data", struct.pack(">II", 1, 0) + LABEL.encode())))))),
    ("MOV comment", build.film(build.box(b"\xa9cmt", struct.pack(">HH", len(LABEL), 0x55C4) + LABEL.encode()))),
    ("MP3 COMM", build.id3(b"\x03eng\x00" + LABEL.encode(), name=b"COMM")),
    ("MP3 COMM, UTF-16", build.id3(b"\x01eng\xff\xfe\x00\x00" + LABEL.encode("utf-16"), 3, name=b"COMM")),
    ("Ogg COMMENT", build.ogg([b"\x01vorbis" + bytes(23), b"\x03vorbis" + build.comments(LABEL, b"comment")])),
    ("PDF Keywords", build.pdf([build.CATALOG, b"<< /Keywords " + build.literal(LABEL.encode()) + b" >>", build.PAGES])),
    ("docx comments", build.office("docProps/core.xml", "description", LABEL)),
    ("xlsx keywords", build.office("docProps/core.xml", "keywords", LABEL)),
    ("odt subject", build.office("meta.xml", "subject", LABEL)),
    ("WAV ICMT", build.wav(build.riff_chunk(b"LIST", b"INFO" + build.riff_chunk(b"ICMT", LABEL.encode() + b"\x00")))),
]  # fmt: skip


@pytest.mark.parametrize("data", [row[1] for row in PLACES], ids=[row[0] for row in PLACES])
def test_a_place_that_no_guide_names_is_remarked_upon(data: bytes) -> None:
    report = read_labels(data)
    assert (report.grade, len(report.labels)) == (COMPLIANT, 1), report.reasons
    assert "carrier" in {one.rule for one in report.reasons}


@pytest.mark.parametrize(
    ("text", "grade"),
    [
        ("A poster: the AIGC Label rules explained", NOT_FOUND),  # an English word
        ("AIGC; Label: see the caption", NOT_FOUND),
        ("Label maker, 2025", NOT_FOUND),
        ('{"AIGC": {"Label": "1"}}', NONCOMPLIANT),
        (html.escape('{"AIGC": {"Label": "1"}}'), NONCOMPLIANT),
        ("AIGC Label=1 ContentProducer=invented", NONCOMPLIANT),
    ],
)
def test_a_comment_is_a_label_only_when_it_is_meant_as_one(text: str, grade: str) -> None:
    for data in (
        build.jpeg(build.segment(0xFE, text.encode())),
        build.tiff([(0x010E, 2, text.encode() + b"\0")]),
    ):
        assert read_labels(data).grade == grade


# ---------------------------------------------------------------- files that were not read to the end


@pytest.mark.parametrize(
    ("data", "read", "grade", "rules"),
    [
        # a label near the start is one, whatever follows; a second one could, which is said
        (build.png_text(LABEL), -30, COMPLIANT, {"kept"}),
        (build.png(), -30, INCONCLUSIVE, {"cut"}),
        (build.png(TEXT), 100, INCONCLUSIVE, {"cut"}),
        # all labels of a JPEG stand before its picture, all of FLAC's before the sound
        (build.jpeg(), -4, NOT_FOUND, {"none"}),
        (build.flac("x").replace(b"AIGC", b"MOOD"), -10, NOT_FOUND, {"none"}),
        (build.film_keys(LABEL), -500, COMPLIANT, {"kept"}),
        (build.film_keys(LABEL, early=False), 600, INCONCLUSIVE, {"cut"}),
        (build.mp3(LABEL), 800, COMPLIANT, {"kept"}),
        (build.MPEG_AUDIO * 3, 800, INCONCLUSIVE, {"cut"}),
        (build.wav(build.riff_chunk(b"AIGC", LABEL.encode())), 60, INCONCLUSIVE, {"cut"}),
        (build.ooxml(LABEL), 500, INCONCLUSIVE, {"cut"}),
        (build.pdf_literal(LABEL), 250, INCONCLUSIVE, {"cut"}),
        (build.markdown(LABEL), -8, COMPLIANT, {"kept"}),
        (b"# Invented\n" * 50, 100, INCONCLUSIVE, {"cut"}),
    ],
)
def test_what_was_not_read_is_unknown_and_not_absent(
    data: bytes, read: int, grade: str, rules: set[str]
) -> None:
    report = read_labels(data[:read], total=len(data))
    assert (report.grade, _rules(report)) == (grade, rules), report.reasons
    assert (report.bytes_read, report.bytes_total) == (len(data[:read]), len(data))
    if grade == COMPLIANT:
        assert "part_read" in {one.rule for one in report.reasons}
