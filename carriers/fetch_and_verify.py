#!/usr/bin/env python3
"""fetch_and_verify: the desk's newest block list on this machine, verified; when anything is wrong, the last good one.

    fetch_and_verify.py URL FOLDER --key desk.pub [--reload COMMAND] [--format rpz] [--login FILE]

One file, for Python 3.8 or newer, without any library; signatures are verified by minisign(1). FOLDER/current is a
link to the release in force: FOLDER/current/blocklist.rpz is what your resolver loads. It is moved in one step, and
only to a release whose signature holds, that is not expired, not older than the one in force, whose files are the
ones that were signed, and that did not shrink or grow beyond its limits.

Exit codes: 0 a new release is in force, or there is none; 1 refused, the last good one stays in force; 2 usage;
3 stopped by FOLDER/stop; 130 interrupted.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import fcntl
import hashlib
import http.client
import json
import os
import re
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

MANIFEST_BYTES = 4_000_000
FILE_BYTES = 2_000_000_000
SKEW_SECONDS = 300  # a clock may be so far behind the desk's
PENDING = ".pending"  # in FOLDER while the resolver has not taken `current`: the link before it
SLOWEST = 20_000  # bytes a second that an answer needs to bring, after its first --seconds
RELOAD_SECONDS = 300  # a command that hangs would hold this run, and all that follow
ASK = "ask the desk whether it is meant, and if so run this once with a larger limit"
LATER = "the next run tries again; tell the desk if it stays so"
KEPT_OUT = "the desk lets this carrier in with what it handed out: see --login and --certificate"
LOGIN = "FETCH_LOGIN"  # the variable that may hold what --login has in a file
SMALL = 10  # so many names may leave a list whatever its size
NAME = re.compile(r"blocklist-(\d{1,10})((?:\.[a-z]{1,9}){1,2})")


class Refused(Exception):
    """The release is not taken; the message says why, and what to do."""


class Access(urllib.request.HTTPSHandler):
    """Shows login and certificate to the server that was named, and to no other that a redirect leads to."""

    def __init__(self, url: str, login: str, certificate: Path | None) -> None:
        super().__init__(context=ssl.create_default_context())
        self.place, self.login, self.own = origin(url), login, ssl.create_default_context()
        if certificate:
            # A key with a password of its own would be asked for at a terminal, where there is none.
            self.own.load_cert_chain(certificate, password=lambda: "")

    def https_request(self, request: urllib.request.Request) -> urllib.request.Request:
        if self.login and origin(request.full_url) == self.place:
            said = base64.b64encode(self.login.encode()).decode()
            request.add_unredirected_header("Authorization", f"Basic {said}")
        return self.do_request_(request)

    def https_open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
        if origin(request.full_url) != self.place:
            return super().https_open(request)
        return self.do_open(http.client.HTTPSConnection, request, context=self.own)


def origin(url: str) -> tuple[str, str, int]:
    """Scheme, host and port: one server for one owner (RFC 6454 4)."""
    parts = urllib.parse.urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or {"https": 443}.get(parts.scheme, 80)


def log_in(url: str, login: Path | None, certificate: Path | None) -> None:
    """From here on the desk's server is asked with what lets this carrier in. Raises Refused without telling it."""
    try:
        said = login_of(login)
        if certificate:
            need_private("--certificate", certificate)
        if not said and not certificate:
            return
        if origin(url)[0] != "https":
            raise Refused(f"{url}: everybody on the way could read the login: https:// is wanted")
        urllib.request.install_opener(urllib.request.build_opener(Access(url, said, certificate)))
    except ssl.SSLError:
        raise Refused(
            f"--certificate {certificate}: a certificate and its key are wanted, as PEM, the key without a password"
        ) from None
    except OSError as error:
        raise Refused(f"{error.filename or certificate}: {error.strerror}") from None


