"""Documents that keep a parser busy (A01 of HOSTILE 6), each with words that must be found all the same."""

from __future__ import annotations

MARKER = "<p>the marker text</p>"
NEST = b"<div>" * 100_000 + MARKER.encode()
BOMBS = {
    "100k nested div": NEST,
    "one tag with 100k attributes": b"<p "
    + b" ".join(b"a%d" % n for n in range(100_000))
    + b">"
    + MARKER.encode(),
    "21k unclosed b, i, a": b"<b><i><a>" * 7_000 + MARKER.encode(),
    "20k table in a": b"<table><a>" * 20_000 + MARKER.encode(),
    "300k <": b"<" * 300_000 + b">" + MARKER.encode(),
    "100k <!--": b"<!--" * 100_000 + b"-->" + MARKER.encode(),
    "50k CDATA": b"<![CDATA[" * 50_000 + b"]]>" + MARKER.encode(),
    "500k &": b"&" * 500_000 + MARKER.encode(),
    "3 MB title": b"<title>" + b"x" * 3_000_000 + b"</title>" + MARKER.encode(),
    "200k options": b"<select>" + b"<option>" * 200_000 + b"</select>" + MARKER.encode(),
    "20k attributes, under the size limit": b"<p "
    + b" ".join(b"a%d" % n for n in range(20_000))
    + b">"
    + MARKER.encode(),
}
