"""Coders that run in processes of their own: they work until they are done, stopped or killed."""

from __future__ import annotations

import itertools
import json
import multiprocessing as mp
import os
import random
import resource
import sys
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Timer

from tests.review.talk import Words, marks_of, small_corpus

from stepmark.errors import CodingError
from stepmark.review import Session, Store
from stepmark.review.store import Event


def start_coder(target, *arguments: object) -> tuple[mp.process.BaseProcess, Connection]:
    """A process that runs `target(pipe, *arguments)`, and the end of the pipe to listen at.

    The processes are forked from a server that has the imports done, so that a hundred of them take seconds.
    """
    context = mp.get_context("forkserver")
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    context.set_forkserver_preload(["stepmark.review.session", "stepmark.review.coded", "pandas", "psycopg"])
    hear, say = context.Pipe(duplex=False)
    process = context.Process(target=target, args=(say, *arguments), daemon=True)
    process.start()
    say.close()
    return process, hear


def heard(pipe: Connection) -> list[object]:
    """Everything that a coder said before it ended or was killed."""
    said = []
    while True:
        try:
            said.append(pipe.recv())
        except (EOFError, OSError):  # the end, or the end in the middle of a word
            return said


class Hasty(Store):
    """A store that confirms a decision before it is on disk, as ours must never do."""

    def append(self, queue_id: int, new: Event) -> bool:
        Timer(0.05, super().append, (queue_id, new)).start()
        return True


def open_for(where: str, coder: str, n_interactions: int = 220, store: type[Store] = Store) -> Session:
    corpus = small_corpus(n_interactions)
    return Session(corpus, Words(), store(where), coder=coder, spans=marks_of(corpus), repeat_share=0.0)


def code(say: Connection, where: str, coder: str, n: int) -> None:
    """Decide `n` turns and say the id of each once it is confirmed."""
    session = open_for(where, coder)
    for i in range(n):
        say.send(session.apply({"do": "accept", "cid": f"{coder}-{i}"})["cid"])


def code_without_end(say: Connection, where: str, coder: str, seed: int, store: type[Store] = Store) -> None:
    """Accept, correct, doubt, note and undo at random, and say what was confirmed, until killed."""
    session = open_for(where, coder, n_interactions=20, store=store)
    rng = random.Random(seed)
    for i in itertools.count():
        do = rng.choices(["accept", "note", "undo", "skip"], [6, 2, 1, 1])[0]
        more = {"note": f"note {i}"} if do == "note" else {}
        if session.finished:
            do, more = "go", {"to": rng.randrange(len(session.queue))}
        if do == "undo" and session.ledger.last_live is None:
            continue
        command = {"do": do, "cid": f"{coder}-{seed}-{i}", **more}
        session.apply(command)
        say.send(command["cid"])


def code_until_told(say: Connection, where: str, limit: int) -> None:
    """Decide turns in a file that may not grow beyond `limit` bytes; say what was confirmed, then the error."""
    session = open_for(where, "ana")
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    for i in itertools.count():
        try:
            say.send(session.apply({"do": "accept", "cid": f"ana-{i}"})["cid"])
        except CodingError as error:
            say.send((session.position, str(error)))
            return


def code_until_full(path: Path) -> dict[str, object]:
    """Decide turns until the disk is full, make room, go on: what was confirmed, what was told, what was kept."""
    ballast = path.with_name("ballast")
    ballast.write_bytes(bytes(100_000))
    session = open_for(str(path), "ana")
    confirmed, trouble = 0, ""
    while not trouble:
        try:
            session.apply({"do": "accept", "cid": f"c{confirmed}"})
            confirmed += 1
        except CodingError as error:
            trouble = str(error)
    stood = session.position
    ballast.unlink()
    again = session.apply({"do": "accept", "cid": f"c{confirmed}"})
    session.store.close()
    with Store(path) as store:
        store.check()
        kept = [event.cid for event in store.events(1)]
    return {
        "confirmed": confirmed,
        "trouble": trouble,
        "stood": stood,
        "again": again["position"],
        "kept": kept,
    }


def read_only(path: Path) -> dict[str, object]:
    """Open a session on a file that takes no writing, and decide a turn: what was told."""
    try:
        open_for(str(path), "ana").apply({"do": "accept", "cid": "late"})
    except CodingError as error:
        return {"trouble": str(error)}
    return {"trouble": "none"}


if __name__ == "__main__":  # started by tests that give this process a disk, or rights, of its own
    task = {"full": code_until_full, "read-only": read_only}[sys.argv[1]]
    sys.stdout.write(json.dumps(task(Path(sys.argv[2]))))
