"""The command line: data on stdout, messages on stderr, exit codes that scripts can rely on."""

from __future__ import annotations

import bz2
import csv
import fcntl
import gzip
import io
import json
import lzma
import os
import pty
import re
import signal
import stat
import struct
import subprocess
import sys
import termios
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import Result
from editions import publish
from typer.testing import CliRunner

from blocklists.cli import app
from blocklists.compiler import COMPILE_REASONS
from blocklists.lists import BlockList
from blocklists.signature import Key

ROOT = Path(__file__).parents[2]
TOLD = "do not load it: keep the release in force, and tell the desk\n"  # below what is wrong with a release
Make = Callable[..., BlockList]
Checkzone = Callable[[Path], object]


def run(*arguments: str | Path, text: str | None = None) -> Result:
    result = CliRunner().invoke(app, [str(one) for one in arguments], input=text)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def write(path: Path, text: str) -> Path:
    path.write_bytes(text.encode("utf-8"))
    return path


def zipped(name: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(zipfile.ZipInfo(name), "evil.lab.org\n")
    return made.getvalue()


def test_compile_writes_each_format_to_its_file_and_counts_rejects(
    tmp_path: Path, checkzone: Checkzone
) -> None:
    hosts = write(tmp_path / "a.txt", "\ufeff# hosts\r\n0.0.0.0 evil.lab.org\r\n127.0.0.1 localhost\r\n")
    plain = write(tmp_path / "b.txt", "tree.lab.org\nsub.tree.lab.org\nco.uk\n*\n")
    zone, names = tmp_path / "out.rpz", tmp_path / "out.txt"
    rejects = tmp_path / "rejects.csv"
    done = run(
        "compile",
        hosts,
        plain,
        "--format",
        "rpz",
        "-o",
        zone,
        "-f",
        "names",
        "-o",
        names,
        "--rejects",
        rejects,
    )
    assert done.exit_code == 0
    assert done.stdout == ""
    assert "7 lines: 3 names, 2 entries, 3 rejected" in done.stderr
    assert "1 public_suffix" in done.stderr
    assert [line for line in zone.read_text().splitlines() if "CNAME" in line] == [
        "evil.lab.org CNAME .",
        "tree.lab.org CNAME .",
        "*.tree.lab.org CNAME .",
    ]
    assert checkzone(zone).returncode == 0  # type: ignore[attr-defined]
    assert names.read_text().splitlines()[-2:] == ["evil.lab.org", "tree.lab.org"]
    assert [line.split(",")[1:3] for line in rejects.read_text().splitlines()[1:]] == [
        ['"3"', '"special_use"'],
        ['"3"', '"public_suffix"'],
        ['"4"', '"bad_character"'],
    ]


def test_compile_writes_one_format_to_stdout(tmp_path: Path) -> None:
    done = run("compile", "-", "--format", "names", text="evil.lab.org\n")
    assert done.exit_code == 0
    assert [line for line in done.stdout.splitlines() if not line.startswith("#")] == ["evil.lab.org"]


def test_standard_input_may_hold_any_bytes() -> None:
    done = CliRunner().invoke(
        app, ["compile", "-"], input=b"\xef\xbb\xbfevil.lab.org\r\n\xff\xfe\x00\nb.lab.org"
    )
    assert done.exit_code == 0
    assert "2 names, 2 entries, 1 rejected" in done.stderr


def test_nothing_left_is_exit_3_and_no_file(tmp_path: Path) -> None:
    out = write(tmp_path / "out.rpz", "the old zone")
    done = run("compile", write(tmp_path / "in", "com\n*\n0.0.0.0/0\n"), "-o", out)
    assert done.exit_code == 3
    assert out.read_text() == "the old zone"


def test_a_format_that_can_say_none_of_the_list_leaves_its_file_alone_and_is_exit_3(tmp_path: Path) -> None:
    """An empty file would unblock all that the old one blocks."""
    out, zone = write(tmp_path / "out.conf", "the old list"), tmp_path / "out.rpz"
    source = write(tmp_path / "in", "0.0.0.0 evil.lab.org\n")
    done = run("compile", source, "-f", "bind", "-o", out, "-f", "rpz", "-o", zone)
    assert done.exit_code == 3
    assert out.read_text() == "the old list"
    assert "bind: nothing is left that it can say: no file was written" in done.stderr
    assert "evil.lab.org CNAME ." in zone.read_text()
    tree = write(tmp_path / "tree", "0.0.0.0 evil.lab.org\n*.tree.lab.org\n")
    assert run("compile", tree, "-f", "bind", "-o", out).exit_code == 0
    assert 'zone "tree.lab.org"' in out.read_text()


@pytest.mark.parametrize(
    ("text", "doubtful", "why"),
    [
        (
            "<p>words and words</p>\n" * 20 + "evil.lab.org\n",
            True,
            "a page, with one line that passes for a name",
        ),
        ("<p>words and words</p>\n" * 10 + "evil.lab.org\n", False, "a list with a long head"),
        (
            "<p>words and words</p>\n" * 20 + "".join(f"n{n}.lab.org\n" for n in range(20)),
            False,
            "half of it",
        ),
    ],
)
def test_an_input_that_looks_like_no_list_is_named(
    text: str, doubtful: bool, why: str, tmp_path: Path
) -> None:
    good, odd = write(tmp_path / "good", "a.lab.org\n"), write(tmp_path / "odd", text)
    done = run("compile", good, odd)
    assert done.exit_code == 0
    assert (f"{odd}: 1 name and 20 rejects: is it a list of names?" in done.stderr) is doubtful, why
    assert f"{good}: " not in done.stderr


@pytest.mark.parametrize(
    ("text", "says", "why"),
    [
        ("", "not a name in it: did it arrive whole?", "a fetch that failed leaves an empty file"),
        ("# a list\n", "not a name in it: did it arrive whole?", "nothing but its head"),
        ("<html>\n", "0 names and 1 reject: is it a list of names?", "a page of one line"),
    ],
)
def test_an_input_that_gave_nothing_is_named_beside_others(
    text: str, says: str, why: str, tmp_path: Path
) -> None:
    good, odd = write(tmp_path / "good", "a.lab.org\n"), write(tmp_path / "odd", text)
    done = run("compile", good, odd)
    assert done.exit_code == 0
    assert f"{odd}: {says}" in done.stderr, why
    assert f"{good}: " not in done.stderr


PACKED = [
    (
        gzip.compress(b"evil.lab.org\n", mtime=0),
        "packed with gzip: unpack it first",
        "what curl saves as it came",
    ),
    (bz2.compress(b"evil.lab.org\n"), "packed with bzip2: unpack it first", "bzip2"),
    (lzma.compress(b"evil.lab.org\n"), "packed with xz: unpack it first", "xz"),
    (b"\x28\xb5\x2f\xfd\x04\x00", "packed with zstd: unpack it first", "zstd (RFC 8878 3.1.1)"),
    (b"%PDF-1.7\n", "a PDF: save its table as text or as a workbook", "a letter with a table in it"),
    ("evil.lab.org\n".encode("utf-16-le"), "UTF-16 without a byte order mark", "every other octet is 0"),
    ("evil.lab.org\n".encode("utf-16-be"), "UTF-16 without a byte order mark", "the other way round"),
    (zipped("evil.txt"), "ZIP file", "a list in an archive"),
]


@pytest.mark.parametrize("stream", [False, True], ids=["file", "stream"])
@pytest.mark.parametrize(("data", "says", "why"), PACKED, ids=[why for _, _, why in PACKED])
def test_a_file_that_holds_no_text_is_refused_with_the_way_out(
    data: bytes, says: str, why: str, stream: bool, tmp_path: Path
) -> None:
    """As lines it would be a few rejects, and the list would go out without it."""
    good, odd, out = write(tmp_path / "good", "a.lab.org\n"), tmp_path / "odd", tmp_path / "out"
    odd.write_bytes(data)
    command = [sys.executable, "-m", "blocklists", "compile", str(good), "-" if stream else str(odd)]
    done = subprocess.run([*command, "-o", str(out)], input=data, capture_output=True, check=False)
    assert done.returncode == 2, why
    said = done.stderr.decode()
    assert said.startswith(f"{'standard input' if stream else odd}: "), why
    assert says in said, why
    assert not out.exists()


def test_a_name_that_begins_as_a_packed_file_does_is_a_name(tmp_path: Path) -> None:
    done = run("convert", write(tmp_path / "in", "BZhang.lab.org\n"), "--to", "hosts")
    assert done.stdout.endswith("0.0.0.0 bzhang.lab.org\n")


def test_an_interrupted_compilation_says_so_and_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    out = write(tmp_path / "out.rpz", "the old zone")
    command = [sys.executable, "-m", "blocklists", "compile", "-", "-o", str(out)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdin is not None
        running.stdin.write(b"evil.lab.org\n" * 100_000)  # more than a pipe holds: it reads by now
        running.stdin.flush()
        running.send_signal(signal.SIGINT)
        _, said = running.communicate(timeout=60)
    assert running.returncode == 130
    assert said == b"interrupted: a file that was not finished is as it was\n"
    assert [path.name for path in tmp_path.iterdir()] == ["out.rpz"]
    assert out.read_text() == "the old zone"


def test_protected_names_stay_out_unless_asked_for(tmp_path: Path) -> None:
    source = write(tmp_path / "in", "google.com\n")
    assert run("compile", source).exit_code == 3
    assert "google.com CNAME ." in run("compile", source, "--no-protect").stdout


def test_a_zones_serial_rises_from_run_to_run(tmp_path: Path) -> None:
    source, zone = write(tmp_path / "in", "evil.lab.org\n"), tmp_path / "out.rpz"
    serials = []
    for _ in range(3):
        assert run("compile", source, "-o", zone).exit_code == 0
        serials.append(int(re.findall(r"hostmaster\S+ (\d+)", zone.read_text())[0]))
    assert serials == [serials[0], serials[0] + 1, serials[0] + 2]


def test_what_a_format_needs_is_said_with_set(tmp_path: Path) -> None:
    source = write(tmp_path / "in", "evil.lab.org\n")
    done = run("compile", source, "-f", "rpz-garden", "--set", "garden=192.0.2.80,2001:db8::80")
    assert done.exit_code == 0
    assert "*.evil.lab.org A 192.0.2.80\n*.evil.lab.org AAAA 2001:db8::80\n" in done.stdout


@pytest.mark.parametrize(("name", "key"), [("powerdns-forward", "sinkhole"), ("rpz-garden", "garden")])
@pytest.mark.parametrize("output", ["-", "out"])
def test_a_setting_that_is_missing_is_named(name: str, key: str, output: str, tmp_path: Path) -> None:
    source = write(tmp_path / "in", "evil.lab.org\n")
    missing = run("compile", source, "-f", name, "-o", output if output == "-" else tmp_path / output)
    assert missing.exit_code == 2
    assert f"{name}: {key} is not set: " in missing.stderr
    assert f"--set {key}=" in missing.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_a_zone_of_names_that_pass_holds_the_protected_names(tmp_path: Path) -> None:
    source = write(tmp_path / "in", "evil.lab.org\n")
    done = run("compile", source, "-f", "rpz-passthru")
    assert done.exit_code == 0
    assert "evil.lab.org" not in done.stdout
    assert "*.letsencrypt.org CNAME rpz-passthru.\n" in done.stdout
    assert "\ngithub.io CNAME rpz-passthru." not in done.stdout, "a public suffix: its names have many owners"


USAGE = [
    (["compile"], "no input"),
    (["compile", "IN", "--format", "xls"], "an unknown format"),
    (["compile", "IN", "--format", "rpz", "--format", "csv", "-o", "x"], "two formats, one output"),
    (["compile", "IN", "-f", "rpz", "-o", "x", "-f", "csv", "-o", "x"], "one output twice"),
    (
        ["compile", "IN", "-f", "rpz", "-o", "x", "-f", "csv", "-o", "y/../x"],
        "one output twice, by two paths",
    ),
    (["compile", "IN", "-f", "rpz-passthru", "--no-protect"], "names that pass, and none are protected"),
    (["compile", "IN", "--set", "garden"], "no value"),
    (["compile", "IN", "--set", "gardn=192.0.2.1"], "an unknown setting"),
    (["compile", "IN", "--set", "garden=192.0.2.1\nx"], "a setting that breaks its line"),
    (["compile", "/no/such/file"], "a missing file"),
    (["compile", "IN", "-o", "/no/such/folder/x"], "a missing folder"),
    (["compile", "IN", "--reach", "everything"], "an unknown reach"),
    (["check", "IN", "--key", "/no/such/key"], "a missing key"),
    (["diff", "IN"], "one list only"),
]


@pytest.mark.parametrize(("arguments", "why"), USAGE)
def test_wrong_use_is_exit_2_with_a_message(arguments: list[str], why: str, tmp_path: Path) -> None:
    source = write(tmp_path / "in", "evil.lab.org\n")
    (tmp_path / "y").mkdir()
    done = run(
        *[
            str(source) if one == "IN" else f"{tmp_path}/{one}" if one in ("x", "y/../x") else one
            for one in arguments
        ]
    )
    assert done.exit_code == 2, why
    assert done.stderr


def test_an_error_names_the_file_and_the_way_out(tmp_path: Path) -> None:
    source, broken = write(tmp_path / "in", "evil.lab.org\n"), write(tmp_path / "book.xlsx", "PK\x03\x04")
    far, none = tmp_path / "no" / "out", tmp_path / "none"
    said = {
        ("compile", source, "-o", far): f"{far}: there is no folder {far.parent}: make it first\n",
        ("compile", source, "--rejects", far): f"{far}: there is no folder {far.parent}: make it first\n",
        ("convert", broken): f"{broken}: not a workbook: File is not a zip file\n",
        ("diff", source, broken): f"{broken}: not a workbook: File is not a zip file\n",
        ("diff", source, none): f"{none}: No such file or directory\n",
        ("compile", source, "--allow", none): f"{none}: No such file or directory\n",
    }
    for arguments, message in said.items():
        done = run(*arguments)
        assert (done.exit_code, done.stderr, done.stdout) == (2, message, "")


@pytest.mark.parametrize("command", ["compile", "convert", "diff", "check"])
def test_help_has_examples_with_options_that_exist(command: str) -> None:
    text = run(command, "--help").stdout
    options = set(re.findall(r"(?<!\S)--?[a-z][a-z-]*", text.partition("Options")[2].replace(",", " ")))
    examples = re.findall(
        rf"blocklists ({command} .*)", text.partition("Examples:")[2].partition("Arguments")[0]
    )
    assert len(examples) >= 2
    for example in examples:
        assert set(re.findall(r"(?<!\S)--?[a-z][a-z-]*", example)) <= options, example


def test_convert_tells_what_a_format_cannot_say(tmp_path: Path) -> None:
    done = run("convert", write(tmp_path / "in", "||tree.lab.org^\n"), "--format", "hosts")
    assert done.exit_code == 0
    assert done.stdout.endswith("0.0.0.0 tree.lab.org\n")
    assert "tree.lab.org (subtree) is narrowed to host" in done.stderr


def test_convert_there_and_back_changes_nothing(tmp_path: Path) -> None:
    source = write(tmp_path / "in", "name,reach,category\ntree.lab.org,subtree,H01\nh.lab.org,host,H05\n")
    zone, table = tmp_path / "a.rpz", tmp_path / "b.csv"
    assert run("convert", source, "-f", "rpz", "-o", zone).exit_code == 0
    assert run("convert", zone, "-f", "csv", "-o", table).exit_code == 0
    change = json.loads(run("diff", zone, table, "--json").stdout)
    assert change == {"added": [], "removed": [], "changed": []}


def test_diff_prints_what_changed(tmp_path: Path) -> None:
    one = write(tmp_path / "one", "a.lab.org\nb.lab.org\n")
    two = write(tmp_path / "two", "0.0.0.0 b.lab.org\nc.lab.org\n")
    done = run("diff", one, two)
    assert done.exit_code == 0
    assert done.stdout.splitlines() == [
        "- a.lab.org subtree",
        "~ b.lab.org subtree -> b.lab.org host",
        "+ c.lab.org subtree",
    ]


def test_diff_counts_rejected_lines_as_compile_does(tmp_path: Path) -> None:
    one = write(tmp_path / "one", "a.lab.org\nhttps://a.lab.org/page\n")
    two = write(tmp_path / "two", "a.lab.org\n\nco.uk\nhttps://b.lab.org/page\n")
    done = run("diff", one, two, "--rejects", tmp_path / "rejects.csv")
    assert (done.exit_code, done.stdout) == (0, "")
    assert done.stderr.splitlines() == [
        "6 lines: 2 names, 3 rejected",
        f"  2 url: {COMPILE_REASONS['url']}",
        f"  1 public_suffix: {COMPILE_REASONS['public_suffix']}",
        "0 added, 0 removed, 0 changed",
    ]
    rows = list(csv.reader((tmp_path / "rejects.csv").read_text("utf-8").splitlines()))
    assert [row[:3] for row in rows] == [
        ["source", "line", "reason"],
        [str(one), "2", "url"],
        [str(two), "3", "public_suffix"],
        [str(two), "4", "url"],
    ]
    assert "(--rejects FILE lists them)" in run("diff", one, two).stderr


def test_diff_is_3_when_nothing_is_left_of_a_list_and_0_for_an_empty_one(tmp_path: Path) -> None:
    """A page that came instead of a list must not look as if all names had been removed."""
    names = write(tmp_path / "names", "a.lab.org\n")
    page = write(tmp_path / "page", "<html>\n<h1>Not found</h1>\n</html>\n")
    done = run("diff", names, page)
    assert (done.exit_code, done.stdout) == (3, "")
    assert done.stderr.endswith(f"nothing is left of {page}: nothing was compared\n")
    empty = write(tmp_path / "empty", "# nothing yet\n\n")
    done = run("diff", empty, names)
    assert (done.exit_code, done.stdout) == (0, "+ a.lab.org subtree\n")
    assert done.stderr == "1 added, 0 removed, 0 changed\n"


def test_check_is_0_for_a_good_release_and_1_for_a_changed_byte(
    key: Key, tmp_path: Path, entries: Make
) -> None:
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    manifest = publish(entries("a.lab.org"), tmp_path / "out", ["rpz"], now=now, key=key)
    public = tmp_path / "publisher.key.pub"
    assert run("check", tmp_path / "out", "--key", public).exit_code == 0
    assert (
        run("check", tmp_path / "out", "--key", public, "--last-serial", manifest.serial + 1).exit_code == 1
    )
    path = tmp_path / "out" / manifest.files[0].name
    path.write_bytes(path.read_bytes() + b" ")
    done = run("check", tmp_path / "out", "--json")
    assert done.exit_code == 1
    assert json.loads(done.stdout)["problems"] == [f"{path.name} is not the file that was signed"]
    assert "not who published" in done.stderr
    assert run("check", tmp_path / "out", "--last-serial", "-4").exit_code == 2
    assert run("check", tmp_path / "out", "--last-serial", 2**32).exit_code == 2, "a serial has 32 bits"


@pytest.mark.parametrize("file", ["manifest.json", "manifest.json.minisig", "list"])
@pytest.mark.parametrize("what", ["flood", "pipe", "folder"])
def test_check_reads_no_more_than_a_release_can_hold(
    file: str, what: str, key: Key, tmp_path: Path, entries: Make
) -> None:
    """Whoever can write there can lay anything there: ten gigabytes, or a pipe that never ends."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    manifest = publish(entries("a.lab.org"), tmp_path / "out", ["rpz"], now=now, key=key)
    place = tmp_path / "out" / (manifest.files[0].name if file == "list" else file)
    if what == "flood":
        os.truncate(place, 10_000_000_000)
    else:
        place.unlink()
        os.mkfifo(place) if what == "pipe" else place.mkdir()
    command = [sys.executable, "-m", "blocklists", "check", str(tmp_path / "out")]
    limit = ["prlimit", "--as=2000000000"]
    done = subprocess.run(
        [*limit, *command, "--key", str(tmp_path / "publisher.key.pub")],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert place.name in done.stdout
    assert done.stderr == TOLD


def test_check_names_a_folder_that_is_none_and_a_key_that_is_none(tmp_path: Path) -> None:
    far, note = tmp_path / "far", write(tmp_path / "note", "no key")
    for one in (far, note):
        done = run("check", one)
        assert (done.exit_code, done.stderr) == (1, "")
        assert done.stdout == f"{one} is no folder: name the one that holds the release's manifest.json\n"
    said = run("check", tmp_path, "--key", far)
    assert (said.exit_code, said.stderr) == (2, f"{far}: No such file or directory\n")
    assert run("check", tmp_path, "--key", note).stderr.startswith(f"{note}: not a minisign public key")


NO_KEYS = [
    ("m\xe4nner".encode("latin-1"), "such a file is plain ASCII", "a text in Latin-1"),
    ("untrusted comment: Schl\xfcssel\nRWQf6LRCGA9i5w==\n".encode(), "such a file is plain ASCII", "UTF-8"),
    (b"\x7fELF\x02\x01\xff\xfe", "such a file is plain ASCII", "a program"),
    (b"[net]\nresolvers = []\n", "not base64", "a configuration"),
]


@pytest.mark.parametrize(("data", "says", "why"), NO_KEYS)
def test_a_file_that_is_no_key_is_told_in_words(data: bytes, says: str, why: str, tmp_path: Path) -> None:
    file = tmp_path / "publisher.pub"
    file.write_bytes(data)
    done = run("check", tmp_path, "--key", file)
    assert (done.exit_code, done.stdout) == (2, ""), why
    assert done.stderr.startswith(f"{file}: not a minisign public key: "), why
    assert says in done.stderr, why
    assert "codec" not in done.stderr


DAMAGES = [
    (lambda data: data.replace(b'"name"', b'"nane"', 1), "one letter, and a field is missing"),
    (lambda data: data.replace(b'"version": 1', b'"version": 2'), "another version"),
    (lambda data: data.replace(b'"serial": 2', b'"serial": 3'), "another serial"),
    (lambda data: data.replace(b'"serial"', b'"sirial"'), "none"),
    (lambda data: data[: len(data) // 2], "half of it"),
    (lambda data: b"\xff\xfe\0", "no text"),
    (lambda data: b"[" * 100_000, "what a parser chokes on"),
    (lambda data: b"", "nothing"),
]


@pytest.mark.parametrize(("damage", "why"), DAMAGES)
def test_a_damaged_manifest_is_not_what_was_signed_whatever_it_says(
    damage: Callable[[bytes], bytes], why: str, key: Key, tmp_path: Path, entries: Make
) -> None:
    """The signature comes first: nobody reads in what nobody vouches for. See it fail: decode before `_verify`."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    publish(entries("a.lab.org"), tmp_path / "out", ["rpz"], now=now, key=key)
    path = tmp_path / "out" / "manifest.json"
    path.write_bytes(damage(path.read_bytes()))
    done = run("check", tmp_path / "out", "--key", tmp_path / "publisher.key.pub")
    assert (done.exit_code, done.stderr) == (1, TOLD), why
    assert done.stdout == (
        "manifest.json is not what was signed: it was changed or damaged on its way"
        " (the signature does not match the content)\n"
    )


SPOILS = [
    (lambda data: data + b"stray", "not a minisign signature: four lines are wanted", "octets behind it"),
    (lambda data: data[:-1] + b"stray\n", "not a minisign signature: ", "octets behind its last line"),
    (lambda data: data + b"\0\xff", "not a minisign signature: four lines are wanted", "no text behind it"),
    (lambda data: data[:-40], "not a minisign signature: ", "a part of it"),
    (
        lambda data: data.replace(b"comment: serial", b"comment: sirial"),
        "its own trusted comment",
        "a letter",
    ),
]


@pytest.mark.parametrize(("spoil", "says", "why"), SPOILS)
def test_a_spoiled_signature_is_named_with_the_way_out(
    spoil: Callable[[bytes], bytes], says: str, why: str, key: Key, tmp_path: Path, entries: Make
) -> None:
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    publish(entries("a.lab.org"), tmp_path / "out", ["rpz"], now=now, key=key)
    path = tmp_path / "out" / "manifest.json.minisig"
    whole = path.read_bytes()
    for one in tmp_path.glob("out/manifest*.minisig"):
        one.write_bytes(spoil(whole))
        assert one.read_bytes() != whole
    done = run("check", tmp_path / "out", "--key", tmp_path / "publisher.key.pub")
    assert (done.exit_code, done.stderr) == (1, TOLD), why
    assert says in done.stdout, why
    assert done.stdout.startswith(f"{path.parent}/manifest"), why
    assert done.stdout.endswith(": it was changed or damaged on its way: fetch the release again\n"), why


DIRTY = [
    ("utf-16", "evil.lab.org\r\n例子.中国\r\n", 2),
    ("utf-8-sig", "evil.lab.org\r\n", 1),
    ("latin-1", "m\xfcnchen.org\nevil.lab.org\n", 1),
    ("gb18030", "例子.中国\nevil.lab.org\n", 1),
]


@pytest.mark.parametrize(("encoding", "text", "left"), DIRTY)
def test_files_of_other_encodings_are_read_or_rejected_line_by_line(
    encoding: str, text: str, left: int, tmp_path: Path
) -> None:
    path = tmp_path / "in"
    path.write_bytes(text.encode(encoding))
    done = run("compile", path, "--reach", "host")
    assert len(done.stdout.split(" CNAME .")) - 1 == left
    assert ("save the file as UTF-8" in done.stderr) == (encoding in ("latin-1", "gb18030"))


def test_what_an_allow_list_in_another_encoding_does_not_say_has_its_way_out(tmp_path: Path) -> None:
    allowed = tmp_path / "allowed"
    allowed.write_bytes("例子.中国\n".encode("gb18030"))
    done = run("compile", write(tmp_path / "in", "evil.lab.org\n"), "--allow", allowed)
    assert f"--allow {allowed}: 1 line without a name, the first is line 1: " in done.stderr
    assert "no UTF-8: save the file as UTF-8: what they mean to allow may be listed" in done.stderr


def test_an_overlong_line_is_one_reject_and_the_next_line_is_read(tmp_path: Path) -> None:
    source = write(tmp_path / "in", "victim.org" + " " * 300_000 + "x\nevil.lab.org\n" + "a" * 300_000)
    done = run("compile", source)
    assert done.exit_code == 0
    assert "victim" not in done.stdout
    assert "2 line_too_long" in done.stderr


REJECTS_ELSEWHERE = [
    (["compile", "in.txt", "-f", "hosts", "--rejects", "in.txt"], "the input"),
    (["compile", "other.txt", "in.txt", "--rejects", "./in.txt"], "the second input, by another path"),
    (["compile", "in.txt", "--rejects", "link.txt"], "a link to it"),
    (["compile", "link.txt", "--rejects", "in.txt"], "what the input is a link to"),
    (["compile", "in.txt", "--rejects", "twin.txt"], "a second name of the same file"),
    (["compile", "other.txt", "--allow", "in.txt", "--rejects", "in.txt"], "an allow list"),
    (
        ["compile", "in.txt", "-f", "csv", "-o", "o.csv", "--rejects", "o.csv"],
        "an output that is not there yet",
    ),
    (
        ["compile", "in.txt", "-f", "csv", "-o", "o.csv", "--rejects", "folder/../o.csv"],
        "the same by another path",
    ),
    (["compile", "in.txt", "-o", "dangling", "--rejects", "o.csv"], "what a link to nothing leads to"),
    (["convert", "in.txt", "--rejects", "in.txt"], "convert"),
    (["diff", "in.txt", "other.txt", "--rejects", "in.txt"], "diff, before"),
    (["diff", "other.txt", "in.txt", "--rejects", "link.txt"], "diff, after"),
]


@pytest.mark.parametrize(("arguments", "why"), REJECTS_ELSEWHERE)
def test_rejects_never_replace_a_list_that_is_read_or_written(
    arguments: list[str], why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """See it fail: let `need_apart` return at once, or compare the names alone."""
    monkeypatch.chdir(tmp_path)
    content = "evil.lab.org\n?\n"
    source = write(tmp_path / "in.txt", content)
    write(tmp_path / "other.txt", content)
    (tmp_path / "link.txt").symlink_to("in.txt")
    (tmp_path / "twin.txt").hardlink_to(source)
    (tmp_path / "dangling").symlink_to("o.csv")
    (tmp_path / "folder").mkdir()
    done = run(*arguments)
    assert (done.exit_code, done.stdout) == (2, ""), why
    assert done.stderr.startswith(f"--rejects {Path(arguments[-1])}: ")
    assert done.stderr.count("\n") == 1
    assert source.read_text() == content
    assert not (tmp_path / "o.csv").exists()


def test_rejects_that_lead_to_the_streams_are_refused_unless_these_are_devices(tmp_path: Path) -> None:
    source, out = write(tmp_path / "in.txt", "evil.lab.org\n?\n"), tmp_path / "out.txt"
    command = [sys.executable, "-m", "blocklists", "compile", "-", "-f", "names", "--rejects"]

    def code(rejects: Path, to: Path) -> int:
        with source.open("rb") as given, to.open("wb") as taken:
            done = subprocess.run(
                [*command, rejects],
                check=False,
                stdin=given,
                stdout=taken,
                stderr=subprocess.PIPE,
                cwd=ROOT,
                timeout=60,
            )
        return done.returncode

    assert code(source, out) == 2, "what standard input reads"
    assert code(out, out) == 2, "where standard output goes"
    assert source.read_text() == "evil.lab.org\n?\n"
    assert code(Path(os.devnull), Path(os.devnull)) == 0
    assert code(tmp_path / "rejects.csv", out) == 0
    assert '"?"' in (tmp_path / "rejects.csv").read_text()


def test_help_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for command in ("compile", "convert", "diff", "check"):
        assert run(command, "--help").exit_code == 0
    assert list(tmp_path.iterdir()) == []


def test_a_pipe_is_written_through_and_stays_a_pipe(tmp_path: Path) -> None:
    """A rename would put a file in its place: in that of /dev/null and /dev/stdout too, for the whole machine."""
    source, pipe = write(tmp_path / "in.txt", "a.lab.org\n?\n"), tmp_path / "pipe"
    os.mkfifo(pipe)
    handle = os.open(pipe, os.O_RDWR)  # a reader is there, so that writing does not wait
    try:
        assert run("compile", source, "-f", "hosts", "-o", "-", "--rejects", pipe).exit_code == 0
        assert b'"?"' in os.read(handle, 1000)
        assert run("convert", source, "--to", "hosts", "-o", pipe).exit_code == 0
        assert b"0.0.0.0 a.lab.org\n" in os.read(handle, 1000)
    finally:
        os.close(handle)
    assert stat.S_ISFIFO(pipe.lstat().st_mode)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.txt", "pipe"]


def test_a_link_stays_a_link_and_its_file_is_written(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    link = tmp_path / "link.hosts"
    link.symlink_to("there/list.hosts")
    for name in ("a.lab.org", "b.lab.org"):
        assert run("convert", write(tmp_path / "in.txt", name), "--to", "hosts", "-o", link).exit_code == 0
        assert name in (tmp_path / "there" / "list.hosts").read_text()
    assert link.is_symlink()


HEAVY = ("cryptography", "zipfile", "xml.parsers.expat", "_hashlib", "sqlite3", "asyncio", "multiprocessing")


def test_a_start_loads_no_library_that_only_some_commands_need() -> None:
    """A run for a few lines takes 0.1 s and 19 MB; a library of these is 3 to 30 MB of it.

    See it fail: import zipfile at the top of blocklists/formats/xlsx.py.
    """
    program = f"import sys, blocklists.cli; print(*[name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT, timeout=60
    )
    assert done.stdout.split() == []


WRITERS = [
    ["compile", "many.txt", "-f", "names"],
    ["compile", "one.txt"],
    ["convert", "one.txt", "--to", "csv"],
    ["diff", "one.txt", "many.txt"],
    ["check", "."],
    ["check", ".", "--json"],
    ["protect", "list"],
    ["protect", "show", "a.lab.org", "--json"],
    ["--version"],
    ["compile", "--help"],
]


def run_into(stdout: int | None, arguments: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """The program with a standard output of the test's; closed where that is None."""
    write(folder / "one.txt", "a.lab.org\n")
    write(folder / "many.txt", "".join(f"n{number}.lab.org\n" for number in range(20_000)))
    # A shell closes it; Python's own way (preexec_fn) would be at work in a fork.
    closing = ["sh", "-c", 'exec "$@" >&-', "sh"] if stdout is None else []
    command = [*closing, sys.executable, "-m", "blocklists", *arguments]
    return subprocess.run(
        command,
        check=False,
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        timeout=60,
    )


@pytest.mark.parametrize("arguments", WRITERS, ids=" ".join)
def test_a_full_or_closed_standard_output_is_one_line_and_exit_2(
    arguments: list[str], tmp_path: Path
) -> None:
    """For `check` 1 would say that the release is bad. See it fail: leave `guarded_stdout` out of `main`."""
    with Path("/dev/full").open("wb") as full:
        done = run_into(full.fileno(), arguments, tmp_path)
    assert (done.returncode, done.stderr.splitlines()[-1:]) == (
        2,
        ["standard output: No space left on device"],
    )
    assert "Traceback" not in done.stderr
    done = run_into(None, arguments, tmp_path)
    assert (done.returncode, done.stderr.splitlines()[-1:]) == (2, ["standard output: Bad file descriptor"])
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("arguments", WRITERS, ids=" ".join)
def test_a_pipe_that_nobody_reads_any_more_is_quiet_and_exit_2(arguments: list[str], tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = run_into(writer, arguments, tmp_path)
    finally:
        os.close(writer)
    assert done.returncode == 2
    for word in ("Traceback", "OutputLost", "Broken pipe", "standard output"):
        assert word not in done.stderr


def test_a_closed_standard_output_is_no_fault_where_nothing_is_written_to_it(tmp_path: Path) -> None:
    done = run_into(None, ["convert", "one.txt", "--to", "hosts", "-o", "out.hosts"], tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out.hosts").read_text().endswith("0.0.0.0 a.lab.org\n")


def test_allow_lists_and_a_budget_are_reported(tmp_path: Path) -> None:
    one, two = write(tmp_path / "one", "a.org\nb.org\nc.org\n"), write(tmp_path / "two", "b.org\nbad.org\n")
    good, rejects = write(tmp_path / "good", "@@||bad.org^\ncom\n"), tmp_path / "rejects.csv"
    done = run("compile", one, two, "--allow", good, "--budget", "2", "-f", "names", "--rejects", rejects)
    assert done.exit_code == 0
    assert done.stdout.splitlines()[-2:] == ["a.org", "b.org"]
    for line in (
        "5 lines: 5 names, 2 entries, 0 rejected",
        f"--allow {good}: 1 line without a name, the first is line 2: com: "
        "a single label: a domain needs at least two: what they mean to allow may be listed",
        "1 allowed",
        "1 over_budget",
        "named by 2, without a category: 1 of 1 kept",
        "named by 1, without a category: 1 of 2 kept",
    ):
        assert line in done.stderr
    assert [line.split(",")[1:3] + line.split(",")[4:] for line in rejects.read_text().splitlines()[1:]] == [
        ['"2"', '"single_label"', '"com"'],
        ['""', '"allowed"', '"bad.org"'],
        ['""', '"over_budget"', '"c.org"'],
    ]


def test_what_is_past_its_expiry_is_not_blocked_anew(tmp_path: Path) -> None:
    """A release of last month, made into a hosts file, would block for ever: that format knows no day."""
    rows = (
        "name,reach,expires\n"
        "over.lab.org,subtree,2020-01-01\n"
        "below.over.lab.org,host,2099-01-01\n"
        "late.lab.org,host,2020-01-01T10:00:00Z\n"
        f"today.lab.org,host,{datetime.now(UTC):%Y-%m-%d}\n"
        "always.lab.org,host,\n"
    )
    source, rejects = write(tmp_path / "in.csv", rows), tmp_path / "rejects"
    done = run("convert", source, "--to", "wildcard", "--rejects", rejects)
    assert done.exit_code == 0
    assert done.stdout.splitlines()[-3:] == ["always.lab.org", "below.over.lab.org", "today.lab.org"]
    assert "2 expired: past its expiry: it is blocked no longer" in done.stderr
    assert [row["line"] for row in csv.DictReader(rejects.read_text().splitlines())] == ["2", "4"]
    spoken = write(tmp_path / "in.jsonl", '{"name": "a.lab.org", "expires": "2020-01-01"}\n')
    assert run("convert", spoken).exit_code == 3
    assert "- late.lab.org host" in run("diff", source, write(tmp_path / "none", "# \n")).stdout, (
        "a comparison is of what the files say"
    )


def test_messages_break_between_words_on_a_terminal_and_nowhere_else(tmp_path: Path) -> None:
    source = write(tmp_path / "in", "<p>\n||tracker.lab.org^$third-party\na.lab.org\n")
    command = [sys.executable, "-m", "blocklists", "convert", str(source), "--to", "hosts"]
    piped = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 60, 0, 0))
    with os.fdopen(ours, "rb", 0) as screen:
        subprocess.run(command, stdout=subprocess.DEVNULL, stderr=its, check=True)
        os.close(its)
        shown = screen.read(1 << 16).decode()
    assert max(map(len, shown.splitlines())) <= 60
    assert max(map(len, piped.splitlines())) > 60, "what a program reads stays a line"
    assert shown.split() == piped.split()
    assert "  1 exception: an exception, or a rule with options, a path\r\n    or a pattern" in shown


def test_a_list_named_twice_is_one_list(tmp_path: Path) -> None:
    """Tiers of a budget count the lists that name an entry."""
    source, other = write(tmp_path / "in", "a.lab.org\n"), write(tmp_path / "other", "b.lab.org\n")
    (tmp_path / "link").symlink_to(source)
    done = run("compile", source, f"{tmp_path}/./in", tmp_path / "link", other, "--budget", "1", "-f", "csv")
    assert "named by 1, without a category: 1 of 2 kept" in done.stderr
    assert f"{tmp_path / 'link'}: is {source}, and is read once" in done.stderr


def test_links_that_lead_in_a_circle_are_a_line(tmp_path: Path) -> None:
    source, loop = write(tmp_path / "in", "a.lab.org\n"), tmp_path / "loop"
    loop.symlink_to(loop)
    for words in (("-o", loop), ("-o", tmp_path / "x", "--rejects", loop)):
        done = run("compile", source, *words)
        assert (done.exit_code, done.stderr) == (2, f"{loop}: links that lead in a circle: name a file\n")
    done = run("compile", loop, "--rejects", tmp_path / "r", "-o", tmp_path / "x")
    assert (done.exit_code, done.stderr) == (2, f"{loop}: Too many levels of symbolic links\n")
    (tmp_path / "new").symlink_to(tmp_path / "target")
    assert run("compile", source, "-o", tmp_path / "new").exit_code == 0
    assert (tmp_path / "target").is_file(), "a link to what is not there yet is followed"


def test_one_is_said_as_one(tmp_path: Path) -> None:
    done = run("compile", write(tmp_path / "in", "a.lab.org\n"))
    assert done.stderr == "1 line: 1 name, 1 entry, 0 rejected\n"
    done = run("diff", tmp_path / "in", write(tmp_path / "two", "b.lab.org\n*\n"))
    assert done.stderr.startswith("3 lines: 2 names, 1 rejected\n")


def test_an_allow_list_without_a_name_is_told(tmp_path: Path) -> None:
    """An allow list that did not arrive lets everything be listed that it was to keep off."""
    source, empty = write(tmp_path / "in", "a.lab.org\n"), write(tmp_path / "empty", "")
    done = run("compile", source, "--allow", empty)
    assert f"--allow {empty}: not a name in it, nothing is allowed: did it arrive whole?" in done.stderr
    patterns = write(tmp_path / "patterns", "@@/lab/\n/a\\.lab/\n")
    done = run("compile", source, "--allow", patterns, "--rejects", tmp_path / "rejects")
    assert f"--allow {patterns}: 2 lines without a name, the first is line 1: '@@/lab/: " in done.stderr
    assert (tmp_path / "rejects").read_text().count('"exception"') == 2, "a pattern is no page"


@pytest.mark.parametrize(
    "words", [("compile", "-", "--allow", "-"), ("diff", "-", "-"), ("compile", "-", "-")]
)
def test_standard_input_is_read_once(words: tuple[str, ...]) -> None:
    """The second reader would find nothing: an allow list that allows nothing, a list from which all was removed."""
    done = run(*words, text="a.lab.org\n")
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith("- stands twice: standard input can be read once")


def test_a_folder_in_the_place_of_a_file_is_told_before_the_work(tmp_path: Path) -> None:
    for words in (("-o", tmp_path), ("-o", tmp_path / "x", "--rejects", tmp_path)):
        done = run("compile", "-", *words, text="a.lab.org\n")
        assert (done.exit_code, done.stderr) == (2, f"{tmp_path}: a folder: name a file in it\n")


def as_anybody(*words: str | Path) -> subprocess.CompletedProcess[str]:
    """The program as somebody whom permissions hold back; root leaves its powers at the door."""
    drop = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.geteuid() == 0 else []
    command = [*drop, sys.executable, "-m", "blocklists", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_place_that_may_not_be_read_or_entered_is_a_line(tmp_path: Path) -> None:
    source, old, shut = write(tmp_path / "in", "a.lab.org\n"), tmp_path / "old.rpz", tmp_path / "shut"
    write(old, "@ SOA localhost. hostmaster.localhost. 2026112399 1 1 1 1\n").chmod(0)
    (shut / "release").mkdir(parents=True)
    shut.chmod(0)
    later = "its serial cannot be read, and the next must be later"
    cases: list[tuple[tuple[str | Path, ...], int, str]] = [
        (("compile", source, "-o", old), 2, f"{old}: Permission denied: {later}"),
        (("compile", source, "-o", shut / "x"), 2, f"{shut / 'x'}: Permission denied"),
        (("compile", shut / "x"), 2, f"{shut / 'x'}: Permission denied"),
        (("check", shut / "release"), 1, f"{shut / 'release'}: Permission denied"),
    ]
    try:
        for words, code, says in cases:
            done = as_anybody(*words)
            said = (done.stdout + done.stderr).splitlines()
            assert (done.returncode, says in said, len(said) < 3) == (code, True, True), (words, said)
    finally:
        shut.chmod(0o700)
        old.chmod(0o600)
    (shut / "release" / "manifest.json").touch()
    (shut / "release").chmod(0)
    try:
        done = as_anybody("check", shut / "release", "--json")
    finally:
        (shut / "release").chmod(0o700)
    assert (done.returncode, "is not readable" in done.stderr) == (2, True), done


def test_a_file_of_a_release_that_may_not_be_read_is_not_called_missing(
    tmp_path: Path, entries: Make, key: Key
) -> None:
    """Fetched anew it would be as unreadable."""
    publish(entries("evil.lab.org"), tmp_path, ["rpz"], now="2026-11-23T12:00:00Z", key=key)
    (file,) = tmp_path.glob("*.rpz")
    file.chmod(0)
    said = as_anybody("check", tmp_path)
    assert f"{file.name} cannot be read: Permission denied" in said.stdout + said.stderr
    file.unlink()
    said = as_anybody("check", tmp_path)
    assert f"{file.name} is missing" in said.stdout + said.stderr


def test_a_setting_is_shown_as_it_was_typed(tmp_path: Path) -> None:
    source = write(tmp_path / "in", "a.lab.org\n")
    done = run("compile", source, "-f", "rpz-garden", "--set", "garden=1.2.3,x")
    assert done.stderr.startswith("--set garden = 1.2.3,x: one host name with its trailing dot, or addresses")


def test_a_wrong_option_is_named_with_its_value(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["compile", "x", "--budget", "many", "-o", str(tmp_path / "y.rpz")])
    assert (done.exit_code, "'many': a whole number is asked for" in done.stderr) == (2, True), done.output
