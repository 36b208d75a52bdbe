"""The never-list on the command line: what is imported, why a name is protected, and what closes the gate."""

from __future__ import annotations

import json
import re
import shlex
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from blocklists import cli, cli_protect

Run = Callable[..., Result]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The program's clock: `clock[0] = ...` sets the day."""
    days = ["2026-11-26"]
    monkeypatch.setattr(cli_protect, "_today", lambda: date.fromisoformat(days[0]))
    monkeypatch.setattr(cli, "now_utc", lambda: f"{days[0]}T12:00:00Z")
    return days


@pytest.fixture
def run(tmp_path: Path, clock: list[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """`blocklists` with this test's folder of protected names; another code than the wanted one fails."""
    monkeypatch.setenv("BLOCKLISTS_PROTECT", str(tmp_path / "protect"))

    def call(*words: str | Path, code: int = 0, text: str | None = None) -> Result:
        done = CliRunner().invoke(cli.app, [str(one) for one in words], input=text)
        assert done.exit_code == code, (done.output, done.exception)
        return done

    return call


def write(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


def ranking(run: Run, tmp_path: Path) -> None:
    file = write(tmp_path / "top.csv", "1,used.org\n2,www.apex.org\n100001,known.org\n")
    run("protect", "import", "tranco", file, "--date", "2026-11-20")


def test_a_ranking_is_imported_and_the_compiler_asks_it(run: Run, tmp_path: Path) -> None:
    lines = "used.org\n0.0.0.0 a.used.org\nknown.org\napex.org\nfree.org\n"
    (tmp_path / "protect").mkdir()
    assert "5 names, 4 entries, 0 rejected" in run("compile", "-", "-f", "names", text=lines).stderr
    ranking(run, tmp_path)
    done = run("compile", "-", "-f", "names", "--rejects", tmp_path / "no.csv", text=lines)
    assert [line for line in done.stdout.splitlines() if line[0] != "#"] == ["free.org"]
    rows = (tmp_path / "no.csv").read_text("utf-8").splitlines()[1:]
    assert [(row.split('","')[1], row.split('","')[3]) for row in rows] == [
        ("1", "popular: used.org is among the first 100,000 (tranco of 2026-11-20)"),
        ("2", "popular: a.used.org lies below used.org, among the first 100,000 (tranco of 2026-11-20)"),
        ("3", "popular: known.org is among the first 1,000,000 (tranco of 2026-11-20)"),
        ("4", "popular: below apex.org lies a name among the first 100,000 (tranco of 2026-11-20)"),
    ]


def test_p08_a_list_that_is_too_old_ends_with_4_and_names_the_command(
    run: Run, tmp_path: Path, clock: list[str]
) -> None:
    ranking(run, tmp_path)
    clock[0] = "2026-12-04"
    run("compile", "-", "-f", "names", text="free.org\n")
    clock[0] = "2026-12-05"
    out = write(tmp_path / "out.txt", "the old list")
    done = run("compile", "-", "-f", "names", "-o", out, text="free.org\n", code=4)
    assert done.stderr == (
        "the list tranco of protected names is 15 days old (of 2026-11-20), allowed are 14: renew it,"
        f" `blocklists protect import tranco FILE --date YYYY-MM-DD --folder {tmp_path / 'protect'}`."
        " --no-protect goes on without any\n"
    )
    assert out.read_text("utf-8") == "the old list"
    listed = run("protect", "list", code=4)
    assert "of 2026-11-20, 15 of 14 days old TOO OLD" in listed.stdout
    assert "the list tranco of protected names is 15 days old" in listed.stderr
    run("protect", "import", "tranco", tmp_path / "top.csv", "--date", "2026-12-05")
    run("compile", "-", "-f", "names", text="free.org\n")
    clock[0] = "2028-01-01"
    assert "the shipped list of protected names is 426 days old" in run("protect", "list", code=4).stderr


def test_what_was_left_out_is_shown_and_ends_with_3(run: Run, tmp_path: Path) -> None:
    table = {
        "name": "Mixed",
        "version": 3,
        "type": "string",
        "list": ["a.org", ".b.org", "192.0.2.0/24", "com"],
    }
    done = run(
        "protect", "import", "misp", write(tmp_path / "l.json", json.dumps(table)), "--list", "mixed", code=3
    )
    said = done.stderr.splitlines()
    assert said[0].startswith("mixed: 2 names of 2026-11-26, Mixed (sha256:")
    assert said[1:] == [
        "  1 are protected exactly as they stand: names below may be listed (--scope below)",
        "  1 network: a range of addresses: only names are protected here: 192.0.2.0/24",
        "  1 top_level: a top-level domain: never listed anyway: com",
    ]
    table["list"] = ["a.org", ".b.org", "com"]
    run("protect", "import", "misp", write(tmp_path / "l.json", json.dumps(table)), "--list", "mixed")


def test_show_says_which_list_since_when_and_why(run: Run, tmp_path: Path) -> None:
    ranking(run, tmp_path)
    run("protect", "add", "desk.used.org", "--why", "our appeal page")
    said = run("protect", "show", "used.org").stdout.splitlines()
    assert said == [
        "used.org, subtree: never listed",
        "  own: desk.used.org lies below used.org: our appeal page [own since 2026-11-26; own.txt];"
        " opened by: two named people, with a reason and an expiry",
        "  popular: used.org is among the first 100,000 (tranco of 2026-11-20); no. 1: used.org"
        " [tranco since 2026-11-20; top.csv]; opened by: two named people, with a reason and an expiry",
    ]


@pytest.mark.parametrize(
    ("name", "reach", "verdict", "guard", "where"),
    [
        ("free.org", "subtree", "may be listed", "", ""),
        ("known.org", "subtree", "two people have to answer for it", "popular", "tranco"),
        ("a.used.org", "host", "two people have to answer for it", "popular", "tranco"),
        ("a.used.org", "subtree", "never listed", "popular", "tranco"),
        ("apex.org", "subtree", "never listed", "popular", "tranco"),
        ("apex.org", "host", "may be listed", "", ""),
        ("co.uk", "subtree", "never listed", "public_suffix", ""),
        ("github.io", "host", "never listed", "public_suffix", ""),
        ("ocsp.digicert.com", "host", "never listed", "infrastructure", "shipped"),
        ("icbc.com.cn", "host", "never listed", "public_service", "shipped"),
        ("*.x", "host", "no name", "grammar", ""),
        ("127.1", "host", "no name", "grammar", ""),
    ],
)
def test_show_as_a_document(
    name: str, reach: str, verdict: str, guard: str, where: str, run: Run, tmp_path: Path
) -> None:
    ranking(run, tmp_path)
    found = json.loads(run("protect", "show", name, "--reach", reach, "--json").stdout)
    assert found["verdict"] == verdict
    assert [(one["guard"], one["list"]) for one in found["reasons"][:1]] == [(guard, where)] * bool(guard)


def test_show_tells_that_an_old_list_has_closed_the_gate(run: Run, tmp_path: Path, clock: list[str]) -> None:
    """Without it, `may be listed` would be read as a promise."""
    ranking(run, tmp_path)
    assert run("protect", "show", "free.org").stderr == ""
    clock[0] = "2026-12-05"
    said = run("protect", "show", "free.org")
    assert said.stdout == "free.org, subtree: may be listed\n"
    assert said.stderr.startswith("nothing is compiled or published meanwhile: the list tranco of protected")


def test_show_spells_a_name_both_ways(run: Run, tmp_path: Path) -> None:
    (tmp_path / "protect").mkdir()
    run("protect", "add", "Bücher.example", "--why", "ours")
    assert run("protect", "show", "bücher.example").stdout.startswith(
        "xn--bcher-kva.example (bücher.example), subtree: never listed\n  own: xn--bcher-kva.example: ours"
    )


def test_show_names_every_list_that_names_a_name(run: Run, tmp_path: Path) -> None:
    plain = write(tmp_path / "more.txt", "digicert.com\n")
    run(
        "protect",
        "import",
        "names",
        plain,
        "--list",
        "ours",
        "--guard",
        "infrastructure",
        "--title",
        "CAs we use",
    )
    found = json.loads(run("protect", "show", "ocsp.digicert.com", "--json").stdout)
    assert [(one["list"], one["since"]) for one in found["reasons"]] == [
        ("shipped", "2026-11-01"),
        ("ours", "2026-11-26"),
    ]


ALLOW = ("--by", "Lin", "--by", "Wei", "--reason", "a court ordered it", "--expires", "2026-12-20")


def test_an_override_lets_a_name_be_listed_and_is_told(run: Run, tmp_path: Path, clock: list[str]) -> None:
    ranking(run, tmp_path)
    run("compile", "-", "-f", "names", text="0.0.0.0 used.org\n", code=3)
    run("protect", "override", "used.org", *ALLOW)
    done = run("compile", "-", "-f", "names", text="0.0.0.0 used.org\n")
    assert "\nused.org\n" in done.stdout
    assert "override: used.org (host): Lin and Wei, until 2026-12-20: a court ordered it" in done.stderr
    line = "override {}: used.org (host): Lin and Wei, 2026-11-26 to 2026-12-20: a court ordered it"
    assert line.format("in force") in run("protect", "list").stdout
    assert (
        "used.org, host: may be listed: people answer for it"
        in run("protect", "show", "used.org", "--reach", "host").stdout
    )
    run("protect", "import", "tranco", tmp_path / "top.csv", "--date", "2026-11-26", "--max-age", "99")
    clock[0] = "2026-12-21"
    run("compile", "-", "-f", "names", text="0.0.0.0 used.org\n", code=3)
    assert line.format("counts no more") in run("protect", "list").stdout


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["override", "a.org", "--by", "Lin", "--by", "ＬＩＮ ", *ALLOW[4:]], 2, "are one person"),
        (["override", "a.org", "--by", "Lin", *ALLOW[4:]], 2, "two people"),
        (["override", "co.uk", *ALLOW], 2, "nobody may list it"),
        (["override", "a.org", *ALLOW[:-1], "2026-11-25"], 2, "within 366 days"),
        (["override", "a.org", *ALLOW[:-3], " ", "--expires", "2026-12-20"], 2, "needs a reason"),
        (["import", "alexa", "FILE"], 2, "use one of tranco"),
        (["import", "tranco", "FILE"], 2, "--date YYYY-MM-DD"),
        (["import", "tranco", "FILE", "--date", "today"], 2, "write YYYY-MM-DD"),
        (["import", "tranco", "/no/such/file", "--date", "2026-11-20"], 2, "No such file"),
        (["import", "misp", "FILE"], 2, "no JSON"),
        (["add", "127.0.0.1", "--why", "x"], 2, "an address"),
        (["list", "--folder", "/no/such/folder"], 4, "no such folder"),
        (["show", "a.org", "--folder", "/no/such/folder"], 4, "no such folder"),
    ],
)
def test_what_cannot_be_done_is_told(
    words: list[str], code: int, said: str, run: Run, tmp_path: Path
) -> None:
    file = write(tmp_path / "top.csv", "1,used.org\n")
    done = run("protect", *(str(file) if one == "FILE" else one for one in words), code=code)
    assert said in done.stderr
    assert done.stdout == ""


