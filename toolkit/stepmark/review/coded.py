"""What people have decided, as tables: codes, the spans they drew, and the history behind them."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd

from stepmark.corpus import Corpus
from stepmark.review.marks import EVERYTHING
from stepmark.review.store import Store
from stepmark.review.transcript import text_hash

__all__ = ["CODE_COLUMNS", "codes_of", "first_decisions", "history_of", "spans_of", "with_absent"]

#: The columns of a codes table, then what a store knows beyond them.
CODE_COLUMNS = (
    *("interaction_id", "turn", "step", "coder", "decision", "decided_at", "probability"),
    *("occasion", "blind", "suggested", "unsure", "session", "guide", "text_hash"),
)
_KEY = ["interaction_id", "turn", "step", "coder"]


def codes_of(
    store: Store,
    *,
    session: str | None = None,
    coder: str | None = None,
    repeats: bool = False,
    corpus: Corpus | None = None,
) -> pd.DataFrame:
    """The decisions in a store as a codes table, sorted by interaction, turn, step and coder.

    Parameters
    ----------
    store
        The store.
    session, coder
        Only those of one session, of one coder; all where None.
    repeats
        Whether to keep the decisions on turns that came back (`occasion` 1). Without them, a coder has one decision
        on a step in a turn: the latest, where several sessions asked for it.
    corpus
        Where given, a column `text_changed` tells whether the turn's words differ from those decided on.

    Returns
    -------
    DataFrame
        The columns of `stepmark.corpus.tables.CODES`, then `occasion` (0, or 1 where the turn had come back), `blind`
        (whether suggestions were hidden), `suggested` (whether the rules mark the step), `unsure`, `session`, `guide`
        and `text_hash`.
    """
    asked = {key: value for key, value in (("session", session), ("coder", coder)) if value is not None}
    rows = store.rows("current_codes", **asked)
    codes = pd.DataFrame(rows, columns=list(CODE_COLUMNS))
    codes["decided_at"] = pd.to_datetime(codes["decided_at"], utc=True, format="ISO8601")
    codes = codes.astype(
        {"turn": "int64", "probability": "float64", "occasion": "int64", "blind": "bool", "unsure": "bool"}
        | {"suggested": "boolean"}
        | dict.fromkeys(
            ("interaction_id", "step", "coder", "decision", "session", "guide", "text_hash"), "str"
        )
    )
    if not repeats:
        codes = (
            codes[codes["occasion"] == 0]
            .sort_values("decided_at", kind="stable")
            .drop_duplicates(_KEY, keep="last")
        )
    codes = codes.sort_values([*_KEY, "occasion", "decided_at"], kind="stable").reset_index(drop=True)
    return codes if corpus is None else _flagged(codes, corpus)


def spans_of(
    store: Store, corpus: Corpus, *, session: str | None = None, coder: str | None = None
) -> pd.DataFrame:
    """The spans that people drew or accepted, as a spans table with source `human:<coder>`.

    A step that was decided for the whole turn spans the whole turn. Turns whose words have changed since are left
    out: the offsets no longer hold. A turn that came back counts with its first decision.
    """
    texts = _texts(corpus)
    rows = []
    for said in _decided(store, session, coder):
        text = texts.get((said["interaction_id"], said["turn"]))
        if text is None or said["occasion"] or text_hash(text) != said["text_hash"]:
            continue
        for step, spans in json.loads(said["marks"])["yes"].items():
            for start, end in spans or [[0, len(text)]]:
                place = {"interaction_id": said["interaction_id"], "turn": said["turn"], "step": step}
                where = {"start_char": start, "end_char": end, "text": text[start:end]}
                rows.append({**place, **where, "source": f"human:{said['coder']}", "guide": said["guide"]})
    columns = ["interaction_id", "turn", "step", "start_char", "end_char", "text", "source", "guide"]
    table = pd.DataFrame(rows, columns=columns).astype(
        {c: "int64" if c in ("turn", "start_char", "end_char") else "str" for c in columns}
    )
    keys = ["interaction_id", "turn", "start_char", "end_char", "step", "source"]
    return table.drop_duplicates(keys).sort_values(keys).reset_index(drop=True)


def first_decisions(codes: pd.DataFrame) -> pd.DataFrame:
    """The decisions but those on turns that came back; a table that knows nothing of it has only first ones."""
    return codes[codes["occasion"].fillna(0) == 0] if "occasion" in codes else codes


def with_absent(codes: pd.DataFrame, corpus: Corpus, guide: Any) -> pd.DataFrame:
    """A codes table that lists only what is there, with a `no` for every other step that a turn could show.

    Parameters
    ----------
    codes
        Decisions that are all `yes`, of coders who looked at every turn of the interactions they name.
    corpus
        The corpus that they are about.
    guide
        Tells which steps a turn can show, by who speaks.

    Returns
    -------
    DataFrame
        One row a coder, turn of an interaction that the coder names, and step; what each coder said of a turn's
        interaction (`probability`) is carried along.
    """
    steps = pd.DataFrame(
        {"step": [step.id for step in guide.steps], "speaker": [step.speaker for step in guide.steps]}
    )
    turns = corpus.turns[["interaction_id", "turn", "speaker"]]
    possible = pd.concat([turns.merge(steps, on="speaker"), turns.merge(steps[steps["speaker"] == "any"], how="cross",
                          suffixes=("", "_step"))])  # fmt: skip
    chances = {"probability": "first"} if "probability" in codes else {"step": "size"}
    seen = (
        codes.groupby(["interaction_id", "coder"], as_index=False)
        .agg(chances)
        .drop(columns="step", errors="ignore")
    )
    every = possible[["interaction_id", "turn", "step"]].merge(seen, on="interaction_id")
    said = codes[[*_KEY, "decision"]].drop_duplicates(_KEY)
    full = every.merge(said, on=_KEY, how="left")
    return full.assign(decision=full["decision"].fillna("no")).sort_values(_KEY).reset_index(drop=True)


def history_of(store: Store) -> pd.DataFrame:
    """Everything that anyone did, in the order of saving within each queue: `session, coder`, then the event."""
    rows = []
    for session, coder in store.queues():
        queue = store.queue(session, coder)
        if queue is not None:
            rows += [
                {"session": session, "coder": coder, **vars(event)} for event in store.events(queue.queue_id)
            ]
    return pd.DataFrame(rows)


def _decided(store: Store, session: str | None, coder: str | None) -> list[dict[str, Any]]:
    asked = {key: value for key, value in (("session", session), ("coder", coder)) if value is not None}
    return store.rows("current_turns", status="done", **asked)


def _texts(corpus: Corpus) -> dict[tuple[str, int], str]:
    turns = corpus.turns
    return dict(zip(zip(turns["interaction_id"], turns["turn"], strict=True), turns["text"], strict=True))


def _flagged(codes: pd.DataFrame, corpus: Corpus) -> pd.DataFrame:
    texts = _texts(corpus)
    now = [texts.get(key) for key in zip(codes["interaction_id"], codes["turn"], strict=True)]
    changed = [
        text is None or text_hash(text) != old for text, old in zip(now, codes["text_hash"], strict=True)
    ]
    return codes.assign(text_changed=pd.Series(changed, index=codes.index, dtype=bool))


def unsure_turns(store: Store) -> pd.DataFrame:
    """Turns, or steps in them, of which a coder was not sure, with their notes."""
    rows = []
    for said in store.rows("current_turns"):
        marks = json.loads(said["marks"])
        for step in marks["unsure"]:
            about = {"interaction_id": said["interaction_id"], "turn": said["turn"], "coder": said["coder"]}
            rows.append({**about, "step": pd.NA if step == EVERYTHING else step, "note": marks["note"]})
    return pd.DataFrame(rows, columns=["interaction_id", "turn", "coder", "step", "note"])
