"""TLS for looking, not for trusting: any certificate will do, and all of them are handed on."""

from __future__ import annotations

import ssl
from typing import Final

CHAIN_CERTIFICATES: Final = 16
CHAIN_BYTES: Final = 128 * 1024
_DER: Final = 2  # X509_FILETYPE_ASN1, as _ssl.ENCODING_DER


def tls_context() -> ssl.SSLContext:
    """TLS without judgement: trust is judged apart, from the chain, and no CA folder is searched."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.options |= ssl.OP_NO_RENEGOTIATION  # a server could have it begin anew again and again
    context.set_alpn_protocols(["http/1.1"])
    return context


def peer_chain(tls: ssl.SSLObject) -> tuple[bytes, ...]:
    """The certificates as the server sent them, DER, leaf first, up to the caps.

    Before Python 3.13 only a private method tells more than the leaf; where it is missing, the leaf is all.
    """
    try:
        sent = tls._sslobj.get_unverified_chain()  # type: ignore[attr-defined]
        chain = [bytes(one.public_bytes(_DER)) for one in sent[:CHAIN_CERTIFICATES]]
    except (AttributeError, TypeError, ValueError, ssl.SSLError):
        chain = []
    if not chain:
        leaf = tls.getpeercert(binary_form=True)
        return (leaf,) if leaf else ()
    if sum(map(len, chain)) <= CHAIN_BYTES:
        return tuple(chain)
    kept = [one for index, one in enumerate(chain) if sum(map(len, chain[: index + 1])) <= CHAIN_BYTES]
    return tuple(kept) or (chain[0],)