def login_of(file: Path | None) -> str:
    """NAME:PASSWORD; empty without any. Raises Refused, OSError. No program that is started later has the variable."""
    said, place = os.environ.pop(LOGIN, ""), LOGIN
    if file:
        need_private("--login", file)
        said, place = file.read_bytes().decode("utf-8-sig", "replace"), f"--login {file}"
    line = said.rstrip("\r\n")
    if (file or said) and (":" not in line[1:] or not line.isprintable() or "\ufffd" in line):
        raise Refused(f"{place}: one line NAME:PASSWORD is wanted")
    return line


def need_private(option: str, file: Path) -> None:
    if file.stat().st_mode & 0o007:
        raise Refused(f"{option} {file}: everybody on this machine can read it: chmod 600 {file}")


@contextlib.contextmanager
def deadline(url: str, seconds: float) -> Iterator[None]:
    """Ends what is slower: a server that drips keeps every single read waiting for less than its limit."""

    def over(*_: object) -> None:
        raise Refused(f"{url} was not here whole after {seconds:.0f} s: {LATER}")

    before = signal.signal(signal.SIGALRM, over)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def fetch(url: str, target: Path, limit: int, seconds: float) -> str:
    """Writes what stands at `url` to `target`, whole and synced; at most `limit` bytes. Where redirects led to."""
    with deadline(url, seconds + limit / SLOWEST):
        return _fetch(url, target, limit, seconds)


def _fetch(url: str, target: Path, limit: int, seconds: float) -> str:
    try:
        request = urllib.request.Request(url, headers={"Cache-Control": "no-cache"})
        with urllib.request.urlopen(request, timeout=seconds) as answer, target.open("wb") as file:
            wanted = answer.headers.get("Content-Length")
            left = limit
            while True:
                data = answer.read(min(1 << 20, left + 1))
                if not data:
                    break
                left -= len(data)
                if left < 0:
                    raise Refused(f"{url} is larger than {limit} bytes: {LATER}")
                file.write(data)
            if wanted is not None and wanted.strip() != str(limit - left):
                raise Refused(f"{url} ended after {limit - left} of {wanted} bytes: {LATER}")
            file.flush()
            os.fsync(file.fileno())
            return str(answer.geturl())
    except (OSError, ValueError, http.client.HTTPException) as error:  # URLError and HTTPError are OSErrors
        cause = getattr(error, "reason", error) if isinstance(error, urllib.error.URLError) else error
        cause = error if isinstance(cause, str) else getattr(cause, "strerror", None) or cause
        said = " ".join(str(cause).split()) or repr(error)
        kept_out = isinstance(error, urllib.error.HTTPError) and error.code in (401, 403)
        raise Refused(f"{url}: {said[:300]}: {KEPT_OUT if kept_out else LATER}") from error


def unsigned(manifest: Path, signature: Path, key: Path) -> str:
    """Why the owner of the key did not sign the manifest, in minisign's words; empty when the signature holds."""
    command = ["minisign", "-V", "-q", "-p", str(key), "-m", str(manifest), "-x", str(signature)]
    try:
        done = subprocess.run(command, capture_output=True, check=False)
        said = " ".join(done.stderr.decode("utf-8", "replace").split())
        return "" if done.returncode == 0 else said or "no reason given"
    except OSError as error:
        raise Refused(
            f"minisign cannot be run: {error}: install it (Debian: apt install minisign)"
        ) from error


def fetch_manifest(base: str, folder: Path, key: Path, seconds: float) -> dict[str, Any]:
    """The manifest, with a signature that holds: the desk replaces the two one after the other, so a signature that
    has the serial in its name counts as well."""
    path, signature = folder / "manifest.json", folder / "manifest.json.minisig"
    found = fetch(base + "manifest.json", path, MANIFEST_BYTES, seconds)
    try:
        manifest = read_manifest(path)
    except Refused as error:
        raise Refused(f"{found}: {error}: an error page, or a log-in page? {LATER}") from error
    with contextlib.suppress(Refused):
        fetch(base + "manifest.json.minisig", signature, MANIFEST_BYTES, seconds)
        if not unsigned(path, signature, key):
            return manifest
    fetch(f"{base}manifest-{manifest['serial']}.json.minisig", signature, MANIFEST_BYTES, seconds)
    if why := unsigned(path, signature, key):
        raise Refused(
            f"the manifest is not signed with the key in {key} (minisign: {why}): compare the key "
            "with the one that the desk handed you; a new one comes by the same way, never with a list"
        )
    return manifest


