"""The lab's certificate authority: a root made at start, and one certificate per site."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

ISSUER: Final = "Lab Root CA"
_SHORTEST: Final = timedelta(days=90)
_LEFT: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Wish:
    """What a certificate should say."""

    names: tuple[str, ...]
    issued_days: int = 60
    expired: bool = False
    self_signed: bool = False


class Authority:
    """Issues certificates at `now`; keys are EC P-256, made in 0.05 ms where RSA 2048 takes 50."""

    def __init__(self, folder: Path, now: datetime) -> None:
        self._folder = folder
        self._now = now
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._root = _root(self._key, now)
        folder.mkdir(parents=True, exist_ok=True)
        self.pem = folder / "lab-ca.pem"
        self.pem.write_bytes(self._root.public_bytes(serialization.Encoding.PEM))

    def context(self, wish: Wish) -> ssl.SSLContext:
        """A server context with a fresh key and a certificate that says what was wished for."""
        key = ec.generate_private_key(ec.SECP256R1())
        chain = [self.certificate(wish, key)]
        if not wish.self_signed:
            chain.append(self._root)
        secret = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        file = self._folder / "site.pem"  # load_cert_chain takes files only
        file.touch(mode=0o600)
        file.write_bytes(secret + b"".join(one.public_bytes(serialization.Encoding.PEM) for one in chain))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        file.unlink()
        return context

    def certificate(self, wish: Wish, key: ec.EllipticCurvePrivateKey | None = None) -> x509.Certificate:
        """The leaf that was wished for, of `key` or a fresh one."""
        key = key or ec.generate_private_key(ec.SECP256R1())
        start, end = _validity(wish, self._now)
        subject = _common_name(wish.names[0])
        issuer, signer = (subject, key) if wish.self_signed else (self._root.subject, self._key)
        names = [x509.DNSName(name) for name in wish.names]
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(end)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
            )
            .sign(signer, hashes.SHA256())
        )


def _validity(wish: Wish, now: datetime) -> tuple[datetime, datetime]:
    """From when and to when; an expired one ended ten days ago, others last 30 days more at least."""
    if wish.expired:
        end = now - timedelta(days=10)
        return min(now - timedelta(days=wish.issued_days), end - _SHORTEST), end
    start = now - timedelta(days=wish.issued_days, minutes=5)
    return start, max(start + _SHORTEST, now + _LEFT)


def _root(key: ec.EllipticCurvePrivateKey, now: datetime) -> x509.Certificate:
    usage = x509.KeyUsage(
        digital_signature=True, key_cert_sign=True, crl_sign=True, content_commitment=False,
        key_encipherment=False, data_encipherment=False, key_agreement=False, encipher_only=False,
        decipher_only=False,
    )  # fmt: skip
    return (
        x509.CertificateBuilder()
        .subject_name(_common_name(ISSUER))
        .issuer_name(_common_name(ISSUER))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=20 * 365))
        .not_valid_after(now + timedelta(days=365))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


def _common_name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text[:64])])
