"""The programs that list files are for, each with a configuration that loads files and listens on loopback."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_FOLDERS: Final = "/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin:/sbin:/bin"
_EMPTY: Final = "@ 300 IN SOA localhost. root.localhost. 1 3600 900 86400 300\n@ 300 IN NS localhost.\n"
_ZONE_FILE: Final = re.compile(r'file "[A-Za-z0-9_./-]+"; \};$', re.MULTILINE)
_SINKHOLE: Final = re.compile(r"=[0-9a-f:.\[\]]+$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Trial:
    """Files for one program: where it may write, where it listens, and whom it asks."""

    loads: tuple[tuple[str, Path], ...]  # (format, file), in the order in which they are to be asked
    folder: Path
    port: int
    upstream: int  # a port of 127.0.0.1 that answers every name; for Squid, a web server
    denier: int = 0  # a port of 127.0.0.1 that denies every name; 0: what the files name themselves is used

    def of(self, *formats: str) -> list[Path]:
        """The files of these formats."""
        return [path for name, path in self.loads if name in formats]

    @property
    def zones(self) -> list[tuple[str, Path]]:
        """The policy zones, each with a name."""
        found = [path for name, path in self.loads if name.startswith("rpz")]
        return [(f"proof{at}.rpz", path) for at, path in enumerate(found)]

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text, "utf-8")
        return path


@dataclass(frozen=True, slots=True)
class Engine:
    """A program: its Debian package, how it is asked ("dns", "proxy", "web"), and its command line but for the path."""

    program: str
    package: str
    asked: str
    command: Callable[[Trial], list[str]]

    def find(self) -> str | None:
        """The path of the program; None where it is not installed."""
        return shutil.which(self.program) or shutil.which(self.program, path=_FOLDERS)


def _bind(trial: Trial) -> list[str]:
    zones = trial.zones
    order = " ".join(f'zone "{name}";' for name, _ in zones)
    policy = f"response-policy {{ {order} }} qname-wait-recurse no;" if zones else ""
    body = "".join(
        f'zone "{name}" {{ type primary; file "{path}"; allow-query {{ none; }}; }};\n'
        for name, path in zones
    )
    for path in trial.of("bind"):
        body += _zone_list(trial, path) if trial.denier else f'include "{path}";\n'
    conf = trial.write(
        "named.conf",
        f"""
options {{
  directory "{trial.folder}"; pid-file "{trial.folder}/pid"; session-keyfile "{trial.folder}/session.key";
  listen-on port {trial.port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }}; lock-file none;
  forwarders {{ 127.0.0.1 port {trial.upstream}; }}; forward only; recursion yes; allow-query {{ any; }};
  dnssec-validation no; empty-zones-enable no; max-cache-size 16m;
  {policy}
}};
controls {{ }};
{body}
""",
    )
    return ["-g", "-n", "1", "-4", "-c", str(conf)]


def _zone_list(trial: Trial, path: Path) -> str:
    """The list with a zone file of ours in place of the recipient's own, which all zones share."""
    empty = trial.write("db.empty", _EMPTY)
    return _ZONE_FILE.sub(f'file "{empty}"; }};', path.read_text("utf-8"))


def _unbound(trial: Trial) -> list[str]:
    zones = trial.zones
    loads = "".join(f'rpz:\n  name: {name}\n  zonefile: "{path}"\n' for name, path in zones)
    loads += "".join(f'include: "{path}"\n' for path in trial.of("unbound"))
    conf = trial.write(
        "unbound.conf",
        f"""
server:
  interface: 127.0.0.1@{trial.port}
  port: {trial.port}
  do-daemonize: no
  do-not-query-localhost: no
  username: ""
  chroot: ""
  directory: "{trial.folder}"
  pidfile: ""
  use-syslog: no
  num-threads: 1
  module-config: "{"respip iterator" if zones else "iterator"}"
remote-control:
  control-enable: no
forward-zone:
  name: "."
  forward-addr: 127.0.0.1@{trial.upstream}
{loads}""",
    )
    return ["-d", "-p", "-c", str(conf)]


def _recursor(trial: Trial) -> list[str]:
    policies = "".join(f'rpzFile("{path}", {{policyName="{name}"}})\n' for name, path in trial.zones)
    more = [f"lua-dns-script={path}" for path in trial.of("powerdns")]
    more += [f"forward-zones-file={_forwards(trial, path)}" for path in trial.of("powerdns-forward")]
    lua, lines = trial.write("policies.lua", policies), "\n".join(more)
    trial.write(
        "recursor.conf",
        f"""
local-address=127.0.0.1
local-port={trial.port}
socket-dir={trial.folder}
daemon=no
disable-syslog=yes
threads=1
dnssec=off
dont-query=
security-poll-suffix=
forward-zones-recurse=.=127.0.0.1:{trial.upstream}
lua-config-file={lua}
{lines}
""",
    )
    return [f"--config-dir={trial.folder}"]


