"""Bytes to text: which charset, decoded how, and cleaned of what no text should hold."""

from __future__ import annotations

import hashlib
import re
from typing import Final

# The labels of the WHATWG Encoding standard -> Python codec. Anything else is never looked up: `zlib`, `idna`,
# `punycode` and `unicode_escape` are codecs in Python too, and utf-7 hides markup.
_LABELS: Final[dict[str, str]] = {
    "utf-8": "utf-8 utf8 unicode-1-1-utf-8 unicode11utf8 unicode20utf8 x-unicode20utf8",
    "gb18030": "gb2312 gbk gb18030 gb_2312 gb_2312-80 chinese x-gbk csgb2312 csiso58gb231280 iso-ir-58",
    "big5hkscs": "big5 big5-hkscs cn-big5 x-x-big5 csbig5",
    "cp932": "shift_jis shift-jis sjis x-sjis windows-31j ms_kanji ms932 csshiftjis",
    "euc_jp": "euc-jp x-euc-jp cseucpkdfmtjapanese",
    "iso2022_jp": "iso-2022-jp csiso2022jp",
    "cp949": "euc-kr korean windows-949 ks_c_5601-1987 ks_c_5601-1989 ksc5601 ksc_5601"
    " cseuckr csksc56011987 iso-ir-149",
    "utf-16-le": "utf-16 utf-16le ucs-2 unicode unicodefeff csunicode iso-10646-ucs-2",
    "utf-16-be": "utf-16be unicodefffe",
    "cp1252": "windows-1252 cp1252 x-cp1252 iso-8859-1 iso8859-1 iso88591 iso_8859-1 iso_8859-1:1987 latin1"
    " l1 cp819 ibm819 us-ascii ascii ansi_x3.4-1968 csisolatin1 iso-ir-100",
    "cp1254": "windows-1254 cp1254 x-cp1254 iso-8859-9 iso8859-9 iso88599 iso_8859-9 latin5 l5",
    "cp874": "windows-874 iso-8859-11 iso8859-11 iso885911 tis-620 dos-874",
    **{f"cp125{n}": f"windows-125{n} cp125{n} x-cp125{n}" for n in (0, 1, 3, 5, 6, 7, 8)},
    **{
        f"iso8859-{n}": f"iso-8859-{n} iso8859-{n} iso8859{n} iso_8859-{n}"
        for n in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)
    },
    "koi8-r": "koi8-r koi8 koi koi8_r cskoi8r",
    "koi8-u": "koi8-u koi8-ru",
    "mac-roman": "macintosh mac x-mac-roman csmacintosh",
    "cp866": "ibm866 866 cp866 csibm866",
}
CODECS: Final[dict[str, str]] = {
    label: codec for codec, labels in _LABELS.items() for label in labels.split()
}
_BOMS: Final = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_PARAMETER: Final = re.compile(r"""charset\s*=\s*["']?\s*([^\s"';,>]{1,64})""", re.IGNORECASE)
_META: Final = re.compile(rb"""<meta[^<>]{0,300}?charset\s*=\s*["']?\s*([^\s"'/;>]{1,64})""", re.IGNORECASE)
_PRESCAN_BYTES: Final = 4096  # HTML asks for 1024; real pages put the meta element later
# Controls, lone surrogates and non-characters: they break JSON, terminals and rows, and no reader sees them.
_UNFIT: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")

_ASCII_UNFIT: Final = dict.fromkeys(
    [*range(9), 11, 12, *range(14, 32), 127]
)  # translate is 5 x faster than re
BREAK: Final = "\x1e"  # stands between blocks until the text is folded


