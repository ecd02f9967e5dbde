"""No confirmed decision is lost or doubled: several coders at once, killed processes, full and read-only disks."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import event
from tests.review.coders import Hasty, code, code_until_told, code_without_end, heard, open_for, start_coder
from tests.review.server import postgres_server
from tests.review.talk import Words, marks_of, small_corpus

from stepmark.errors import CodingError
from stepmark.review import Session, Store
from stepmark.review.coded import codes_of, history_of

N = 1000


def test_two_coders_at_once_lose_and_double_nothing_on_sqlite(tmp_path: Path) -> None:
    where = str(tmp_path / "coding.sqlite")
    coders_at_once(where, ["ana", "ben"])


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with postgres_server() as url:
        yield url


@pytest.mark.postgres
def test_four_coders_at_once_lose_and_double_nothing_on_postgresql(postgres: str) -> None:
    coders_at_once(postgres, ["ana", "ben", "cem", "dua"])


def coders_at_once(where: str, coders: list[str]) -> None:
    running = [start_coder(code, where, coder, N) for coder in coders]
    confirmed = {cid for _, pipe in running for cid in heard(pipe)}
    for process, _ in running:
        process.join(30)
    assert [process.exitcode for process, _ in running] == [0] * len(coders)
    assert confirmed == {f"{coder}-{i}" for coder in coders for i in range(N)}
    with Store(where) as store:
        history = history_of(store)
        assert sorted(history["cid"]) == sorted(confirmed)
        assert (history.groupby("coder")["number"].agg(list).map(lambda n: n == list(range(1, N + 1)))).all()
        codes = codes_of(store)
        assert not codes.duplicated(["interaction_id", "turn", "step", "coder"]).any()
        assert len(codes.drop_duplicates(["interaction_id", "turn", "coder"])) == N * len(coders)


@pytest.mark.postgres
def test_both_databases_hold_the_same_codes(postgres: str, tmp_path: Path) -> None:
    seen = []
    for where in (postgres, str(tmp_path / "coding.sqlite")):
        session = open_for(where, "eve", n_interactions=3)
        for do, more in (
            ("accept", {}),
            ("decide", {"step": "probe", "decision": "yes"}),
            ("unsure", {"unsure": True, "step": "probe"}),
            ("accept", {}),
            ("unsure", {"unsure": True}),
            ("accept", {}),
            ("accept", {}),
            ("undo", {}),
        ):
            session.apply({"do": do, "cid": f"eve-{session.ledger.number}", **more})
        codes = codes_of(session.store, coder="eve")
        seen.append(codes.drop(columns=["decided_at"]).to_dict("records"))
        session.store.close()
    assert seen[0] == seen[1]
    assert [row["unsure"] for row in seen[0]] == [False, False, False, True, True]


def test_one_coder_in_two_windows_loses_nothing(tmp_path: Path) -> None:
    where = str(tmp_path / "coding.sqlite")
    windows = [open_for(where, "ana", n_interactions=10) for _ in range(2)]

    def press(window: int) -> None:
        for i in range(20):
            windows[window].apply({"do": "accept", "cid": f"{window}-{i}"})

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(press, range(2)))
    for window in windows:
        window.catch_up()
    assert windows[0].view() == windows[1].view()
    assert windows[0].ledger.progress["done"] == 40
    assert history_of(windows[0].store)["number"].tolist() == list(range(1, 41))
    for window in windows:
        window.store.close()


def test_threads_may_share_a_session(tmp_path: Path) -> None:
    session = open_for(str(tmp_path / "coding.sqlite"), "ana", n_interactions=20)
    with ThreadPoolExecutor(4) as pool:
        acks = list(pool.map(lambda i: session.apply({"do": "accept", "cid": f"c{i}"}), range(60)))
    assert sorted(ack["number"] for ack in acks) == list(range(1, 61))
    assert session.ledger.progress["done"] == 60
    session.store.close()


CODERS = ("ana", "ben", "cem", "dua")


def test_killed_at_a_hundred_moments_no_confirmed_decision_is_lost(tmp_path: Path) -> None:
    where = str(tmp_path / "coding.sqlite")
    confirmed = confirmed_until_killed(where, n_rounds=25, store=Store)
    assert len(confirmed) > 60  # nine in ten were killed after their first confirmed command at the earliest
    kept = kept_in(where)
    assert len(kept) == len(set(kept))
    assert set(confirmed) <= set(kept)
    assert len(kept) - len(confirmed) <= 100
    for coder in CODERS:
        session = open_for(where, coder, n_interactions=20)
        assert session.apply({"do": "note", "note": "on", "position": 0, "cid": f"{coder}-after"})["saved"]
        session.store.close()


def test_a_store_that_confirms_before_it_commits_does_not_pass_that_test(tmp_path: Path) -> None:
    where = str(tmp_path / "coding.sqlite")
    confirmed = confirmed_until_killed(where, n_rounds=3, store=Hasty)
    assert set(confirmed) - set(kept_in(where))


def confirmed_until_killed(where: str, n_rounds: int, store: type[Store]) -> list[object]:
    """What four coders at once were told is saved, each killed at a random moment of every round."""
    Store(where).close()
    rng = random.Random(1)
    confirmed: list[object] = []
    for round_ in range(n_rounds):
        running = [start_coder(code_without_end, where, coder, round_, store) for coder in CODERS]
        for process, pipe in running:
            if rng.random() < 0.9:  # the others are killed while they open the session, or just after
                pipe.poll(20)
            time.sleep(rng.random() * 0.1)
            process.kill()
        for process, pipe in running:
            process.join(30)
            # a store that loses decisions may have stopped its coder before
            assert process.exitcode == -signal.SIGKILL or store is not Store
            confirmed += heard(pipe)
    return confirmed


def kept_in(where: str) -> list[str]:
    """The ids of the commands in a store, which must be whole."""
    with Store(where) as store:
        store.check()
        return history_of(store)["cid"].tolist()


def test_every_commit_is_synced_before_it_is_confirmed(tmp_path: Path) -> None:
    with Store(tmp_path / "coding.sqlite") as store, store._reading() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == 2
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"


def test_a_disk_that_takes_no_more_is_told_and_nothing_is_claimed(tmp_path: Path) -> None:
    where = str(tmp_path / "coding.sqlite")
    open_for(where, "ana").store.close()
    process, pipe = start_coder(code_until_told, where, 200_000)
    *confirmed, (position, trouble) = heard(pipe)
    process.join(30)
    assert "coding.sqlite: the disk" in trouble
    assert "Nothing was saved by this step. " in trouble
    assert position == len(confirmed) > 5
    session = open_for(where, "ana")
    session.store.check()
    assert session.position == position
    assert session.apply({"do": "accept", "cid": f"ana-{position}"})["replayed"] is False
    assert history_of(session.store)["cid"].tolist() == [f"ana-{i}" for i in range(position + 1)]
    session.store.close()


def test_a_store_at_its_size_limit_is_told_and_the_step_can_be_repeated_once_there_is_room(
    tmp_path: Path,
) -> None:
    corpus = small_corpus(60)
    store = Store(tmp_path / "coding.sqlite")
    full = [True]

    @event.listens_for(store._engine, "begin")
    def _limit(connection) -> None:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages if full[0] else 1_000_000}")

    full[0] = False
    session = Session(corpus, Words(), store, coder="ana", spans=marks_of(corpus))
    full[0] = True
    confirmed, trouble = accept_until_told(session)
    assert "the disk is full" in trouble
    assert "Make room on it, then repeat the step; what was confirmed before is safe." in trouble
    assert 0 < session.position == confirmed == store_length(tmp_path / "coding.sqlite")
    full[0] = False
    assert session.apply({"do": "accept", "cid": f"c{confirmed}"})["position"] == confirmed + 1
    store.close()


def test_a_full_disk_is_told_and_the_step_can_be_repeated_once_there_is_room(
    tmp_path: Path, project: Path
) -> None:
    mount = f'mount -t tmpfs -o size=1m tmpfs "{tmp_path}" && exec "$@"'
    rights = ["unshare", "--mount", *(["--map-root-user"] if os.getuid() else [])]
    small_disk = [*rights, "sh", "-c", mount, "sh"]  # gone with the process
    if subprocess.run([*small_disk, "true"], check=False, stderr=subprocess.DEVNULL).returncode:
        pytest.xfail(
            "a right, no part to install: this machine mounts no small disk (unshare --mount, tmpfs)"
        )
    command = [*small_disk, sys.executable, "-m", "tests.review.coders", "full", tmp_path / "coding.sqlite"]
    ran = subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=120, check=False)
    said = json.loads(ran.stdout or ran.stderr)
    assert (
        "coding.sqlite: the disk is full. Nothing was saved by this step. Make room on it" in said["trouble"]
    )
    assert said["stood"] == said["confirmed"] > 20
    assert said["again"] == said["confirmed"] + 1
    assert said["kept"] == [f"c{i}" for i in range(said["confirmed"] + 1)]
    assert list(tmp_path.iterdir()) == []  # it was that disk


def accept_until_told(session: Session) -> tuple[int, str]:
    for i in range(len(session.queue)):
        try:
            session.apply({"do": "accept", "cid": f"c{i}"})
        except CodingError as error:
            return i, str(error)
    return len(session.queue), "it never was"


def store_length(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection, connection:
        (n,) = connection.execute("SELECT COUNT(*) FROM events").fetchone()
    return n


def test_a_read_only_file_is_told_and_nothing_is_claimed(tmp_path: Path, project: Path) -> None:
    path = tmp_path / "coding.sqlite"
    session = open_for(str(path), "ana")
    session.apply({"do": "accept", "cid": "first"})
    session.store.close()
    path.chmod(0o444)
    tmp_path.chmod(0o555)
    # root may write to read-only files: take that right away from the process
    weaken = (
        ["setpriv", "--inh-caps=-all", "--bounding-set=-dac_override,-dac_read_search"]
        if os.getuid() == 0
        else []
    )
    command = [*weaken, sys.executable, "-m", "tests.review.coders", "read-only", path]
    ran = subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=60, check=False)
    tmp_path.chmod(0o755)
    trouble = json.loads(ran.stdout or ran.stderr)["trouble"]
    assert "coding.sqlite: the file is read-only. Nothing was saved by this step. Make the file" in trouble
    assert store_length(path) == 1


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (
            b"interaction_id,turn\n" * 300,
            "not a SQLite file. Nothing was saved by this step. Give the path of a stepmark",
        ),
        (b"", None),
    ],
)
def test_a_file_that_is_no_database_is_told(tmp_path: Path, content: bytes, words: str | None) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes(content)
    if words is None:  # an empty file is a new store
        Store(path).close()
        return
    with pytest.raises(CodingError) as caught:
        Store(path)
    assert words in str(caught.value)
    assert path.read_bytes() == content


def test_somebody_elses_database_is_told_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "shop.sqlite"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE orders (id INTEGER)")
    before = path.read_bytes()
    with pytest.raises(
        CodingError, match=r"holds other tables \(orders\); expected a stepmark store or a new file"
    ):
        Store(path)
    assert path.read_bytes() == before


def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "coding.sqlite"
    session = open_for(str(path), "ana")
    for i in range(100):
        session.apply({"do": "accept", "cid": f"c{i}"})
    session.store.close()
    whole = path.read_bytes()
    path.write_bytes(whole[:8192] + b"\x00\xff" * ((len(whole) - 8192) // 2))
    with pytest.raises(CodingError, match="the file is damaged"), Store(path) as store:
        store.check()


def test_a_store_of_another_version_is_told(tmp_path: Path) -> None:
    path = tmp_path / "coding.sqlite"
    Store(path).close()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE stepmark_about SET value = '99' WHERE name = 'schema_version'")
    with pytest.raises(
        CodingError, match=r"its schema has version 99; expected version 1\. It was made by another"
    ):
        Store(path)


def test_a_server_that_is_not_there_is_told_without_its_password() -> None:
    with pytest.raises(CodingError) as caught:
        Store("postgresql://ana:secret@127.0.0.1:1/coding")
    assert "the server cannot be reached" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_an_url_of_another_database_is_told() -> None:
    with pytest.raises(CodingError, match="database 'mysql'; expected sqlite or postgresql"):
        Store("mysql://localhost/coding")
