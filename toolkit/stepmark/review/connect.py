"""How a store is reached: its URL, and connections that commit to disk before they say so."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from stepmark.errors import CodingError, Fault

__all__ = ["BUSY_TIMEOUT_S", "engine_of", "url_of"]

#: How long a writer waits for another one, in seconds.
BUSY_TIMEOUT_S = 15


def url_of(where: str | os.PathLike[str]) -> URL:
    """The database URL of a path or URL; PostgreSQL through psycopg."""
    if isinstance(where, os.PathLike) or "://" not in where:
        return URL.create("sqlite", database=str(Path(where).expanduser().resolve()))
    try:
        url = make_url(where)
    except ArgumentError:
        raise CodingError(Fault(where, "no database URL", "a path, or postgresql://user@host/name")) from None
    if url.get_backend_name() == "postgresql":
        return url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() != "sqlite":
        raise CodingError(
            Fault(url.render_as_string(), f"database {url.get_backend_name()!r}", "sqlite or postgresql")
        )
    return url


def engine_of(url: URL, name: str) -> Engine:
    """An engine for a store at `url`, called `name` in errors; nothing is opened yet."""
    if url.get_backend_name() == "sqlite":
        engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_S})
        event.listen(engine, "connect", _careful_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    try:
        engine = create_engine(url, pool_pre_ping=True)
    except ModuleNotFoundError:
        raise CodingError(
            Fault(
                name, "the driver for PostgreSQL is not installed", advice="pip install 'stepmark[postgres]'"
            )
        ) from None
    event.listen(engine, "connect", _careful_postgres)
    return engine


def _careful_sqlite(connection: Any, _record: Any) -> None:
    """Every commit is synced before it returns."""
    connection.isolation_level = None  # transactions begin where `_begin_sqlite` says so
    cursor = connection.cursor()
    try:
        cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_S * 1000}")
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA foreign_keys = ON")
    finally:
        cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    """A writer asks for the write lock at once, so that it waits its turn instead of failing halfway."""
    writes = connection.get_execution_options().get("stepmark_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _careful_postgres(connection: Any, _record: Any) -> None:
    """A commit returns once it is on the server's disk."""
    connection.execute("SET synchronous_commit = on")
    connection.commit()