def decode_text(body: bytes, content_type: str) -> tuple[str, str, tuple[str, ...]]:
    """The text, the Python codec that made it, and flags.

    Flags: `charset_guessed` nobody declared one; `charset_unknown` the label is not on the allow-list;
    `charset_mismatch` the bytes are not what was declared. Never raises, whatever the label or the bytes.
    Source: WHATWG Encoding 4.2, HTML 13.2.3.2 (BOM, then transport, then meta, then a guess).
    """
    for mark, codec in _BOMS:
        if body.startswith(mark):
            return body[len(mark) :].decode(codec, "replace"), codec, ()
    label = _declared(body, content_type)
    if not label:
        return *_guess(body), ("charset_guessed",)
    codec = CODECS.get(label, "")
    if not codec:
        text, codec = _guess(body)
        return text, codec, ("charset_unknown",)
    text = body.decode(codec, "replace")
    if text.count("\ufffd") * 100 <= len(text):  # a cut or dirty end is not a wrong label
        return text, codec, ()
    guessed, guess = _guess(body)
    if guessed.count("\ufffd") < text.count("\ufffd"):
        return guessed, guess, ("charset_mismatch",)
    return text, codec, ("charset_mismatch",)


def _declared(body: bytes, content_type: str) -> str:
    """The charset label of the header, else of the meta element; "" when there is none."""
    found = _PARAMETER.search(content_type[:1000])
    if found:
        return found[1].lower()
    meta = _META.search(body[:_PRESCAN_BYTES])
    if not meta:
        return ""
    label = meta[1].decode("ascii", "replace").lower()
    # It was readable as ASCII, so it is not UTF-16.
    return "utf-8" if CODECS.get(label, "").startswith("utf-16") else label


def _guess(body: bytes) -> tuple[str, str]:
    """Text and codec of undeclared bytes: UTF-16 by its zero bytes, UTF-8, GB 18030, else UTF-8 again."""
    head = body[:4000]
    if len(head) >= 4 and head.count(0) * 10 >= len(head) * 3:
        codec = "utf-16-le" if head[1::2].count(0) >= head[0::2].count(0) else "utf-16-be"
        return body.decode(codec, "replace"), codec
    text = body.decode("utf-8", "replace")
    bad = text.count("\ufffd")
    if not bad:
        return text, "utf-8"
    chinese = body.decode("gb18030", "replace")
    if chinese.count("\ufffd") * 10 < bad:
        return chinese, "gb18030"
    return text, "utf-8"


def clean(text: str) -> str:
    """`text` without control characters, lone surrogates and non-characters; tab, CR and LF stay."""
    return text.translate(_ASCII_UNFIT) if text.isascii() else _UNFIT.sub("", text)


def one_line(text: str, limit: int) -> str:
    """`text` cleaned, on one line with white space folded, at most `limit` characters."""
    if text.isprintable() and "  " not in text:  # nothing to fold or to clean, in one pass of C
        return text.strip(" ") if len(text) <= limit else text.strip(" ")[:limit].rstrip(" ")
    folded = " ".join(text[: limit * 8].split())
    return (folded if folded.isprintable() else clean(folded))[:limit].rstrip()


def fold_blocks(text: str) -> str:
    """Text divided by BREAK as lines, each folded and cleaned, without the empty ones."""
    # Half of the lines are the white space between two tags, and most others need nothing: no call for those.
    lines = [
        line.strip(" ") if "  " not in line and line.isprintable() else _folded(line)
        for line in text.split(BREAK)
        if line and not line.isspace()
    ]
    return "\n".join([line for line in lines if line])


def _folded(line: str) -> str:
    """`one_line` of all of a line; 60 µs instead of 400 on 30 kB of text whose source is wrapped."""
    if not line.isprintable():
        for blank in "\n\t\r":
            if blank in line:
                line = line.replace(blank, " ")
        if not line.isprintable():
            return one_line(line, len(line))
    while "  " in line:
        line = line.replace("  ", " ")
    return line.strip(" ")


def both_ends(text: str, limit: int) -> str:
    """At most `limit` characters, four fifths from the front and one from the back: padding hides neither."""
    if len(text) <= limit:
        return text
    tail = limit // 5
    return f"{text[: limit - tail - 1]}\n{text[-tail:]}"


def text_digest(folded: str) -> str:
    """The digest of a folded text whatever its case and line breaks: "sha256:..."."""
    normal = folded.casefold().replace("\n", " ")
    return "sha256:" + hashlib.sha256(normal.encode("utf-8", "surrogatepass")).hexdigest()
