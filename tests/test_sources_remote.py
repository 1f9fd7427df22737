"""Files elsewhere: web server, S3 and SFTP on loopback. The same events as from a local file, and no secret in any
error.
"""

from __future__ import annotations

import asyncio
import gzip
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from typing import Any

import fsspec
import pytest

from flows.sources.addresses import shown
from flows.sources.deliveries import GROWING
from mappings.errors import SourceError
from tests.extraction import read, source, utc

CSV = b"case,what,at\nZ1,intake,2024-01-05 09:00\nZ2,besluit,2024-01-06 10:00\n"
ROWS = [("Z1", "intake", utc("2024-01-05 08:00")), ("Z2", "besluit", utc("2024-01-06 09:00"))]
SECRET = "geheim-woord"


def zipped() -> bytes:
    held = BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("zaken.csv", CSV)
    return held.getvalue()


FILES = {"zaken.csv": CSV, "zaken.csv.gz": gzip.compress(CSV), "zaken.zip": zipped(), "leeg.csv": b""}


def events(folder: Path, path: str, **parts: Any) -> list[tuple[Any, ...]]:
    extraction = read(folder, source(path=path, **parts))
    return [(e["case_id"], e["activity"], e["completed_at"]) for e in extraction.events]


def refused(folder: Path, path: str) -> SourceError:
    with pytest.raises(SourceError) as raised:
        read(folder, source(path=path))
    whole = f"{raised.value} {raised.value.where} {raised.value.__cause__} {raised.value.__suppress_context__}"
    assert SECRET not in whole
    assert list((folder / "work").iterdir()) == []
    return raised.value


class Web(BaseHTTPRequestHandler):
    """Serves FILES; under /vast/ without saying how long they are, under /privé/ to nobody."""

    protocol_version = "HTTP/1.0"

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def _answer(self, with_body: bool) -> None:
        path = self.path.partition("?")[0]
        content = FILES.get(path.rpartition("/")[2])
        status = 403 if path.startswith("/private/") else 404 if content is None else 200
        self.send_response(status)
        if content is not None and not path.startswith("/vast/"):
            self.send_header("Content-Length", str(len(content) if status == 200 else 0))
        self.end_headers()
        if with_body and status == 200 and content is not None:
            self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def web() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Web)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize("name", ["zaken.csv", "zaken.csv.gz", "zaken.zip", "zaken.csv.gz?sig=x", "zaken.zip?a=b"])
def test_a_web_server(tmp_path: Path, web: str, name: str) -> None:
    assert events(tmp_path, f"http://{web}/{name}") == ROWS


@pytest.mark.parametrize("name", ["zaken.csv", "zaken.csv.gz"])
def test_a_web_server_that_does_not_say_how_long_a_file_is(tmp_path: Path, web: str, name: str) -> None:
    assert events(tmp_path, f"http://{web}/vast/{name}") == ROWS


def test_what_a_web_server_refuses_has_not_or_is_not_there_to_say(tmp_path: Path, web: str) -> None:
    query = f"?sig={SECRET}"
    error = refused(tmp_path, f"http://{web}/private/zaken.csv{query}")
    assert "403" in error.what
    assert "right to read" in error.remedy
    assert "no such file" in refused(tmp_path, f"http://{web}/zakn.csv{query}").what
    assert "empty" in refused(tmp_path, f"http://{web}/leeg.csv{query}").what
    closed = refused(tmp_path, f"http://piet:{SECRET}@127.0.0.1:9/zaken.csv{query}")
    assert "cannot be read" in closed.what
    assert "host and port" in closed.remedy


def test_memory_and_local_addresses(tmp_path: Path) -> None:
    for name, content in FILES.items():
        (tmp_path / name).write_bytes(content)
        fsspec.filesystem("memory").pipe(f"/remote/{name}", content)
    for name in ("zaken.csv", "zaken.csv.gz", "zaken.zip", "zake?.csv"):
        assert events(tmp_path, f"memory://remote/{name}") == ROWS
        assert events(tmp_path, f"file://{tmp_path}/{name}") == ROWS
    for name in ("zaken.csv", "*.csv"):
        assert events(tmp_path, f"zip://{name}::{tmp_path}/zaken.zip") == ROWS


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    from moto.server import ThreadedMotoServer

    with pytest.MonkeyPatch.context() as patch:
        server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        server.start()
        _, port = server.get_host_and_port()
        for name, value in {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
            "AWS_ACCESS_KEY_ID": "sleutel",
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_DEFAULT_REGION": "us-east-1",
        }.items():
            patch.setenv(name, value)
        remote = fsspec.filesystem("s3", skip_instance_cache=True)
        remote.mkdir("zaken")
        for name, content in FILES.items():
            remote.pipe(f"zaken/2024/{name}", content)
        yield "s3://zaken/2024"
        server.stop()


@pytest.mark.parametrize("name", ["zaken.csv", "zaken.csv.gz", "zaken.zip", "zake*.csv"])
def test_s3(tmp_path: Path, bucket: str, name: str) -> None:
    assert events(tmp_path, f"{bucket}/{name}") == ROWS


