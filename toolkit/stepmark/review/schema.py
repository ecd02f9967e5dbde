"""What a store holds: queues, events, and the views that tell the current state.

Only `queues` and `events` are written, and nothing in them is ever changed or deleted: an undo is an event of its own.
`live_events` leaves out what was undone, `current_turns` takes the latest event of each place in a queue, and
`current_codes` spells it out, one row a turn and step. How to open a store and write to it is `store`'s business.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Double,
    ForeignKey,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

__all__ = [
    "APPLICATION_ID",
    "SCHEMA_VERSION",
    "VIEWS",
    "about",
    "create_views",
    "events",
    "metadata",
    "queues",
]

#: Marks a SQLite file as a stepmark store (`PRAGMA application_id`): the letters "STMK".
APPLICATION_ID = 0x53544D4B
#: Raised by one with each change of what is below.
SCHEMA_VERSION = 1

metadata = MetaData()
_key = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts up only an INTEGER key

about = Table(
    "stepmark_about",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

queues = Table(
    "queues",
    metadata,
    Column("queue_id", _key, primary_key=True, autoincrement=True),
    Column("session", Text, nullable=False),
    Column("coder", Text, nullable=False),
    Column("design", Text, nullable=False),  # JSON: mode, step, shares, seed, fingerprint of the units
    Column("items", Text, nullable=False),  # JSON: one list a column of the queue
    Column("opened_at", Text, nullable=False),
    UniqueConstraint("session", "coder"),
)

events = Table(
    "events",
    metadata,
    Column("event_id", _key, primary_key=True, autoincrement=True),
    Column("queue_id", _key, ForeignKey("queues.queue_id"), nullable=False),
    Column("number", Integer, nullable=False),  # 1, 2, 3 … within the queue: two writers cannot both be next
    Column("cid", Text, nullable=False, unique=True),  # made by the client: a replay is found out
    Column(
        "kind", Text, nullable=False
    ),  # accept, decide, add, change, remove, unsure, note, skip, undo, move
    Column("position", Integer, nullable=False),  # the place in the queue it is about
    Column("cursor", Integer, nullable=False),  # the place in the queue the coder stood at afterwards
    Column("undoes", Text),  # the cid of the event that it undoes
    Column("made_at", Text, nullable=False),  # UTC, ISO 8601
    Column("interaction_id", Text, nullable=False),
    Column("turn", Integer, nullable=False),
    Column("status", Text),  # open, done, skipped: of the turn, afterwards; missing for undo and move
    Column("marks", Text),  # JSON: the marks of the turn, afterwards; missing for undo and move
    Column("suggested", Text),  # JSON: steps that the rules mark, shown to the coder or not
    Column("blind", Boolean, nullable=False),
    Column("occasion", Integer, nullable=False),  # 0 the first time, 1 when the turn came back
    Column("probability", Double),
    Column("guide", Text, nullable=False),
    Column("text_hash", Text, nullable=False),
    UniqueConstraint("queue_id", "number"),
)

_LIVE = """
SELECT e.*, q.session, q.coder
FROM events e JOIN queues q ON q.queue_id = e.queue_id
WHERE e.marks IS NOT NULL AND NOT EXISTS (SELECT 1 FROM events u WHERE u.undoes = e.cid)
"""

_TURNS = """
SELECT * FROM (
    SELECT l.*, ROW_NUMBER() OVER (PARTITION BY l.queue_id, l.position ORDER BY l.number DESC) AS latest
    FROM live_events l
) ranked WHERE latest = 1
"""

_CODES = """
SELECT t.session, t.coder, t.interaction_id, t.turn, {step} AS step, '{decision}' AS decision,
       t.made_at AS decided_at, t.probability, t.occasion, t.blind, t.guide, t.text_hash, t.queue_id, t.position,
       CASE WHEN t.suggested IS NULL THEN NULL ELSE EXISTS (SELECT 1 FROM {suggested} WHERE {said} = {step}) END
           AS suggested,
       EXISTS (SELECT 1 FROM {unsure} WHERE {doubt} IN ({step}, '*')) AS unsure
FROM current_turns t, {each}
WHERE t.status = 'done'
"""

_WORDS = {
    "sqlite": {
        "suggested": "json_each(t.suggested) s",
        "said": "s.value",
        "unsure": "json_each(t.marks, '$.unsure') d",
        "doubt": "d.value",
        "yes": ("json_each(t.marks, '$.yes') c", "c.key"),
        "no": ("json_each(t.marks, '$.no') c", "c.value"),
    },
    "postgresql": {
        "suggested": "jsonb_array_elements_text(t.suggested::jsonb) s(step)",
        "said": "s.step",
        "unsure": "jsonb_array_elements_text(t.marks::jsonb -> 'unsure') d(step)",
        "doubt": "d.step",
        "yes": ("jsonb_object_keys(t.marks::jsonb -> 'yes') c(step)", "c.step"),
        "no": ("jsonb_array_elements_text(t.marks::jsonb -> 'no') c(step)", "c.step"),
    },
}

#: The views, in the order in which they build on each other.
VIEWS = ("live_events", "current_turns", "current_codes")


def create_views(connection: Connection) -> None:
    """Create the views in the dialect of the database."""
    words = _WORDS[connection.dialect.name]
    halves = []
    for decision in ("yes", "no"):
        each, step = words[decision]
        plain = {key: words[key] for key in ("suggested", "said", "unsure", "doubt")}
        halves.append(_CODES.format(decision=decision, each=each, step=step, **plain))
    bodies = (_LIVE, _TURNS, " UNION ALL ".join(halves))
    for name, body in zip(VIEWS, bodies, strict=True):
        connection.exec_driver_sql(f"CREATE VIEW {name} AS {body}")
    connection.exec_driver_sql("CREATE INDEX events_undoes ON events (undoes)")
