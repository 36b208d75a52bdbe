"""Shared by the tests of blocklists: keys, never-lists, and real resolvers on loopback."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.rrset
import pytest

from blocklists.formats import Settings
from blocklists.lists import BlockList, Entry, Reach, block_list
from blocklists.names import parse_name
from blocklists.protect import Protected, load_protected
from blocklists.signature import Key, make_key
from blocklists.suffixes import load_suffixes

NOW = "2026-11-23T14:00:00Z"


@pytest.fixture
def now() -> str:
    return NOW


@pytest.fixture
def settings() -> Settings:
    return Settings(
        2026112301,
        NOW,
        "2026-11-30T14:00:00Z",
        garden=("203.0.113.80",),
        blocked_by="https://desk.lab.org/why",
        sinkhole="127.0.0.1:5300",
    )


@pytest.fixture(scope="session")
def protected() -> Protected:
    return load_protected(["appeal.desk-of-the-lab.org"], load_suffixes(["pages.lab"]), NOW, 400)


@pytest.fixture
def key(tmp_path: Path) -> Key:
    return make_key(tmp_path / "publisher.key")


@pytest.fixture(scope="session")
def entries() -> Callable[..., BlockList]:
    """`entries("a.example", "host:b.example")` as a BlockList; SUBTREE where no reach is named."""

    def make(*words: str) -> BlockList:
        pairs = (word.split(":") if ":" in word else ("subtree", word) for word in words)
        return block_list(Entry(parse_name(name), Reach(reach)) for reach, name in pairs)

    return make


def _need(program: str, package: str) -> str:
    found = shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    if found is None:
        message = f"install Debian package {package}"
        pytest.fail(message) if os.environ.get("CI") == "true" else pytest.skip(message)
    return found


@pytest.fixture(scope="session")
def checkzone() -> Callable[[Path], subprocess.CompletedProcess[str]]:
    """named-checkzone on a zone file."""
    program = _need("named-checkzone", "bind9-utils")

    def run(path: Path) -> subprocess.CompletedProcess[str]:
        command = [program, "rpz.lab", str(path)]
        return subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)

    return run


@pytest.fixture(scope="session")
def upstream() -> Iterator[int]:
    """The port of a server on 127.0.0.1 that answers every name with 192.0.2.7."""
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.settimeout(0.2)
        stop = threading.Event()

        def serve() -> None:
            while not stop.is_set():
                try:
                    data, peer = sock.recvfrom(4096)
                except TimeoutError:
                    continue
                query = dns.message.from_wire(data)
                answer = dns.message.make_response(query, recursion_available=True)
                question = query.question[0]
                if question.rdtype == 1:
                    answer.answer.append(dns.rrset.from_text(question.name, 60, "IN", "A", "192.0.2.7"))
                sock.sendto(answer.to_wire(), peer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield sock.getsockname()[1]
        stop.set()
        thread.join(2)


@pytest.fixture(params=["bind", "unbound"])
def resolver(
    request: pytest.FixtureRequest, tmp_path: Path, upstream: int
) -> Iterator[Callable[[Path], Callable[[str], str]]]:
    """Starts a real resolver with a zone file; what it returns asks it for a name and gives the answer in
    a word.
    """
    engine: str = request.param
    started: list[subprocess.Popen[bytes]] = []

    def start(zone: Path) -> Callable[[str], str]:
        for _ in range(3):  # somebody else may take the port before the resolver does
            ask = attempt(zone, _free_port())
            if ask:
                return ask
        pytest.fail(f"{engine} does not answer: {(tmp_path / 'log').read_text('utf-8', 'replace')[-2000:]}")

    def attempt(zone: Path, port: int) -> Callable[[str], str] | None:
        folder = tmp_path / f"{engine}-{port}"
        folder.mkdir()
        command = (_bind if engine == "bind" else _unbound)(folder, zone, port, upstream)
        log = (tmp_path / "log").open("wb")
        started.append(subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, cwd=folder))
        log.close()

        def ask(name: str, timeout: float = 5) -> str:
            query = dns.message.make_query(name, "A")
            answer = dns.query.udp(query, "127.0.0.1", timeout=timeout, port=port, ignore_unexpected=True)
            if answer.rcode():
                return dns.rcode.to_text(answer.rcode())
            return " ".join(sorted(str(item) for rrset in answer.answer for item in rrset)) or "NODATA"

        for _ in range(100):
            try:
                if ask("started.free.lab", 0.2) == "192.0.2.7":
                    return ask
            except (dns.exception.DNSException, OSError):
                pass
            if started[-1].poll() is not None:
                break
            time.sleep(0.1)
        return None

    yield start
    for process in started:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(5)


def _free_port() -> int:
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


def _bind(folder: Path, zone: Path, port: int, upstream: int) -> list[str]:
    (folder / "named.conf").write_text(f"""
options {{
  directory "{folder}"; pid-file "{folder}/pid"; session-keyfile "{folder}/session.key";
  listen-on port {port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }};
  forwarders {{ 127.0.0.1 port {upstream}; }}; forward only; recursion yes; allow-query {{ any; }};
  dnssec-validation no; empty-zones-enable no;
  response-policy {{ zone "rpz.lab"; }} qname-wait-recurse no;
}};
controls {{ }};
zone "rpz.lab" {{ type primary; file "{zone}"; allow-query {{ none; }}; }};
""")
    return [_need("named", "bind9"), "-g", "-n", "1", "-c", str(folder / "named.conf")]


def _unbound(folder: Path, zone: Path, port: int, upstream: int) -> list[str]:
    conf = folder / "unbound.conf"
    conf.write_text(f"""
server:
  interface: 127.0.0.1@{port}
  port: {port}
  do-daemonize: no
  do-not-query-localhost: no
  username: ""
  chroot: ""
  directory: "{folder}"
  pidfile: ""
  use-syslog: no
  num-threads: 1
  module-config: "respip iterator"
remote-control:
  control-enable: no
rpz:
  name: rpz.lab
  zonefile: "{zone}"
forward-zone:
  name: "."
  forward-addr: 127.0.0.1@{upstream}
""")
    checker = _need("unbound-checkconf", "unbound")
    subprocess.run([checker, str(conf)], check=True, timeout=20, capture_output=True)
    return [_need("unbound", "unbound"), "-d", "-c", str(conf)]
