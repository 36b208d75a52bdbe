"""The lab's registry: RDAP answers for its domains, at http://rdap.lab/."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any, Final

from blocklists.names import BadName, Name, parse_name, unicode_form
from domainscan.lab.state import State
from domainscan.lab.world import BULK, Site, World

CONTENT_TYPE: Final = "application/rdap+json"
_CONFORMANCE: Final = ["rdap_level_0"]
_YEAR: Final = timedelta(days=365)


class Registry:
    """What RDAP says of the world's registrable domains at `now`. Source: RFC 9083."""

    def __init__(self, world: World, state: State, now: datetime) -> None:
        self._world, self._state, self._now = world, state, now
        self._sites: dict[Name, Site] = {}
        for site in sorted(world.sites, key=lambda one: one.name.count(".")):
            self._sites.setdefault(world.registrable(site.name), site)

    def respond(self, path: str) -> tuple[int, bytes]:
        """HTTP status and body for a request path such as `/domain/example.lab`."""
        kind, _, text = path.strip("/").partition("/")
        if kind == "help":
            return 200, _json({"rdapConformance": _CONFORMANCE, "notices": [_notice("The lab's registry")]})
        if kind != "domain" or not text:
            return 404, _error(404, "Not Found", "only domain look-ups are served")
        try:
            name = parse_name(text)
        except BadName as error:
            return 400, _error(400, "Bad Request", str(error))
        if self._world.bulk_number(name) and self._world.registrable(name) == name:
            return 200, _json(self._domain(Site(name)))
        site = self._sites.get(name)
        if site is None or not site.registered_days:
            return 404, _error(404, "Not Found", f"no domain {name}")
        return 200, _json(self._domain(Site(name) if name.endswith("." + BULK) else site))

    def _domain(self, site: Site) -> dict[str, Any]:
        name = self._world.registrable(site.name)
        registered = self._now - timedelta(days=site.registered_days)
        expires = registered + _YEAR * (1 + site.registered_days // 365)
        events = {
            "registration": registered,
            "expiration": expires,
            "last changed": registered + timedelta(days=min(1, site.registered_days)),
            "last update of RDAP database": self._now,
        }
        nameservers = [one.rstrip(".") for one in site.records.NS] or ["ns1.lab", "ns2.lab"]
        answer: dict[str, Any] = {
            "objectClassName": "domain",
            "rdapConformance": _CONFORMANCE,
            "handle": f"LAB-{name.upper()}",
            "ldhName": name,
            "status": ["client hold"] if name in self._state.held else ["active"],
            "events": [{"eventAction": key, "eventDate": _time(at)} for key, at in events.items()],
            "entities": [_registrar(site.registrar), _REGISTRANT],
            "nameservers": [{"objectClassName": "nameserver", "ldhName": one} for one in nameservers],
            "secureDNS": {"delegationSigned": False},
            "links": [
                {
                    "value": f"http://rdap.lab/domain/{name}",
                    "rel": "self",
                    "href": f"http://rdap.lab/domain/{name}",
                    "type": CONTENT_TYPE,
                }
            ],
        }
        if "xn--" in name:
            answer["unicodeName"] = unicode_form(name)
        return answer


_REGISTRANT: Final[dict[str, Any]] = {
    "objectClassName": "entity",
    "roles": ["registrant"],
    "vcardArray": ["vcard", [["version", {}, "text", "4.0"], ["fn", {}, "text", ""]]],
    "remarks": [
        {
            "title": "REDACTED FOR PRIVACY",
            "type": "object redacted due to authorization",
            "description": ["Some of the data in this object has been removed."],
        }
    ],
}


def registrar_id(registrar: str) -> str:
    """The number the lab gives a registrar, always the same for the same name."""
    return str(9000 + sum(registrar.encode()) % 900)


def _registrar(registrar: str) -> dict[str, Any]:
    abuse = {
        "objectClassName": "entity",
        "roles": ["abuse"],
        "vcardArray": [
            "vcard",
            [
                ["version", {}, "text", "4.0"],
                ["fn", {}, "text", "Abuse"],
                ["email", {}, "text", "abuse@ns1.lab"],
            ],
        ],
    }
    return {
        "objectClassName": "entity",
        "handle": registrar_id(registrar),
        "roles": ["registrar"],
        "publicIds": [{"type": "IANA Registrar ID", "identifier": registrar_id(registrar)}],
        "vcardArray": ["vcard", [["version", {}, "text", "4.0"], ["fn", {}, "text", registrar]]],
        "entities": [abuse],
    }


def _notice(text: str) -> dict[str, Any]:
    return {"title": "Notice", "description": [text]}


def _error(code: int, title: str, detail: str) -> bytes:
    error = {"errorCode": code, "title": title, "description": [detail]}
    return _json({"rdapConformance": _CONFORMANCE, **error})


def _json(document: dict[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode()


def _time(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
