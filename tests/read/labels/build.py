"""Files that carry labels, written from the standards and not by what reads them: one function for each place.

    BUILDERS["PNG tEXt"](json_text) -> bytes

Everything in them is invented; the credit codes belong to nobody and have right check digits.
"""

from __future__ import annotations

import html
import io
import json
import struct
import zipfile
import zlib
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

CREDIT: Final = "91820000MA0LABEL09"  # area 82: invented
CODE: Final = f"0011{CREDIT}1ABCD"
OTHER_CREDIT: Final = "91820000MA0MARKETP"
OTHER_CODE: Final = f"0011{OTHER_CREDIT}2WXYZ"
FIELDS: Final = {
    "Label": "1",
    "ContentProducer": CODE,
    "ProduceID": "0a0b-0001",
    "ReservedCode1": "c2lnbmF0dXJl+/=",
    "ContentPropagator": OTHER_CODE,
    "PropagateID": "0a0b-0001",
    "ReservedCode2": "",
}
LABEL: Final = json.dumps({"AIGC": FIELDS})
BARE: Final = json.dumps(FIELDS)


# ---------------------------------------------------------------- XMP


def xmp(properties: str, attributes: str = "") -> bytes:
    """An XMP packet with these properties, as an editor writes it."""
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:TC260="http://www.tc260.org.cn/ns/AIGC/1.0/" '
        'xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" '
        f'xmlns:dcterms="http://purl.org/dc/terms/" {attributes}>'
        f'{properties}</rdf:Description></rdf:RDF></x:xmpmeta>{" " * 40}\n<?xpacket end="w"?>'
    ).encode()


def xmp_label(label: str) -> bytes:
    return xmp(f"<TC260:AIGC>{html.escape(label)}</TC260:AIGC>")


def xmp_attribute(label: str) -> bytes:
    return xmp("", f'TC260:AIGC="{html.escape(label)}"')


def xmp_source(term: str) -> bytes:
    """IPTC's DigitalSourceType, and no national label."""
    return xmp(
        f"<Iptc4xmpExt:DigitalSourceType>http://cv.iptc.org/newscodes/digitalsourcetype/{term}"
        "</Iptc4xmpExt:DigitalSourceType>"
    ).replace(b' xmlns:TC260="http://www.tc260.org.cn/ns/AIGC/1.0/"', b"")


# ---------------------------------------------------------------- pictures


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(*chunks: bytes) -> bytes:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    body = chunk(b"IDAT", zlib.compress(b"\x00\x00"))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(chunks) + body + chunk(b"IEND", b"")


def png_text(label: str) -> bytes:
    return png(chunk(b"tEXt", b"AIGC\x00" + label.encode()))


def png_compressed(label: str) -> bytes:
    return png(chunk(b"zTXt", b"AIGC\x00\x00" + zlib.compress(label.encode())))


def png_xmp(packet: bytes) -> bytes:
    return png(chunk(b"iTXt", b"XML:com.adobe.xmp\x00\x00\x00\x00\x00" + packet))


def png_compressed_xmp(packet: bytes) -> bytes:
    return png(chunk(b"iTXt", b"XML:com.adobe.xmp\x00\x01\x00\x00\x00" + zlib.compress(packet)))


def png_raw_profile(packet: bytes) -> bytes:
    text = b"\nxmp\n%8d\n%s\n" % (len(packet), packet.hex().encode())
    return png(chunk(b"zTXt", b"Raw profile type xmp\x00\x00" + zlib.compress(text)))


def exif(comment: bytes, order: str = "<") -> bytes:
    """A TIFF block: IFD0 points to the EXIF directory, which holds a UserComment."""
    mark = b"II*\x00" if order == "<" else b"MM\x00*"
    pointer = struct.pack(f"{order}HHHII", 1, 0x8769, 4, 1, 26) + bytes(4)
    directory = struct.pack(f"{order}HHHII", 1, 0x9286, 7, len(comment), 44) + bytes(4)
    return mark + struct.pack(f"{order}I", 8) + pointer + directory + comment


