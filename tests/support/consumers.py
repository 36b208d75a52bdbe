"""Real servers on loopback that load list files as their documentation says, and answer questions."""

from __future__ import annotations

import contextlib
import http.client
import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import dns.exception
import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.rrset
import pytest

OPEN = "192.0.2.7"  # the address of every name that nobody blocks
Loads = Sequence[tuple[str, Path]]  # (format, file), in the order in which they are to be asked
Ask = Callable[[str], str]


def need(program: str, package: str) -> str:
    """The path of a program. Without it the test fails in CI, and is skipped elsewhere."""
    found = shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    if found is None:
        message = f"install Debian package {package}"
        pytest.fail(message) if os.environ.get("CI") == "true" else pytest.skip(message)
    return found


def free_port() -> int:
    """A port of 127.0.0.1 that nobody has just now, for UDP and TCP."""
    with closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


@contextlib.contextmanager
def nameserver(denies: bool = False) -> Iterator[int]:
    """The port of a server that answers every name with OPEN, or denies every name."""
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
                answer.flags |= dns.flags.AA
                question = query.question[0]
                if denies:
                    answer.set_rcode(dns.rcode.NXDOMAIN)
                    soa = "localhost. root.localhost. 1 3600 900 2592000 300"
                    answer.authority.append(dns.rrset.from_text(question.name, 300, "IN", "SOA", soa))
                elif question.rdtype == 1:
                    answer.answer.append(dns.rrset.from_text(question.name, 60, "IN", "A", OPEN))
                sock.sendto(answer.to_wire(), peer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield sock.getsockname()[1]
        stop.set()
        thread.join(2)


@contextlib.contextmanager
def running(
    command: Callable[[Path, int], list[str]], asks: Callable[[int], Ask], open_name: str
) -> Iterator[Ask]:
    """A server that answers for `open_name`; what it says when it does not goes into the failure."""
    said = ""
    for _ in range(3):  # somebody else may take the port before the server does
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            folder.chmod(0o755)  # some give up root and read on as somebody else
            port = free_port()
            with (folder / "log").open("wb") as log:
                process = subprocess.Popen(
                    command(folder, port), stdout=log, stderr=subprocess.STDOUT, cwd=folder
                )
            try:
                ask = asks(port)
                if _starts(process, ask, open_name):
                    yield ask
                    return
                said = "".join(path.read_text("utf-8", "replace")[-3000:] for path in folder.glob("*log"))
            finally:
                process.terminate()
                try:
                    process.wait(5)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait(5)
    pytest.fail(f"no answer: {said}")


def _starts(process: subprocess.Popen[bytes], ask: Ask, open_name: str) -> bool:
    for _ in range(200):
        with contextlib.suppress(dns.exception.DNSException, OSError, http.client.HTTPException):
            if ask(open_name) in (OPEN, "200"):
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


@contextlib.contextmanager
def origin() -> Iterator[int]:
    """The port of a web server that has a page for every host."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "4")
            self.end_headers()
            self.wfile.write(b"open")

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()
    thread.join(2)


def bind(folder: Path, port: int, upstream: int, loads: Loads) -> list[str]:
    """named with response policies in their order, and with lists of zones."""
    zones = [(f"rpz{at}.lab", path) for at, (name, path) in enumerate(loads) if name.startswith("rpz")]
    policy = " ".join(f'zone "{name}";' for name, _ in zones)
    body = "".join(
        f'zone "{name}" {{ type primary; file "{path}"; allow-query {{ none; }}; }};\n'
        for name, path in zones
    )
    body += "".join(f'include "{path}";\n' for name, path in loads if name == "bind")
    (folder / "named.conf").write_text(f"""
options {{
  directory "{folder}"; pid-file "{folder}/pid"; session-keyfile "{folder}/session.key";
  listen-on port {port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }};
  forwarders {{ 127.0.0.1 port {upstream}; }}; forward only; recursion yes; allow-query {{ any; }};
  dnssec-validation no; empty-zones-enable no;
  {f"response-policy {{ {policy} }} qname-wait-recurse no;" if zones else ""}
}};
controls {{ }};
{body}""")
    return [need("named", "bind9"), "-g", "-n", "1", "-c", str(folder / "named.conf")]


def unbound(folder: Path, port: int, upstream: int, loads: Loads) -> list[str]:
    """Unbound with response policy zones in their order, and with local zones."""
    conf = folder / "unbound.conf"
    zones = [path for name, path in loads if name.startswith("rpz")]
    conf.write_text(
        f"""
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
  module-config: "{"respip iterator" if zones else "iterator"}"
remote-control:
  control-enable: no
forward-zone:
  name: "."
  forward-addr: 127.0.0.1@{upstream}
