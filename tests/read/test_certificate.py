"""Certificates as facts: each problem on its own, and nothing hostile raises, warns or breaks a row."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from domainscan.model import Certificate, Failure
from domainscan.read import certificate as module
from domainscan.read.certificate import BadTrust, TrustStore, load_trust, read_certificate

AT = "2026-11-23T14:00:00Z"
NOW = datetime(2026, 11, 23, 14, tzinfo=UTC)


class Party:
    """A key, its certificate and the power to issue."""

    def __init__(
        self,
        name: str,
        issuer: Party | None = None,
        *,
        names: tuple[str, ...] = (),
        ca: bool = True,
        days: tuple[int, int] = (-30, 60),
        key: Any = None,
        sans: Any = None,
    ) -> None:
        self.key = key or ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        signer = issuer or self
        builder = (
            x509.CertificateBuilder()
            .subject_name(self.name)
            .issuer_name(signer.name)
            .public_key(self.key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(NOW + timedelta(days=days[0]))
            .not_valid_after(NOW + timedelta(days=days[1]))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        )
        if names or sans:
            general = sans or [x509.DNSName(one) for one in names]
            builder = builder.add_extension(x509.SubjectAlternativeName(general), critical=False)
        algorithm = None if isinstance(signer.key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
        self.certificate = builder.sign(signer.key, algorithm)
        self.der = self.certificate.public_bytes(Encoding.DER)
        self.pem = self.certificate.public_bytes(Encoding.PEM)


ROOT = Party("Lab Root")
MIDDLE = Party("Lab Issuing", ROOT)
STRANGER = Party("Stranger Root")
TRUST = TrustStore({ROOT.certificate.subject.public_bytes(): (ROOT.certificate,)})


def problems(chain: list[bytes], host: str = "www.site.lab", trust: TrustStore = TRUST) -> tuple[str, ...]:
    found = read_certificate(chain, host=host, at=AT, trust=trust)
    assert isinstance(found, Certificate)
    return found.problems


def leaf(issuer: Party | None = MIDDLE, **rest: Any) -> Party:
    return Party("leaf", issuer, **{"names": ("www.site.lab",), "ca": False, **rest})


def test_a_good_chain_has_no_problem_and_tells_its_facts() -> None:
    one = leaf(names=("www.site.lab", "site.lab"))
    found = read_certificate([one.der, MIDDLE.der], host="www.site.lab", at=AT, trust=TRUST)
    assert isinstance(found, Certificate)
    assert (found.subject, found.issuer) == ("CN=leaf", "CN=Lab Issuing")
    assert (found.not_before, found.not_after) == ("2026-10-24T14:00:00Z", "2027-01-22T14:00:00Z")
    assert (found.names, found.names_total) == (("www.site.lab", "site.lab"), 2)
    assert found.key == "EC secp256r1"
    assert found.fingerprint.startswith("sha256:") and len(found.fingerprint) == 71
    assert found.problems == ()


def test_each_problem_is_judged_apart() -> None:
    assert problems([leaf(days=(-60, -1)).der, MIDDLE.der]) == ("expired",)
    assert problems([leaf(days=(1, 60)).der, MIDDLE.der]) == ("not_yet_valid",)
    assert problems([leaf().der, MIDDLE.der], host="other.lab") == ("wrong_host",)
    assert problems([leaf(issuer=None).der]) == ("self_signed",)
    assert problems([leaf(issuer=STRANGER).der, STRANGER.der]) == ("untrusted",)
    assert problems([leaf().der]) == ("untrusted",), "the issuing certificate was not sent"
    assert problems([leaf(issuer=None, days=(-60, -1)).der], host="x.lab") == (
        "expired",
        "wrong_host",
        "self_signed",
    )


def test_order_and_extra_certificates_do_not_matter() -> None:
    assert problems([leaf().der, STRANGER.der, ROOT.der, b"junk", MIDDLE.der]) == ()
    assert problems([leaf(issuer=ROOT).der]) == ()


def test_only_an_authority_can_issue(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = Party("plain", MIDDLE, names=("www.site.lab",), ca=False)
    forged = leaf(issuer=plain, names=("bank.lab",))
    chain = [forged.der, plain.der, MIDDLE.der]
    assert problems(chain, "bank.lab") == ("untrusted",)
    monkeypatch.setattr(module, "_issued", module._signed_by)
    assert problems(chain, "bank.lab", TrustStore(TRUST.authorities)) == (), "without the check anybody could"


def test_a_name_alone_is_no_signature() -> None:
    pretender = Party("Lab Root")
    assert problems([leaf(issuer=pretender).der, pretender.der]) == ("untrusted",)


HOSTS = [
    # SANs, host, covered
    (("*.site.lab",), "www.site.lab", True),
    (("*.site.lab",), "site.lab", False),
    (("*.site.lab",), "a.b.site.lab", False),
    (("*.lab",), "site.lab", False),
    (("w*.site.lab",), "www.site.lab", False),
    (("*.*.lab",), "www.site.lab", False),
    (("WWW.SITE.LAB",), "www.site.lab", True),
    (("www.site.lab\x00.evil.lab",), "www.site.lab", False),
    (("www.site.lab.evil.lab",), "www.site.lab", False),
]


@pytest.mark.parametrize(("names", "host", "covered"), HOSTS)
def test_a_wildcard_stands_for_one_whole_label(names: tuple[str, ...], host: str, covered: bool) -> None:
    found = problems([leaf(names=names).der, MIDDLE.der], host)
    assert ("wrong_host" in found) is not covered


def test_a_common_name_covers_nothing() -> None:
    one = Party("www.site.lab", MIDDLE, ca=False)
    assert problems([one.der, MIDDLE.der]) == ("wrong_host",)


def test_ten_thousand_names_are_counted_and_cut() -> None:
    one = leaf(names=(*(f"n{n}.site.lab" for n in range(10_000)), "www.site.lab"))
    found = read_certificate([one.der, MIDDLE.der], host="www.site.lab", at=AT, trust=TRUST)
    assert isinstance(found, Certificate)
    assert (len(found.names), found.names_total, found.problems) == (100, 10_001, ())


def test_hostile_names_cannot_break_a_row() -> None:
    names = ("a\nb.lab", "a\x00b.lab", "<script>alert(1)</script>", "x\x1b[31m.lab", "*")
    one = leaf(names=names)
    found = read_certificate([one.der], host="www.site.lab", at=AT, trust=TRUST)
    assert isinstance(found, Certificate)
    assert found.names == ("a\\nb.lab", "a\\x00b.lab", "<script>alert(1)</script>", "x\\x1b[31m.lab", "*")
    subject = Party("two\nlines\u202e").der
    found = read_certificate([subject], host="www.site.lab", at=AT, trust=TRUST)
    assert isinstance(found, Certificate)
    assert found.subject == "CN=two\\nlines\\u202e"


KEYS = [
    (rsa.generate_private_key(65537, 1024), "RSA 1024"),
    (ec.generate_private_key(ec.SECP384R1()), "EC secp384r1"),
    (ed25519.Ed25519PrivateKey.generate(), "Ed25519"),
]


@pytest.mark.parametrize(("key", "words"), KEYS, ids=[row[1] for row in KEYS])
def test_the_key_is_named(key: Any, words: str) -> None:
    found = read_certificate([leaf(key=key).der], host="x.lab", at=AT, trust=TRUST)
    assert isinstance(found, Certificate) and found.key == words


def test_addresses_are_names_too() -> None:
    one = leaf(sans=[x509.IPAddress(ip_address("127.77.0.10")), x509.RFC822Name("a@b.lab")])
    assert problems([one.der, MIDDLE.der], "127.77.0.10") == ()


BAD_CHAINS = [
    ([], "no certificate at all"),
    ([b""], "an empty one"),
    ([b"\x30\x82\xff\xff"], "a length that lies"),
    ([b"<html>"], "no DER"),
    ([b"\x30" * 2_000_000], "two megabytes"),
]


@pytest.mark.parametrize(("chain", "reason"), BAD_CHAINS, ids=[row[1] for row in BAD_CHAINS])
def test_what_is_no_certificate_is_malformed(chain: list[bytes], reason: str) -> None:
    found = read_certificate(chain, host="x.lab", at=AT, trust=TRUST)
    assert isinstance(found, Failure) and found.status == "malformed", reason


def test_a_chain_that_is_known_is_judged_anew_for_each_host_and_time(monkeypatch: pytest.MonkeyPatch) -> None:
    one, trust = leaf(days=(-30, 60)), TrustStore(TRUST.authorities)
    chain = [one.der, MIDDLE.der]

    def judged() -> list[tuple[str, ...]]:
        asked = [("www.site.lab", AT), ("other.lab", AT), ("www.site.lab", "2028-01-01T00:00:00Z")]
        found = [read_certificate(chain, host=host, at=at, trust=trust) for host, at in asked]
        return [one.problems for one in found if isinstance(one, Certificate)]

    first = judged()
    assert first == [(), ("wrong_host",), ("expired",)]
    monkeypatch.setattr(module, "_read", None)
    assert judged() == first, "the bytes are read once"
    (known,) = trust.known.values()
    assert known.certificate.problems == ()


def test_another_chain_or_another_store_is_another_judgement() -> None:
    one, trust = leaf(), TrustStore(TRUST.authorities)
    assert problems([one.der, MIDDLE.der], trust=trust) == ()
    assert problems([one.der], trust=trust) == ("untrusted",), "the same leaf without its issuer"
    assert problems([one.der, MIDDLE.der], trust=TrustStore({})) == ("untrusted",)


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KNOWN", 2)
    trust = TrustStore(TRUST.authorities)
    chains = [[leaf().der, MIDDLE.der] for _ in range(3)]
    for chain in chains:
        problems(chain, trust=trust)
    assert len(trust.known) == 2
    problems([leaf(names=tuple(f"n{n}.site.lab" for n in range(101))).der], trust=trust)
    problems([leaf(names=tuple(f"n{n}.site.lab" for n in range(100))).der], trust=trust)
    assert [len(facts.names) for facts in trust.known.values()] == [1, 100], "an oversized one is not kept"
    read_certificate([b"junk"], host="x.lab", at=AT, trust=trust)
    assert len(trust.known) == 2


def test_a_chain_of_a_hundred_ends() -> None:
    parties = [ROOT]
    for n in range(100):
        parties.append(Party(f"step {n}", parties[-1], key=parties[-1].key))
    one = leaf(issuer=parties[-1])
    assert problems([one.der, *(party.der for party in reversed(parties))]) == ("untrusted",)


def test_two_thousand_mutations_neither_raise_nor_warn() -> None:
    chance = random.Random(2026)
    good = leaf(names=("www.site.lab", "*.site.lab")).der
    for _ in range(2_000):
        der = bytearray(good)
        for _ in range(chance.randint(1, 4)):
            der[chance.randrange(len(der))] = chance.randrange(256)
        found = read_certificate([bytes(der), MIDDLE.der], host="www.site.lab", at=AT, trust=TRUST)
        assert isinstance(found, Certificate | Failure)


def test_the_shipped_authorities_load_and_a_file_adds_to_them(tmp_path: Path) -> None:
    shipped = load_trust()
    assert len(shipped.authorities) > 50
    file = tmp_path / "lab.pem"
    file.write_bytes(b"# Lab Root\n" + ROOT.pem)
    assert problems([leaf().der, MIDDLE.der], trust=shipped) == ("untrusted",)
    assert problems([leaf().der, MIDDLE.der], trust=load_trust(str(file))) == ()


def test_a_file_without_authorities_is_refused(tmp_path: Path) -> None:
    empty = tmp_path / "empty.pem"
    empty.write_text("nothing here")
    with pytest.raises(BadTrust, match=r"empty\.pem"):
        load_trust(str(empty))
    with pytest.raises(BadTrust, match=r"missing\.pem"):
        load_trust(str(tmp_path / "missing.pem"))
