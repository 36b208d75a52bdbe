"""carriers/fetch_and_verify.py where the desk lets known carriers in alone: login, certificate, and who sees them."""

from __future__ import annotations

import base64
import os
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import consumers
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from editions import publish

from blocklists.guards import Terms
from blocklists.lists import Entry, block_list
from blocklists.names import parse_name
from blocklists.signature import make_key
from domainscan.lab.authority import Authority, Wish

SCRIPT = Path(__file__).parents[1] / "carriers" / "fetch_and_verify.py"
LOGIN = "carrier-a:pass word: Ü"
BASIC = "Basic " + base64.b64encode(LOGIN.encode()).decode()


def make_certificate(file: Path, password: bytes = b"") -> Path:
    """A client's certificate that signs itself, and its key, in one file that is its owner's alone."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "carrier-a")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    how: Any = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, how)
    file.touch(mode=0o600)
    file.write_bytes(made.public_bytes(pem) + secret)
    return file


class Server:
    """A web server with TLS that notes who asks: the login, and whether a certificate was shown."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.url = folder, ""
        self.needs, self.leads = "", ""  # the login without which it answers 401; where all its answers lead
        self.seen: list[tuple[str | None, bool]] = []


@contextmanager
def serving(folder: Path, context: ssl.SSLContext) -> Iterator[Server]:
    server = Server(folder)

    class Handler(SimpleHTTPRequestHandler):
        def __init__(self, *words: Any) -> None:
            super().__init__(*words, directory=str(server.folder))

        def do_GET(self) -> None:
            said = self.headers.get("Authorization")
            server.seen.append((said, bool(self.connection.getpeercert(True))))
            if server.leads and not self.path.startswith("/there/"):
                self.send_response(302)
                self.send_header("Location", server.leads + self.path)
                self.end_headers()
            elif server.needs and said != server.needs:
                self.send_error(401)
            else:
                self.path = self.path.removeprefix("/there")
                super().do_GET()

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    listener = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listener.socket = context.wrap_socket(listener.socket, server_side=True)
    server.url = f"https://localhost:{listener.server_address[1]}"
    thread = threading.Thread(target=lambda: listener.serve_forever(0.05), daemon=True)
    thread.start()
    yield server
    listener.shutdown()
    listener.server_close()
    thread.join(2)


class Place:
    """A desk with a server of its own, another server, and a carrier that has a login and a certificate."""

    def __init__(self, folder: Path, desk: Server, other: Server, authority: Path) -> None:
        self.folder, self.desk, self.other, self._authority = folder, desk, other, authority
        self.login = folder / "login"
        self.login.touch(mode=0o600)
        self.login.write_text(f"{LOGIN}\n", "utf-8")
        self.certificate = folder / "carrier.pem"

    def fetch(self, *words: str, code: int = 0, **environment: str) -> str:
        """What the script said, which never is a part of the login."""
        command = [sys.executable, "-I", "-S", str(SCRIPT), self.desk.url, str(self.folder / "carrier")]
        done = subprocess.run(
            [*command, "--key", str(self.folder / "desk.key.pub"), *words],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            stdin=subprocess.DEVNULL,
            env=os.environ | {"SSL_CERT_FILE": str(self._authority)} | environment,
        )
        said = done.stdout + done.stderr
        assert done.returncode == code, said
        assert "Traceback" not in said
        assert not any(part in said for part in ("pass word", BASIC.split()[1])), said
        return said


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    consumers.need("minisign", "minisign")
    key, out = make_key(tmp_path / "desk.key"), tmp_path / "out"
    names = block_list([Entry(parse_name("blocked.lab.org"))])
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    publish(names, out, ["rpz"], now=now, key=key, terms=Terms())
    certificate = make_certificate(tmp_path / "carrier.pem")
    authority = Authority(tmp_path / "lab", datetime.now(UTC))

    def context() -> ssl.SSLContext:
        made = authority.context(Wish(("localhost",)))
        made.load_verify_locations(certificate)
        made.verify_mode = ssl.CERT_OPTIONAL
        return made

    with serving(out, context()) as desk, serving(out, context()) as other:
        yield Place(tmp_path, desk, other, authority.pem)


