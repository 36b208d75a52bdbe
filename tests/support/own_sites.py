"""Sites of a test's own inside a lab: its names and address as TOML, its answers by a handler."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from domainscan.lab.internet import Lab, serve_in_thread


class Quiet(BaseHTTPRequestHandler):
    """A handler that keeps what it was asked to itself."""

    def log_message(self, *_: Any) -> None:
        """Says nothing."""


@contextmanager
def served(
    names: tuple[str, ...], address: str, handler: type[Quiet], folder: Path, *, elsewhere: str = ""
) -> Iterator[Lab]:
    """A lab in which these names point at `address`, where `handler` answers over HTTP.

    The name `elsewhere` has this machine's own address beside it: nobody may visit it.
    """
    sites = folder / "sites"
    sites.mkdir(parents=True)
    (sites / "a.html").write_text("<h1>a</h1>", "utf-8")
    (sites / "own.toml").write_text("".join(_site(one, address, one == elsewhere) for one in names), "utf-8")
    with serve_in_thread((sites,), folder / "lab") as lab:
        server = ThreadingHTTPServer((address, lab.http_port), handler)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield lab
        finally:
            server.shutdown()
            server.server_close()
            thread.join(10)


def _site(name: str, address: str, two_faced: bool) -> str:
    addresses = f'["{address}", "127.0.0.1"]' if two_faced else f'["{address}"]'
    return f'[[site]]\nname = "{name}"\npages = {{ "/" = "a.html" }}\nrecords = {{ A = {addresses} }}\n'


def configured(program: Any, lab: Lab, address: str) -> Any:
    """The program, configured for the lab and let through to the server at `address`."""
    text = lab.config_text().replace("allow = [", f'allow = ["{address}/32", ')
    program.config.write_text(text, "utf-8")
    return program