"""
        + "".join(f'rpz:\n  name: rpz{at}.lab\n  zonefile: "{path}"\n' for at, path in enumerate(zones))
        + "".join(f'include: "{path}"\n' for name, path in loads if name == "unbound")
    )
    checker = need("unbound-checkconf", "unbound")
    subprocess.run([checker, str(conf)], check=True, timeout=20, capture_output=True)
    return [need("unbound", "unbound"), "-d", "-c", str(conf)]


def recursor(folder: Path, port: int, upstream: int, loads: Loads) -> list[str]:
    """PowerDNS Recursor with response policy zones in their order, a Lua script, forward zones."""
    zones = [(at, path) for at, (name, path) in enumerate(loads) if name.startswith("rpz")]
    (folder / "policies.lua").write_text(
        "".join(f'rpzFile("{path}", {{policyName="rpz{at}.lab"}})\n' for at, path in zones)
    )
    more = "".join(f"lua-dns-script={path}\n" for name, path in loads if name == "powerdns")
    more += "".join(f"forward-zones-file={path}\n" for name, path in loads if name == "powerdns-forward")
    (folder / "recursor.conf").write_text(f"""
local-address=127.0.0.1
local-port={port}
socket-dir={folder}
daemon=no
disable-syslog=yes
threads=1
dnssec=off
dont-query=
security-poll-suffix=
forward-zones-recurse=.=127.0.0.1:{upstream}
lua-config-file={folder}/policies.lua
{more}""")
    return [need("pdns_recursor", "pdns-recursor"), f"--config-dir={folder}"]


def kresd(folder: Path, port: int, upstream: int, loads: Loads) -> list[str]:
    """Knot Resolver 5 with response policy zones in their order, and with policies of its own language."""
    lines = [
        f"policy.add(policy.rpz(policy.DENY, '{path}'))" if name.startswith("rpz") else f"dofile('{path}')"
        for name, path in loads
    ]
    (folder / "kresd.conf").write_text(
        "\n".join(
            (
                f"net.listen('127.0.0.1', {port}, {{ kind = 'dns' }})",
                "cache.size = 10 * MB",
                "trust_anchors.remove('.')",
                "modules = { 'policy' }",
                # Where to ask, and on to the next policy: a name that passes ends the chain.
                f"local stub = policy.STUB('127.0.0.1@{upstream}')",
                "policy.add(policy.all(function (state, request) stub(state, request) end))",
                *lines,
                "",
            )
        )
    )
    return [need("kresd", "knot-resolver"), "-n", "-c", str(folder / "kresd.conf"), str(folder)]


def dnsmasq(folder: Path, port: int, upstream: int, loads: Loads) -> list[str]:
    """dnsmasq with configuration files and hosts files."""
    keys = {"dnsmasq": "conf-file", "hosts": "addn-hosts"}
    return [
        need("dnsmasq", "dnsmasq-base"),
        *("--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts", "--bind-interfaces"),
        *("--listen-address=127.0.0.1", f"--port={port}", f"--server=127.0.0.1#{upstream}", "--user=root"),
        *("--log-facility=-", f"--pid-file={folder}/pid"),
        *(f"--{keys[name]}={path}" for name, path in loads),
    ]


RESOLVERS = {"bind": bind, "unbound": unbound, "recursor": recursor, "kresd": kresd, "dnsmasq": dnsmasq}


@contextlib.contextmanager
def resolver(engine: str, upstream: int, loads: Loads) -> Iterator[Ask]:
    """A running resolver that has loaded these files."""
    with running(
        lambda folder, port: RESOLVERS[engine](folder, port, upstream, loads), ask_dns, "started.free.lab"
    ) as ask:
        yield ask


@contextlib.contextmanager
def squid(page_of: int, file: Path) -> Iterator[Ask]:
    """A running Squid that denies the hosts in a file and gets all others from `page_of`."""

    def command(folder: Path, port: int) -> list[str]:
        folder.chmod(0o777)
        (folder / "squid.conf").write_text(f"""
http_port 127.0.0.1:{port}
acl blocked dstdomain "{file}"
deny_info 451:ERR_ACCESS_DENIED blocked
http_access deny blocked
http_access allow all
cache_peer 127.0.0.1 parent {page_of} 0 no-query no-digest originserver
never_direct allow all
cache deny all
pid_filename {folder}/pid
cache_log {folder}/cache.log
access_log none
coredump_dir {folder}
pinger_enable off
shutdown_lifetime 0 seconds
max_filedescriptors 1024
visible_hostname squid.lab
""")
        return [need("squid", "squid"), "-N", "-n", f"test{port}", "-f", str(folder / "squid.conf")]

    with running(command, lambda port: ask_http(port, through=True), "started.free.lab") as ask:
        yield ask


@contextlib.contextmanager
def nginx(file: Path) -> Iterator[Ask]:
    """A running nginx that answers blocked hosts with 451 and all others with 200."""

    def command(folder: Path, port: int) -> list[str]:
        paths = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        (folder / "nginx.conf").write_text(f"""
daemon off;
master_process off;
pid {folder}/pid;
error_log stderr;
events {{ worker_connections 64; }}
http {{
  access_log off;
  {" ".join(f"{one}_temp_path {folder}/{one};" for one in paths)}
  map_hash_bucket_size 512;
  map_hash_max_size 100000;
  include {file};
  server {{
    listen 127.0.0.1:{port} default_server;
    add_header Link $blocked_by always;
    if ($blocked) {{ return 451; }}
    return 200 "open";
  }}
}}
""")
        return [need("nginx", "nginx-light"), "-p", str(folder), "-c", str(folder / "nginx.conf")]

    with running(command, ask_http, "started.free.lab") as ask:
        yield ask
