"""How a name server is written: in config.toml, on the command line, and in the texts for other programs."""

from __future__ import annotations

import ipaddress


def read_server(text: str) -> tuple[str, int]:
    """Address and port of "192.0.2.1", "192.0.2.1:5353", "2001:db8::1" or "[2001:db8::1]:5353"; the port is 53
    where none is written.

    Raises ValueError.
    """
    address, port = text, "53"
    if text.startswith("["):
        address, _, rest = text[1:].partition("]")
        port = rest.removeprefix(":") or "53"
    elif text.count(":") == 1:
        address, _, port = text.partition(":")
    if not is_port(port):
        raise ValueError(f"{text!r}: there is no port {port}")
    return str(ipaddress.ip_address(address)), int(port)


def is_port(text: str) -> bool:
    """Whether these are the plain digits of a port, 1 to 65535."""
    return text.isascii() and text.isdecimal() and len(text) < 6 and 0 < int(text) < 65536
