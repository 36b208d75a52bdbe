"""An RDAP answer as a Registration. Registries differ in every optional part: any may be missing or odd."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from blocklists.names import BadName, parse_name
from domainscan.model import Failure, Name, Registration
from domainscan.read.text import one_line

ANSWER_BYTES: Final = 1024 * 1024
_EVENTS: Final[dict[str, tuple[str, ...]]] = {  # field -> RFC 9083 10.2.3 actions, best first
    "registered": ("registration", "reregistration", "instantiation"),
    "changed": ("last changed", "last update"),
    "expires": ("expiration", "registrar expiration"),
}
_ERRORS: Final = {404: "not_found", 429: "rate_limited", 403: "refused", 401: "refused"}


def read_registration(data: bytes, *, domain: Name, source: str) -> Registration | Failure:
    """The registration of `domain` as RDAP tells it; dates are UTC ISO 8601, "" when missing or unreadable.

    An error answer becomes its Failure (`not_found`, `rate_limited`, `refused`); what is no domain answer,
    or is about another domain, is `malformed`. Never raises on hostile bytes.
    Source: RFC 9083 5.3 (domain), 6 (errors); RFC 9537 (redacted); RFC 7095 (jCard).
    """
    if len(data) > ANSWER_BYTES:
        return Failure("too_large", f"{len(data)} bytes")
    try:
        answer = msgspec.json.decode(data.removeprefix(BOM_UTF8))
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        return Failure("malformed", one_line(f"not JSON: {error}", 200))
    if not isinstance(answer, dict):
        return Failure("malformed", "not a JSON object")
    return _objection(answer, domain) or _registration(answer, domain, source)


def _objection(answer: dict[str, Any], domain: Name) -> Failure | None:
    """Why the answer is not the registration of `domain`; None when it is."""
    code = answer.get("errorCode")
    if isinstance(code, int):
        return Failure(_ERRORS.get(code, "malformed"), one_line(f"{code} {_text(answer, 'title')}", 200))
    about = _host(answer)
    if answer.get("objectClassName", "domain" if about else "") != "domain":
        return Failure("malformed", "not an answer about a domain")
    if about and about != domain and not _same_name(about, domain):
        return Failure("malformed", one_line(f"an answer about {about}", 200))
    return None


def _registration(answer: dict[str, Any], domain: Name, source: str) -> Registration:
    registrar = next(_with_role(answer, "registrar"), {})
    dates = _dates(answer)
    return Registration(
        domain=domain,
        registered=dates["registered"],
        changed=dates["changed"],
        expires=dates["expires"],
        registrar=_entity_name(registrar) or one_line(_text(registrar, "handle"), 200),
        registrar_id=_iana_id(registrar),
        statuses=tuple(one_line(one, 60).lower() for one in _strings(answer.get("status"))[:30]),
        nameservers=tuple(sorted({_host(one) for one in _objects(answer, "nameservers")[:30]} - {""})),
        redacted=_redacted(answer),
        source=source,
    )


def iso_date(written: str) -> str:
    """`2026-01-31T00:00:00Z` for the many ways registries write a moment; "" for what is none.

    A time without a zone is taken as UTC; a day alone is its first second.
    """
    text = one_line(written, 40).replace("Z", "+00:00").replace("z", "+00:00").replace("/", "-")
    try:
        moment = datetime.fromisoformat(_six_decimals(text))
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return ""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if 1983 <= moment.year <= 2999 else ""


def _six_decimals(text: str) -> str:
    """Fractions of a second cut to what `fromisoformat` reads."""
    head, dot, rest = text.partition(".")
    digits = len(rest) - len(rest.lstrip("0123456789"))
    return head + rest[digits:] if dot else text


def _dates(answer: dict[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    for event in _objects(answer, "events")[:50]:
        moment = iso_date(_text(event, "eventDate"))
        if moment:
            found.setdefault(_text(event, "eventAction").strip().lower(), moment)
    return {
        field: next((found[action] for action in actions if action in found), "")
        for field, actions in _EVENTS.items()
    }


def _with_role(holder: dict[str, Any], role: str, depth: int = 0) -> Iterator[dict[str, Any]]:
    """Entities with a role, nearest first; some registries put the registrar below the registrant."""
    entities = _objects(holder, "entities")[:50]
    for entity in entities:
        if role in [one.lower() for one in _strings(entity.get("roles"))]:
            yield entity
    if depth < 3:
        for entity in entities:
            yield from _with_role(entity, role, depth + 1)


def _entity_name(entity: dict[str, Any]) -> str:
    """The organisation's or person's name of a jCard or JSContact card; "" when it has none."""
    values = dict(reversed(list(_card(entity))))
    name = values.get("fn") or values.get("org") or ""
    if not name:
        card = entity.get("jscard") or entity.get("jscontact_card")
        inner = card.get("name") if isinstance(card, dict) else None
        name = _text(inner, "full") if isinstance(inner, dict) else ""
    return one_line(name, 200)


def _card(entity: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """(property, value) of a jCard's text properties."""
    card = entity.get("vcardArray")
    rows = card[1] if isinstance(card, list) and len(card) > 1 and isinstance(card[1], list) else []
    for row in rows[:100]:
        if isinstance(row, list) and len(row) > 3 and isinstance(row[0], str):
            value = row[3][0] if isinstance(row[3], list) and row[3] else row[3]
            if isinstance(value, str):
                yield row[0].lower(), value


def _iana_id(entity: dict[str, Any]) -> str:
    for one in _objects(entity, "publicIds")[:20]:
        if "iana" in _text(one, "type").lower():
            return one_line(_text(one, "identifier"), 20)
    return ""


def _redacted(answer: dict[str, Any]) -> bool:
    """Whether the registry says that it left something out, by RFC 9537 or in a remark or name."""
    if isinstance(answer.get("redacted"), list) and answer["redacted"]:
        return True
    for entity in _with_role(answer, "registrant"):
        remarks = " ".join(_text(one, "title") for one in _objects(entity, "remarks")[:10])
        values = " ".join(value for _, value in _card(entity))
        if "redact" in f"{remarks} {values}".lower():
            return True
    return False


def _host(holder: dict[str, Any]) -> str:
    return one_line(_text(holder, "ldhName") or _text(holder, "unicodeName"), 255).lower().rstrip(".")


def _same_name(about: str, domain: Name) -> bool:
    """Whether a name in Unicode is the domain; `ldhName` holds one in careless registries."""
    try:
        return parse_name(about) == domain
    except BadName:
        return False


def _text(holder: dict[str, Any], key: str) -> str:
    value = holder.get(key)
    return value if isinstance(value, str) else str(value) if isinstance(value, int) else ""


def _strings(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _objects(holder: dict[str, Any], key: str) -> list[dict[str, Any]]:
    value = holder.get(key)
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
