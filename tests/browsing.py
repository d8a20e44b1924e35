"""A real browser for the tests of served and of written pages: every fault in a page fails the visit."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Dialog, Page

CHROMIUM = shutil.which("chromium")
QUIET = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)
HOSTILE = [
    "</script><script>window.__pwned=1</script>",
    "<img src=x onerror=window.__pwned=2>",
    "\"'><svg onload=window.__pwned=3>",
    "javascript:window.__pwned=4",
    "\u202egnp.exe\u202c\u200b\u2066zero\u200dwidth\u2028line",
    "{{ 7*7 }}{% raw %}<!--<script>",
    "&lt;b&gt; ${window.__pwned=5} `x` ]]></textarea><script>window.__pwned=6</script>",
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, or a skip where there is none."""
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("no chromium on this machine")
    with api.sync_playwright() as play:
        found = play.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield found
        found.close()


class Visit:
    """A page that was opened, with everything that went wrong in it; a request to another host is a fault."""

    def __init__(
        self, browser: Browser, address: str, width: int = 1300, script: bool = True, dark: bool = False, height: int = 900,
        unguarded: bool = False,
    ) -> None:  # fmt: skip
        """Open an address; `unguarded` takes the content security policy away, so that what slipped through would run."""
        self.context = browser.new_context(
            bypass_csp=unguarded,
            viewport={"width": width, "height": height},
            java_script_enabled=script,
            color_scheme="dark" if dark else "light",
        )
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(8_000)
        self.faults: list[str] = []
        self._here = urlsplit(address).netloc
        self.page.on("request", lambda request: self._asked(request.url))
        self.page.on("console", lambda message: self.faults.append(f"console: {message.text}"))
        self.page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        self.page.on("dialog", self._spoke)
        self.page.goto(address)

    def _asked(self, url: str) -> None:
        if urlsplit(url).netloc != self._here and not url.startswith(("data:", "blob:")):
            self.faults.append(f"request: {url[:100]}")

    def _spoke(self, dialog: Dialog) -> None:
        self.faults.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def until(self, expression: str) -> None:
        """Wait until an expression is true; the page's own policy forbids the waiting that Playwright offers."""
        end = time.monotonic() + 8
        while not self.page.evaluate(f"Boolean({expression})"):
            assert time.monotonic() < end, f"never came true: {expression}"
            self.page.wait_for_timeout(40)

    def wide(self) -> bool:
        """Tell whether one has to scroll sideways."""
        return bool(self.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))

    def close(self) -> None:
        """Leave; fail if anything went wrong."""
        ran = self.page.evaluate("window.__pwned") if self.context.pages else None
        self.context.close()
        assert ran is None
        assert self.faults == [], self.faults
