"""Where the browser of the tests comes from: this machine, Debian, Playwright, or a failure that helps."""

import subprocess
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.browser import chromium
from tests.browser.chromium import HELP, provide_chromium


class Machine:
    """A machine with some programs, on which installers are asked and do what they are told."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, user: int, programs: set[str]) -> None:
        self.programs, self.asked = programs, list[str]()
        #: What an installer brings, by a word of its command; None where it fails.
        self.brings: dict[str, str | None] = {}
        which = lambda name: f"/usr/bin/{name}" if name in self.programs else None  # noqa: E731
        monkeypatch.setattr(chromium.shutil, "which", which)
        monkeypatch.setattr(chromium.os, "geteuid", lambda: user)
        monkeypatch.setattr(chromium.subprocess, "run", self.run)

    def run(self, command: Sequence[str], **_: object) -> SimpleNamespace:
        self.asked.append(" ".join(command[-3:]))
        name = "playwright" if "playwright" in command else "apt-get"
        brought = self.brings.get(name)
        if name == "apt-get" and brought == "hangs":
            raise subprocess.TimeoutExpired(command, 1)
        if brought and "install" in command:
            self.programs.add(brought)
        return SimpleNamespace(returncode=0 if brought else 1, stderr=f"{name} has no network")


def test_the_machines_own_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(monkeypatch, 0, {"chromium", "apt-get"})
    assert provide_chromium() == Path("/usr/bin/chromium")
    assert not machine.asked


def test_root_installs_debians(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(monkeypatch, 0, {"apt-get"})
    machine.brings["apt-get"] = "chromium"
    assert provide_chromium() == Path("/usr/bin/chromium")
    assert not any("playwright" in command for command in machine.asked)


@pytest.mark.parametrize(("user", "apt"), [(1000, "chromium"), (0, None), (0, "hangs")])
def test_else_playwright_brings_its_own(user: int, apt: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(monkeypatch, user, {"apt-get"})
    machine.brings = {"apt-get": apt, "playwright": "brought"}
    assert provide_chromium() is None
    assert any("apt-get" in command for command in machine.asked) == (user == 0)


def test_without_any_it_says_what_to_type(monkeypatch: pytest.MonkeyPatch) -> None:
    Machine(monkeypatch, 0, {"apt-get"})
    with pytest.raises(RuntimeError, match=HELP.split(";")[0]) as failure:
        provide_chromium()
    assert "apt-get has no network" in str(failure.value)
    assert "playwright has no network" in str(failure.value)
