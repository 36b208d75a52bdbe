"""Signatures in minisign's form: its own vectors verify, ours verify, and one changed bit does not."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from blocklists.signature import (
    BadKey,
    BadSignature,
    Key,
    load_key,
    load_public_key,
    make_key,
    parse_public_key,
    verify,
)

# From the documentation of minisign's verifying libraries: the signed file holds the four octets `test`.
PUBLIC = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3"
HASHED = """untrusted comment: signature from minisign secret key
RUQf6LRCGA9i559r3g7V1qNyJDApGip8MfqcadIgT9CuhV3EMhHoN1mGTkUidF/z7SrlQgXdy8ofjb7bNJJylDOocrCo8KLzZwo=
trusted comment: timestamp:1633700835\tfile:test\tprehashed
wLMDjy9FLAuxZ3q4NlEvkgtyhrr0gtTu6KC4KBJdITbbOeAi1zBIYo0v4iTgt8jJpIidRJnp94ABQkJAgAooBQ==
"""
PLAIN = """untrusted comment: signature from minisign secret key
RWQf6LRCGA9i59SLOFxz6NxvASXDJeRtuZykwQepbDEGt87ig1BNpWaVWuNrm73YiIiJbq71Wi+dP9eKL8OC351vwIasSSbXxwA=
trusted comment: timestamp:1555779966\tfile:test
QtKMXWyYcwdpZAlPF7tE2ENJkRd1ujvKjlj1m9RtHTBnZPa5WKU5uWRs5GoP5M/VqE81QFuMKI5k/SfNQUaOAA==
"""


@pytest.mark.parametrize("signature", [HASHED, PLAIN], ids=["hashed", "plain"])
def test_minisigns_own_signatures_verify(signature: str) -> None:
    assert "file:test" in verify(b"test", signature, parse_public_key(PUBLIC))


def test_ours_verify_under_the_key_that_signed(key: Key, tmp_path: Path) -> None:
    public = load_public_key(tmp_path / "publisher.key.pub")
    assert public == key.public
    assert verify(b"content", key.sign(b"content", "serial:1"), public) == "serial:1"


SPOILED = [
    (lambda text: text.replace("serial:1", "serial:2"), "the trusted comment"),
    (lambda text: text.replace("\n", "\nx", 1), "not base64"),
    (lambda text: "\n".join(text.split("\n")[:2]), "two lines"),
    (lambda text: "", "nothing"),
    (lambda text: text.replace("trusted comment: ", "comment: "), "no trusted comment"),
    (lambda text: text + text, "two signatures"),
]


@pytest.mark.parametrize(("spoil", "why"), SPOILED)
def test_a_spoiled_signature_does_not_hold(spoil: object, why: str, key: Key) -> None:
    signature = key.sign(b"content", "serial:1")
    with pytest.raises(BadSignature):
        verify(b"content", spoil(signature), key.public)  # type: ignore[operator]


def test_no_other_content_and_no_other_key_verifies(key: Key, tmp_path: Path) -> None:
    signature = key.sign(b"content", "serial:1")
    for index in range(len(b"content")):
        changed = bytearray(b"content")
        changed[index] ^= 1
        with pytest.raises(BadSignature, match="does not match"):
            verify(bytes(changed), signature, key.public)
    with pytest.raises(BadSignature, match="signed by key"):
        verify(b"content", signature, make_key(tmp_path / "other").public)


def test_a_key_is_made_once_for_its_owner_only_and_never_shown(tmp_path: Path) -> None:
    path = tmp_path / "new.key"
    key = make_key(path)
    assert load_key(path) == key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert key.seed.hex() not in repr(key)
    assert repr(key.seed) not in repr(key)
    with pytest.raises(FileExistsError):
        make_key(path)


def test_a_key_that_cannot_be_trusted_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "k"
    make_key(path)
    whole = path.read_text()
    path.chmod(0o644)
    with pytest.raises(BadKey, match="read by others"):
        load_key(path)
    path.chmod(0o600)
    path.write_text(whole.replace("RWQA", "RWRT"))
    with pytest.raises(BadKey, match="password"):
        load_key(path)
    path.write_text(whole[:-20] + ("A" if whole[-20] != "A" else "B") + whole[-19:])
    with pytest.raises(BadKey, match="checksum"):
        load_key(path)
    for text in ("", "one line", "two\nlines", "two\n" + PUBLIC):
        path.write_text(text)
        with pytest.raises(BadKey):
            load_key(path)
    with pytest.raises(BadKey):
        load_key(tmp_path / "missing")
    with pytest.raises(BadKey):
        parse_public_key("RWQf")
