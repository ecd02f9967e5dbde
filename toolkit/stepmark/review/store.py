"""Where decisions are kept: an append-only history in SQLite or PostgreSQL.

A :class:`Store` knows nothing of steps and screens. It hands out queues (who codes what, in which order) and appends
events to them; an event is on disk before `append` returns. `Session` decides what an event says.

How nothing is lost or doubled: each event has a `cid` made by the client (unique in the store, so a replay is found
out) and a number within its queue (unique too, so that of two writers who are both next, one is told to look again).
SQLite runs in WAL mode with synchronous FULL, PostgreSQL with synchronous_commit on.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, insert, inspect, select, text
from sqlalchemy.exc import IntegrityError

from stepmark.errors import CodingError, Fault
from stepmark.review.connect import engine_of, url_of
from stepmark.review.schema import (
    APPLICATION_ID,
    SCHEMA_VERSION,
    about,
    create_views,
    events,
    metadata,
    queues,
)
from stepmark.review.store_trouble import in_plain_words

__all__ = ["Event", "Store", "StoredQueue"]


@dataclass(frozen=True)
class StoredQueue:
    """One coder's queue in one session: `design` and `items` are JSON, written once."""

    queue_id: int
    session: str
    coder: str
    design: str
    items: str


@dataclass(frozen=True)
class Event:
    """One thing that a coder did; the columns of the table `events` (see `schema`)."""

    number: int
    cid: str
    kind: str
    position: int
    cursor: int
    undoes: str | None
    made_at: str
    interaction_id: str
    turn: int
    status: str | None
    marks: str | None
    suggested: str | None
    blind: bool
    occasion: int
    probability: float | None
    guide: str
    text_hash: str


_FIELDS = tuple(Event.__dataclass_fields__)


