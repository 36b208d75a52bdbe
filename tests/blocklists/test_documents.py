"""Lists that come as JSON or as a workbook: their names are found, with the line each stands on; bombs are refused."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from blocklists.cli import app
from blocklists.compiler import Compiled, compile_lists
from blocklists.documents import document_lines
from blocklists.formats import FORMATS, Settings
from blocklists.lists import BlockList
from blocklists.packed import BadDocument

Make = Callable[..., BlockList]
STIX = {
    "type": "bundle",
    "id": "bundle--1",
    "objects": [
        {"type": "identity", "spec_version": "2.1", "name": "somebody"},
        {"type": "indicator", "spec_version": "2.1", "pattern": "[domain-name:value = 'evil.lab.org']"},
        {"type": "indicator", "spec_version": "2.1", "pattern": "[ipv4-addr:value = '192.0.2.1']"},
        {
            "type": "indicator",
            "spec_version": "2.1",
            "pattern": "[domain-name:value = 'a.lab.org' OR domain-name:value = 'b.lab.org']",
            "valid_until": "2027-01-02T00:00:00Z",
        },
        {
            "type": "indicator",
            "spec_version": "2.1",
            "pattern": "[domain-name:value = 'gone.lab.org']",
            "revoked": True,
        },
        {"type": "indicator", "spec_version": "2.1", "pattern": "[domain-name:value LIKE '%.org']"},
        {
            "type": "indicator",
            "spec_version": "2.1",
            "pattern": "[domain-name:value = 'a.org' OR domain-name:value MATCHES '.*$']",
        },
    ],
}
MISP = {
    "Event": {
        "info": 'a note that says "Attribute": [{"type": "domain", "value": "victim.org", "to_ids": true}]',
        "Attribute": [
            {"type": "domain", "value": "evil.lab.org", "to_ids": True},
            {"type": "hostname", "value": "h.lab.org", "to_ids": True},
            {"type": "domain|ip", "value": "d.lab.org|192.0.2.1", "to_ids": True},
            {"type": "md5", "value": "0" * 32, "to_ids": True},
            {"type": "domain", "value": "seen.lab.org", "to_ids": False},
            {"type": "domain", "value": "gone.lab.org", "to_ids": True, "deleted": True},
            {"type": "url", "value": "http://u.lab.org/", "to_ids": True},
            {"type": "url", "value": "http://u.lab.org/page", "to_ids": True},
        ],
        "Object": [{"Attribute": [{"type": "domain", "value": "o.lab.org", "to_ids": True}]}],
    }
}
SNITCH = {"name": "x", "denied-remote-domains": ["evil.lab.org"], "denied-remote-hosts": ["h.lab.org"]}
DOCUMENTS = [
    (
        STIX,
        ["host:a.lab.org", "host:b.lab.org", "host:evil.lab.org"],
        ["not_a_name", "over", "not_a_name", "not_a_name"],
        "STIX",
    ),
    (
        MISP,
        [
            "subtree:d.lab.org",
            "subtree:evil.lab.org",
            "host:h.lab.org",
            "subtree:o.lab.org",
            "host:u.lab.org",
        ],
        ["not_a_name", "over", "over", "url"],
        "MISP: a text that looks like an event is none",
    ),
    (SNITCH, ["subtree:evil.lab.org", "host:h.lab.org"], [], "Little Snitch"),
    (
        [{"domain": "evil.lab.org"}, {"x": 1}, "b.lab.org", 7],
        ["subtree:b.lab.org", "subtree:evil.lab.org"],
        ["json", "json"],
        "an array",
    ),
    ({"allow": ["lab.org"], "deny": ["evil.lab.org"]}, [], ["json"], "who knows which are to be blocked"),
]


def compiled(data: bytes) -> Compiled:
    lines = document_lines(io.BytesIO(data))
    assert lines is not None
    return compile_lists([("file", lines)])


def said(made: Compiled) -> list[str]:
    return [f"{entry.reach}:{entry.name}" for entry in made.blocklist]


@pytest.mark.parametrize("indent", [None, 2, "\t"])
@pytest.mark.parametrize(("document", "names", "reasons", "why"), DOCUMENTS)
def test_names_are_found_however_the_document_is_laid_out(
    document: object, names: list[str], reasons: list[str], why: str, indent: int | str | None
) -> None:
    made = compiled(json.dumps(document, indent=indent).encode())
    assert said(made) == names, why
    rejects = [reject.reason for reject in made.rejects]
    if reasons == ["json"]:  # each line of what is no list
        reasons = ["json"] * max(1, len(rejects))
    assert rejects == reasons, why


@pytest.mark.parametrize("document", [{"domains": ["evil.lab.org"]}, {"x": [{"domain": "evil.lab.org"}]}])
@pytest.mark.parametrize("indent", [None, 1])
def test_json_that_does_not_say_what_to_block_is_refused_with_the_way_out(
    document: dict[str, list[object]], indent: int | None, tmp_path: Path
) -> None:
    """`jq -rc` writes a text as it is and an object as one line: what the message says to do is done by hand here."""
    source = tmp_path / "in.json"
    source.write_text(json.dumps(document, indent=indent))
    done = CliRunner().invoke(app, ["compile", str(source)])
    assert (done.exit_code, done.stdout) == (3, "")
    assert "jq -rc '.KEY[]' FILE" in done.stderr
    taken = [one if isinstance(one, str) else json.dumps(one) for one in next(iter(document.values()))]
    again = CliRunner().invoke(app, ["compile", "-", "-f", "rpz"], input="\n".join(taken) + "\n")
    assert again.exit_code == 0
    assert "\nevil.lab.org CNAME ." in again.stdout


def test_a_reject_has_the_line_it_stands_on() -> None:
    text = json.dumps(STIX, indent=1)
    made = compiled(text.encode())
    wanted = text[: text.index("ipv4-addr")].rindex("{")
    assert made.rejects[0].line == text[:wanted].count("\n") + 1


def test_a_cut_document_gives_what_is_whole_and_a_reject() -> None:
    made = compiled(json.dumps(SNITCH, indent=1).encode().replace(b'"h.lab.org"', b'"h.la')[:-8])
    assert said(made) == ["subtree:evil.lab.org"]
    assert [reject.reason for reject in made.rejects] == ["json"]


@pytest.mark.parametrize("end", ["", ",", ",\n", " "])
def test_a_document_cut_between_two_names_is_told(end: str) -> None:
    """Nobody sees from what is there that something is missing."""
    made = compiled(f'{{"denied-remote-domains": ["a.lab.org", "b.lab.org"{end}'.encode())
    assert said(made) == ["subtree:a.lab.org", "subtree:b.lab.org"]
    assert [(one.reason, "cut" in one.text) for one in made.rejects] == [("json", True)]


@pytest.mark.parametrize("name", ["jsonl", "stix", "misp", "xlsx"])
@pytest.mark.parametrize("squeezed", [False, True])
def test_our_own_documents_come_back_by_the_command_line(
    name: str, squeezed: bool, entries: Make, settings: Settings, tmp_path: Path
) -> None:
    blocklist = entries("evil.lab.org", "host:_x0041_.lab.org", "www:w.lab.org", "例子.中国")
    data = b"".join(FORMATS[name].save(blocklist, settings))
    if squeezed and name in ("stix", "misp"):
        data = json.dumps(json.loads(data), separators=(",", ":")).encode()
    source, out = tmp_path / "in", tmp_path / "out.csv"
    source.write_bytes(data)
    done: Result = CliRunner().invoke(app, ["compile", str(source), "--format", "csv", "-o", str(out)])
    assert done.exit_code == 0, done.stderr
    assert "0 rejected" in done.stderr
    rows = [line.split(",")[:3] for line in out.read_text("utf-8").splitlines()[1:]]
    assert [(row[0], row[2]) for row in rows] == [(entry.name, entry.reach) for entry in blocklist]


def workbook(sheet: str, texts: str | None = None, **more: str) -> bytes:
    """A workbook as another program writes one."""
    main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", sheet.replace("MAIN", main))
        if texts:
            archive.writestr("xl/sharedStrings.xml", texts.replace("MAIN", main))
        for name, text in more.items():
            archive.writestr(name, text)
    return file.getvalue()


def test_a_workbook_of_another_program_is_read_row_by_row() -> None:
    made = compiled(
        workbook(
            '<worksheet MAIN><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row>'
            '<row r="2"><c r="A2" t="s"><v>2</v></c><c r="B2"><v>1</v></c></row>'
            '<row r="5"><c r="B5" t="inlineStr"><is><t>no name</t></is></c></row>'
            '<row r="6"><c r="A6" t="str"><f>"b"&amp;".lab.org"</f><v>b.lab.org</v></c></row>'
            '<row r="7"><c r="A7" t="s"><v>3</v></c></row></sheetData></worksheet>',
            "<sst MAIN><si><t>Domain</t></si><si><t>note</t></si><si><r><t>evil</t></r><r><t>.lab.org</t></r></si>"
            "<si><t>a\nb</t><rPh><t>reading</t></rPh></si></sst>",
        )
    )
    assert said(made) == ["subtree:b.lab.org", "subtree:evil.lab.org"]
    assert [(reject.line, reject.reason) for reject in made.rejects] == [(5, "no_name"), (7, "bad_character")]


BOMBS = [
    (
        workbook('<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><worksheet MAIN>&b;</worksheet>'),
        "document type",
        "entities that multiply",
    ),
    (
        workbook("<worksheet MAIN>", "<!DOCTYPE x SYSTEM 'file:///etc/passwd'><sst MAIN/>"),
        "document type",
        "another file",
    ),
    (workbook("<worksheet MAIN><row>"), "not a workbook", "cut XML"),
    (b"PK\x03\x04" + bytes(100), "not a workbook", "no archive"),
]


@pytest.mark.parametrize(("data", "says", "why"), BOMBS)
def test_a_bomb_is_refused(data: bytes, says: str, why: str, tmp_path: Path) -> None:
    with pytest.raises(BadDocument, match=says):
        compiled(data)
    source = tmp_path / "in.xlsx"
    source.write_bytes(data)
    done = CliRunner().invoke(app, ["compile", str(source)])
    assert done.exit_code == 2, why
    assert says in done.stderr


def test_a_row_number_from_nowhere_makes_no_million_rows() -> None:
    rows = "".join(
        f'<row r="{number}"><c r="A1"><v>x</v></c></row>' for number in (9_999_999, -1, "x", 10**30)
    )
    made = compiled(workbook(f"<worksheet MAIN><sheetData>{rows}</sheetData></worksheet>"))
    assert made.counts.lines == 4


TEXTS = [b"[Adblock Plus]\n||evil.lab.org^\n", b"evil.lab.org\n", b"", b"# {}\n", b"[evil]\n", b"PK evil\n"]


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_is_no_document(text: bytes) -> None:
    assert document_lines(io.BytesIO(text)) is None