def read_manifest(path: Path) -> dict[str, Any]:
    data = b""
    try:
        data = path.read_bytes()
        manifest: dict[str, Any] = json.loads(data)
        known = (manifest["version"], manifest["serial"], manifest["entries"])
        if manifest["version"] != 1 or not all(isinstance(one, int) for one in known):
            raise Refused(f"{path.name} is of a version that this script does not read")
        if not 0 < manifest["serial"] < 2**32:
            raise Refused(f"{path.name}: {manifest['serial']} is no serial")
        moment(manifest["issued"]), moment(manifest["expires"])
        [(one["name"], one["format"], one["size"], one["sha256"]) for one in manifest["files"]]
    except OSError as error:
        raise Refused(f"{path.name} cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        start = ascii(data[:40].decode("ascii", "replace"))
        raise Refused(f"{path.name} is no manifest: it begins with {start}") from error
    return manifest


def moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)


def check(manifest: dict[str, Any], last: dict[str, Any] | None, now: datetime, limits: Any) -> None:
    """Raises Refused for a manifest that must not follow `last`, the one in force (None: the first)."""
    if now > moment(manifest["expires"]):
        raise Refused(
            f"release {manifest['serial']} expired {manifest['expires']}, and there is no newer one: tell the desk"
        )
    if (moment(manifest["issued"]) - now).total_seconds() > SKEW_SECONDS:
        raise Refused(
            f"release {manifest['serial']} was issued {manifest['issued']}, which is in the future here: it is "
            f"{now:%Y-%m-%dT%H:%M:%SZ}; look at this machine's clock"
        )
    if last is None:
        return
    if not is_later(manifest["serial"], last["serial"]):
        raise Refused(
            f"release {manifest['serial']} is not newer than {last['serial']}, which is in force: "
            "an old copy lies there; tell the desk"
        )
    was, now_has = last["entries"], manifest["entries"]
    if manifest.get("restores") and manifest.get("restores") != last.get("restores"):
        return  # the desk took a wrong release back, and says so: that must reach everybody at once
    if was - now_has > max(SMALL, was * limits.max_fewer):
        raise Refused(f"{now_has} names, and {was} are in force: more went than --max-fewer allows; {ASK}")
    if now_has - was > max(limits.small_more, was * limits.max_more):
        raise Refused(f"{now_has} names, and {was} are in force: more came than --max-more allows; {ASK}")


def is_later(one: int, two: int) -> bool:
    """Source: RFC 1982 3.2."""
    return one != two and (one - two) % 2**32 < 2**31


def fetch_files(
    base: str, manifest: dict[str, Any], folder: Path, formats: list[str], seconds: float
) -> None:
    """The list files under names without serial, each as it was signed."""
    for one, path in wanted_files(manifest, folder, formats):
        fetch(base + one["name"], path, min(FILE_BYTES, one["size"]), seconds)
        if not is_signed(one, path):
            raise Refused(f"{one['name']} is not the file that was signed: {LATER}")
        path.chmod(0o644)


def wanted_files(
    manifest: dict[str, Any], folder: Path, formats: list[str]
) -> list[tuple[dict[str, Any], Path]]:
    """What the manifest says of each file that is asked for, and its place in `folder`."""
    wanted = [one for one in manifest["files"] if not formats or one["format"] in formats]
    missing = set(formats) - {one["format"] for one in wanted}
    if missing or not wanted:
        there = ", ".join(one["format"] for one in manifest["files"])
        raise Refused(
            f"the release has no {', '.join(sorted(missing)) or 'file'}: it has {there}; "
            "name one of these with --format, or ask the desk for another"
        )
    found = []
    for one in wanted:
        named = NAME.fullmatch(one["name"])
        if not named or int(named.group(1)) != manifest["serial"]:
            raise Refused(f"{one['name']!r} is no file name of release {manifest['serial']}: tell the desk")
        found.append((one, folder / f"blocklist{named.group(2)}"))
    return found


