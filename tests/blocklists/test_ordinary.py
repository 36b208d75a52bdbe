"""Files are read many lines at a time: that says exactly what reading line by line says.

See it fail: let ORDINARY in blocklists/names.py end with `[a-z0-9]{2,63}+`, or drop `.replace(self.state)` in
reading.py so that a name above a `# reach:` line means what that line says, or `_take_names` count no lines.
"""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blocklists import reading, texts
from blocklists.compiler import Compiled, compile_lists
from blocklists.entries import Reach
from blocklists.names import BadName, parse_name
from blocklists.ordinary import read_columns
from blocklists.protect import Protected
from blocklists.suffixes import load_suffixes

NAMES = st.one_of(
    st.sampled_from(
        [
            *("evil.lab.org", "a.evil.lab.org", "b.a.evil.lab.org", "other.org", "x-y.lab.org", "_x.lab.org"),
            *(
                "EVIL.lab.org",
                "例子.中国",
                "xn--fsqu00a.xn--fiqs8s",
                "xn--x.org",
                "a--b.org",
                "ab--c.org",
                "-a.org",
            ),
            *(
                "a-.org",
                "a..org",
                "com",
                "co.uk",
                "x.co.uk",
                "github.io",
                "x.github.io",
                "a.b.ck",
                "b.ck",
                "www.ck",
            ),
            *(
                "google.com",
                "mail.google.com",
                "x.apple.com",
                "amazonaws.com",
                "s3.amazonaws.com",
                "city.gov",
                "a.mil",
            ),
            *("localhost", "printer.local", "a.test", "home.arpa", "1.in-addr.arpa", "x.alt", "x.altona"),
            *(
                "192.0.2.1",
                "1.2.3",
                "a.0x1",
                "a.b1",
                "a.1b",
                "rpz-ip.org",
                "rpz-drop.org",
                "rpz-x.org",
                "a.rpz-ip",
            ),
            *("c" * 63 + ".org", "c" * 64 + ".org", ".".join(["d" * 60] * 4) + ".org", "a." * 120 + "org"),
        ]
    ),
    st.text("ab.-_", max_size=12).map(lambda text: f"{text}.org"),
)
SHAPES = [
    *(
        "{}",
        "{}.",
        "{}..",
        " {}",
        "{} ",
        "\t{}\t",
        "{} # why",
        "{}  ; why, and what",
        "{}# why",
        "{} {}",
        "{},{}",
    ),
    *(
        "0.0.0.0 {}",
        "127.0.0.1\t{}",
        "::1 {} ",
        ":: {}",
        "0 {}",
        "127.0.0.2 {}",
        "0.0.0.0 {} {}",
        "0.0.0.0  {}. # c",
    ),
    *("192.0.2.1 {}", "0.0.0.0", "0.0.0.0 {}\x0b", "0.0.0.0{}", "::2 {}", ":::1 {}"),
    *("*.{}", ".{}", "*.{}^", ".{}^", "*.{}. # c", "*{}", "*.*.{}", "..{}"),
    *(
        "||{}^",
        "||{}",
        "||{}.^",
        "||{}^$important",
        "||{}^$third-party",
        "||{}^ # c",
        "|{}^",
        "@@||{}^",
        "||*.{}^",
    ),
    *("{} CNAME .", "{}. CNAME .", "*.{} CNAME .", "{} 60 IN CNAME .", "{} IN 60 CNAME .", "{} cname . ; c"),
    *("{} CNAME rpz-passthru.", "{} CNAME *.", "{} CNAME .x", "{} CNAME", "{} A 192.0.2.1", "{}\tCNAME\t.\t"),
    *(
        "{0} CNAME .\n*.{0} CNAME .",
        "{0} CNAME .\r\n*.{0} CNAME .",
        "{0} CNAME .\n*.b.{0} CNAME .",
        "*.{0} CNAME .\n*.{0} CNAME .",
    ),
    *(
        "http://{}/",
        "http://{}/a",
        "{}/a",
        "{}:80",
        "{}##.ad",
        "x{}\x85y",
        "{}\u2028",
        "\ufeff{}",
        "\0{}",
        "{}\x0c",
    ),
    *(
        "# {}",
        "! {}",
        "; {}",
        "// {}",
        "",
        " ",
        "#",
        "# reach: host",
        "# Reach: www",
        "#reach:subtree",
        "# x reach: host",
    ),
    *(
        "$TTL 30",
        "$ORIGIN rpz.lab.",
        "$ORIGIN lab.",
        "@ SOA a. b. 1 2 3 4 5",
        "@ SOA a. b. (",
        "1 2 ) ;",
        ")",
        "@ NS a.",
    ),
    *(
        "{}.rpz.lab. CNAME .",
        "rpz.lab. SOA a. b. 1 2 3 4 5",
        "domain,reach",
        "[x",
        '{{"a": 1}}',
        '"{}',
        "{},host",
        "name;reach",
        "domain ; Category",
        "host ; {}",
        "{};host",
        '"{}";"www"',
    ),
    *(
        "{0}" + " " * 4200 + "x",
        "# " + "x" * 4100,
        "{} # " + "x" * 4100,
        "0.0.0.0" + " " * 150 + "{}",
        "é" * 3000,
    ),
]
LINES = st.builds(lambda shape, name: shape.format(*[name] * 3), st.sampled_from(SHAPES), NAMES)
ENDS = st.sampled_from(["\n", "\n", "\n", "\r\n", "\r", "\n\n", "\r\r\n"])


