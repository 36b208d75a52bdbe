"""C2PA manifests signed by the tests themselves, and what the extra `c2pa` says of them."""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from domainscan import samples
from domainscan.model import Failure
from domainscan.read.labels import LabelReport, read_labels, validation
from domainscan.read.labels.validation import Validation, validate
from domainscan.samples import read_file
from tests.read.labels import build

TERM = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
Key = ec.EllipticCurvePrivateKey


def _certificate(subject: str, issuer: str, key: Key, signer: Key, *, authority: bool) -> bytes:
    def name(common: str) -> x509.Name:
        organization = x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Invented Signer")
        return x509.Name([organization, x509.NameAttribute(NameOID.COMMON_NAME, common)])

    now = datetime.now(UTC)
    usage = {"content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "encipher_only"}
    made = (
        x509.CertificateBuilder(name(issuer), name(subject), key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
        )
        .add_extension(
            x509.KeyUsage(
                digital_signature=not authority,
                key_cert_sign=authority,
                crl_sign=authority,
                decipher_only=False,
                **dict.fromkeys(usage, False),
            ),
            critical=True,
        )
    )
    if not authority:
        usages = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
        made = made.add_extension(usages, critical=False)
    return made.sign(signer, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


@pytest.fixture(scope="module")
def sign() -> Callable[[bytes, str], bytes]:
    """Signs a file with a certificate of an authority that nobody trusts."""
    import c2pa

    root, leaf = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    chain = _certificate("Leaf", "Root", leaf, root, authority=False)
    chain += _certificate("Root", "Root", root, root, authority=True)

    def seal(data: bytes) -> bytes:
        r, s = decode_dss_signature(leaf.sign(data, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def signed(data: bytes, kind: str) -> bytes:
        action = {"action": "c2pa.created", "digitalSourceType": TERM}
        manifest = {
            "claim_generator_info": [{"name": "invented", "version": "1"}],
            "format": kind,
            "assertions": [{"label": "c2pa.actions", "data": {"actions": [action]}}],
        }
        out = BytesIO()
        signer = c2pa.Signer.from_callback(seal, c2pa.C2paSigningAlg.ES256, chain.decode(), None)
        with c2pa.Builder(manifest) as builder:
            builder.sign(signer, kind, BytesIO(data), out)
        return out.getvalue()

    return signed


def _report(tmp_path: Path, data: bytes, **options: Any) -> LabelReport:
    file = tmp_path / "sample"
    file.write_bytes(data)
    result = read_file(str(file), **options).result
    assert isinstance(result, LabelReport), result
    return result


@pytest.mark.parametrize(
    ("data", "kind", "place"),
    [(build.png(), "image/png", "PNG caBX"), (build.wav(), "audio/wav", "WAV chunk C2PA")],
)
def test_a_signed_file_is_read_with_and_without_the_library(
    sign: Callable[[bytes, str], bytes], tmp_path: Path, data: bytes, kind: str, place: str
) -> None:
    signed = sign(data, kind)
    report = _report(tmp_path, signed)
    (label,) = report.labels
    fields = dict(label.fields)
    assert (label.scheme, label.place, label.meaning) == ("c2pa", place, "generated")
    assert (fields["validation"], fields["issuer"], fields["generator"]) == (
        "valid",
        "Invented Signer",
        "invented",
    )
    assert ("problem", "signingCredential.untrusted") in label.fields  # anybody can make such a certificate
    own = read_labels(signed).labels[0]
    assert own.fields == (("manifest", fields["manifest"]), ("digitalSourceType", TERM))


def test_a_file_that_was_changed_after_it_was_signed_is_invalid(
    sign: Callable[[bytes, str], bytes], tmp_path: Path
) -> None:
    signed = sign(build.png(), "image/png")
    at = signed.rfind(b"IDAT") + 6
    report = _report(tmp_path, signed[:at] + bytes((signed[at] ^ 1,)) + signed[at + 1 :])
    assert ("validation", "invalid") in report.labels[0].fields
    assert ("problem", "assertion.dataHash.mismatch") in report.labels[0].fields


def test_a_part_of_a_file_is_not_validated(sign: Callable[[bytes, str], bytes], tmp_path: Path) -> None:
    signed = sign(build.png(), "image/png")
    report = _report(tmp_path, signed, max_bytes=len(signed) - 10)
    assert [one.detail for one in report.reasons if one.rule == "c2pa_unchecked"] == [
        "the manifest is there; nobody checked it: only a part of the file was read"
    ]


def test_without_the_extra_a_manifest_is_seen_and_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(samples, "is_available", lambda: False)
    report = _report(tmp_path, build.jpeg_store(build.store("trainedAlgorithmicMedia")))
    assert [one.meaning for one in report.labels] == ["generated"]
    assert "not installed" in next(one.detail for one in report.reasons if one.rule == "c2pa_unchecked")


def test_a_store_that_the_library_refuses_is_there_and_not_valid(tmp_path: Path) -> None:
    report = _report(tmp_path, build.jpeg_store(build.store("trainedAlgorithmicMedia")))
    assert [one.scheme for one in report.labels] == ["c2pa"]
    assert "validation" not in dict(report.labels[0].fields)
    assert "c2pa_unchecked" in [one.rule for one in report.reasons]


@pytest.mark.parametrize("data", [b"", b"junk", build.png(), b"\xff\xd8\xff" + bytes(100)])
def test_what_has_no_manifest_is_a_failure_and_no_exception(data: bytes) -> None:
    outcome = validate(data)
    assert isinstance(outcome, Failure)
    assert outcome.status == "malformed"


def test_a_library_that_does_not_come_back_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    slow = tmp_path / "slow"
    slow.write_text(f"#!{sys.executable}\nimport time\ntime.sleep(60)\n")
    slow.chmod(0o755)
    monkeypatch.setattr(validation.sys, "executable", str(slow))
    monkeypatch.setattr(validation, "SECONDS", 0.2)
    assert validate(b"x") == Failure("timeout", "0.2 s for its validation")


def test_a_summary_of_an_odd_report_is_invalid_and_no_exception() -> None:
    assert validation._summary({}) == Validation("invalid")
    odd = {"active_manifest": "m", "manifests": {"m": {"assertions": [{}]}}, "validation_state": "Great"}
    assert validation._summary(odd).state == "invalid"


def test_nothing_is_fetched_for_a_manifest_that_is_kept_elsewhere() -> None:
    """See it fail: take remote_manifest_fetch out of validation._SETTINGS."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/m.c2pa"
        packet = build.xmp(f"<dcterms:provenance>{url}</dcterms:provenance>")
        assert isinstance(validate(build.jpeg_xmp(packet)), Failure)
        with pytest.raises(BlockingIOError):
            listener.accept()
