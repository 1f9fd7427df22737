"""A real MariaDB of one's own for tests: where it is, how it comes onto a machine that lacks it, started and stopped.

`python -m tests.mariadb` finds MariaDB or installs Debian's package where that is allowed; otherwise it refuses and
says what to do. Set `ZAAKSTROOM_MARIADB` to the folder of its programs where they are not on the path.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

REMEDY = (
    "MariaDB is missing, which the tests of databases need. Install it (Debian or Ubuntu: "
    "apt-get install mariadb-server), or set ZAAKSTROOM_MARIADB to the folder with mariadbd and mariadb-install-db, "
    "and try again."
)
PASSWORD = "geheim/woord@1"


def find_mariadb() -> tuple[Path, Path] | None:
    """Return the server and the program that makes its folder."""
    where = os.pathsep.join((os.environ.get("ZAAKSTROOM_MARIADB", ""), os.environ.get("PATH", ""), "/usr/sbin"))
    found = [shutil.which(name, path=where) for name in ("mariadbd", "mariadb-install-db")]
    server, maker = found
    return (Path(server), Path(maker)) if server and maker else None


def install_mariadb() -> None:
    """Install Debian's package, not started; does nothing where there is no apt-get or no right to use it."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return
    quietly = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    for command in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", "mariadb-server"]):
        done = subprocess.run(["apt-get", *command], env=quietly, stdout=subprocess.DEVNULL, check=False)
        if done.returncode != 0:
            return


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """Start MariaDB on a free loopback port with its data in a folder; give its URL; stop it by its pid at the end."""
    found = find_mariadb()
    assert found is not None, REMEDY
    server, maker = found
    data, user = folder / "data", ["--user=root"] if os.geteuid() == 0 else []
    made = [maker, "--no-defaults", f"--datadir={data}", "--auth-root-authentication-method=normal", "--skip-test-db"]
    subprocess.run([*made, *user], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    (folder / "first.sql").write_text(
        "CREATE DATABASE zaken CHARACTER SET utf8mb4;\n"
        f"CREATE USER 'lezer'@'127.0.0.1' IDENTIFIED BY '{PASSWORD}';\n"
        "GRANT ALL ON zaken.* TO 'lezer'@'127.0.0.1';\n"
    )
    port = free_port()
    options = [f"--datadir={data}", f"--port={port}", f"--socket={folder}/s", f"--init-file={folder}/first.sql"]
    small = ["--skip-name-resolve", "--innodb-buffer-pool-size=16M", "--innodb-flush-log-at-trx-commit=0"]
    started = [server, "--no-defaults", "--bind-address=127.0.0.1", *options, *small, *user]
    with subprocess.Popen(started, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            said = next((line for line in process.stderr if "ready for connections" in line), None)
            assert said is not None, "MariaDB did not start"
            yield f"mysql+pymysql://lezer:geheim%2Fwoord%401@127.0.0.1:{port}/zaken"
        finally:
            process.terminate()
            process.communicate()


def free_port() -> int:
    """Return a port of loopback that nobody listens on."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


def main() -> int:
    """Return 0 where there is a MariaDB after all."""
    if find_mariadb() is None:
        sys.stderr.write("MariaDB is missing; installing it where that is possible\n")
        install_mariadb()
    if find_mariadb() is None:
        sys.stderr.write(f"{REMEDY}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
