"""Loopback servers from Debian that both sides of a benchmark talk to: nsd for DNS, nginx for HTTP and HTTPS.

They live on addresses of their own (127.77.9.x), never on 127.0.0.1: the gate lets exactly these through.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

DNS: Final = "127.77.9.53"
WEB: Final = "127.77.9.1"
ZONE: Final = """$ORIGIN bench.
$TTL 3600
@ SOA ns.bench. host.bench. 1 3600 600 86400 300
@ NS ns.bench.
ns A {dns}
*.bench. A {web}
*.bench. MX 10 mx.bench.
*.bench. TXT "v=spf1 -all"
"""
NSD: Final = """server:
  ip-address: {dns}@{port}
  server-count: 1
  username: ""
  chroot: ""
  zonesdir: "{folder}"
  database: ""
  pidfile: "{folder}/nsd.pid"
  xfrdfile: "{folder}/xfrd.state"
  zonelistfile: "{folder}/zone.list"
  logfile: "{folder}/nsd.log"
  rrl-ratelimit: 0
remote-control:
  control-enable: no
zone:
  name: "bench."
  zonefile: "bench.zone"
zone:
  name: "gone."
  zonefile: "gone.zone"
"""
GONE: Final = """$ORIGIN gone.
$TTL 3600
@ SOA ns.bench. host.bench. 1 3600 600 86400 300
@ NS ns.bench.
"""
NGINX: Final = """worker_processes 1;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log;
events {{ worker_connections 8192; }}
http {{
  access_log off; sendfile on; default_type text/html;
  client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
  uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
  server {{
    listen {web}:{http} backlog=8192;
    listen {web}:{https} ssl backlog=8192;
    ssl_certificate cert.pem; ssl_certificate_key key.pem;
    root {folder}/pages;
    # the last two digits of a name choose its page, so no two neighbours are alike
    set $page 00;
    if ($host ~ "(\\d\\d)\\.bench$") {{ set $page $1; }}
    location / {{ try_files /$page.html =404; }}
  }}
}}
"""


class Servers(NamedTuple):
    """Where the servers listen, and a configuration of domainscan for them."""

    folder: Path
    dns_port: int
    http_port: int
    https_port: int

    @property
    def resolver(self) -> str:
        return f"{DNS}:{self.dns_port}"

    def config(self, **more: object) -> str:
        """Registration, pacing and robots are off, by the overrides that name these addresses."""
        lines = {
            "resolvers": f'["{self.resolver}"]',
            "allow": f'["{WEB}/32"]',
            "unpaced": f'["{WEB}/32"]',
            "port_map": f'{{ "80" = {self.http_port}, "443" = {self.https_port} }}',
            "registration": "false",
        } | {key: str(value) for key, value in more.items()}
        body = "".join(f"{key} = {value}\n" for key, value in lines.items())
        return f'[net]\n{body}\n[names]\nsuffixes = ["bench", "gone"]\n'


@contextmanager
def serving(folder: Path, pages: list[bytes]) -> Iterator[Servers]:
    """nsd and nginx on loopback until the block ends. `pages` (up to 100) are served in turn."""
    for program in ("nsd", "nginx", "openssl"):
        if not _find(program):
            raise SystemExit(f"{program} is needed: apt-get install nsd nginx-light openssl")
    ports = [free_port(DNS), free_port(WEB), free_port(WEB)]
    servers = Servers(folder, *ports)
    (folder / "pages").mkdir()
    for number in range(100):
        (folder / "pages" / f"{number:02d}.html").write_bytes(pages[number % len(pages)])
    (folder / "bench.zone").write_text(ZONE.format(dns=DNS, web=WEB))
    (folder / "gone.zone").write_text(GONE)
    (folder / "nsd.conf").write_text(NSD.format(dns=DNS, port=servers.dns_port, folder=folder))
    words = {"folder": folder, "web": WEB, "http": servers.http_port, "https": servers.https_port}
    (folder / "nginx.conf").write_text(NGINX.format(**words))
    for inside in (folder, folder / "pages"):
        inside.chmod(0o755)
    _certificate(folder)
    started = [
        subprocess.Popen([_find("nsd"), "-d", "-c", str(folder / "nsd.conf")], stderr=subprocess.DEVNULL),
        subprocess.Popen([_find("nginx"), "-c", str(folder / "nginx.conf"), "-p", str(folder)]),
    ]
    try:
        wait_for(DNS, servers.dns_port)
        wait_for(WEB, servers.http_port)
        yield servers
    finally:
        for one in started:
            one.terminate()
            one.wait()


@contextmanager
def modules(*commands: Sequence[str]) -> Iterator[None]:
    """Servers of this package, as `python -m` names them, until the block ends; each says a line once it listens."""
    started = [subprocess.Popen([sys.executable, "-m", *one], stdout=subprocess.PIPE) for one in commands]
    try:
        for one in started:
            assert one.stdout
            one.stdout.readline()
        yield
    finally:
        for one in started:
            one.terminate()
            one.wait()


def _find(program: str) -> str:
    return shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin") or ""


def _certificate(folder: Path) -> None:
    """A self-signed ECDSA certificate, as most small sites have by now."""
    words = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj /CN=bench"
    names = ["-addext", "subjectAltName=DNS:*.bench"]
    files = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")]
    subprocess.run([_find("openssl"), *words.split(), *names, *files], check=True, stderr=subprocess.DEVNULL)


def free_port(address: str) -> int:
    with socket.socket() as probe:
        probe.bind((address, 0))
        return int(probe.getsockname()[1])


def wait_for(address: str, port: int) -> None:
    end = time.monotonic() + 10
    while time.monotonic() < end:
        with socket.socket() as probe:
            if probe.connect_ex((address, port)) == 0:
                return
        time.sleep(0.05)
    raise SystemExit(f"no server at {address}:{port}")