def segment(marker: int, data: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data


def jpeg(*segments: bytes) -> bytes:
    head = b"\xff\xd8" + segment(0xE0, b"JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00")
    return head + b"".join(segments) + segment(0xDA, b"\x01\x01\x00\x00\x3f\x00") + b"\x00\x12\xff\xd9"


def jpeg_xmp(packet: bytes) -> bytes:
    return jpeg(segment(0xE1, b"http://ns.adobe.com/xap/1.0/\x00" + packet))


def jpeg_extended(packet: bytes) -> bytes:
    """The packet as an extension in pieces of 300 bytes, the last one first, behind a packet that names it."""
    guid = b"0123456789ABCDEF0123456789ABCDEF"
    main = xmp(
        f'<n:HasExtendedXMP xmlns:n="http://ns.adobe.com/xmp/note/">{guid.decode()}</n:HasExtendedXMP>'
    ).replace(b' xmlns:TC260="http://www.tc260.org.cn/ns/AIGC/1.0/"', b"")
    head = b"http://ns.adobe.com/xmp/extension/\x00" + guid
    pieces = [
        segment(0xE1, head + struct.pack(">II", len(packet), at) + packet[at : at + 300])
        for at in range(0, len(packet), 300)
    ]
    return jpeg(segment(0xE1, b"http://ns.adobe.com/xap/1.0/\x00" + main), *reversed(pieces))


def jpeg_exif(comment: bytes, order: str = "<") -> bytes:
    return jpeg(segment(0xE1, b"Exif\x00\x00" + exif(comment, order)))


def riff_chunk(name: bytes, data: bytes) -> bytes:
    return name + struct.pack("<I", len(data)) + data + bytes(len(data) % 2)


def riff(form: bytes, *chunks: bytes) -> bytes:
    return riff_chunk(b"RIFF", form + b"".join(chunks))


def webp(*chunks: bytes) -> bytes:
    return riff(
        b"WEBP", riff_chunk(b"VP8X", bytes(10)), riff_chunk(b"VP8L", b"\x2f\x00\x00\x00\x00"), *chunks
    )


def gif(*extensions: bytes) -> bytes:
    head = b"GIF89a" + struct.pack("<HHBBB", 1, 1, 0x80, 0, 0) + b"\x00\x00\x00\xff\xff\xff"
    picture = b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\x00"
    return head + b"".join(extensions) + picture + b"\x3b"


def gif_xmp(packet: bytes) -> bytes:
    trailer = b"\x01" + bytes(range(255, -1, -1)) + b"\x00"
    return gif(b"\x21\xff\x0bXMP DataXMP" + packet + trailer)


def tiff(entries: Sequence[tuple[int, int, bytes]], order: str = "<") -> bytes:
    """A TIFF file with one directory of (tag, type, value); values stand behind it."""
    mark = b"II*\x00" if order == "<" else b"MM\x00*"
    at = 8 + 2 + 12 * len(entries) + 4
    directory, values = struct.pack(f"{order}H", len(entries)), b""
    for tag, kind, value in entries:
        directory += struct.pack(f"{order}HHII", tag, kind, len(value), at + len(values))
        values += value
    return mark + struct.pack(f"{order}I", 8) + directory + bytes(4) + values


def tiff_xmp(packet: bytes, order: str = "<") -> bytes:
    return tiff([(0x010F, 2, b"invented camera\x00"), (0x02BC, 7, packet)], order)


def big_tiff_xmp(packet: bytes) -> bytes:
    head = b"II+\x00" + struct.pack("<HHQ", 8, 0, 16)
    return head + struct.pack("<QHHQQQ", 1, 0x02BC, 7, len(packet), 52, 0) + packet


def heif(packet: bytes) -> bytes:
    """A picture with one XMP item behind its boxes."""
    entry = struct.pack(">HH", 1, 0) + b"mime\x00application/rdf+xml\x00"
    names = box(b"iinf", bytes(4) + struct.pack(">H", 1) + box(b"infe", b"\x02\x00\x00\x00" + entry))
    ftyp = box(b"ftyp", b"heic\x00\x00\x00\x00mif1heic")

    def meta(at: int) -> bytes:
        place = struct.pack(">BBHHHHII", 0x44, 0, 1, 1, 0, 1, at, len(packet))
        hdlr = box(b"hdlr", bytes(8) + b"pict" + bytes(13))
        return box(b"meta", bytes(4) + hdlr + names + box(b"iloc", bytes(4) + place))

    head = ftyp + meta(0)
    return ftyp + meta(len(head) + 8) + box(b"mdat", packet)


# ---------------------------------------------------------------- films


def box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", len(content) + 8, kind) + content


def keyed_meta(values: Sequence[tuple[bytes, bytes]], *, full: bool = True) -> bytes:
    """A metadata box: names in `keys`, values in `ilst`. QuickTime's own has no version and flags (not full)."""
    keys = bytes(4) + struct.pack(">I", len(values)) + b"".join(box(b"mdta", key) for key, _ in values)
    items = b"".join(
        box(struct.pack(">I", number), box(b"data", struct.pack(">II", 1, 0) + value))
        for number, (_, value) in enumerate(values, 1)
    )
    hdlr = box(b"hdlr", bytes(8) + b"mdta" + bytes(13))
    return box(b"meta", (bytes(4) if full else b"") + hdlr + box(b"keys", keys) + box(b"ilst", items))


def film(*user_data: bytes, brand: bytes = b"isom", tail: bytes = b"", early: bool = True) -> bytes:
    """A film; `early`: with its head before its data, as for streaming."""
    moov = box(b"moov", box(b"mvhd", bytes(100)) + (box(b"udta", b"".join(user_data)) if user_data else b""))
    data = box(b"mdat", b"\x00\x01" * 400)
    return box(b"ftyp", brand + bytes(4) + brand) + (moov + data if early else data + moov) + tail


def film_keys(label: str, brand: bytes = b"isom", *, full: bool = True, early: bool = True) -> bytes:
    values = [(b"encoder", b"invented 1.0"), (b"AIGC", label.encode())]
    return film(keyed_meta(values, full=full), brand=brand, early=early)


def film_free_name(label: str) -> bytes:
    """As iTunes names what it does not know."""
    free = box(b"mean", bytes(4) + b"com.apple.iTunes") + box(b"name", bytes(4) + b"AIGC")
    free += box(b"data", struct.pack(">II", 1, 0) + label.encode())
    hdlr = box(b"hdlr", bytes(8) + b"mdir" + bytes(13))
    return film(box(b"meta", bytes(4) + hdlr + box(b"ilst", box(b"----", free))), brand=b"M4A ")


def film_xmp(packet: bytes) -> bytes:
    return film(tail=box(b"uuid", bytes.fromhex("be7acfcb97a942e89c71999491e3afac") + packet))


# ---------------------------------------------------------------- sound


def safe(number: int) -> bytes:
    return bytes((number >> shift) & 0x7F for shift in (21, 14, 7, 0))


MPEG_AUDIO: Final = b"\xff\xfb\x90\x00" + bytes(413)


def txxx(label: str, coding: int) -> bytes:
    """A user text frame's content, described as AIGC."""
    if coding == 1:
        return (
            b"\x01" + b"\xff\xfe" + "AIGC\x00".encode("utf-16-le") + b"\xff\xfe" + label.encode("utf-16-le")
        )
    name = {0: "latin-1", 2: "utf-16-be", 3: "utf-8"}[coding]
    return bytes((coding,)) + "AIGC\x00".encode(name) + label.encode(name)


def id3(content: bytes, version: int = 4, *, name: bytes = b"TXXX", unsynchronised: bool = False) -> bytes:
    """A tag with a title, one frame and padding. ID3v2.3 unsynchronises the tag, ID3v2.4 the frame."""
    title = b"\x03invented"
    flags = 0
    if unsynchronised and version == 4:
        content, flags = content.replace(b"\xff", b"\xff\x00"), 0x02
    size = safe if version == 4 else partial(struct.pack, ">I")
    frames = b"TIT2" + size(len(title)) + bytes(2) + title
    frames += name + size(len(content)) + struct.pack(">H", flags) + content
    if unsynchronised and version == 3:
        frames = frames.replace(b"\xff", b"\xff\x00")
    frames += bytes(64)
    return b"ID3" + bytes((version, 0, 0x80 if unsynchronised else 0)) + safe(len(frames)) + frames


def mp3(label: str, version: int = 4, coding: int = 3, *, unsynchronised: bool = False) -> bytes:
    return id3(txxx(label, coding), version, unsynchronised=unsynchronised) + MPEG_AUDIO * 3


def mp3_old(label: str) -> bytes:
    """ID3v2.2: names of three letters, lengths of three bytes."""
    content = txxx(label, 0)
    frame = b"TXX" + len(content).to_bytes(3, "big") + content
    return b"ID3\x02\x00\x00" + safe(len(frame)) + frame + MPEG_AUDIO * 3


def mp3_packed(label: str) -> bytes:
    """A compressed frame with a length indicator, as ID3v2.4 allows."""
    content = txxx(label, 3)
    packed = safe(len(content)) + zlib.compress(content)
    frame = b"TXXX" + safe(len(packed)) + b"\x00\x09" + packed
    return b"ID3\x04\x00\x00" + safe(len(frame)) + frame + MPEG_AUDIO


def mp3_tag_tells(label: str) -> bytes:
    """Unsynchronised frames of ID3v2.4 that only the tag's head tells of."""
    told = id3(txxx(label, 1), unsynchronised=True)
    return told.replace(b"\x00\x02\x01\xff\x00\xfe", b"\x00\x00\x01\xff\x00\xfe") + MPEG_AUDIO


def mp3_at_end(label: str) -> bytes:
    content = txxx(label, 3)
    frame = b"TXXX" + safe(len(content)) + bytes(2) + content
    tag = bytes((4, 0, 0x10)) + safe(len(frame))
    return MPEG_AUDIO * 3 + b"ID3" + tag + frame + b"3DI" + tag + b"TAG" + bytes(125)


def wav(*chunks: bytes) -> bytes:
    form = riff_chunk(b"fmt ", struct.pack("<HHIIHH", 1, 1, 8000, 8000, 1, 8))
    return riff(b"WAVE", form, riff_chunk(b"data", bytes(101)), *chunks)


def wav_64(label: str) -> bytes:
    """RF64: the data's length stands in ds64, and its chunk says only that it is long."""
    wide = riff_chunk(b"ds64", struct.pack("<QQQI", 0, 100, 100, 0))
    form = riff_chunk(b"fmt ", struct.pack("<HHIIHH", 1, 1, 8000, 8000, 1, 8))
    data = b"data\xff\xff\xff\xff" + bytes(100)
    return b"RF64\xff\xff\xff\xffWAVE" + wide + form + data + riff_chunk(b"AIGC", label.encode())


def avi(*info: bytes) -> bytes:
    header = riff_chunk(b"LIST", b"hdrl" + riff_chunk(b"avih", bytes(56)))
    return riff(
        b"AVI ",
        header,
        riff_chunk(b"LIST", b"movi" + bytes(30)),
        riff_chunk(b"LIST", b"INFO" + b"".join(info)),
    )


def comments(label: str, key: bytes = b"AIGC", *, cover: int = 0) -> bytes:
    """Comments of Vorbis, the first with a title; with a cover of so many characters before the label."""
    picture = [b"METADATA_BLOCK_PICTURE=" + b"A" * cover] if cover else []
    lines = [b"TITLE=invented", *picture, key + b"=" + label.encode()]
    return (
        struct.pack("<I", 8)
        + b"invented"
        + struct.pack("<I", len(lines))
        + b"".join(struct.pack("<I", len(one)) + one for one in lines)
    )


def flac(label: str, before: bytes = b"") -> bytes:
    def block(kind: int, data: bytes, *, last: bool = False) -> bytes:
        return struct.pack(">I", (0x80 if last else 0) << 24 | kind << 24 | len(data)) + data

    return (
        before
        + b"fLaC"
        + block(0, bytes(34))
        + block(4, comments(label), last=True)
        + b"\xff\xf8"
        + bytes(20)
    )


def ogg(packets: Sequence[bytes], serial: int = 7) -> bytes:
    """One packet a page, or as many pages of 255 segments as it takes."""
    pages, sequence = b"", 0
    for number, packet in enumerate(packets):
        lacing = bytes([255] * (len(packet) // 255) + [len(packet) % 255])
        at = 0
        for start in range(0, len(lacing), 255):
            part = lacing[start : start + 255]
            flags = (0x01 if start else 0) | (0x02 if number == 0 else 0)
            head = b"OggS" + struct.pack("<BBqIIIB", 0, flags, 0, serial, sequence, 0, len(part)) + part
            pages += head + packet[at : at + sum(part)]
            at, sequence = at + sum(part), sequence + 1
    return pages


def ogg_vorbis(label: str) -> bytes:
    return ogg(
        [b"\x01vorbis" + bytes(23), b"\x03vorbis" + comments(label) + b"\x01", b"\x05vorbis" + bytes(40)]
    )


def ogg_opus(label: str) -> bytes:
    return ogg([b"OpusHead" + bytes(11), b"OpusTags" + comments(label, b"aigc"), bytes(40)])


def ogg_flac(label: str) -> bytes:
    data = comments(label)
    return ogg(
        [
            b"\x7fFLAC\x01\x00\x00\x01fLaC" + bytes(38),
            struct.pack(">I", 4 << 24 | len(data)) + data,
            bytes(40),
        ]
    )


# ---------------------------------------------------------------- documents


def pdf(objects: Sequence[bytes], trailer: bytes = b"/Root 1 0 R /Info 2 0 R") -> bytes:
    """Objects 1, 2, ... with a cross-reference table."""
    out, places = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, table)
    return (
        out
        + head
        + b"trailer\n<< /Size %d %s >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, trailer, len(out))
    )


CATALOG: Final = b"<< /Type /Catalog /Pages 3 0 R >>"
PAGES: Final = b"<< /Type /Pages /Kids [] /Count 0 >>"


def pdf_info(value: bytes) -> bytes:
    return pdf([CATALOG, b"<< /Title (invented) /AIGC %s /Producer (invented) >>" % value, PAGES])


def literal(text: bytes) -> bytes:
    """A string in parentheses with what must be escaped escaped."""
    for one in (b"\\", b"(", b")"):
        text = text.replace(one, b"\\" + one)
    return b"(" + text + b")"


def pdf_literal(label: str) -> bytes:
    return pdf_info(literal(label.encode()))


def pdf_hexadecimal(label: str) -> bytes:
    return pdf_info(b"<" + label.encode().hex().encode() + b">")


def pdf_utf_16(label: str) -> bytes:
    return pdf_info(literal(b"\xfe\xff" + label.encode("utf-16-be")))


def pdf_octal(label: str) -> bytes:
    return pdf_info(b"(" + b"".join(b"\\%03o" % byte for byte in label.encode()) + b")")


def pdf_elsewhere(label: str) -> bytes:
    """The value is an object of its own."""
    info = b"<< /AI#47C 4 0 R >>"
    return pdf([CATALOG, info, PAGES, literal(label.encode())])


def stream(data: bytes, head: bytes = b"", *, packed: bool = True) -> bytes:
    body = zlib.compress(data) if packed else data
    coding = b"/Filter /FlateDecode " if packed else b""
    return b"<< %s %s/Length %d >>\nstream\n%s\nendstream" % (head, coding, len(body), body)


def pdf_object_stream(label: str) -> bytes:
    """The information dictionary inside an object stream, referred to by a cross-reference stream's dictionary."""
    inside = [b"<< /Title (x) >>", b"<< /AIGC %s >>" % literal(label.encode())]
    table = b"8 0 2 %d " % (len(inside[0]) + 1)
    data = table + inside[0] + b" " + inside[1]
    packed = stream(data, b"/Type /ObjStm /N 2 /First %d" % len(table))
    cross = stream(bytes(20), b"/Type /XRef /W [1 2 1] /Size 9 /Root 1 0 R /Info 2 0 R")
    out = b"%PDF-1.7\n"
    for number, content in ((1, CATALOG), (3, PAGES), (5, packed), (6, cross)):
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    return out + b"startxref\n9\n%%EOF\n"


def pdf_updated(label: str) -> bytes:
    """An update replaced the information dictionary: the old label is history."""
    old = pdf_literal('{"AIGC":{"Label":"9"}}')
    new = b"2 0 obj\n<< /AIGC %s >>\nendobj\n" % literal(label.encode())
    return old + new + b"trailer\n<< /Size 4 /Root 1 0 R /Info 2 0 R /Prev 9 >>\nstartxref\n9\n%%EOF\n"


def pdf_xmp(packet: bytes, *, packed: bool = False) -> bytes:
    catalog = b"<< /Type /Catalog /Pages 3 0 R /Metadata 4 0 R >>"
    metadata = stream(packet, b"/Type /Metadata /Subtype /XML", packed=packed)
    return pdf([catalog, b"<< /Title (invented) >>", PAGES, metadata])


TYPES: Final = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'


def archive(parts: dict[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as out:
        for name, text in parts.items():
            out.writestr(zipfile.ZipInfo(name), text, method)
    return made.getvalue()


def properties(label: str, name: str = "AIGC") -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
        '<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/custom-properties" '
        'xmlns:vt="http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes">'
        '<property fmtid="{D5CDD505-2E9C-101B-9397-08002B2CF9AE}" pid="2" name="A"><vt:lpwstr>x</vt:lpwstr></property>'
        f'<property fmtid="{{D5CDD505-2E9C-101B-9397-08002B2CF9AE}}" pid="3" name="{name}">'
        f"<vt:lpwstr>{html.escape(label)}</vt:lpwstr></property></Properties>"
    )


def ooxml(label: str, main: str = "word/document.xml", method: int = zipfile.ZIP_DEFLATED) -> bytes:
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": TYPES,
        main: "<x/>",
        "docProps/custom.xml": properties(label),
    }
    return archive(parts, method)


def odf(label: str) -> bytes:
    space = "urn:oasis:names:tc:opendocument:xmlns:meta:1.0"
    field = f'<meta:user-defined meta:name="AIGC">{html.escape(label)}</meta:user-defined>'
    return archive(
        {
            "mimetype": "application/vnd.oasis.opendocument.text",
            "meta.xml": f'<office xmlns="x" xmlns:meta="{space}"><m>{field}</m></office>',
        }
    )


def office(part: str, field: str, text: str) -> bytes:
    """A document with a text that somebody typed among its properties."""
    space = "http://purl.org/dc/elements/1.1/"
    typed = f'<p xmlns="x" xmlns:dc="{space}"><dc:title>x</dc:title><dc:{field}>{html.escape(text)}</dc:{field}></p>'
    return archive({"mimetype": "x", "[Content_Types].xml": TYPES, part: typed})


def front_matter(entry: str) -> bytes:
    return f"---\ntitle: invented\n{entry}\ntags: [a, b]\n---\n\n# Invented\n\nText.\n".encode()


def markdown(label: str) -> bytes:
    """The label as a YAML mapping with quoted values."""
    value = json.loads(label)
    fields = value.get("AIGC", value)
    return front_matter("AIGC:\n" + "\n".join(f"  {key}: {json.dumps(one)}" for key, one in fields.items()))


def markdown_plain(label: str) -> bytes:
    value = json.loads(label)
    fields = value.get("AIGC", value)
    lines = (
        f"    {key}: '{one}'  # a comment" if one == "1" else f"    {key}: {one}"
        for key, one in fields.items()
    )
    return front_matter("AIGC:\n" + "\n".join(lines)).replace(b"\n", b"\r\n")


def markdown_flow(label: str) -> bytes:
    return front_matter(
        f"AIGC: {json.dumps(json.loads(label).get('AIGC', json.loads(label)), indent=2)}".replace(
            "\n", "\n  "
        )
    )


def markdown_string(label: str) -> bytes:
    return front_matter(f"AIGC: '{label}'")


def markdown_block(label: str) -> bytes:
    return front_matter(f"AIGC: |\n  {label}")


def toml_matter(entries: str) -> bytes:
    return f"+++\n{entries}\n+++\n\n# Invented\n\nText.\n".encode()


def toml_lines(label: str) -> list[str]:
    value = json.loads(label)
    return [f"{key} = {json.dumps(one)}" for key, one in value.get("AIGC", value).items()]


def markdown_toml(label: str) -> bytes:
    """The label as a TOML table, behind other entries."""
    return toml_matter("\n".join(["title = 'invented'", "[AIGC]", *toml_lines(label)]))


def markdown_toml_inline(label: str) -> bytes:
    return toml_matter(f"AIGC = {{ {', '.join(toml_lines(label))} }}\ntitle = 'invented'")


def markdown_toml_string(label: str) -> bytes:
    return toml_matter(f"AIGC = '''\n{label}'''")


def markdown_folded(label: str) -> bytes:
    """A quoted string that goes on in a second line: what breaks it is read as a blank."""
    return front_matter("AIGC: " + json.dumps(label).replace(", ", ",\n  ", 1))


def svg(packet: bytes, head: str = "") -> bytes:
    """A drawing with a packet of XMP in its metadata."""
    inside = packet.partition(b"?>")[2].rpartition(b"<?")[0]
    drawing = b'<svg xmlns="http://www.w3.org/2000/svg"><metadata>%s</metadata><path d="M0 0"/></svg>'
    return b'<?xml version="1.0"?>\n' + head.encode() + drawing % inside


SVG_TYPE: Final = (
    '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">\n'
)


# ---------------------------------------------------------------- C2PA


STORE: Final = b"c2pa\x00\x11\x00\x10\x80\x00\x00\xaa\x00\x38\x9b\x71"
MANIFEST: Final = b"c2ma\x00\x11\x00\x10\x80\x00\x00\xaa\x00\x38\x9b\x71"


def store(*terms: str) -> bytes:
    """A manifest store with a manifest for each term; the last one is active. Nothing in it is signed."""

    def described(kind: bytes, label: str, content: bytes) -> bytes:
        return box(b"jumb", box(b"jumd", kind + b"\x03" + label.encode() + b"\x00") + content)

    def action(term: str) -> bytes:
        text = f"http://cv.iptc.org/newscodes/digitalsourcetype/{term}".encode()
        return box(b"cbor", b"\xa1\x71digitalSourceType\x78" + bytes((len(text),)) + text)

    manifests = (described(MANIFEST, f"urn:c2pa:invented-{n}", action(term)) for n, term in enumerate(terms))
    return described(STORE, "c2pa", b"".join(manifests))


def jpeg_store(data: bytes, size: int = 120) -> bytes:
    """A store in APP11 segments of `size` bytes, each with the box's head repeated."""
    head, body = data[:8], data[8:]
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    return jpeg(
        *(segment(0xEB, b"JP" + struct.pack(">HI", 1, n) + head + piece) for n, piece in enumerate(pieces, 1))
    )


def film_store(data: bytes) -> bytes:
    name = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
    return film(tail=box(b"uuid", name + bytes(4) + b"manifest\x00" + bytes(8) + data))


def geob(data: bytes) -> bytes:
    return b"\x00application/x-c2pa-manifest-store\x00c2pa\x00c2pa manifest store\x00" + data


def gif_store(data: bytes) -> bytes:
    blocks = b"".join(
        bytes((len(data[at : at + 255]),)) + data[at : at + 255] for at in range(0, len(data), 255)
    )
    return gif(b"\x21\xff\x0bC2PA_GIF\x01\x00\x00" + blocks + b"\x00")


def pdf_store(data: bytes) -> bytes:
    catalog = b"<< /Type /Catalog /Pages 3 0 R /AF [4 0 R] >>"
    file = b"<< /Type /Filespec /AFRelationship /C2PA_Manifest /EF << /F 5 0 R >> >>"
    return pdf([catalog, b"<< /Title (invented) >>", PAGES, file, stream(data, packed=False)])


Builder = Callable[[str], bytes]


def _with(packed: Callable[[bytes], bytes], packet: Callable[[str], bytes] = xmp_label) -> Builder:
    return lambda label: packed(packet(label))


# name: (writes a file with this label, kind, where a reader finds it)
BUILDERS: Final[dict[str, tuple[Builder, str, str]]] = {
    "PNG tEXt": (png_text, "PNG", "PNG tEXt AIGC"),
    "PNG zTXt": (png_compressed, "PNG", "PNG zTXt AIGC"),
    "PNG XMP": (_with(png_xmp), "PNG", "PNG iTXt XML:com.adobe.xmp"),
    "PNG XMP attribute": (_with(png_xmp, xmp_attribute), "PNG", "PNG iTXt XML:com.adobe.xmp"),
    "PNG compressed XMP": (_with(png_compressed_xmp), "PNG", "PNG iTXt XML:com.adobe.xmp"),
    "PNG raw profile": (_with(png_raw_profile), "PNG", "PNG zTXt Raw profile type xmp"),
    "PNG EXIF": (
        lambda label: png(chunk(b"eXIf", exif(b"ASCII\x00\x00\x00" + label.encode()))),
        "PNG",
        "PNG eXIf EXIF UserComment 0x9286",
    ),
    "JPEG XMP": (_with(jpeg_xmp), "JPEG", "JPEG APP1 XMP"),
    "JPEG extended XMP": (_with(jpeg_extended), "JPEG", "JPEG APP1 extended XMP"),
    "JPEG EXIF ASCII": (
        lambda label: jpeg_exif(b"ASCII\x00\x00\x00" + label.encode()),
        "JPEG",
        "JPEG APP1 EXIF UserComment 0x9286",
    ),
    "JPEG EXIF big-endian": (
        lambda label: jpeg_exif(bytes(8) + label.encode() + bytes(9), ">"),
        "JPEG",
        "JPEG APP1 EXIF UserComment 0x9286",
    ),
    "JPEG EXIF Unicode": (
        lambda label: jpeg_exif(b"UNICODE\x00" + label.encode("utf-16-le")),
        "JPEG",
        "JPEG APP1 EXIF UserComment 0x9286",
    ),
    "WebP XMP": (lambda label: webp(riff_chunk(b"XMP ", xmp_label(label))), "WebP", "WebP chunk XMP "),
    "WebP EXIF": (
        lambda label: webp(riff_chunk(b"EXIF", exif(b"ASCII\x00\x00\x00" + label.encode()))),
        "WebP",
        "WebP chunk EXIF EXIF UserComment 0x9286",
    ),
    "GIF XMP": (_with(gif_xmp), "GIF", "GIF application extension XMP Data"),
    "TIFF XMP": (_with(tiff_xmp), "TIFF", "TIFF tag 0x2BC"),
    "TIFF XMP big-endian": (lambda label: tiff_xmp(xmp_label(label), ">"), "TIFF", "TIFF tag 0x2BC"),
    "BigTIFF XMP": (_with(big_tiff_xmp), "TIFF", "TIFF tag 0x2BC"),
    "TIFF EXIF": (
        lambda label: exif(b"ASCII\x00\x00\x00" + label.encode()),
        "TIFF",
        "TIFF UserComment 0x9286",
    ),
    "HEIF XMP": (_with(heif, xmp_attribute), "HEIF", "HEIF item XMP"),
    "MP4": (film_keys, "MP4", "MP4 moov.udta.meta.ilst AIGC"),
    "MP4 with its head last": (partial(film_keys, early=False), "MP4", "MP4 moov.udta.meta.ilst AIGC"),
    "MOV": (partial(film_keys, brand=b"qt  ", full=False), "MP4", "MP4 moov.udta.meta.ilst AIGC"),
    "M4A": (partial(film_keys, brand=b"M4A "), "MP4", "MP4 moov.udta.meta.ilst AIGC"),
    "M4A free name": (film_free_name, "MP4", "MP4 moov.udta.meta.ilst AIGC"),
    "MP4 box": (lambda label: film(box(b"AIGC", label.encode())), "MP4", "MP4 moov.udta AIGC"),
    "MP4 XMP": (_with(film_xmp), "MP4", "MP4 uuid XMP"),
    "MOV XMP": (
        lambda label: film(box(b"XMP_", xmp_label(label)), brand=b"qt  "),
        "MP4",
        "MP4 moov.udta.XMP_",
    ),
    "MP3 ID3v2.3 Latin-1": (partial(mp3, version=3, coding=0), "MP3", "MP3 ID3v2.3 TXXX AIGC"),
    "MP3 ID3v2.3 UTF-16": (partial(mp3, version=3, coding=1), "MP3", "MP3 ID3v2.3 TXXX AIGC"),
    "MP3 ID3v2.3 UTF-16 unsynchronised": (
        partial(mp3, version=3, coding=1, unsynchronised=True),
        "MP3",
        "MP3 ID3v2.3 TXXX AIGC",
    ),
    "MP3 ID3v2.4 UTF-8": (mp3, "MP3", "MP3 ID3v2.4 TXXX AIGC"),
    "MP3 ID3v2.4 UTF-16": (partial(mp3, coding=1), "MP3", "MP3 ID3v2.4 TXXX AIGC"),
    "MP3 ID3v2.4 UTF-16BE": (partial(mp3, coding=2), "MP3", "MP3 ID3v2.4 TXXX AIGC"),
    "MP3 ID3v2.4 unsynchronised": (
        partial(mp3, coding=1, unsynchronised=True),
        "MP3",
        "MP3 ID3v2.4 TXXX AIGC",
    ),
    "MP3 ID3v2.4 unsynchronised by its head": (mp3_tag_tells, "MP3", "MP3 ID3v2.4 TXXX AIGC"),
    "MP3 ID3v2.4 compressed": (mp3_packed, "MP3", "MP3 ID3v2.4 TXXX AIGC"),
    "MP3 ID3v2.2": (mp3_old, "MP3", "MP3 ID3v2.2 TXX AIGC"),
    "MP3 at the end": (mp3_at_end, "MP3", "MP3 ID3v2.4 at the end TXXX AIGC"),
    "WAV": (lambda label: wav(riff_chunk(b"AIGC", label.encode())), "WAV", "WAV chunk AIGC"),
    "WAV RF64": (wav_64, "WAV", "WAV chunk AIGC"),
    "WAV ID3": (
        lambda label: wav(riff_chunk(b"id3 ", id3(txxx(label, 3)))),
        "WAV",
        "WAV chunk id3  TXXX AIGC",
    ),
    "AVI": (
        lambda label: avi(riff_chunk(b"ISFT", b"x\x00"), riff_chunk(b"AIGC", label.encode())),
        "AVI",
        "AVI LIST INFO AIGC",
    ),
    "FLAC": (flac, "FLAC", "FLAC Vorbis comment AIGC"),
    "FLAC behind ID3": (partial(flac, before=id3(b"\x03x\x00y")), "FLAC", "FLAC Vorbis comment AIGC"),
    "Ogg Vorbis": (ogg_vorbis, "Ogg", "Ogg Vorbis comment AIGC"),
    "Ogg Opus": (ogg_opus, "Ogg", "Ogg Opus comment aigc"),
    "Ogg FLAC": (ogg_flac, "Ogg", "Ogg FLAC comment AIGC"),
    "PDF literal": (pdf_literal, "PDF", "PDF Info /AIGC"),
    "PDF hexadecimal": (pdf_hexadecimal, "PDF", "PDF Info /AIGC"),
    "PDF UTF-16": (pdf_utf_16, "PDF", "PDF Info /AIGC"),
    "PDF octal": (pdf_octal, "PDF", "PDF Info /AIGC"),
    "PDF elsewhere": (pdf_elsewhere, "PDF", "PDF Info /AIGC"),
    "PDF object stream": (pdf_object_stream, "PDF", "PDF Info /AIGC"),
    "PDF updated": (pdf_updated, "PDF", "PDF Info /AIGC"),
    "PDF XMP": (_with(pdf_xmp), "PDF", "PDF XMP"),
    "PDF packed XMP": (lambda label: pdf_xmp(xmp_label(label), packed=True), "PDF", "PDF XMP"),
    "docx": (ooxml, "ZIP", "OOXML docprops/custom.xml property AIGC"),
    "xlsx": (partial(ooxml, main="xl/workbook.xml"), "ZIP", "OOXML docprops/custom.xml property AIGC"),
    "pptx stored": (
        partial(ooxml, main="ppt/presentation.xml", method=zipfile.ZIP_STORED),
        "ZIP",
        "OOXML docprops/custom.xml property AIGC",
    ),
    "odt": (odf, "ZIP", "ODF meta.xml property AIGC"),
    "SVG": (_with(svg), "SVG", "SVG"),
    "SVG with a type": (lambda label: svg(xmp_attribute(label), SVG_TYPE), "SVG", "SVG"),
    "Markdown": (markdown, "text", "Markdown front matter"),
    "Markdown plain scalars": (markdown_plain, "text", "Markdown front matter"),
    "Markdown flow": (markdown_flow, "text", "Markdown front matter"),
    "Markdown string": (markdown_string, "text", "Markdown front matter"),
    "Markdown block": (markdown_block, "text", "Markdown front matter"),
    "Markdown string in two lines": (markdown_folded, "text", "Markdown front matter"),
    "Markdown TOML": (markdown_toml, "text", "Markdown front matter"),
    "Markdown TOML inline": (markdown_toml_inline, "text", "Markdown front matter"),
    "Markdown TOML string": (markdown_toml_string, "text", "Markdown front matter"),
}

# name: (writes a file with this manifest store, where a reader finds it)
STORES: Final[dict[str, tuple[Callable[[bytes], bytes], str]]] = {
    "JPEG": (jpeg_store, "JPEG APP11 JUMBF"),
    "PNG": (lambda data: png(chunk(b"caBX", data)), "PNG caBX"),
    "WebP": (lambda data: webp(riff_chunk(b"C2PA", data)), "WebP chunk C2PA"),
    "WAV": (lambda data: wav(riff_chunk(b"C2PA", data)), "WAV chunk C2PA"),
    "GIF": (gif_store, "GIF application extension C2PA_GIF"),
    "TIFF": (lambda data: tiff([(0xCD41, 7, data)]), "TIFF tag 0xCD41"),
    "MP4": (film_store, "MP4 uuid C2PA"),
    "MP3": (
        lambda data: id3(geob(data), name=b"GEOB") + MPEG_AUDIO,
        "MP3 ID3v2.4 GEOB application/x-c2pa-manifest-store",
    ),
    "PDF": (pdf_store, "PDF C2PA_Manifest"),
}
