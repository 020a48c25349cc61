"""Finding a Chromium for the browser tests, and installing one where that is allowed.

python -m tests.web.chromium        installs it through apt, as root, where there is none
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
ARGUMENTS: Final = (
    *("--no-sandbox", "--disable-gpu", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--no-first-run"),
)


def chromium() -> str | None:
    """The program to start: one on the PATH, else Playwright's own; ``None`` for neither."""
    for name in NAMES:
        if found := shutil.which(name):
            return found
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        own = driver.chromium.executable_path
    return own if Path(own).exists() else None


def install() -> str:
    """Let apt install one; why not, in a line, where that is not to be had."""
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        return "there is no Chromium here: install one, or run `playwright install chromium`"
    for words in (("update",), ("install", "--yes", "--no-install-recommends", "chromium")):
        done = subprocess.run(("apt-get", "--quiet", *words), check=False, capture_output=True)
        if done.returncode:
            return f"apt-get {words[0]} failed, so there is no Chromium for the browser tests"
    return ""


def main() -> None:
    """Say what is missing, and leave it to the tests to skip loudly: other proofs still run."""
    if chromium() is None and (problem := install()):
        sys.stderr.write(f"{problem}\n")


if __name__ == "__main__":
    main()
