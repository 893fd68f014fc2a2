"""A headless Chromium: the machine's own, else Debian's package, else Playwright's download."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
HELP = "no Chromium is here; type: apt-get install chromium fonts-noto-cjk, or playwright install chromium"


def find_chromium() -> Path | None:
    """The machine's own Chromium."""
    return next((Path(found) for name in NAMES if (found := shutil.which(name))), None)


def provide_chromium() -> Path | None:
    """A Chromium to start, None for the one that Playwright brings. Raises RuntimeError without any."""
    found = find_chromium()
    if found:
        return found
    if os.geteuid() == 0 and shutil.which("apt-get"):
        for command in (["update", "-q"], ["install", "-q", "-y", "chromium", "fonts-noto-cjk"]):
            subprocess.run(["apt-get", *command], check=False, timeout=900, capture_output=True)
        if found := find_chromium():
            return found
    brought = subprocess.run(
        [sys.executable, "-m", "playwright", "install", "chromium"],
        check=False,
        timeout=900,
        capture_output=True,
        text=True,
    )
    if brought.returncode != 0:
        raise RuntimeError(f"{HELP}\n{brought.stderr[-500:]}")
    return None


@contextmanager
def chromium() -> Iterator[Browser]:
    """A running browser with nothing of its own to fetch."""
    path = provide_chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()
