"""The system's Chromium, driven by playwright: pages that are watched, and pictures that are looked at."""

from __future__ import annotations

import base64
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

MISSING = (
    "The browser tests need Chromium and found none. Install Debian's package chromium: "
    "`apt-get install --no-install-recommends chromium`, as `.ci/run` does."
)

HERE = "127.0.0.1"
HEIGHT = 860  # pixels of a window

# Addresses of what a page holds itself.
_OF_THE_PAGE = ("data", "blob")

# Milliseconds until something must have happened on a slow machine on which others work too.
_PATIENCE = 60_000

# Letters are drawn in many shades: a heading alone has two hundred, the emptiest whole page a thousand.
_FEWEST_COLOURS = 500

# The script has ended, nothing of an earlier run is left, and what is drawn later than the rest is drawn.
_SETTLED = """() => {
  const drawn = (name, mark) => [...document.querySelectorAll(`[data-testid=${name}]`)]
    .every(element => !element.checkVisibility() || element.querySelector(mark));
  return document.querySelector("[data-testid=stApp]")?.dataset.testScriptState === "notRunning"
    && !document.querySelector("[data-testid=stSkeleton], [data-testid=stSpinner], [data-stale=true]")
    && drawn("stVegaLiteChart", "svg.marks, canvas.marks") && drawn("stDataFrame", "canvas");
}"""

_TOO_WIDE = """() => [document.documentElement, document.querySelector("[data-testid=stMain]")]
  .filter(element => element.scrollWidth > element.clientWidth)
  .map(element => `${element.tagName}: ${element.scrollWidth} in ${element.clientWidth} pixels`)"""

_COLOURS = """async png => {
  const bytes = Uint8Array.from(atob(png), character => character.charCodeAt(0));
  const picture = await createImageBitmap(new Blob([bytes]));
  const canvas = new OffscreenCanvas(picture.width, picture.height).getContext("2d");
  canvas.drawImage(picture, 0, 0);
  const left = document.querySelector("[data-testid=stMain]").getBoundingClientRect().left;
  const beside = canvas.getImageData(left, 0, picture.width - left, picture.height);
  return new Set(new Uint32Array(beside.data.buffer)).size;
}"""


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser without a window. The test fails, and says what to install, where there is none."""
    found = [path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))]
    if not found:
        pytest.fail(MISSING, pytrace=False)
    expect.set_options(timeout=_PATIENCE)
    with sync_playwright() as playwright:
        # A name of another machine is not even looked up.
        here_only = f"--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE {HERE}"
        browser = playwright.chromium.launch(executable_path=found[0], args=[here_only], timeout=_PATIENCE)
        yield browser
        browser.close()


@contextmanager
def watched_page(browser: Browser, width: int = 1280, scheme: Literal["light", "dark"] = "light") -> Iterator[Page]:
    """A page in a session of its own, which asked nobody but this machine and had no error in its console."""
    context = browser.new_context(viewport={"width": width, "height": HEIGHT}, color_scheme=scheme)
    context.set_default_timeout(_PATIENCE)
    asked: list[str] = []
    errors: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    context.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    context.on("weberror", lambda failed: errors.append(str(failed.error)))
    page = context.new_page()
    page.on("websocket", lambda socket: asked.append(socket.url))
    try:
        yield page
    finally:
        context.close()
    outside = sorted(
        {url for url in asked if urlsplit(url).scheme not in _OF_THE_PAGE and urlsplit(url).hostname != HERE}
    )
    assert not outside, f"the page asked other machines: {', '.join(outside)}"
    assert not errors, f"errors in the browser's console: {errors}"


def settle(page: Page) -> None:
    """Wait until all of a workbench's page is drawn, and see that nothing of it is an exception."""
    page.wait_for_function(_SETTLED)
    shown = page.get_by_test_id("stException").all_inner_texts()
    assert not shown, f"the page shows an exception: {shown}"


def take_picture(page: Page, path: Path, *, whole: bool = True) -> None:
    """Write a PNG of the whole page, or of what the window shows. It is not blank, and nothing lies to its right."""
    size = page.viewport_size
    assert size is not None
    if whole:
        # The page scrolls inside of the window, so the window is made as high as the page.
        height = page.get_by_test_id("stMain").evaluate("main => main.scrollHeight")
        page.set_viewport_size({"width": size["width"], "height": max(height, HEIGHT)})
        settle(page)
    page.mouse.move(size["width"] - 1, 0)  # nothing is under the pointer
    too_wide = page.evaluate(_TOO_WIDE)
    assert not too_wide, f"{path.name} scrolls sideways: {too_wide}"
    picture = page.screenshot(path=path, animations="disabled")
    colours = page.evaluate(_COLOURS, base64.b64encode(picture).decode())
    assert colours >= _FEWEST_COLOURS, f"{path.name} is blank: it has {colours} colours"
    page.set_viewport_size(size)
