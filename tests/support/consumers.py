"""Real servers on loopback that load list files as their documentation says, and answer questions."""

from __future__ import annotations

import contextlib
import http.client
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import dns.exception
import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.rrset
import pytest

from domainscan.proof.engines import ENGINES, Trial
from domainscan.proof.servers import OPEN as OPEN  # noqa: PLC0414 - a word of these servers
from domainscan.proof.servers import free_ports

Loads = Sequence[tuple[str, Path]]  # (format, file), in the order in which they are to be asked
Ask = Callable[[str], str]
Command = Callable[[Path, int], list[str]]  # folder and port -> the words to start a program with
FREE = "started.free.lab"  # a name that no list of a test has


def need(program: str, package: str) -> str:
    """The path of a program. Without it the test is skipped, which in CI is a failure."""
    found = shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    if found is None:
        pytest.skip(f"install Debian package {package}")
    return found


@contextlib.contextmanager
def daemon(command: list[str], folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A server in the foreground; its words are in `folder/log`."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(5)


@contextlib.contextmanager
def running(command: Command, asks: Callable[[int], Ask]) -> Iterator[Ask]:
    """A server that answers for FREE; what it says when it does not goes into the failure."""
    said = ""
    for _ in range(3):  # somebody else may take the port before the server does
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            folder.chmod(0o755)  # some give up root and read on as somebody else
            (port,) = free_ports(1)
            with daemon(command(folder, port), folder) as process:
                ask = asks(port)
                if _starts(process, ask):
                    yield ask
                    return
                said = "".join(path.read_text("utf-8", "replace")[-3000:] for path in folder.glob("*log"))
    pytest.fail(f"no answer: {said}")


def _starts(process: subprocess.Popen[bytes], ask: Ask) -> bool:
    for _ in range(200):
        with contextlib.suppress(dns.exception.DNSException, OSError, http.client.HTTPException):
            if ask(FREE) in (OPEN, "200"):
                return True
        if process.poll() is not None:
            return False
        time.sleep(0.1)
    return False


def ask_dns(port: int) -> Ask:
    """Asks for A records: their text, `NODATA`, or the name of an error."""

    def ask(name: str) -> str:
        query = dns.message.make_query(name, "A")
        answer = dns.query.udp(query, "127.0.0.1", timeout=2, port=port, ignore_unexpected=True)
        if answer.rcode():
            return dns.rcode.to_text(answer.rcode())
        return " ".join(sorted(str(item) for rrset in answer.answer for item in rrset)) or "NODATA"

    return ask


def ask_http(port: int, through: bool = False) -> Ask:
    """Asks for the page of a host, through a proxy or at the server itself: the status, and the Link header."""

    def ask(name: str) -> str:
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
            connection.request("GET", f"http://{name}/" if through else "/", headers={"Host": name})
            answer = connection.getresponse()
            answer.read()
            return " ".join(filter(None, (str(answer.status), answer.getheader("Link") or "")))

    return ask


def _command(engine: str, upstream: int, loads: Loads) -> Command:
    """What starts an engine that loads these files as they are."""
    made = ENGINES[engine]

    def command(folder: Path, port: int) -> list[str]:
        return [need(made.program, made.package), *made.command(Trial(tuple(loads), folder, port, upstream))]

    return command


@contextlib.contextmanager
def resolver(engine: str, upstream: int, loads: Loads) -> Iterator[Ask]:
    """A running resolver that has loaded these files."""
    with running(_command(engine, upstream, loads), ask_dns) as ask:
        yield ask


@contextlib.contextmanager
def squid(page_of: int, file: Path) -> Iterator[Ask]:
    """A running Squid that denies the hosts in a file and gets all others from `page_of`."""
    command = _command("squid", page_of, [("squid", file)])
    with running(command, lambda port: ask_http(port, through=True)) as ask:
        yield ask


@contextlib.contextmanager
def nginx(file: Path) -> Iterator[Ask]:
    """A running nginx that answers blocked hosts with 451 and all others with 200."""
    with running(_command("nginx", 0, [("nginx", file)]), ask_http) as ask:
        yield ask