class Store:
    """A store of coding sessions.

    Parameters
    ----------
    where
        Path of a SQLite file (created where there is none), or a database URL such as
        ``postgresql://user@host/coding`` for a team (needs the extra `postgres`).

    Raises
    ------
    CodingError
        Where the file is no store of ours, is damaged, comes from a newer version, or cannot be opened or written.

    Notes
    -----
    A store may be used from several threads, several processes and, on PostgreSQL, several machines at once. It
    may be closed more than once, and be used as a context manager.
    """

    def __init__(self, where: str | os.PathLike[str]) -> None:
        url = url_of(where)
        self.where = url.database if url.get_backend_name() == "sqlite" else url.render_as_string()
        self._engine = engine_of(url, self.where or ":memory:")
        try:
            with in_plain_words(self.name):
                self.store_id = self._prepare()
        except CodingError:
            self.close()
            raise

    @property
    def name(self) -> str:
        """The path, or the URL without its password."""
        return str(self.where)

    def __repr__(self) -> str:
        return f"Store({self.name!r})"

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file or of the server; every confirmed decision is on disk already."""
        self._engine.dispose()

    # Opening ------------------------------------------------------------------------------------------------

    def _prepare(self) -> str:
        """Check that the store is ours, or make it; the id of the store."""
        with self._reading() as connection:
            known = set(inspect(connection).get_table_names())
        if about.name not in known:
            self._create(known)
        if self._engine.dialect.name == "sqlite":
            self._write_ahead()
        with self._reading() as connection:
            facts = {row.name: row.value for row in connection.execute(select(about.c.name, about.c.value))}
        version = int(facts.get("schema_version", "0"))
        if version != SCHEMA_VERSION:
            raise self._trouble(
                f"its schema has version {version}",
                f"version {SCHEMA_VERSION}",
                "It was made by another version of stepmark; open it with that one.",
            )
        return facts["store_id"]

    def _create(self, known: set[str]) -> None:
        with self._writing() as connection:
            if self._engine.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": APPLICATION_ID})
            found = set(inspect(connection).get_table_names())  # again: now nobody else can be creating it
            if about.name in found:
                return
            if known and (self._engine.dialect.name == "sqlite" or known & set(metadata.tables)):
                raise self._trouble(
                    f"holds other tables ({', '.join(sorted(known)[:3])})",
                    "a stepmark store or a new file",
                    "Give another path; this file was left as it is.",
                )
            metadata.create_all(connection)
            create_views(connection)
            facts = {"schema_version": str(SCHEMA_VERSION), "store_id": secrets.token_hex(8)}
            connection.execute(insert(about), [{"name": k, "value": v} for k, v in facts.items()])
            if self._engine.dialect.name == "sqlite":
                connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")

    def _write_ahead(self) -> None:
        """Switch the file, now known to be ours, to write-ahead logging: readers never wait for writers."""
        connection = self._engine.raw_connection()
        try:
            cursor = connection.cursor()
            if cursor.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
                cursor.execute("PRAGMA journal_mode = WAL")
            cursor.close()
        finally:
            connection.close()

    def _trouble(self, found: str, expected: str = "", advice: str = "") -> CodingError:
        return CodingError(Fault(self.name, found, expected, advice))

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with in_plain_words(self.name), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with in_plain_words(self.name), self._engine.connect() as connection:
            connection = connection.execution_options(stepmark_writes=True)
            with connection.begin():
                yield connection

    # Queues -------------------------------------------------------------------------------------------------

    def queue(self, session: str, coder: str) -> StoredQueue | None:
        """The queue of `coder` in `session`; None where there is none."""
        wanted = (queues.c.session == session) & (queues.c.coder == coder)
        with self._reading() as connection:
            row = connection.execute(select(*_queue_columns()).where(wanted)).one_or_none()
        return StoredQueue(*row) if row else None

    def add_queue(self, session: str, coder: str, design: str, items: str, opened_at: str) -> StoredQueue:
        """The queue of `coder` in `session`: the one given, or the one that was there first."""
        values = {
            "session": session,
            "coder": coder,
            "design": design,
            "items": items,
            "opened_at": opened_at,
        }
        try:
            with self._writing() as connection:
                connection.execute(insert(queues).values(values))
        except IntegrityError:
            pass  # someone was faster; theirs holds
        found = self.queue(session, coder)
        if found is None:
            raise self._trouble(f"the queue of '{coder}' in '{session}' cannot be found again")
        return found

    def queues(self) -> list[tuple[str, str]]:
        """Session and coder of every queue, oldest first."""
        with self._reading() as connection:
            rows = connection.execute(select(queues.c.session, queues.c.coder).order_by(queues.c.queue_id))
            return [(session, coder) for session, coder in rows]

    # Events -------------------------------------------------------------------------------------------------

    def append(self, queue_id: int, new: Event) -> bool:
        """Whether `new` is now on disk as the next event of the queue.

        False where another event has its number or its `cid`: nothing was written, and the caller looks again with
        `events` or `has`. On True it has been committed and synced.
        """
        try:
            with self._writing() as connection:
                connection.execute(insert(events).values(queue_id=queue_id, **asdict(new)))
        except IntegrityError:
            return False
        return True

    def has(self, cid: str) -> bool:
        """Whether an event with this client id is on disk."""
        with self._reading() as connection:
            return (
                connection.execute(select(events.c.event_id).where(events.c.cid == cid)).first() is not None
            )

    def events(self, queue_id: int, after: int = 0) -> list[Event]:
        """The events of a queue with a number above `after`, in order."""
        wanted = (events.c.queue_id == queue_id) & (events.c.number > after)
        query = select(*(events.c[name] for name in _FIELDS)).where(wanted).order_by(events.c.number)
        with self._reading() as connection:
            return [Event(*row) for row in connection.execute(query)]

    def rows(self, view: str, **equal: Any) -> list[dict[str, Any]]:
        """The rows of a view of `schema` as dicts, those where each column named equals the value given."""
        where = " AND ".join(f"{column} = :{column}" for column in equal)
        query = text(f"SELECT * FROM {view}{' WHERE ' + where if where else ''} ORDER BY queue_id, position")
        with self._reading() as connection:
            return [dict(row) for row in connection.execute(query, equal).mappings()]

    def check(self) -> None:
        """Read the whole store and raise `CodingError` where it is damaged."""
        with self._reading() as connection:
            if self._engine.dialect.name == "sqlite":
                said = connection.exec_driver_sql("PRAGMA integrity_check").scalar_one()
                if said != "ok":
                    raise self._trouble(
                        f"the file is damaged ({said})",
                        advice="Save what can be read with `sqlite3 FILE .recover`.",
                    )
            for table in (queues, events):
                for _ in connection.execute(select(table)):
                    pass


def _queue_columns() -> list[Any]:
    return [queues.c[name] for name in StoredQueue.__dataclass_fields__]
