"""What HTML's elements are by name: which begin a line, and which a browser does not draw."""

from __future__ import annotations

from typing import Final

_BLOCKS: Final = (
    "address article aside blockquote body br button caption center dd details dialog dir div dl dt fieldset "
    "figcaption figure footer form frameset h1 h2 h3 h4 h5 h6 header hgroup hr legend li main marquee menu "
    "nav ol optgroup option p pre search section select summary table tbody td textarea tfoot th thead tr ul"
)
BLOCKS: Final = frozenset(_BLOCKS.split())
# Never drawn by a browser that runs scripts (noscript, template, fallbacks of media), or no text at all.
_UNSEEN: Final = (
    "script style noscript template iframe noembed noframes object audio video canvas datalist rp desc title"
)
UNSEEN: Final = frozenset(_UNSEEN.split())