def test_the_list_as_a_document_has_origin_and_age_of_each(run: Run, tmp_path: Path) -> None:
    ranking(run, tmp_path)
    run("protect", "add", "desk.org", "--why", "ours", "--exact")
    run("protect", "override", "used.org", *ALLOW)
    found = json.loads(run("protect", "list", "--json").stdout)
    (one,) = (one for one in found["lists"] if one["list"] == "tranco")
    assert (one["source"], one["made"], one["imported"]) == ("top.csv", "2026-11-20", "2026-11-26")
    assert (one["names"], one["age_days"], one["max_age_days"], one["stale"]) == (3, 6, 14, False)
    assert one["digest"].startswith("sha256:")
    assert {one["guard"] for one in found["lists"] if one["list"] == "shipped"} == {
        "infrastructure", "shared_host", "public_service", "popular",
    }  # fmt: skip
    assert "suffixes" in {one["list"] for one in found["lists"]}
    assert [(one["name"], one["exact"]) for one in found["own"]] == [("desk.org", True)]
    assert [(one["name"], one["in_force"]) for one in found["overrides"]] == [("used.org", True)]


def test_a_damaged_list_ends_every_command_with_4(run: Run, tmp_path: Path) -> None:
    ranking(run, tmp_path)
    path = tmp_path / "protect" / "tranco.list"
    path.write_text(path.read_text("utf-8").replace("used.org", "user.org"), "utf-8")
    for words in (["compile", "-"], ["protect", "list"], ["protect", "show", "free.org"]):
        said = "tranco.list is damaged: import it anew, `blocklists protect import tranco FILE"
        assert said in run(*words, text="free.org\n", code=4).stderr
    run("compile", "-", "--no-protect", text="free.org\n")