@st.composite
def mixtures(draw: st.DrawFn) -> str:
    """A text of few kinds of lines about few names: so that lines meet that have to do with each other."""
    shapes = draw(st.lists(st.sampled_from(SHAPES), min_size=1, max_size=6))
    names = draw(st.lists(NAMES, min_size=1, max_size=4))
    lines = st.builds(
        lambda shape, name: shape.format(*[name] * 3), st.sampled_from(shapes), st.sampled_from(names)
    )
    ended = st.builds(str.__add__, lines, ENDS)
    return "".join(draw(st.lists(ended | ended | ended | st.text(max_size=20), max_size=30)))


TEXTS = mixtures()
SUFFIXES = load_suffixes()
PLAIN = "first.lab.org\n"  # from the first name on, lines are read many at a time


def both(data: bytes, **options: object) -> tuple[Compiled, Compiled]:
    """What a file says, and what its lines say one by one."""
    options["suffixes"] = SUFFIXES
    lines = io.TextIOWrapper(io.BytesIO(data), "utf-8-sig", errors="replace", newline="")
    one_by_one = compile_lists([("list", list(lines))], **options)  # type: ignore[arg-type]
    return compile_lists([("list", io.BytesIO(data))], **options), one_by_one  # type: ignore[arg-type]


def assert_equal(fast: Compiled, exact: Compiled) -> None:
    assert fast.blocklist == exact.blocklist
    assert fast.counts == exact.counts
    for one, two in zip(fast.rejects, exact.rejects, strict=True):
        assert one._replace(detail="") == two._replace(detail="") or one.reason == "line_too_long", (one, two)
        assert (one.line, one.reason) == (two.line, two.reason)


@settings(deadline=None)
@given(TEXTS, st.sampled_from(Reach), st.booleans())
def test_a_file_says_what_its_lines_say(protected: Protected, text: str, reach: Reach, guarded: bool) -> None:
    data = (PLAIN + text).encode("utf-8", "surrogatepass")
    assert_equal(*both(data, reach=reach, protected=protected if guarded else None))


STATEFUL = [
    one for one in SHAPES if one[:1] in ("#", "$", "@", "[", "{", "(", ")", "1", "d", "r") or "CNAME" in one
]


