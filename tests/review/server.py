"""A private PostgreSQL server from Debian's programs, for as long as a test needs it."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


def programs() -> Path | None:
    """The folder of the newest server's programs; None where none is installed."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    return max(found, key=lambda path: int(path.parent.name), default=None)


@contextmanager
def postgres_server() -> Iterator[str]:
    """The URL of a new, empty database; the server listens on a socket of its own only."""
    where = programs()
    if where is None:
        pytest.skip("no PostgreSQL server's programs in /usr/lib/postgresql; install the package postgresql")
    user = server_user()
    home = Path(tempfile.mkdtemp(prefix="pg"))
    try:
        if user:
            shutil.chown(home, user)
        run(
            user,
            where / "initdb",
            "-D",
            home / "data",
            "-U",
            "coder",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C",
            "-N",
        )
        options = f"-k {home} -c listen_addresses= -c fsync=off -c max_connections=40"
        run(user, where / "pg_ctl", "-D", home / "data", "-w", "-o", options, "-l", home / "log", "start")
        try:
            yield f"postgresql://coder@/postgres?host={home}"
        finally:
            run(user, where / "pg_ctl", "-D", home / "data", "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(home, ignore_errors=True)


def run(user: str | None, *command: object) -> None:
    subprocess.run([str(part) for part in command], check=True, user=user, cwd="/", stdout=subprocess.DEVNULL)


def server_user() -> str | None:
    """Who the server runs as: itself refuses to run as root."""
    if os.getuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"
