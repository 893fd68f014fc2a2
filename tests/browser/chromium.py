"""A headless Chromium: the machine's own, else Debian's package, else Playwright's download."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
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
INSTALL_SECONDS = 600
HELP = "no Chromium is here; type: apt-get install chromium fonts-noto-cjk, or playwright install chromium"


def find_chromium() -> Path | None:
    """The machine's own Chromium."""
    return next((Path(found) for name in NAMES if (found := shutil.which(name))), None)


def provide_chromium() -> Path | None:
    """A Chromium to start, None for the one that Playwright brings. Raises RuntimeError without any."""
    if found := find_chromium():
        return found
    problems = []
    if os.geteuid() == 0 and shutil.which("apt-get"):
        for command in (["update", "-q"], ["install", "-q", "-y", "chromium", "fonts-noto-cjk"]):
            problems.append(_problem(["apt-get", *command]))
        if found := find_chromium():
            return found
    problems.append(_problem([sys.executable, "-m", "playwright", "install", "chromium"]))
    if problems[-1]:
        raise RuntimeError("\n".join([HELP, *filter(None, problems)]))
    return None


def _problem(command: Sequence[str]) -> str:
    """Run an installer; returns what it says went wrong, or ''."""
    try:
        done = subprocess.run(command, check=False, timeout=INSTALL_SECONDS, capture_output=True, text=True)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return "" if done.returncode == 0 else f"{' '.join(command)}: {done.stderr.strip()[-500:]}"


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
