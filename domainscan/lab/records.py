"""DNS records as a site's TOML writes them, and as dnspython carries them."""

from __future__ import annotations

import dns.exception
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import msgspec


class Records(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a site's zone says beyond its address; an empty field is left to the lab."""

    NS: tuple[str, ...] = ()
    MX: tuple[str, ...] = ()
    TXT: tuple[str, ...] = ()
    A: tuple[str, ...] = ()
    AAAA: tuple[str, ...] = ()
    CAA: tuple[str, ...] = ()
    SOA: str = ""
    CNAME: str = ""


RecordSets = dict[dns.rdatatype.RdataType, tuple[dns.rdata.Rdata, ...]]


class BadRecord(ValueError):
    """A record that is not in presentation form; `rtype` names the key."""

    def __init__(self, rtype: str, value: str, detail: str) -> None:
        super().__init__(f"{rtype} {value!r}: {detail}")
        self.rtype = rtype


def record_sets(records: Records) -> RecordSets:
    """The records by type, those that were given. Raises BadRecord on the first that cannot be parsed."""
    sets: RecordSets = {}
    for rtype, written in msgspec.structs.asdict(records).items():
        values = (written,) if isinstance(written, str) else written
        if any(values):
            sets[dns.rdatatype.from_text(rtype)] = tuple(record(rtype, value) for value in values)
    return sets


def record(rtype: str, value: str) -> dns.rdata.Rdata:
    """One record from its presentation form; host names count from the root, TXT may be written unquoted."""
    text = _quoted(value) if rtype == "TXT" and not value.startswith('"') else value
    try:
        return dns.rdata.from_text(dns.rdataclass.IN, dns.rdatatype.from_text(rtype), text)
    except (dns.exception.DNSException, ValueError) as error:
        raise BadRecord(rtype, value, str(error)) from error


def _quoted(text: str) -> str:
    """`text` as character strings of at most 255 octets. Source: RFC 1035 3.3.14."""
    octets = text.encode()
    chunks = [octets[at : at + 255] for at in range(0, len(octets), 255)]
    return " ".join('"' + "".join(f"\\{octet:03d}" for octet in chunk) + '"' for chunk in chunks)
