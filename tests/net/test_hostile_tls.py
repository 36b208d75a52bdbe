"""Certificates and handshakes that a whole visit meets (HOSTILE T01-T05): recorded and flagged, or a typed error."""

from __future__ import annotations

import datetime
import random
import ssl
import warnings
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from hostile import loopback, page, running

from domainscan.model import Certificate, Failure, Observation, Page
from domainscan.net.tls import tls_context

HOST = "hostile.example"
Context = Callable[..., ssl.SSLContext]


async def look(context: ssl.SSLContext, seconds: float = 20.0) -> Observation:
    """A visit of the https site that shows what `context` holds."""
    world = loopback(deadline_seconds=seconds)
    async with running(world, context) as place:
        place.site(HOST, page(b"<title>read</title>"))
        return await place.visit(HOST, f"https://{HOST}:{world.tls_port}/")


@pytest.mark.parametrize(
    ("host", "made", "problems", "reason"),
    [
        (HOST, {}, ("self_signed",), "T01: self-signed"),
        (HOST, {"days": -30}, ("expired", "self_signed"), "T01: expired"),
        (HOST, {"begins": 10}, ("not_yet_valid", "self_signed"), "T01: not yet valid"),
        ("other.example", {}, ("wrong_host", "self_signed"), "T01: wrong host"),
        (HOST, {"extra": 99}, ("self_signed",), "T02: a chain of a hundred"),
        (HOST, {"names": 3000}, ("self_signed",), "T02: very many names"),
        ("*", {}, ("wrong_host", "self_signed"), "T03: a wildcard alone covers nothing"),
        ("*.example", {}, ("wrong_host", "self_signed"), "T03: nor one for a whole suffix"),
        (f"{HOST}\0.evil.example", {}, ("wrong_host", "self_signed"), "T03: NUL"),
        (f"{HOST}\nforged: line", {}, ("wrong_host", "self_signed"), "T03: a line break"),
        ("<script>alert(1)</script>", {}, ("wrong_host", "self_signed"), "T03: markup"),
        ("xn--fsqu00a.example", {}, ("wrong_host", "self_signed"), "T03: an A-label"),
        ("\u202egpj.\x1b[2J", {}, ("wrong_host", "self_signed"), "T03: directions and escapes, in the subject"),
    ],
)  # fmt: skip
async def test_a_bad_certificate_is_recorded_and_the_page_read(
    host: str,
    made: dict[str, int],
    problems: tuple[str, ...],
    reason: str,
    certificate: Context,
    tmp_path: Path,
) -> None:
    if host.isascii():
        context = certificate(host, **({"days": 30} | made))
    else:
        context = signed(rsa.generate_private_key(65537, 2048), host, tmp_path)
    seen = await look(context)
    assert isinstance(seen.page, Page), reason
    assert seen.page.title == "read"
    found = seen.certificate
    assert isinstance(found, Certificate), reason
    assert set(found.problems) == set(problems), reason
    assert all(text.isprintable() for text in (found.subject, found.issuer, *found.names)), reason
    assert len(found.names) <= 100 and found.names_total >= len(found.names)
    assert msgspec.json.decode(msgspec.json.encode(seen), type=Observation) == seen


def signed(key: rsa.RSAPrivateKey, subject: str, folder: Path) -> ssl.SSLContext:
    """A server with this key; its subject may hold any text, while alternative names are ASCII."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)])
    now = datetime.datetime.now(datetime.UTC)
    days = datetime.timedelta(days=30)
    builder = x509.CertificateBuilder(
        name, name, key.public_key(), x509.random_serial_number(), now - days, now + days
    )
    pem = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "server.pem").write_bytes(secret + pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.load_cert_chain(folder / "server.pem")
    return context


async def test_a_certificate_beyond_what_openssl_takes_is_a_tls_error(certificate: Context) -> None:
    """T02: a megabyte."""
    seen = await look(certificate(HOST, names=20_000))
    assert (seen.status, seen.reason) == ("failed", "tls_error")
    assert isinstance(seen.certificate, Failure)
    assert seen.certificate.status == "tls_error"


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
async def test_an_old_protocol_is_a_tls_error(version: ssl.TLSVersion, certificate: Context) -> None:
    """T04."""
    context = certificate(HOST)
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = context.maximum_version = version
    seen = await look(context)
    assert (seen.status, seen.reason) == ("failed", "tls_error")


@pytest.mark.parametrize("ciphers", ["eNULL:@SECLEVEL=0", "aNULL:@SECLEVEL=0"])
async def test_a_cipher_that_protects_nothing_is_a_tls_error(ciphers: str, certificate: Context) -> None:
    """T04: no encryption, no authentication."""
    context = certificate(HOST)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(ciphers)
    seen = await look(context)
    assert (seen.status, seen.reason) == ("failed", "tls_error")


def _prime(dice: random.Random) -> int:
    while True:
        number = dice.getrandbits(256) | 1 | 3 << 254
        if number % 65537 != 1 and all(pow(base, number - 1, number) == 1 for base in (2, 3, 5, 7, 11)):
            return number


def small_key() -> rsa.RSAPrivateKey:
    """RSA of 512 bits, which libraries no longer make."""
    dice = random.Random(2026)
    p, q = _prime(dice), _prime(dice)
    d = pow(65537, -1, (p - 1) * (q - 1))
    public = rsa.RSAPublicNumbers(65537, p * q)
    return rsa.RSAPrivateNumbers(p, q, d, d % (p - 1), d % (q - 1), pow(q, -1, p), public).private_key()


async def test_a_key_of_512_bits_is_recorded_as_such(tmp_path: Path) -> None:
    """T04: visits look and do not trust, so whoever could forge this site proves nothing to anybody."""
    context = signed(small_key(), HOST, tmp_path)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    seen = await look(context)
    assert isinstance(seen.page, Page)
    assert isinstance(seen.certificate, Certificate)
    assert seen.certificate.key == "RSA 512"


def test_the_handshake_is_not_begun_anew() -> None:
    """T04: a server that asks for it, again and again, is told no by OpenSSL."""
    assert tls_context().options & ssl.OP_NO_RENEGOTIATION