def _forwards(trial: Trial, path: Path) -> Path:
    """The list with a server of ours in place of the recipient's own, which denies every name."""
    if not trial.denier:
        return path
    text = _SINKHOLE.sub(f"=127.0.0.1:{trial.denier}", path.read_text("utf-8"))
    return trial.write("forward.conf", text)


def _kresd(trial: Trial) -> list[str]:
    loads = "\n".join(
        f"policy.add(policy.rpz(policy.DENY, '{path}'))" if name.startswith("rpz") else f"dofile('{path}')"
        for name, path in trial.loads
    )
    conf = trial.write(
        "kresd.conf",
        f"""
net.listen('127.0.0.1', {trial.port}, {{ kind = 'dns' }})
cache.size = 10 * MB
trust_anchors.remove('.')
modules = {{ 'policy' }}
local stub = policy.STUB('127.0.0.1@{trial.upstream}')
policy.add(policy.all(function (state, request) stub(state, request) end))
{loads}
""",
    )
    return ["-n", "-c", str(conf), str(trial.folder)]


def _dnsmasq(trial: Trial) -> list[str]:
    keys = {"dnsmasq": "conf-file", "hosts": "addn-hosts"}
    return [
        *("--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts", "--bind-interfaces"),
        *("--listen-address=127.0.0.1", f"--port={trial.port}", f"--server=127.0.0.1#{trial.upstream}"),
        *("--user=", "--group=", "--log-facility=-", f"--pid-file={trial.folder}/pid"),
        *(f"--{keys[name]}={path}" for name, path in trial.loads),
    ]


def _squid(trial: Trial) -> list[str]:
    (path,) = trial.of("squid")
    trial.folder.chmod(0o777)  # Squid gives up root, if it has it, and writes its log then
    conf = trial.write(
        "squid.conf",
        f"""
http_port 127.0.0.1:{trial.port}
acl blocked dstdomain "{path}"
deny_info 451:ERR_ACCESS_DENIED blocked
http_access deny blocked
http_access allow all
cache_peer 127.0.0.1 parent {trial.upstream} 0 no-query no-digest originserver
never_direct allow all
cache deny all
pid_filename {trial.folder}/pid
cache_log {trial.folder}/cache.log
access_log none
coredump_dir {trial.folder}
pinger_enable off
shutdown_lifetime 0 seconds
max_filedescriptors 1024
visible_hostname proof.invalid
""",
    )
    return ["-N", "-n", f"proof{trial.port}", "-f", str(conf)]


def _nginx(trial: Trial) -> list[str]:
    (path,) = trial.of("nginx")
    places = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    conf = trial.write(
        "nginx.conf",
        f"""
daemon off;
master_process off;
pid {trial.folder}/pid;
error_log stderr;
events {{ worker_connections 64; }}
http {{
  access_log off;
  {" ".join(f"{one}_temp_path {trial.folder}/{one};" for one in places)}
  map_hash_bucket_size 512;
  map_hash_max_size 4000000;
  include {path};
  server {{
    listen 127.0.0.1:{trial.port} default_server;
    add_header Link $blocked_by always;
    if ($blocked) {{ return 451; }}
    return 200 "open";
  }}
}}
""",
    )
    return ["-p", str(trial.folder), "-c", str(conf)]


ENGINES: Final[dict[str, Engine]] = {
    "bind": Engine("named", "bind9", "dns", _bind),
    "unbound": Engine("unbound", "unbound", "dns", _unbound),
    "recursor": Engine("pdns_recursor", "pdns-recursor", "dns", _recursor),
    "kresd": Engine("kresd", "knot-resolver", "dns", _kresd),
    "dnsmasq": Engine("dnsmasq", "dnsmasq-base", "dns", _dnsmasq),
    "squid": Engine("squid", "squid", "proxy", _squid),
    "nginx": Engine("nginx", "nginx-light", "web", _nginx),
}
_ZONES: Final = ("bind", "unbound", "recursor", "kresd")

# Format -> the programs it is for. Formats that are not here have none: they are read back, and no more.
PROGRAMS: Final[dict[str, tuple[str, ...]]] = {
    "rpz": _ZONES,
    "rpz-nodata": _ZONES,
    "rpz-garden": _ZONES,
    "rpz-passthru": _ZONES,
    "hosts": ("dnsmasq",),
    "unbound": ("unbound",),
    "dnsmasq": ("dnsmasq",),
    "bind": ("bind",),
    "powerdns": ("recursor",),
    "powerdns-forward": ("recursor",),
    "knot": ("kresd",),
    "squid": ("squid",),
    "nginx": ("nginx",),
}


def installed() -> dict[str, str]:
    """Engine -> the path of its program, for those that are installed here."""
    found = {name: engine.find() for name, engine in ENGINES.items()}
    return {name: path for name, path in found.items() if path}
