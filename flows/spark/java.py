"""The Java that Spark runs on: found on the machine, of a version that Spark 4.0 runs with, or refused."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from mappings.errors import EngineError

VERSIONS = (17, 21)
"""Java 25 no longer has what Hadoop's libraries in Spark 4.0 call; 11 and older cannot read its classes."""
REMEDY = (
    "install Java 17 or 21 (Debian: apt-get install openjdk-17-jre-headless) and let JAVA_HOME name it, "
    "or run with --engine duckdb"
)


def java_home() -> Path:
    """Return the home of the first fitting Java: JAVA_HOME's, the path's, then Debian's. Raises EngineError."""
    seen = []
    for home in _homes():
        version = java_version(home / "bin" / "java")
        if version in VERSIONS:
            return home
        if version is not None:
            seen.append(f"{version} in {home}")
    what = f"finds Java {', '.join(seen)}, and needs 17 or 21" if seen else "finds no Java on this machine"
    raise EngineError("engine spark", what, REMEDY)


def java_version(binary: Path) -> int | None:
    """Return the main version (17) that a java binary tells; None where it is none, or does not run."""
    try:
        told = subprocess.run([str(binary), "-version"], capture_output=True, text=True, timeout=60, check=False)  # noqa: S603 - a java of this machine
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.search(r'version "(?:1\.)?(\d+)', told.stderr + told.stdout)
    return int(found.group(1)) if found else None


def _homes() -> Iterator[Path]:
    if named := os.environ.get("JAVA_HOME"):
        yield Path(named)
    if on_path := shutil.which("java"):
        yield Path(on_path).resolve().parent.parent
    installed = Path("/usr/lib/jvm")
    if installed.is_dir():
        yield from sorted(home.resolve() for home in installed.iterdir() if home.name.startswith("java-"))