def test_what_s3_has_not(tmp_path: Path, bucket: str) -> None:
    assert "did you mean 'zaken.csv'" in refused(tmp_path, f"{bucket}/zakn.csv").remedy
    assert refused(tmp_path, "s3://elders/zaken.csv").remedy


class Sftp:
    """An SFTP server with one user, on an event loop of its own."""

    def __init__(self, root: Path) -> None:
        import asyncssh

        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.key = asyncssh.generate_private_key("ssh-ed25519")

        self.connections = connections = []

        class Login(asyncssh.SSHServer):
            def connection_made(self, conn: Any) -> None:
                connections.append(conn)

            def password_auth_supported(self) -> bool:
                return True

            def validate_password(self, username: str, password: str) -> bool:
                return (username, password) == ("piet", SECRET)

        async def listening() -> Any:
            return await asyncssh.listen(
                "127.0.0.1",
                0,
                server_factory=Login,
                server_host_keys=[self.key],
                sftp_factory=lambda channel: asyncssh.SFTPServer(channel, chroot=str(root)),
            )

        self.server = asyncio.run_coroutine_threadsafe(listening(), self.loop).result()
        self.port = self.server.get_port()

    def known(self) -> str:
        return f"[127.0.0.1]:{self.port} {self.key.export_public_key().decode()}"

    def close(self) -> None:
        async def closed() -> None:
            self.server.close()
            for connection in self.connections:
                connection.abort()
                await connection.wait_closed()
            await self.server.wait_closed()

        asyncio.run_coroutine_threadsafe(closed(), self.loop).result()
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()


@pytest.fixture(scope="module")
def sftp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sftp]:
    root = tmp_path_factory.mktemp("sftp")
    for name, content in FILES.items():
        (root / name).write_bytes(content)
    server = Sftp(root)
    yield server
    server.close()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "home" / ".ssh"
    folder.mkdir(parents=True)
    monkeypatch.setenv("HOME", str(folder.parent))
    return folder


@pytest.mark.parametrize("name", ["zaken.csv", "zaken.csv.gz", "zaken.zip", "zake*.csv"])
def test_sftp(tmp_path: Path, sftp: Sftp, home: Path, name: str) -> None:
    (home / "known_hosts").write_text(sftp.known())
    assert events(tmp_path, f"sftp://piet:{SECRET}@127.0.0.1:{sftp.port}/{name}") == ROWS


def test_an_sftp_host_that_is_not_known_is_refused(tmp_path: Path, sftp: Sftp, home: Path) -> None:
    (home / "known_hosts").write_text("")
    # another user: a connection that was made before is used again
    error = refused(tmp_path, f"sftp://klaas:{SECRET}@127.0.0.1:{sftp.port}/zaken.csv")
    assert "Host key" in error.what
    assert "known_hosts" in error.remedy


def test_a_wrong_password_or_file_on_an_sftp_host(tmp_path: Path, sftp: Sftp, home: Path) -> None:
    (home / "known_hosts").write_text(sftp.known())
    error = refused(tmp_path, f"sftp://kees:{SECRET}@127.0.0.1:{sftp.port}/zaken.csv")
    assert "Permission denied" in error.what
    assert "password" in error.remedy
    missing = refused(tmp_path, f"sftp://piet:{SECRET}@127.0.0.1:{sftp.port}/zakn.csv")
    assert "did you mean 'zaken.csv'" in missing.remedy
    assert "cannot be read" in refused(tmp_path, f"sftp://piet:{SECRET}@127.0.0.1:9/zaken.csv").what


def delivered(folder: Path, path: str, quiet: str) -> tuple[list[str], dict[str, int]]:
    written = source(path=path, deliveries={"quiet": quiet})
    extraction = read(folder, written)
    return extraction.column("case_id"), extraction.facts.notes


def test_a_partner_that_delivers_by_sftp(tmp_path: Path, sftp: Sftp, home: Path) -> None:
    (home / "known_hosts").write_text(sftp.known())
    address = f"sftp://piet:{SECRET}@127.0.0.1:{sftp.port}/zake*.csv"
    assert delivered(tmp_path, address, "0s") == (["Z1", "Z2"], {})
    assert delivered(tmp_path, address, "1h") == ([], {GROWING: 1})


def test_a_partner_that_delivers_in_s3(tmp_path: Path, bucket: str) -> None:
    assert delivered(tmp_path, f"{bucket}/zake*.csv", "0s") == (["Z1", "Z2"], {})
    assert delivered(tmp_path, f"{bucket}/zake*.csv", "1h") == ([], {GROWING: 1})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sftp://u:p@ss/w@host:22/a@b.csv", "sftp://ss/w@host:22/a@b.csv"),
        ("sftp://u:p@ss@host:22/a@b.csv", "sftp://host:22/a@b.csv"),
        ("404 for 'https://u:p@h/a.csv?sig=x&y=1'", "404 for 'https://h/a.csv?…'"),
        ("zip://a.csv::https://u:p@h/a.zip?sig=x", "zip://a.csv::https://h/a.zip?…"),
        ("/data/a@b.csv", "/data/a@b.csv"),
    ],
)
def test_addresses_are_shown_without_secrets(text: str, expected: str) -> None:
    assert shown(text) == expected