@pytest.mark.parametrize("way", ["file", "variable"])
def test_a_login_comes_from_a_file_or_from_the_environment(way: str, place: Place) -> None:
    place.desk.needs = BASIC
    said = place.fetch(code=1)
    assert "HTTP Error 401" in said
    assert "see --login and --certificate" in said, "the control: without it nobody is let in"
    if way == "file":
        place.fetch("--login", str(place.login))
    else:
        place.fetch(FETCH_LOGIN=LOGIN)
    assert (place.folder / "carrier" / "current" / "blocklist.rpz").exists()


def test_a_certificate_is_shown(place: Place) -> None:
    place.fetch()
    assert {shown for _, shown in place.desk.seen} == {False}, "the control"
    place.desk.seen.clear()
    place.fetch("--certificate", str(place.certificate))
    assert {shown for _, shown in place.desk.seen} == {True}


def test_no_other_server_sees_what_lets_the_carrier_in(place: Place) -> None:
    """A redirect may lead to a cache that is not the desk's; the list there is signed, and welcome."""
    place.desk.leads = place.other.url
    place.fetch("--login", str(place.login), "--certificate", str(place.certificate))
    assert set(place.desk.seen) == {(BASIC, True)}
    assert set(place.other.seen) == {(None, False)}


def test_a_redirect_within_the_desks_server_keeps_them(place: Place) -> None:
    place.desk.needs, place.desk.leads = BASIC, "/there"
    place.fetch("--login", str(place.login), "--certificate", str(place.certificate))
    assert set(place.desk.seen) == {(BASIC, True)}


def test_no_program_that_is_started_inherits_the_login(place: Place) -> None:
    heard = place.folder / "heard"
    place.fetch("--reload", f"env > {heard}", FETCH_LOGIN=LOGIN)
    assert "PATH=" in heard.read_text()
    assert "FETCH_LOGIN" not in heard.read_text()


def readable(place: Place) -> list[str]:
    place.login.chmod(0o644)
    return ["--login", str(place.login)]


def missing(place: Place) -> list[str]:
    place.login.unlink()
    return ["--login", str(place.login)]


def no_colon(place: Place) -> list[str]:
    place.login.write_text("pass word")
    return ["--login", str(place.login)]


def two_lines(place: Place) -> list[str]:
    place.login.write_text("carrier-a:pass word\ncarrier-b:pass word\n")
    return ["--login", str(place.login)]


def no_text(place: Place) -> list[str]:
    place.login.write_bytes(b"carrier-a:\xff\xfe")
    return ["--login", str(place.login)]


def over_http(place: Place) -> list[str]:
    place.desk.url = place.desk.url.replace("https:", "http:")
    return ["--login", str(place.login)]


def no_key(place: Place) -> list[str]:
    place.certificate.write_text("pass word")
    return ["--certificate", str(place.certificate)]


def locked_key(place: Place) -> list[str]:
    make_certificate(place.certificate, b"pass word")
    return ["--certificate", str(place.certificate)]


def readable_key(place: Place) -> list[str]:
    place.certificate.chmod(0o604)
    return ["--certificate", str(place.certificate)]


WRONG: list[tuple[Callable[[Place], list[str]], str]] = [
    (readable, "--login {login}: everybody on this machine can read it: chmod 600 {login}"),
    (missing, "{login}: No such file or directory"),
    (no_colon, "--login {login}: one line NAME:PASSWORD is wanted"),
    (two_lines, "--login {login}: one line NAME:PASSWORD is wanted"),
    (no_text, "--login {login}: one line NAME:PASSWORD is wanted"),
    (over_http, "everybody on the way could read the login: https:// is wanted"),
    (no_key, "--certificate {certificate}: a certificate and its key are wanted"),
    (
        locked_key,
        "--certificate {certificate}: a certificate and its key are wanted, as PEM, the key without",
    ),
    (readable_key, "--certificate {certificate}: everybody on this machine can read it"),
]


@pytest.mark.parametrize(("spoil", "words"), WRONG, ids=[spoil.__name__ for spoil, _ in WRONG])
def test_a_login_that_cannot_be_used_is_told_and_nobody_is_asked(
    spoil: Callable[[Place], list[str]], words: str, place: Place
) -> None:
    said = place.fetch(*spoil(place), code=1)
    assert words.format(login=place.login, certificate=place.certificate) in said
    assert place.desk.seen == []