PAGE = Path(__file__).parents[2] / "docs" / "protection.md"
COMMANDS = re.findall(r"^\$ blocklists (.+)\n((?:(?!\$ |```).*\n)*)", PAGE.read_text("utf-8"), re.MULTILINE)


def test_the_page_shows_what_the_commands_print(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every command of docs/protection.md, in its order, with the files it speaks of."""
    monkeypatch.chdir(tmp_path)
    with zipfile.ZipFile("top-1m.csv.zip", "w") as archive:
        rows = "1,popular.example\n2,cdn.popular.example\n250000,known.example\n3,com\n"
        archive.writestr(zipfile.ZipInfo("top-1m.csv", (2026, 11, 25, 1, 0, 0)), rows)
    banks = {
        "name": "List of known bank domains",
        "version": 9,
        "type": "hostname",
        "matching_attributes": ["domain", "hostname"],
        "list": [".bank.example", "old-bank.example", "192.0.2.0/24", "com"],
    }
    write(tmp_path / "list.json", json.dumps(banks))
    write(tmp_path / "in.txt", "known.example\npopular.example\nevil.example\n")
    for (words, printed), code in zip(COMMANDS, (0, 3, 0, 0, 0, 0, 0), strict=True):
        done = CliRunner().invoke(cli.app, shlex.split(words))
        assert re.sub(r"sha256:\w+", "sha256:", done.output) == re.sub(r"sha256:\w+", "sha256:", printed), (
            words
        )
        assert done.exit_code == code, words


def test_without_a_folder_the_shipped_names_are_shown_and_that_there_are_no_own_ones(
    run: Run, tmp_path: Path
) -> None:
    """See it fail: leave `folder` as it is in `show`. The compiler refuses to go on with half of the names."""
    folder = tmp_path / "protect"
    said = f"{folder}: there is no such folder yet: the shipped names alone count, there are no own ones\n"
    done = run("protect", "show", "letsencrypt.org")
    assert done.stderr == said
    assert "letsencrypt.org, subtree: never listed" in done.stdout
    assert run("protect", "show", "free.lab.org").stdout.startswith("free.lab.org, subtree: may be listed")
    assert json.loads(run("protect", "show", "letsencrypt.org", "--json").stdout)["verdict"]
    assert not folder.exists(), "looking makes nothing"
    assert "no such folder" in run("compile", "-", code=4, text="free.lab.org\n").stderr
    assert "no such folder" in run("protect", "list", code=4).stderr
    folder.symlink_to(tmp_path / "unmounted")
    assert "no such folder" in run("protect", "show", "letsencrypt.org", code=4).stderr, "there was one"


@pytest.mark.parametrize("name", ["", " ", "\t"])
def test_an_empty_name_is_refused(name: str, run: Run, tmp_path: Path) -> None:
    (tmp_path / "protect").mkdir()
    done = run("protect", "show", name, code=2)
    assert (done.stdout, done.stderr) == ("", "an empty NAME: say which name is meant\n")


@pytest.mark.parametrize("command", ["import", "add", "override", "list", "show"])
def test_the_help_of_folder_reads_by_itself(command: str, run: Run) -> None:
    """Typer wraps lines: words are compared."""
    words = " ".join(run("protect", command, "--help").stdout.split())
    assert "where imported lists, own additions and overrides are" in words
    assert "the same" not in words
