"""What an exception of an exchange says about the site: the closed status for it."""

from __future__ import annotations

import ssl
from typing import Final

from httptools import HttpParserError

from domainscan.model import Failure
from domainscan.net.capture import TO_PROXY
from domainscan.net.reach import EgressRefused


class TooMuch(Exception):
    """More of the answer's framing than any honest server sends."""


# What sockets, ssl and llhttp raise at hostile servers; anything else is a fault of ours and surfaces.
EXPECTED: Final = (
    OSError,  # with TimeoutError, ssl.SSLError, EgressRefused
    HttpParserError,
    TooMuch,
    ValueError,  # hosts that a codec refuses
)

STATUSES: Final[tuple[tuple[type[BaseException], str], ...]] = (
    (TimeoutError, "timeout"),
    (ConnectionRefusedError, "refused"),
    (ssl.SSLError, "tls_error"),
    (TooMuch, "too_large"),
    (HttpParserError, "bad_response"),
    (ValueError, "bad_response"),
)


def failure_of(error: BaseException, stage: str) -> Failure:
    """The closed status for an exception, with what the exception says."""
    if isinstance(error, EgressRefused):
        return error.failure
    said = str(error) or type(error).__name__
    detail = "".join(c if c.isprintable() else " " for c in f"{stage}: {said}")[:200]
    status = next((status for kind, status in STATUSES if isinstance(error, kind)), "unreachable")
    if stage == TO_PROXY:
        status = "unreachable"  # the site was never asked
    if status == "unreachable" and stage == "during the TLS handshake":
        status = "tls_error"  # a reset in answer to the name is how some providers cut a site
    return Failure(status, stage if status == "timeout" else detail)
