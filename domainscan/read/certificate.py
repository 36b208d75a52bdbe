"""A certificate chain as facts with its problems, judged apart from the connection: evidence, not a gate."""

from __future__ import annotations

import base64
import hashlib
import re
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import certifi
import msgspec
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa

from domainscan.model import Certificate, Failure
from domainscan.read.text import one_line

NAMES: Final = 100
CHAIN: Final = 8
CERTIFICATE_BYTES: Final = 1024 * 1024
KNOWN: Final = 2048  # chains remembered, each of at most NAMES names: under 20 MB
_PEM: Final = re.compile(r"-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----")
# What cryptography raises for DER that is not as it should be; all of it means "cannot be read".
_UNREADABLE: Final = (
    ValueError,
    TypeError,
    OverflowError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)


class BadTrust(Exception):
    """Raised for a file of authorities that cannot be used; the message names it."""


@dataclass(frozen=True, slots=True)
class _Facts:
    """What the bytes of a chain say, whoever asks and when."""

    certificate: Certificate  # without problems
    begins: datetime
    ends: datetime
    names: tuple[str, ...]
    trust: str  # the problem with the signatures; "" for none


@dataclass(frozen=True, slots=True)
class TrustStore:
    """Trusted authorities by the DER of their subject, and the chains that were judged by them.

    Hops of a visit and sites of one carrier show the same chain again: 5 us for one that is known, 150 for another.
    """

    authorities: dict[bytes, tuple[x509.Certificate, ...]]
    known: dict[bytes, _Facts] = field(default_factory=dict, compare=False, repr=False)

    def named(self, subject: bytes) -> tuple[x509.Certificate, ...]:
        return self.authorities.get(subject, ())


def load_trust(extra_pem: str = "") -> TrustStore:
    """The authorities of certifi, and of the PEM file `extra_pem` when one is named.

    Raises BadTrust when that file is missing or holds no certificate.
    """
    blocks = _PEM.findall(Path(certifi.where()).read_text("ascii", "replace"))
    if extra_pem:
        try:
            extra = _PEM.findall(Path(extra_pem).read_text("ascii", "replace"))
        except OSError as error:
            raise BadTrust(f"{extra_pem}: {error.strerror}") from error
        if not extra:
            raise BadTrust(f"{extra_pem}: holds no PEM certificate")
        blocks += extra
    by_subject: dict[bytes, tuple[x509.Certificate, ...]] = {}
    for one in _load_all(base64.b64decode(block) for block in blocks):
        subject = one.subject.public_bytes()
        by_subject[subject] = (*by_subject.get(subject, ()), one)
    return TrustStore(by_subject)


def read_certificate(
    chain: Sequence[bytes], *, host: str, at: str, trust: TrustStore
) -> Certificate | Failure:
    """The leaf of a DER chain (leaf first) with its problems at time `at`; never raises on hostile bytes.

    Problems: `expired`, `not_yet_valid`, `wrong_host` (no SAN covers `host`; a common name never counts),
    `self_signed`, or `untrusted` when no chain of signatures leads to the store. Trust is judged apart from
    time and host. Names are the first 100 SANs, escaped; `names_total` counts all.
    Source: RFC 5280 6.1 (signatures and basic constraints only), RFC 9525 6.3.
    """
    if not chain:
        return Failure("malformed", "the server sent no certificate")
    digest = b"".join([hashlib.sha256(der).digest() for der in chain[:CHAIN]])
    facts = trust.known.get(digest)
    if facts is None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # cryptography warns of every oddity of a hostile certificate
            read = _read(chain, trust)
        if isinstance(read, Failure):
            return read
        facts = read
        _remember(digest, facts, trust)
    problems = [*_time_problems(facts.begins, facts.ends, datetime.fromisoformat(at).astimezone(UTC))]
    if not any(_matches(name, host) for name in facts.names):
        problems.append("wrong_host")
    if facts.trust:
        problems.append(facts.trust)
    return msgspec.structs.replace(facts.certificate, problems=tuple(problems))


def _remember(digest: bytes, facts: _Facts, trust: TrustStore) -> None:
    """Keep the facts for the next time; the oldest make room, and what is oversized is not kept."""
    if len(facts.names) > NAMES:
        return
    while len(trust.known) >= KNOWN:
        del trust.known[next(iter(trust.known))]
    trust.known[digest] = facts