def is_signed(one: dict[str, Any], path: Path) -> bool:
    """Whether the file lies there as it was signed."""
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            for data in iter(lambda: file.read(1 << 20), b""):
                digest.update(data)
        return (path.stat().st_size, f"sha256:{digest.hexdigest()}") == (one["size"], one["sha256"])
    except OSError:
        return False


def make_folder(folder: Path) -> None:
    """A new folder is for the resolver to read, whatever the umask; one that is there keeps its mode."""
    if not folder.is_dir():
        folder.mkdir(parents=True)
        folder.chmod(0o755)


def point(folder: Path, target: str) -> None:
    """Moves FOLDER/current to a release, in one step; a crash leaves the old one or the new."""
    link = folder / ".current.tmp"
    with contextlib.suppress(FileNotFoundError):
        link.unlink()
    link.symlink_to(target)
    link.replace(folder / "current")
    sync(folder)


def sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def reload(command: str) -> bool:
    """Whether the resolver took the release, in good time; without a command nobody is asked."""
    if not command:
        return True
    try:
        return subprocess.run(command, shell=True, check=False, timeout=RELOAD_SECONDS).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def settle(folder: Path, command: str) -> None:
    """Has the resolver load FOLDER/current; the release before comes back where it does not take it. Raises Refused."""
    pending, current = folder / PENDING, folder / "current"
    before, name = pending.read_text(), Path(os.readlink(current)).name if current.is_symlink() else ""
    taken = reload(command)
    if not taken and before and (folder / before).is_dir():
        point(folder, before)
        reload(command)
    elif not taken and name:
        current.unlink()
    pending.unlink()
    if not taken:
        raise Refused(
            f"`{command}` failed with release {name}: it is not in force; see what the resolver says"
        )


def take(options: Any, now: datetime) -> str:
    """What was done, in words. Raises Refused."""
    folder = options.folder
    need_address(options.url)
    if not options.key.is_file():
        raise Refused(
            f"--key {options.key}: there is no such file: get the desk's public key, and not from here"
        )
    log_in(options.url, options.login, options.certificate)
    base = options.url if options.url.endswith("/") else options.url + "/"
    current = folder / "current"
    if (folder / PENDING).exists():  # a run was killed before its resolver had the release
        settle(folder, options.reload)
    last = read_last(current)
    staged = Path(tempfile.mkdtemp(prefix=".new-", dir=folder))
    try:
        staged.chmod(0o755)
        manifest = fetch_manifest(base, staged, options.key, options.seconds)
        same = last == manifest
        check(manifest, None if same else last, now, options)
        files = wanted_files(manifest, current, options.format)
        gone = {one["format"] for one in (last or manifest)["files"]} - {one["format"] for one, _ in files}
        if gone and not options.format:
            there = ", ".join(one["format"] for one, _ in files)
            raise Refused(
                f"the release has no {', '.join(sorted(gone))} any more, which is in force: it has {there}; "
                "name the formats that your resolver loads with --format"
            )
        if same and all(is_signed(one, path) for one, path in files):
            return f"release {manifest['serial']} is in force and the newest"
        fetch_files(base, manifest, staged, options.format, options.seconds)
        sync(staged)
        home = folder / "releases" / str(manifest["serial"])
        if same and home.name == current.resolve().name:
            home = home.with_name(f"{home.name}.1")  # what is in force stays until this one is
        make_folder(home.parent)
        shutil.rmtree(home, ignore_errors=True)
        staged.rename(home)
        sync(home.parent)
    finally:
        shutil.rmtree(staged, ignore_errors=True)
    before = os.readlink(current) if last else ""
    (folder / f"{PENDING}.tmp").write_text(before)
    (folder / f"{PENDING}.tmp").replace(folder / PENDING)
    point(folder, f"releases/{home.name}")
    settle(folder, options.reload)
    kept = {home.name, Path(before).name}
    for old in home.parent.iterdir():
        if old.name not in kept:
            shutil.rmtree(old, ignore_errors=True)
    return f"release {manifest['serial']} is in force: {manifest['entries']} names"


