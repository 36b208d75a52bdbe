"""Files of others become dated lists: what is no name is counted by reason, and what is damaged or old is told."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from blocklists.cli_protect import FILES
from blocklists.entries import Reach
from blocklists.feeds import Wish, import_list
from blocklists.importers import IMPORTERS, SKIPPED, BadImport, Imported
from blocklists.names import Name
from blocklists.protect import BadSnapshot, StaleSnapshot, load_protected
from blocklists.ranking import Ranking, places
from blocklists.snapshots import About, read_list
from blocklists.suffixes import Suffixes

SUFFIXES = Suffixes(["com", "org", "co.uk"], ["pages.org"])
TODAY = date(2026, 11, 26)
DAY = date(2026, 11, 20)


def taken(folder: Path, data: bytes | str, kind: str = "tranco", **said: Any) -> tuple[About, Imported]:
    octets = data if isinstance(data, bytes) else data.encode()
    name = "" if kind in ("tranco", "umbrella", "crux") else "a-list"
    wish = Wish(kind, **{"today": TODAY, "made": DAY, "list": name} | said)
    return import_list(folder, f"files/{kind}.dat", octets, wish, SUFFIXES)


def misp(*names: str, kind: str = "hostname", **more: Any) -> str:
    table = {"name": "A list", "version": 7, "type": kind, "matching_attributes": ["hostname"], "list": names}
    return json.dumps(table | more)


def test_every_kind_of_file_is_on_the_command_line() -> None:
    assert tuple(IMPORTERS) == FILES


# ---------------------------------------------------------------- rankings

RANKINGS = [
    ("tranco", "1,big.com\r\n100000,last.org\r\n100001,next.org\r\n", ["big.com", "last.org"], ["next.org"]),
    ("umbrella", "1,cdn.big.com\n2,BIG.com.\n1000000,small.org\n", ["cdn.big.com", "big.com"], ["small.org"]),
    (
        "crux",
        "origin,rank\nhttps://www.big.com,1000\nhttp://Shop.org:8080,100000\nhttps://next.org,500000\n",
        ["www.big.com", "big.com", "shop.org"],
        ["next.org"],
    ),
]


@pytest.mark.parametrize(("kind", "text", "first", "others"), RANKINGS)
def test_a_ranking_says_who_is_refused_and_who_needs_two_people(
    kind: str, text: str, first: list[str], others: list[str], tmp_path: Path
) -> None:
    about, found = taken(tmp_path, text, kind)
    ranking = Ranking([read_list(tmp_path / f"{kind}.list")])
    assert (ranking.first, ranking.others, found.skipped.total()) == (set(first), set(others), 0)
    assert (about.made, about.imported, about.guard, about.names) == (
        DAY,
        TODAY,
        "popular",
        len(first + others),
    )


@pytest.mark.parametrize(
    ("row", "reason", "example"),
    [
        ("7,com", "top_level", "com"),
        ("7,co.uk", "public_suffix", "co.uk"),
        ("7,pages.org", "public_suffix", "pages.org"),
        ("7,192.0.2.1", "address", "192.0.2.1"),
        ("7,*.a.org", "pattern", "*.a.org"),
        ("7,a b.org", "not_a_name", "a b.org"),
        ("7,3.in-addr.arpa", "not_a_name", "3.in-addr.arpa"),
        ("seven,a.org", "not_a_name", "seven,a.org"),
        ("7,a.org,extra", "not_a_name", "7,a.org,extra"),
        ("1000001,a.org", "beyond", "a.org"),
        ("7,BIG.com", "again", "BIG.com"),
    ],
)
def test_what_is_no_name_is_counted_with_its_reason(
    row: str, reason: str, example: str, tmp_path: Path
) -> None:
    about, found = taken(tmp_path, f"1,big.com\n{row}\n")
    assert dict(found.skipped) == {reason: 1}
    assert found.examples[reason] == [example]
    assert reason in SKIPPED
    assert about.names == 1


def test_of_a_name_that_is_there_twice_the_better_place_counts(tmp_path: Path) -> None:
    taken(tmp_path, "500000,a.org\n4,a.org\n")
    assert places(read_list(tmp_path / "tranco.list")[1]) == {"a.org": 4}


def packed(members: dict[str, str]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, text in members.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 11, 18, 2, 0, 0)), text)
    return file.getvalue()


def test_files_may_be_packed_and_a_zip_says_its_day(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
    assert taken(tmp_path / "a", gzip.compress(b"1,a.org\n"))[0].names == 1
    about, _ = taken(tmp_path / "b", packed({"top-1m.csv": "1,a.org\n"}), made=None)
    assert about.made == date(2026, 11, 18)


REFUSED: list[tuple[bytes | str, dict[str, Any], str]] = [
    ("", {}, "nothing in it is a name"),
    ("1,com\n2,192.0.2.1\n", {}, "nothing in it is a name that can be protected; 1 top_level"),
    ("<html>\n" * 25 + "1,a.org\n", {}, "more than a tenth of it is no name"),
    ("1,a.org\n", {"made": None}, "--date YYYY-MM-DD"),
    ("1,a.org\n", {"made": date(2026, 11, 27)}, "is not there yet"),
    ("1,a.org\n", {"guard": "whim"}, "--guard whim"),
    ("1,a.org\n", {"scope": "wide"}, "--scope wide"),
    ("1,a.org\n", {"list": "../x"}, "name the list with a-z"),
    (b"\xff\xfe1,a.org", {}, "not UTF-8"),
    (b"PK\x03\x04 broken", {}, "cannot be unpacked"),
    (b"\x1f\x8b broken", {}, "cannot be unpacked"),
    (packed({"a.csv": "1,a.org\n", "b.csv": "1,b.org\n"}), {}, "a zip of 2 files"),
]


@pytest.mark.parametrize(("data", "said", "why"), REFUSED)
def test_a_file_that_cannot_be_trusted_leaves_the_list_as_it_was(
    data: bytes | str, said: dict[str, Any], why: str, tmp_path: Path
) -> None:
    taken(tmp_path, "1,before.org\n")
    before = (tmp_path / "tranco.list").read_bytes()
    with pytest.raises(BadImport) as error:
        taken(tmp_path, data, **said)
    assert why in str(error.value)
    assert [one.name for one in tmp_path.iterdir()] == ["tranco.list"]
    assert (tmp_path / "tranco.list").read_bytes() == before


def test_an_issue_that_lost_half_of_its_names_needs_a_word_more(tmp_path: Path) -> None:
    taken(tmp_path, "".join(f"{n},n{n}.org\n" for n in range(1, 10)))
    with pytest.raises(BadImport, match="4 names and the list before has 9"):
        taken(tmp_path, "".join(f"{n},n{n}.org\n" for n in range(1, 5)))
    assert taken(tmp_path, "1,n1.org\n", shrink=True)[0].names == 1


def test_an_older_issue_does_not_replace_a_newer_one(tmp_path: Path) -> None:
    taken(tmp_path, "1,a.org\n")
    with pytest.raises(BadImport, match="of 2026-11-19, older than the list there, of 2026-11-20"):
        taken(tmp_path, "1,a.org\n", made=date(2026, 11, 19))


def test_who_left_a_ranking_stays_protected_for_thirty_days(tmp_path: Path) -> None:
    issues = [("2026-09-01", "1,a.org\n2,b.org\n3,c.org\n"), ("2026-09-20", "1,a.org\n2,c.org\n")]
    issues += [("2026-10-01", "1,a.org\n2,d.org\n"), ("2026-10-02", "1,a.org\n2,d.org\n")]
    left = []
    for day, text in issues:
        about, _ = taken(tmp_path, text, made=date.fromisoformat(day))
        ranking = Ranking([read_list(tmp_path / "tranco.list")])
        left.append((about.left, sorted(ranking.first - {"a.org"})))
    assert left == [
        (0, ["b.org", "c.org"]),
        (1, ["b.org", "c.org"]),
        (2, ["b.org", "c.org", "d.org"]),
        (1, ["c.org", "d.org"]),
    ]


def test_rankings_are_united_and_the_better_band_counts(tmp_path: Path) -> None:
    taken(tmp_path, "1,a.org\n500000,b.org\n")
    taken(tmp_path, "1,b.org\n500000,a.org\n3,c.org\n", "umbrella")
    guards = load_protected((), SUFFIXES, "2026-11-26", 400, folder=tmp_path)
    found = {name: guards.refusals(Name(name), Reach.HOST)[0] for name in ("a.org", "b.org", "c.org")}
    assert {name: one.opens for name, one in found.items()} == dict.fromkeys(found, "override")
    assert "tranco of 2026-11-20, umbrella of 2026-11-20" in found["a.org"].detail


def test_same_file_same_octets(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        taken(tmp_path / folder, "2,b.org\n1,a.org\n")
    assert (tmp_path / "a" / "tranco.list").read_bytes() == (tmp_path / "b" / "tranco.list").read_bytes()


# ---------------------------------------------------------------- warning lists of MISP


@pytest.mark.parametrize(
    ("text", "lines", "skipped", "why"),
    [
        (misp("a.org", ".b.org"), ["a.org", "b.org"], {}, "host names mean what lies below, too"),
        (misp("a.org", ".b.org", kind="string"), ["=a.org", "b.org"], {}, "strings mean themselves"),
        (misp("a.org", kind="substring"), ["a.org"], {}, "a part of a text: at least the name"),
        (misp("a.org", "a.org"), ["a.org"], {"again": 1}, "twice"),
        (misp("a.org", ".a.org", kind="string"), ["a.org"], {}, "exactly, and with what lies below"),
        (misp("a.org", "COM", "co.uk"), ["a.org"], {"top_level": 1, "public_suffix": 1}, "suffixes"),
        (misp("a.org", "10.0.0.0/8"), ["a.org"], {"network": 1}, "a network among names"),
        (misp("a.org", r"^x.*\.org$"), ["a.org"], {"pattern": 1}, "a pattern among names"),
        (misp("a.org", 5), ["a.org"], {"other_attribute": 1}, "a number"),  # type: ignore[arg-type]
        (misp("a.org", matching_attributes=[]), ["a.org"], {}, "no attributes: compared with any"),
    ],
)
def test_a_warning_list_says_by_its_type_what_a_name_means(
    text: str, lines: list[str], skipped: dict[str, int], why: str, tmp_path: Path
) -> None:
    about, found = taken(tmp_path, text, "misp")
    assert read_list(tmp_path / "a-list.list")[1].split() == lines, why
    assert dict(found.skipped) == skipped, why
    assert about.source == "misp.dat MISP warning list, version 7"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (misp("10.0.0.0/8", "192.0.2.1", kind="cidr"), "2 network"),
        (misp(r".*\.org", kind="regex"), "1 pattern"),
        (misp("d41d8cd98f00b204e9800998ecf8427e", matching_attributes=["md5"]), "1 other_attribute"),
        ('{"list": "a.org"}', "it needs an array"),
        ("[]", "it needs an array"),
        ("{", "no JSON"),
        ("[" * 100_000, "no JSON"),
    ],
)
def test_a_warning_list_without_names_is_told_and_not_taken(text: str, why: str, tmp_path: Path) -> None:
    with pytest.raises(BadImport) as error:
        taken(tmp_path, text, "misp")
    assert why in str(error.value)


@pytest.mark.parametrize(
    ("title", "guard", "below"),
    [
        ("List of known bank domains", "public_service", True),
        ("List of known URL Shorteners domains", "shared_host", False),
        ("Top 1000 websites from Cisco Umbrella", "popular", True),
        ("CRL and OCSP domains", "infrastructure", True),
    ],
)
def test_a_warning_list_says_by_its_name_what_its_names_are(
    title: str, guard: str, below: bool, tmp_path: Path
) -> None:
    """What lies below shared hosts belongs to others: it may be listed."""
    assert taken(tmp_path, misp("a.org", name=title), "misp")[0].guard == guard
    guards = load_protected((), SUFFIXES, "2026-11-26", 400, folder=tmp_path)
    assert guards.refusals(Name("a.org"), Reach.HOST)[0].guard == guard
    assert bool(guards.refusals(Name("x.a.org"), Reach.HOST)) == below


@pytest.mark.parametrize(("scope", "lines"), [("exact", ["=a.org", "=b.org"]), ("below", ["a.org", "b.org"])])
def test_the_scope_can_be_said(scope: str, lines: list[str], tmp_path: Path) -> None:
    taken(tmp_path, misp("a.org", ".b.org", kind="string"), "misp", scope=scope)
    assert read_list(tmp_path / "a-list.list")[1].split() == lines


def test_a_plain_file_of_names(tmp_path: Path) -> None:
    text = "# ours\na.org  # the desk\n=b.org\n.c.org\nnot a name\n"
    about, found = taken(tmp_path, text, "names", guard="public_service", title="Hospitals\nof the\tprovince")
    assert read_list(tmp_path / "a-list.list")[1].split() == ["a.org", "=b.org", "c.org"]
    assert (dict(found.skipped), about.title) == ({"not_a_name": 1}, "Hospitals of the province")


# ---------------------------------------------------------------- age and damage


@pytest.mark.parametrize(
    ("kind", "data", "last", "renew"),
    [
        (
            "tranco",
            "1,a.org\n",
            "2026-12-04",
            "`blocklists protect import tranco FILE --date YYYY-MM-DD --folder ",
        ),
        ("crux", "https://a.org,1000\n", "2027-01-04", "`blocklists protect import crux FILE"),
        ("misp", misp("a.org"), "2027-02-18", "import misp FILE --date YYYY-MM-DD --list a-list --folder "),
    ],
)
def test_p08_an_old_list_closes_the_gate_and_says_how_to_open_it(
    kind: str, data: str, last: str, renew: str, tmp_path: Path
) -> None:
    about, _ = taken(tmp_path, data, kind)
    load_protected((), SUFFIXES, last, 4000, folder=tmp_path)  # its last day
    after = date.fromordinal(date.fromisoformat(last).toordinal() + 1).isoformat()
    with pytest.raises(StaleSnapshot) as error:
        load_protected((), SUFFIXES, after, 4000, folder=tmp_path)
    said = str(error.value)
    assert said.startswith(f"the list {about.list} of protected names is {about.max_age_days + 1} days old")
    assert f"(of 2026-11-20), allowed are {about.max_age_days}" in said
    assert renew in said
    assert said.endswith(f" --folder {tmp_path}`"), "the command can be typed as it stands"


def test_p08_the_age_can_be_configured_and_renewing_repeats_it(tmp_path: Path) -> None:
    taken(tmp_path, "1,a.org\n", max_age_days=3)
    with pytest.raises(StaleSnapshot, match=r"allowed are 3: .*--max-age 3"):
        load_protected((), SUFFIXES, "2026-11-24", 400, folder=tmp_path)


def test_p08_old_public_suffixes_close_the_gate() -> None:
    old = Suffixes(["com"], made=date(2024, 1, 1))
    load_protected((), old, "2026-09-27", 400)
    with pytest.raises(StaleSnapshot, match=r"the list of public suffixes is 1001 days old .*tldextract"):
        load_protected((), old, "2026-09-28", 400)
    load_protected((), Suffixes(["com"]), "2026-09-28", 400)  # of an unknown day


def test_a_list_that_is_required_and_missing_closes_the_gate(tmp_path: Path) -> None:
    taken(tmp_path, "1,a.org\n")
    load_protected((), SUFFIXES, "2026-11-26", 400, folder=tmp_path, require=("tranco",))
    for folder in (tmp_path, None):
        with pytest.raises(BadSnapshot, match="the list umbrella of protected names is required"):
            load_protected((), SUFFIXES, "2026-11-26", 400, folder=folder, require=("tranco", "umbrella")[1:])
    with pytest.raises(BadSnapshot, match="no such folder"):
        load_protected((), SUFFIXES, "2026-11-26", 400, folder=tmp_path / "gone")


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        (b"a.org", b"b.org", r"is damaged.*`blocklists protect import tranco FILE .*--folder \S+`"),
        (b"a.org\n", b"a.o", "is damaged"),
        (b"# made: 2026-11-20", b"# made: soon", "no list that"),
        (b"# kind: ranked", b"# kind: odd", "kind odd"),
        (b"# names: ", b"# sizes: ", "no list that"),
        (b"# list: tranco", b"# list: umbrella", "list umbrella"),
    ],
)
def test_a_damaged_list_closes_the_gate_until_it_is_imported_anew(
    before: bytes, after: bytes, why: str, tmp_path: Path
) -> None:
    taken(tmp_path, "1,a.org\n2,c.org\n")
    path = tmp_path / "tranco.list"
    whole = path.read_bytes()
    assert before in whole
    path.write_bytes(whole.replace(before, after, 1))
    with pytest.raises(BadSnapshot, match=why):
        load_protected((), SUFFIXES, "2026-11-26", 400, folder=tmp_path)
    taken(tmp_path, "1,a.org\n2,c.org\n")
    assert path.read_bytes() == whole


def test_the_digest_of_the_file_as_it_came_is_kept(tmp_path: Path) -> None:
    about, _ = taken(tmp_path, "1,a.org\n")
    assert about.digest == "sha256:9ae866ac8288869e94d33262a71bfc681ba3ca1809911bcf397e0b0aef687948"
    assert replace(read_list(tmp_path / "tranco.list")[0]) == about
