"""`domainscan label`: files as a person types them, and URLs through the visit's own gate."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import own_sites
import pytest

from domainscan.lab.internet import Lab
from tests.read.labels import build
from tests.read.labels.build import BUILDERS, LABEL

ADDRESS = "127.78.5.1"
KIB = 1024
NAMES = ("own-media.lab", "two-faced-media.lab")
WRONG = LABEL.replace('"Label": "1"', '"Label": "AIGC"')
LATE = build.film_keys(LABEL, early=False).replace(
    build.box(b"mdat", b"\x00\x01" * 400), build.box(b"mdat", bytes(600 * KIB))
)
FILES = {
    "/small.png": build.png_text(LABEL),
    "/wrong.png": build.png_text(WRONG),
    "/long.png": build.png(build.chunk(b"tEXt", b"AIGC\x00" + LABEL.encode()), build.chunk(b"IDAT", bytes(900 * KIB))),
    "/late.mp4": LATE,
    "/none.jpg": build.jpeg() + bytes(900 * KIB),
}  # fmt: skip


class Server(own_sites.Quiet):
    """Serves FILES. It knows Range, except below /whole/; below /odd/ it answers with another part."""

    asked: ClassVar[list[tuple[str, str]]] = []  # (path, Range)
    sent: ClassVar[int] = 0
    robots: ClassVar[bytes] = b""
    held: ClassVar[threading.Event] = threading.Event()  # until then /never does not answer

    def do_GET(self) -> None:
        place, wanted = self.path, self.headers.get("Range", "")
        if place == "/robots.txt":
            self._answer(200, self.robots)
            return
        self.asked.append((place, wanted))
        if place == "/never":
            self.held.wait(60)
            return
        if place == "/away":
            self.send_response(302)
            self.send_header("Location", "http://two-faced-media.lab/small.png")
            self.end_headers()
            return
        data = FILES.get(place.replace("/whole/", "/").replace("/odd/", "/"))
        if data is None:
            self._answer(404, b"gone")
        elif wanted and place.startswith("/odd/"):
            self._answer(206, data[100:200], f"bytes 100-199/{len(data)}")
        elif wanted and not place.startswith("/whole/"):
            end = min(int(wanted.partition("-")[2]), len(data) - 1)
            self._answer(206, data[: end + 1], f"bytes 0-{end}/{len(data)}")
        else:
            self._answer(200, data)

    def _answer(self, status: int, body: bytes, part: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if part:
            self.send_header("Content-Range", part)
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:  # the visitor had enough
            self.close_connection = True
        type(self).sent += len(body)


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    folder = tmp_path_factory.mktemp("own")
    with own_sites.served(NAMES, ADDRESS, Server, folder, elsewhere="two-faced-media.lab") as lab:
        yield lab


@pytest.fixture
def desk(program: Any, media: Lab) -> Any:
    """The program, configured for the lab with our server; what was asked before is forgotten."""
    Server.asked.clear()
    Server.robots = b""
    return own_sites.configured(program, media, ADDRESS)


def _grades(done: Any) -> list[str | None]:
    return [one["grade"] for one in json.loads(done.stdout)]


@pytest.mark.parametrize("form", ["--jsonl", "--json", ""])
def test_a_batch_that_is_stopped_keeps_what_was_read(desk: Any, tmp_path: Path, form: str) -> None:
    """See it fail: gather all samples before the first is printed."""
    (tmp_path / "a.png").write_bytes(build.png_text(LABEL))
    Server.held.clear()
    words = ["label", *filter(None, [form]), str(tmp_path / "a.png"), "http://own-media.lab/never", "b.png"]
    running = desk.start(*words, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    first = running.stdout.readline() if form == "--jsonl" else ""
    while running.poll() is None and not Server.asked:
        time.sleep(0.01)
    running.send_signal(signal.SIGINT)
    rest, said = running.communicate(timeout=60)
    Server.held.set()
    assert running.returncode == 130
    assert (first + rest).count("a.png") == 1
    assert said.startswith("interrupted: 1 of 3 inputs read, the rest was not looked at\n")


# ---------------------------------------------------------------- files


def test_files_of_every_kind_are_graded_and_nothing_is_stored(program: Any, tmp_path: Path) -> None:
    names = []
    for number, (name, (build_file, _, _)) in enumerate(BUILDERS.items()):
        (tmp_path / f"{number}").write_bytes(build_file(LABEL))
        names.append((name, str(tmp_path / f"{number}")))
    done = program.run("label", *(path for _, path in names), "--json")
    assert done.returncode == 0, done.stderr
    assert [one["input"] for one in json.loads(done.stdout)] == [path for _, path in names]
    assert set(_grades(done)) == {"compliant"}
    assert not program.home.exists()


def test_a_record_has_the_label_its_clause_and_the_operator(program: Any, tmp_path: Path) -> None:
    file = tmp_path / "picture.png"
    file.write_bytes(build.png_text(WRONG))
    (record,) = program.json("label", str(file))
    assert (record["kind"], record["grade"]) == ("PNG", "noncompliant")
    assert record["labels"][0]["fields"]["Label"] == "AIGC"
    assert record["labels"][0]["place"] == "PNG tEXt AIGC"
    assert ("label_value", "GB 45438-2025 Annex E c") in [
        (one["rule"], one["clause"]) for one in record["reasons"]
    ]
    assert record["operators"][0]["credit_code"] == build.CREDIT
    assert (record["bytes_read"], record["bytes_total"]) == (file.stat().st_size,) * 2


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("wrong.png",), 0),
        (("wrong.png", "--fail-on", "noncompliant"), 1),
        (("right.png", "--fail-on", "noncompliant"), 0),
        (("right.png", "wrong.png", "--fail-on", "not_found", "--fail-on", "noncompliant"), 1),
        (("right.png", "missing.png"), 3),
        (("wrong.png", "missing.png", "--fail-on", "noncompliant"), 1),
        (("right.png", "--fail-on", "wrong"), 2),
        ((), 2),
    ],
)
def test_exit_codes(program: Any, tmp_path: Path, words: tuple[str, ...], code: int) -> None:
    (tmp_path / "right.png").write_bytes(build.png_text(LABEL))
    (tmp_path / "wrong.png").write_bytes(build.png_text(WRONG))
    done = program.run("label", *(str(tmp_path / one) if one.endswith(".png") else one for one in words))
    assert done.returncode == code, done.stderr


def test_what_cannot_be_read_is_a_failure_and_the_others_are_graded(program: Any, tmp_path: Path) -> None:
    (tmp_path / "right.png").write_bytes(build.png_text(LABEL))
    done = program.run(
        "label", str(tmp_path), str(tmp_path / "missing"), str(tmp_path / "right.png"), "--jsonl"
    )
    records = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(one["failure"] or {}).get("status") for one in records] == ["not_applicable", "not_found", None]
    assert [one["grade"] for one in records] == [None, None, "compliant"]


@pytest.mark.parametrize(
    ("start", "kind"),
    [
        ("<!DOCTYPE html>", "page"),
        ("\ufeff\r\n <HTML lang=zh>", "page"),
        (
            '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN">',
            "page",
        ),
        ("<!-- saved from url=(0021)https://example.org/ -->\n<!-- 2 -->\n<html>", "page"),
        ('<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg">', "SVG"),
        ("<!-- a comment that does not end <html>", "text"),
        ("<headline>", "text"),
    ],
)
def test_a_page_on_disk_is_told_by_how_it_begins(start: str, kind: str, program: Any, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text(f"{start}<title>x</title><p>内容由AI生成</p>", "utf-8")
    (found,) = json.loads(program.run("label", str(file), "--json").stdout)
    assert found["kind"] == kind


def test_what_is_said_of_many_files_is_said_once(program: Any, tmp_path: Path) -> None:
    files = [tmp_path / f"{number}.png" for number in range(3)]
    for file in files:
        file.write_bytes(build.png_text(LABEL))
    (tmp_path / "4.wav").write_bytes(
        build.wav(build.riff_chunk(b"LIST", b"INFO" + build.riff_chunk(b"AIGC", LABEL.encode())))
    )
    said = program.run("label", *map(str, files), str(tmp_path / "4.wav")).stderr.splitlines()
    assert [line.partition(": producer ")[0] for line in said if ": producer " in line] == [
        f"{files[0]} and 3 more"
    ]
    assert next(line for line in said if "not the place" in line).startswith(f"{tmp_path}/4.wav: ")


def test_an_input_is_named_as_it_was_typed(program: Any, tmp_path: Path) -> None:
    """Whoever joins the answers to his own list of files must find his own spelling."""
    (tmp_path / "page.html").write_text("<!doctype html><title>x</title><p>hello")
    typed = [f"{tmp_path}/./page.html", f"{tmp_path}//gone.png", f"{tmp_path}/", ""]
    done = program.run("label", *typed, "--json")
    assert [one["input"] for one in json.loads(done.stdout)] == typed
    assert json.loads(done.stdout)[-1]["failure"]["detail"] == "no name"


def test_a_long_file_is_read_in_part_and_that_is_said(program: Any, tmp_path: Path) -> None:
    file = tmp_path / "late.mp4"
    file.write_bytes(LATE)
    done = program.run("label", str(file), "--max-bytes", "65536")
    assert "inconclusive" in done.stdout
    assert f"read 65,536 of {len(LATE):,} bytes" in done.stderr


def test_the_table_says_grade_place_and_clause_on_one_line(program: Any, tmp_path: Path) -> None:
    (tmp_path / "wrong.png").write_bytes(build.png_text(WRONG.replace("0a0b-0001", "a\\nb\\u202e")))
    done = program.run("label", str(tmp_path / "wrong.png"))
    (line,) = [one for one in done.stdout.splitlines() if "wrong.png" in one]
    assert "noncompliant" in line
    assert "[GB 45438-2025 Annex E c]" in line
    assert "\u202e" not in done.stdout + done.stderr


# ---------------------------------------------------------------- URLs


def test_a_file_at_a_url_is_asked_for_its_beginning(desk: Any) -> None:
    done = desk.run("label", "http://own-media.lab/small.png", "http://own-media.lab/long.png", "--json")
    assert done.returncode == 0, done.stderr + done.stdout
    assert _grades(done) == ["compliant", "compliant"]
    assert Server.asked == [("/small.png", "bytes=0-262143"), ("/long.png", "bytes=0-262143")]
    long = json.loads(done.stdout)[1]
    assert (long["bytes_read"], long["bytes_total"]) == (256 * KIB, len(FILES["/long.png"]))
    assert "part_read" in [one["rule"] for one in long["reasons"]]
    assert not desk.home.exists()


def test_the_whole_file_is_asked_for_when_its_labels_stand_at_the_end(desk: Any) -> None:
    done = desk.run("label", "http://own-media.lab/late.mp4", "http://own-media.lab/none.jpg", "--json")
    assert _grades(done) == ["compliant", "not_found"]
    assert [path for path, _ in Server.asked] == ["/late.mp4", "/late.mp4", "/none.jpg"]
    assert Server.asked[1] == ("/late.mp4", "")


def test_a_whole_file_longer_than_the_limit_is_not_asked_for(desk: Any) -> None:
    done = desk.run("label", "http://own-media.lab/late.mp4", "--json", "--max-bytes", str(300 * KIB))
    assert _grades(done) == ["inconclusive"]
    assert len(Server.asked) == 1


def test_a_server_without_ranges_is_cut_off(desk: Any) -> None:
    done = desk.run("label", "http://own-media.lab/whole/long.png", "--json")
    (record,) = json.loads(done.stdout)
    assert record["grade"] == "compliant"
    assert (record["bytes_read"], record["bytes_total"]) == (256 * KIB, len(FILES["/long.png"]))


@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("http://own-media.lab/missing", "not_found"),
        ("http://own-media.lab/odd/small.png", "bad_response"),  # a part from the middle is no beginning
        ("http://two-faced-media.lab/small.png", "blocked_address"),  # also points into the machine
        ("http://own-media.lab/away", "blocked_address"),  # leads there
        ("http://127.0.0.1/small.png", "blocked_address"),
        ("http://own-media.lab:22/small.png", "blocked_port"),
        ("http://nobody-media.lab/small.png", "unreachable"),
    ],
)
def test_what_a_visit_would_not_reach_is_not_reached(desk: Any, url: str, status: str) -> None:
    done = desk.run("label", url, "--json")
    (record,) = json.loads(done.stdout)
    assert (record["grade"], record["failure"]["status"], done.returncode) == (None, status, 3), done.stderr


def test_robots_are_heeded(desk: Any) -> None:
    Server.robots = b"User-agent: *\nDisallow: /\n"
    (record,) = json.loads(desk.run("label", "http://own-media.lab/small.png", "--json").stdout)
    assert record["failure"]["status"] == "disallowed"
    assert Server.asked == []


def test_media_are_not_asked_for_where_only_text_is_read(program: Any, internet: Lab) -> None:
    """A name with a case of sexual imagery: nothing but text is ever read there."""
    assert program.run("scan", "qingying-photo.lab").returncode == 0
    before = internet.requests("qingying-photo.lab")
    done = program.run(
        "label", "http://qingying-photo.lab/sample.png", "http://cdn.qingying-photo.lab/a.png", "--json"
    )
    records = json.loads(done.stdout)
    assert [one["failure"]["status"] for one in records] == ["not_applicable"] * 2
    assert "only text is read" in records[0]["failure"]["detail"]
    assert internet.requests("qingying-photo.lab") == before
    (page,) = json.loads(program.run("label", "https://heronstone-bank.lab/", "--json").stdout)
    assert (page["grade"], [one["rule"] for one in page["reasons"]]) == ("not_found", ["no_duty"])
