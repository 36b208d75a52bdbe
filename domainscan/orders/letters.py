"""Order -> the bytes that a recipient gets: letters in Chinese and English, a CSV annex, the order as JSON.

Pure. Whatever comes from outside (names, reasons, configuration) is put in as a value: it is never read as a
template, and control, direction and line characters in it are folded or shown as escapes.
"""

from __future__ import annotations

import csv
import hashlib
import io
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from functools import cache
from importlib.resources import files as resources
from typing import Any, Final

import jinja2
import msgspec

from blocklists.names import parents, unicode_form
from domainscan.config import Desk, Recipient
from domainscan.model import CATEGORIES, Order, OrderItem, Reach
from domainscan.orders.grounds import Grounds

LANGUAGES: Final = ("zh-CN", "en")
ANNEX: Final = "annex.csv"
COLUMNS: Final = (
    "order", "item", "action", "measure", "name", "unicode", "reach", "category", "decision", "effective",
    "expires", "evidence", "observation", "addresses", "aliases", "basis", "harm", "facts",
    "covers",
)  # fmt: skip
_BEIJING: Final = timezone(timedelta(hours=8))
_INVISIBLE: Final = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
_FORMULA: Final = tuple("=+-@＝＋－＠'\t\r\n\0")


def plain(text: str) -> str:
    """`text` on one line: white space folded, invisible and direction characters as `\\u202e`."""
    folded = " ".join(text.split())
    return "".join(f"\\u{ord(c):04x}" if unicodedata.category(c) in _INVISIBLE else c for c in folded)


def cell(text: str) -> str:
    """Free text for a table that people open in a spreadsheet: never a formula.

    Source: OWASP ASVS 5.0, 1.2.10, with CR, LF and the full-width forms added.
    """
    return "'" + plain(text) if text.startswith(_FORMULA) or plain(text).startswith(_FORMULA) else plain(text)


def order_files(
    order: Order, grounds: Sequence[Grounds], recipient: Recipient, desk: Desk
) -> dict[str, bytes]:
    """File name -> bytes of everything that leaves the house for this order; one Grounds per item."""
    language = _language(recipient)
    annex = _annex(order, grounds, language)
    made = {f"letter.{one}.txt": _letter(order, grounds, recipient, desk, one, annex) for one in LANGUAGES}
    whole = msgspec.to_builtins({"order": msgspec.structs.replace(order, digest=""), "grounds": grounds})
    for answered in ("refused", "until"):  # nobody has answered yet
        del whole["order"][answered]
    whole |= {"desk": _from(desk, language), "scope": [_scope(item, language) for item in order.items]}
    return made | {ANNEX: annex, "order.json": msgspec.json.encode(_printable(whole)) + b"\n"}


def _from(desk: Desk, language: str) -> dict[str, str]:
    """Who orders, on what legal basis, and whom to ask, for programs; in the recipient's language."""
    chinese = language == "zh-CN"
    name, basis = (desk.name_zh, desk.legal_basis_zh) if chinese else (desk.name, desk.legal_basis)
    return {"name": name, "legal_basis": basis, "contact": desk.contact, "appeal": desk.appeal}


def _scope(item: OrderItem, language: str) -> dict[str, Any]:
    """What an item covers and what it does not, in the letter's words."""
    return {"covers": _covers(item, language), "excluded": _excluded(item, _words()[language]["excluded"])}


def letter_name(recipient: Recipient) -> str:
    """The file of the letter in the recipient's language; the English one where there is none."""
    return f"letter.{_language(recipient)}.txt"


def moment(text: str) -> str:
    """A UTC moment in ISO 8601; of a day, its first one; "" stays so."""
    return f"{text}T00:00:00Z" if text and "T" not in text else text


def beijing(text: str) -> str:
    """A UTC moment as people in China read it, and as it stands in order.json; "" stays so."""
    if not text:
        return ""
    there = datetime.fromisoformat(moment(text)).astimezone(_BEIJING)
    return f"{there:%Y-%m-%d %H:%M:%S}（北京时间；UTC {moment(text)}）"


def _language(recipient: Recipient) -> str:
    return recipient.language if recipient.language in LANGUAGES else "en"


def digest_of(files: Mapping[str, bytes]) -> str:
    """One digest over the names and the digests of all files."""
    lines = (f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files))
    return "sha256:" + hashlib.sha256("".join(lines).encode()).hexdigest()