def _read(chain: Sequence[bytes], trust: TrustStore) -> _Facts | Failure:
    leaf = _load(chain[0])
    if isinstance(leaf, str):
        return Failure("malformed", leaf)
    try:
        begins, ends = leaf.not_valid_before_utc, leaf.not_valid_after_utc
        subject, issuer = _name(leaf.subject), _name(leaf.issuer)
    except _UNREADABLE as error:
        return Failure("malformed", one_line(str(error), 200))
    names = _alternative_names(leaf)
    problem = ""
    if not _trusted(leaf, chain, trust):
        problem = "self_signed" if _signed_by(leaf, leaf) else "untrusted"
    certificate = Certificate(
        subject=subject,
        issuer=issuer,
        not_before=_iso(begins),
        not_after=_iso(ends),
        names=tuple(_escaped(name) for name in names[:NAMES]),
        names_total=len(names),
        fingerprint="sha256:" + hashlib.sha256(chain[0]).hexdigest(),
        key=_key(leaf),
    )
    return _Facts(certificate, begins, ends, tuple(names), problem)


def _load(der: bytes) -> x509.Certificate | str:
    """The certificate, or why it cannot be read."""
    if len(der) > CERTIFICATE_BYTES:
        return f"a certificate of {len(der)} bytes"
    try:
        return x509.load_der_x509_certificate(der)
    except _UNREADABLE as error:
        return one_line(str(error), 200)


def _load_all(ders: Iterable[bytes]) -> list[x509.Certificate]:
    """Those that can be read."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # some authorities have a serial number of zero
        return [one for one in map(_load, ders) if not isinstance(one, str)]


def _time_problems(begins: datetime, ends: datetime, now: datetime) -> tuple[str, ...]:
    if now > ends:
        return ("expired",)
    return ("not_yet_valid",) if now < begins else ()


def _alternative_names(leaf: x509.Certificate) -> list[str]:
    """DNS and address SANs as sent; empty when there are none or they cannot be read."""
    try:
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (*_UNREADABLE, x509.ExtensionNotFound):
        return []
    hosts: list[str] = names.get_values_for_type(x509.DNSName)
    return hosts + [str(address) for address in names.get_values_for_type(x509.IPAddress)]


def _matches(pattern: str, host: str) -> bool:
    """Whether a SAN covers the host: a wildcard stands for the whole leftmost label and nothing else."""
    pattern, host = pattern.lower().removesuffix("."), host.lower().removesuffix(".")
    if not pattern.startswith("*."):
        return pattern == host
    rest = pattern[2:]
    return "*" not in rest and "." in rest and host.partition(".")[2] == rest and bool(host.partition(".")[0])


def _trusted(leaf: x509.Certificate, chain: Sequence[bytes], trust: TrustStore) -> bool:
    """Whether signatures lead from the leaf to the store, over the certificates sent."""
    sent = _load_all(chain[1:CHAIN])
    current = leaf
    for _ in range(CHAIN):
        if current in trust.named(current.subject.public_bytes()):
            return True
        issuers = (*trust.named(current.issuer.public_bytes()), *sent)
        above = next((one for one in issuers if one != current and _issued(one, current)), None)
        if above is None:
            return False
        current = above
    return False


def _issued(issuer: x509.Certificate, subject: x509.Certificate) -> bool:
    """Whether `issuer` is an authority and signed `subject`."""
    try:
        limits = issuer.extensions.get_extension_for_class(x509.BasicConstraints).value
    except (*_UNREADABLE, x509.ExtensionNotFound):
        return False
    return limits.ca and _signed_by(issuer, subject)


def _signed_by(issuer: x509.Certificate, subject: x509.Certificate) -> bool:
    try:
        subject.verify_directly_issued_by(issuer)
    except (*_UNREADABLE, InvalidSignature):
        return False
    return True


def _name(name: x509.Name) -> str:
    return _escaped(name.rfc4514_string())[:300]


def _escaped(text: str) -> str:
    """`text` on one line: what is not printable ASCII or a letter becomes a visible escape."""
    if text.isprintable():
        return text[:300]
    shown = (c if c.isprintable() else c.encode("unicode_escape", "replace").decode() for c in text[:1000])
    return "".join(shown)[:300]


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _key(leaf: x509.Certificate) -> str:
    """`RSA 2048`, `EC secp256r1`, `Ed25519` ...; "" for a key that cannot be read."""
    try:
        key = leaf.public_key()
    except _UNREADABLE:
        return ""
    if isinstance(key, rsa.RSAPublicKey):
        return f"RSA {key.key_size}"
    if isinstance(key, ec.EllipticCurvePublicKey):
        return f"EC {key.curve.name}"
    if isinstance(key, dsa.DSAPublicKey):
        return f"DSA {key.key_size}"
    return type(key).__name__.removesuffix("PublicKey").lstrip("_")