@pytest.mark.parametrize("first", STATEFUL)
def test_a_line_changes_no_more_of_the_others_than_read_alone(first: str, protected: Protected) -> None:
    for second in SHAPES:
        lines = (first.format(*["x.lab.org"] * 3), second.format(*["evil.lab.org"] * 3))
        assert_equal(*both("\n".join([PLAIN, "a.b.org", *lines, "c.d.org"]).encode(), protected=protected))


@settings(deadline=None)
@given(st.lists(LINES, min_size=1, max_size=8).map("\n".join) | TEXTS)
def test_a_file_may_begin_with_anything(protected: Protected, text: str) -> None:
    assert_equal(*both(text.encode("utf-8", "surrogatepass"), protected=protected))


@settings(deadline=None)
@given(st.binary(max_size=80), st.binary(max_size=20))
def test_a_file_may_hold_any_bytes(start: bytes, end: bytes) -> None:
    if start[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        assert_equal(*both(start + b"\nx.org\n" + end))


@settings(deadline=None)
@given(TEXTS, st.integers(1, 40), st.integers(1, 40))
def test_where_the_pieces_end_changes_nothing(text: str, block: int, piece: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(texts, "_BLOCK", block)
        patch.setattr(reading, "_PIECE", piece)
        patch.setattr(reading, "_SMALLEST", 1)
        assert_equal(*both((PLAIN + text).encode("utf-8", "surrogatepass")))


@settings(deadline=None)
@given(st.lists(st.one_of(st.just("evil.lab.org"), NAMES), max_size=12), st.booleans())
def test_lists_of_names_alone_are_no_different(protected: Protected, names: list[str], guarded: bool) -> None:
    """A piece that is mostly names is read without columns; each reject keeps its line."""
    text = "".join(f"{name}\n" for name in names)
    assert_equal(*both(text.encode(), protected=protected if guarded else None))


@settings(deadline=None)
@given(NAMES)
def test_an_ordinary_name_is_one_that_parse_name_leaves_as_it_is(name: str) -> None:
    """Said without `parse_name`'s own short cut: a capital letter keeps it from being taken."""
    columns = read_columns(f"{name}\n")
    if columns.plain[0] and len(name) <= 63:
        assert parse_name(name.upper()) == name


def test_most_lines_of_a_list_are_ordinary() -> None:
    text = (
        "x.org\n0.0.0.0 x.org\n||x.org^\n*.x.org\nx.org CNAME .\n*.x.org CNAME .\n\n# c\nx.org # c\r\nX.org\n"
    )
    columns = read_columns(text)
    assert [row for row in columns.odd if row] == ["X.org\n"]
    assert columns.plain.count("x.org") == 3


def test_utf_16_is_read_as_text() -> None:
    made = compile_lists([("list", io.BytesIO("evil.lab.org\r\n例子.中国\r\n".encode("utf-16")))])
    assert [entry.name for entry in made.blocklist] == ["evil.lab.org", "xn--fsqu00a.xn--fiqs8s"]


@pytest.mark.parametrize(
    "text", ["a" * 70_000, "a" * 70_000 + "\nx.org", "x.org\n" + "a" * 600_000 + "\ry.org\n"]
)
def test_an_endless_line_is_one_reject(text: str) -> None:
    made = compile_lists([("list", io.BytesIO(text.encode()))])
    assert [reject.reason for reject in made.rejects] == ["line_too_long"]
    assert len(made.rejects[0].text) == 200
    assert made.counts.accepted == text.count("org")


def test_a_name_refused_for_its_length_is_told_with_its_line(tmp_path: Path) -> None:
    data = b"x.org\n" + b"c" * 64 + b".org\n*.y.org\n"
    made = compile_lists([("list", io.BytesIO(data))])
    assert [(reject.line, reject.reason) for reject in made.rejects] == [(2, "label_too_long")]
    with pytest.raises(BadName):
        parse_name("c" * 64 + ".org")