def _annex(order: Order, grounds: Sequence[Grounds], language: str) -> bytes:
    """The items as CSV (RFC 4180, UTF-8, CRLF): validated columns as they are, free text never a formula.

    What stands there in words is in the recipient's language; ids and headings are for programs too.

    A byte order mark first: people open it, and Excel shows Chinese without one in the system's old encoding.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for index, (item, why) in enumerate(zip(order.items, grounds, strict=True), 1):
        writer.writerow(_row(order, index, item, why, language))
    return out.getvalue().encode("utf-8-sig")


def _row(order: Order, index: int, item: OrderItem, why: Grounds, language: str) -> tuple[object, ...]:
    return (
        f"{order.number:04d}",
        index,
        item.action,
        item.measure,
        item.name,
        cell(unicode_form(item.name)),
        str(item.reach),
        item.category,
        item.decision,
        order.issued_at,
        "" if item.action == "lift" else item.expires,
        item.evidence,
        why.observation,
        " ".join(item.addresses),
        " ".join(why.aliases),
        f"{why.by} {why.confidence}".strip(),
        cell(_harm(item.category, language)),
        cell(_facts(item, why, language)),
        cell(_covers(item, language)),
    )


def _letter(
    order: Order, grounds: Sequence[Grounds], recipient: Recipient, desk: Desk, language: str, annex: bytes
) -> bytes:
    template = _templates().get_template(f"{language}.txt.j2")
    text = template.render(
        number=f"{order.number:04d}",
        order=order,
        recipient=recipient,
        kind=_words()[language]["kind"][recipient.kind],
        desk=desk,
        items=[_spelled(item, why, language) for item, why in zip(order.items, grounds, strict=True)],
        applied=sum(item.action == "apply" for item in order.items),
        lifted=sum(item.action == "lift" for item in order.items),
        annex={"name": ANNEX, "sha256": hashlib.sha256(annex).hexdigest()},
    )
    return text.encode()


def _spelled(item: OrderItem, why: Grounds, language: str) -> dict[str, Any]:
    """An item in words: what it covers, what it does not, and why this recipient."""
    words = _words()[language]
    joint = "、" if language == "zh-CN" else ", "
    fields: dict[str, Any] = msgspec.to_builtins(item) | msgspec.to_builtins(why)
    return (
        fields
        | _scope(item, language)
        | {
            "action": words["action"][item.action],
            "lift": item.action == "lift",
            "code": item.measure,
            "measure": _measure(item, language),
            "facts": _facts(item, why, language),
            "unicode": unicode_form(item.name),
            "harm": _harm(item.category, language),
            "severity": words["severity"].get(CATEGORIES.get(item.category, ("", "", False))[1], "-"),
            "basis": words["basis"].get(why.by, "-"),
            "confidence": words["confidence"].get(why.confidence, "-"),
            "addresses": joint.join(item.addresses),
            "aliases": " -> ".join(why.aliases),
            "applied_by": f"{why.applied_by:04d}" if why.applied_by else "",
        }
    )


def _facts(item: OrderItem, why: Grounds, language: str) -> str:
    """What a person wrote, or in the letter's language why a measure ended by itself."""
    return str(_words()[language]["end"][why.end]).format(day=item.expires) if why.end else why.facts


def _covers(item: OrderItem, language: str) -> str:
    return str(_words()[language]["reach"][item.reach]).format(name=item.name)


def _measure(item: OrderItem, language: str) -> str:
    """What is to be done: nobody in a hurry may read a lift as a measure."""
    does = _words()[language]["lifted" if item.action == "lift" else "measure"]
    return str(does.get(item.measure, item.measure))


def _excluded(item: OrderItem, words: Mapping[str, str]) -> list[str]:
    """What the item does not cover, from near to far."""
    parent = next(parents(item.name), None)
    above = [words["above"].format(parent=parent)] if parent else []
    below = [words[item.reach].format(name=item.name)] if item.reach != Reach.SUBTREE else []
    return [*below, *above, words["always"]]


def _printable(value: Any) -> Any:
    """Builtins with every text made `plain`: JSON holds no lone surrogates, and people print it."""
    if isinstance(value, dict):
        return {name: _printable(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_printable(one) for one in value]
    return plain(value) if isinstance(value, str) else value


def _harm(category: str, language: str) -> str:
    harms: Mapping[str, str] = _words()[language]["harm"]
    return harms.get(category, category)


@cache
def _words() -> dict[str, Any]:
    return tomllib.loads(
        (resources("domainscan") / "templates" / "letters" / "terms.toml").read_text("utf-8")
    )


@cache
def _templates() -> jinja2.Environment:
    """Text templates: every printed value goes through `plain`, and a misspelt one is an error."""
    made = jinja2.Environment(
        loader=jinja2.PackageLoader("domainscan", "templates/letters"),
        autoescape=False,  # noqa: S701 - plain text, no HTML; `finalize` below is the guard
        finalize=lambda value: plain(value) if isinstance(value, str) else value,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters |= {"moment": moment, "beijing": beijing}
    return made