def need_address(url: str) -> None:
    try:
        address = urllib.parse.urlsplit(url)
        good = address.scheme in ("https", "http") and bool(address.hostname) and (address.port or 1) > 0
    except ValueError:
        good = False
    if not good:
        raise Refused(
            f"{url}: an address that begins with https:// is wanted, and the name of a server after it"
        )
    if address.username is not None:
        raise Refused(
            f"{address.scheme}://...@{address.hostname}: an address without a name and a password is wanted: "
            "--login FILE has them"
        )


def read_last(current: Path) -> dict[str, Any] | None:
    """The manifest in force; None for the first release. Without it nobody could tell an old copy from the newest."""
    if not current.exists():
        return None
    try:
        return read_manifest(current / "manifest.json")
    except Refused as error:
        raise Refused(
            f"{current}: {error}: what is in force is damaged; move {current} away and run this again"
        ) from error


def amount(text: str) -> float:
    number = float(text)
    if not 0 <= number < 1e9:
        raise ValueError(text)
    return number


def positive(text: str) -> float:
    if amount(text) == 0:
        raise ValueError(text)
    return amount(text)


def main(words: list[str] | None = None, now: datetime | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("url", help="where the release lies: the folder with manifest.json")
    parser.add_argument("folder", type=Path, help="where releases are kept")
    parser.add_argument(
        "--key", type=Path, required=True, help="the desk's public key, received by another way"
    )
    parser.add_argument("--format", action="append", default=[], help="only this format; may be repeated")
    parser.add_argument(
        "--login",
        type=Path,
        help=f"a file with one line NAME:PASSWORD (or the variable {LOGIN}); needs https",
    )
    parser.add_argument(
        "--certificate", type=Path, help="a file with the client's certificate and its key, PEM"
    )
    parser.add_argument("--reload", default="", help="a command that makes the resolver load FOLDER/current")
    parser.add_argument(
        "--max-fewer", type=amount, default=0.2, help="this part of the names may leave at once (0.2)"
    )
    parser.add_argument(
        "--max-more", type=amount, default=1.0, help="and so many may come (1.0: as many again)"
    )
    parser.add_argument("--small-more", type=amount, default=100, help="and always so many (100)")
    parser.add_argument("--seconds", type=positive, default=60.0, help="for one answer of the server (60)")
    options = parser.parse_args(words)
    if (options.folder / "stop").exists():
        print(f"{options.folder / 'stop'} is there: nothing was fetched", file=sys.stderr)
        return 3
    try:
        said = alone(options, now or datetime.now(timezone.utc))
    except KeyboardInterrupt:
        print(f"interrupted: {in_force(options.folder)}", file=sys.stderr)
        return 130
    except Refused as error:
        print(f"refused: {error}\n{in_force(options.folder)}", file=sys.stderr)
        return 1
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        print(f"refused: {where}{error.strerror}\n{in_force(options.folder)}", file=sys.stderr)
        return 1
    try:
        print(said, flush=True)
    except OSError:  # the release is in force, whoever was to read it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def alone(options: Any, now: datetime) -> str:
    """What `take` says, while no other run is at work in the folder. Raises Refused, OSError."""
    if options.folder.exists() and not options.folder.is_dir():
        raise Refused(f"{options.folder} is no folder: name the one where releases are kept")
    make_folder(options.folder)
    with (options.folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for left in options.folder.glob(".new-*"):  # of a run that was killed
            shutil.rmtree(left, ignore_errors=True)
        return take(options, now)


def in_force(folder: Path) -> str:
    try:
        manifest = read_manifest(folder / "current" / "manifest.json")
    except Refused:
        return "no release is in force"
    return f"release {manifest['serial']}, issued {manifest['issued']}, stays in force"


if __name__ == "__main__":
    sys.exit(main())
