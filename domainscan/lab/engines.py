"""Engines: the programs a carrier of the lab can be made of, their configuration and their life."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from blocklists.formats import BadList
from domainscan.lab.filtering import serve_filtering
from domainscan.lab.thread import in_thread

PACKAGES: Final = {"unbound": "unbound", "bind": "bind9"}
_PROGRAMS: Final = {"unbound": "unbound", "bind": "named"}
_SYSTEM_FOLDERS: Final = "/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin"
_STOP_SECONDS: Final = 5.0

_UNBOUND: Final = """\
server:
  directory: "{folder}"
  chroot: ""
  username: ""
  pidfile: ""
  use-syslog: no
  logfile: ""
  do-daemonize: no
  num-threads: 1
  interface: {address}@{port}
  access-control: 127.0.0.0/8 allow
  do-ip6: no
  do-not-query-localhost: no
  module-config: "respip validator iterator"
  domain-insecure: "."
  qname-minimisation: no
remote-control:
  control-enable: no
rpz:
  name: "{origin}"
  zonefile: "{zone}"
forward-zone:
  name: "."
  forward-addr: {upstream}@{upstream_port}
"""

# qname-wait-recurse no: a listed name is denied although its own servers are dead.
_BIND: Final = """\
options {{
  directory "{folder}";
  pid-file "{folder}/named.pid";
  session-keyfile "{folder}/session.key";
  lock-file none;
  listen-on port {port} {{ {address}; }};
  listen-on-v6 {{ none; }};
  forwarders {{ {upstream} port {upstream_port}; }};
  forward only;
  recursion yes;
  allow-query {{ 127.0.0.0/8; }};
  allow-recursion {{ 127.0.0.0/8; }};
  dnssec-validation no;
  empty-zones-enable no;
  max-cache-size 16m;
  response-policy {{ zone "{origin}"; }} qname-wait-recurse no;
}};
controls {{ }};
zone "{origin}" {{ type primary; file "{zone}"; }};
"""


class EngineMissing(Exception):
    """Raised when an engine's program is not installed; the message names the Debian package."""

    def __init__(self, engine: str) -> None:
        super().__init__(f"{_PROGRAMS[engine]} is not installed: install Debian package {PACKAGES[engine]}")
        self.engine = engine


class CarrierFailed(Exception):
    """Raised when a carrier does not start, or does not load its zone; the message ends with its log."""

    def __init__(self, engine: str, reason: str, log: str = "") -> None:
        super().__init__(f"{engine}: {reason}\n{log}".rstrip())
        self.engine, self.reason = engine, reason


@dataclass(frozen=True, slots=True)
class Plan:
    """Where a carrier listens, whom it asks, and where its zone stands."""

    engine: str
    address: str
    port: int
    forward: str  # "address:port"
    origin: str
    folder: Path

    @property
    def zone(self) -> Path:
        return self.folder / "rpz.zone"

    def fill(self, template: str) -> str:
        upstream, _, upstream_port = self.forward.rpartition(":")
        return template.format(
            folder=self.folder, address=self.address, port=self.port, origin=self.origin, zone=self.zone,
            upstream=upstream, upstream_port=upstream_port,
        )  # fmt: skip


class Running(Protocol):
    """A started engine."""

    def log(self) -> str: ...
    def dead(self) -> bool: ...
    def stop(self) -> None: ...


class _Process:
    """A daemon in the foreground, ended by its own process id."""

    def __init__(self, command: list[str], folder: Path) -> None:
        self._file = folder / "log.txt"
        with self._file.open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603  (the program found by shutil.which, our own files)
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, cwd=folder
            )

    def log(self) -> str:
        return self._file.read_text("utf-8", "replace")[-4000:]

    def dead(self) -> bool:
        return self._process.poll() is not None

    def stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(_STOP_SECONDS)


class _Thread:
    """The lab's own filtering resolver, in a thread of its own."""

    def __init__(self, plan: Plan) -> None:
        self._stack = ExitStack()
        listen = (plan.address, plan.port)
        serving = in_thread(lambda: serve_filtering(plan.zone, plan.forward, listen), "carrier")
        try:
            self._stack.enter_context(serving)
        except BadList as error:
            raise CarrierFailed(plan.engine, "the zone was not loaded", str(error)) from error

    def log(self) -> str:
        return ""

    def dead(self) -> bool:
        return False

    def stop(self) -> None:
        self._stack.close()


def _start_unbound(plan: Plan) -> Running:
    conf = plan.folder / "unbound.conf"
    conf.write_text(plan.fill(_UNBOUND), "utf-8")
    return _Process([_program("unbound"), "-d", "-p", "-c", str(conf)], plan.folder)


def _start_bind(plan: Plan) -> Running:
    conf = plan.folder / "named.conf"
    conf.write_text(plan.fill(_BIND), "utf-8")
    return _Process([_program("bind"), "-g", "-n", "1", "-4", "-c", str(conf)], plan.folder)


ENGINES: Final[dict[str, Callable[[Plan], Running]]] = {
    "unbound": _start_unbound,
    "bind": _start_bind,
    "lab": _Thread,
}


def _find(engine: str) -> str | None:
    return shutil.which(_PROGRAMS[engine]) or shutil.which(_PROGRAMS[engine], path=_SYSTEM_FOLDERS)


def _program(engine: str) -> str:
    found = _find(engine)
    if found is None:
        raise EngineMissing(engine)
    return found


def available_engine() -> str:
    """The most real engine that is installed: unbound, bind, or the lab's own."""
    return next((engine for engine in _PROGRAMS if _find(engine)), "lab")
