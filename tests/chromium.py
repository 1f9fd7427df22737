"""The browser of the browser tests: where it is, and how it comes onto a machine that lacks it.

`python -m tests.chromium` finds Chromium or installs Debian's package where that is allowed; otherwise it refuses
and says what to do. Set `ZAAKSTROOM_CHROMIUM` to a binary that has another name or place.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
REMEDY = (
    "Chromium is missing, which the browser tests need. Install it (Debian or Ubuntu: "
    "apt-get install chromium), or set ZAAKSTROOM_CHROMIUM to the path of a Chromium or Chrome, and try again."
)


def find_chromium() -> Path | None:
    """Return the browser's binary: the one that is named, else the first on the path."""
    named = os.environ.get("ZAAKSTROOM_CHROMIUM")
    if named:
        return Path(named) if os.access(named, os.X_OK) else None
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    return Path(found) if found else None


def install_chromium() -> None:
    """Install Debian's package and a font; does nothing where there is no apt-get or no right to use it."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return
    quietly = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    packages = ["chromium", "fonts-liberation"]
    for command in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *packages]):
        done = subprocess.run(["apt-get", *command], env=quietly, stdout=subprocess.DEVNULL, check=False)
        if done.returncode != 0:
            return


def main() -> int:
    """Return 0 where there is a browser after all."""
    if find_chromium() is None:
        sys.stderr.write("Chromium is missing; installing it where that is possible\n")
        install_chromium()
    if find_chromium() is None:
        sys.stderr.write(f"{REMEDY}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
