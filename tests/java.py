"""The Java of the Spark tests: where it is, and how it comes onto a machine that lacks it.

`python -m tests.java` finds Java 17 or 21 or installs Debian's package where that is allowed; otherwise it refuses
and says what to do.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from flows.spark.java import java_home
from mappings.errors import EngineError

REMEDY = (
    "Java 17 or 21 is missing, which the Spark tests need. Install it (Debian or Ubuntu: "
    "apt-get install openjdk-17-jre-headless), or let JAVA_HOME name one, and try again."
)


def find_java() -> Path | None:
    """Return the home of a Java that Spark runs on; None where there is none."""
    try:
        return java_home()
    except EngineError:
        return None


def install_java() -> None:
    """Install Debian's package; does nothing where there is no apt-get or no right to use it."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return
    quietly = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", "openjdk-17-jre-headless"]):
        done = subprocess.run(["apt-get", *command], env=quietly, stdout=subprocess.DEVNULL, check=False)
        if done.returncode != 0:
            return


def main() -> int:
    """Return 0 where there is a fitting Java after all."""
    if find_java() is None:
        sys.stderr.write("Java 17 or 21 is missing; installing it where that is possible\n")
        install_java()
    if find_java() is None:
        sys.stderr.write(f"{REMEDY}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
