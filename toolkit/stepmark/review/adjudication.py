"""Where coders differ, who was right, and the layer that comes of it: `gold`.

The disagreements are listed, decided one turn after the other in a session of its own, with the reason in its note, and
put together with what the coders agreed on.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import pandas as pd

from stepmark.corpus import Corpus
from stepmark.errors import CodingError, Fault
from stepmark.review.coded import first_decisions
from stepmark.review.draw import draw_listed
from stepmark.review.session import Session
from stepmark.review.store import Store

__all__ = ["GOLD", "adjudicate", "disagreements", "gold_codes"]

#: The layer that adjudication makes.
GOLD = "gold"
_UNIT = ["interaction_id", "turn"]
_KEY = [*_UNIT, "step"]


def disagreements(codes: pd.DataFrame) -> pd.DataFrame:
    """One row a turn and step on which coders differ: the keys, `n_yes`, `n_no`, `votes` (dict of coder and decision).

    Only first decisions count, not those on turns that came back.
    """
    return _differ(_tally(codes))[[*_KEY, "n_yes", "n_no", "votes"]].reset_index(drop=True)


def adjudicate(
    corpus: Corpus,
    guide: Any,
    store: Any,
    codes: pd.DataFrame | None = None,
    *,
    spans: pd.DataFrame | None = None,
    name: str = "adjudication",
    coder: str = GOLD,
    **options: Any,
) -> Session:
    """A session on the turns where coders differ.

    What they agree on is marked already; a turn is accepted once each step in dispute is decided, and its note keeps the
    reason. Snapshots show who said what (`votes` of a turn). Opened again, it goes on with the votes that it began with.

    Parameters
    ----------
    corpus, guide, store, name, coder, options
        As for `Session`.
    codes
        The coders' decisions (those of `coder` are left out: they are rulings); needed the first time, None to go on.
    spans
        What they marked (see `spans_of`), shown for the steps they agree on; whole turns where None.

    Raises
    ------
    CodingError
        Where the coders differ nowhere, or there is no such session to go on with.
    """
    store = store if isinstance(store, Store) else Store(store)
    shares = {"blind_share": 0.0, "repeat_share": 0.0}
    begun = {"coder": coder, "name": name, "mode": "adjudicate", **shares, **options}
    if codes is None:
        if store.queue(name, coder) is None:
            raise CodingError(Fault(f"session '{name}'", "not begun yet", "the coders' codes, to begin it"))
        return Session(corpus, guide, store, **begun)
    tally = _tally(codes[codes["coder"] != coder])
    disputes = _disputes(tally, spans, corpus)
    if not disputes:
        raise CodingError(
            Fault("codes", "no disagreement", "at least one", "There is nothing to adjudicate.")
        )
    chances = tally.drop_duplicates(_UNIT).set_index(_UNIT)["probability"]
    turns = pd.MultiIndex.from_tuples(disputes, names=_UNIT)
    draw = draw_listed(corpus, chances.reindex(turns).reset_index())
    return Session(corpus, guide, store, draw=draw, disputes=disputes, **begun)


def gold_codes(
    codes: pd.DataFrame,
    rulings: pd.DataFrame | None = None,
    *,
    open_disputes: Literal["raise", "leave_out"] = "raise",
) -> pd.DataFrame:
    """The gold layer: what coders agree on, and the rulings where they differ.

    Parameters
    ----------
    codes
        The coders' decisions.
    rulings
        The codes of the adjudication session (`Session.codes()`).
    open_disputes
        What to do where coders differ and nobody has ruled: `raise`, or `leave_out`.

    Returns
    -------
    DataFrame
        A codes table with coder `gold`, `probability` carried along from the coders, `n_coders`, and `settled`: `single`
        (one coder), `agreed` or `adjudicated`.

    Raises
    ------
    CodingError
        Where a dispute is open, or coders of one turn have it with different probabilities (it was drawn twice, and
        how often such a turn is drawn is not known).
    """
    tally = _tally(codes)
    mixed = tally[tally["n_chances"] > 1].drop_duplicates(_UNIT)
    ruled = _rulings(rulings)
    differ = (tally["n_yes"] > 0) & (tally["n_no"] > 0)
    said = [ruled.get(key) for key in zip(*(tally[name] for name in _KEY), strict=True)]
    decision = (
        tally["n_yes"]
        .gt(0)
        .map({True: "yes", False: "no"})
        .where(~differ, pd.Series(said, tally.index, dtype="str"))
    )
    still_open = tally[decision.isna()]
    faults = [
        _fault(row, "drawn with different probabilities", "one draw") for row in mixed.to_dict("records")
    ]
    if open_disputes == "raise":
        advice = "Decide it (`adjudicate`), or pass open_disputes='leave_out'."
        faults += [
            _fault(row, "coders differ, and nobody has ruled", "", advice)
            for row in still_open.to_dict("records")
        ]
    if faults:
        raise CodingError(faults)
    settled = (
        pd.Series("agreed", tally.index).mask(tally["n_coders"] == 1, "single").mask(differ, "adjudicated")
    )
    gold = tally[_KEY].assign(
        coder=GOLD, decision=decision, decided_at=tally["decided_at"], probability=tally["probability"],
        n_coders=tally["n_coders"], settled=settled,
    )  # fmt: skip
    return gold[decision.notna()].reset_index(drop=True)


def _tally(codes: pd.DataFrame) -> pd.DataFrame:
    """One row a turn and step, in order: the keys, counts, votes, the latest time and the probability."""
    first = first_decisions(codes)
    if "probability" not in first:
        first = first.assign(probability=float("nan"))
    if "decided_at" not in first:
        first = first.assign(decided_at=pd.Series(pd.NaT, index=first.index))
    first = first.assign(yes=(first["decision"] == "yes").astype(int)).sort_values([*_KEY, "coder"])
    grouped = first.groupby(_KEY, sort=True)
    tally = grouped.agg(
        n_coders=("coder", "nunique"), n_yes=("yes", "sum"), n=("yes", "size"), decided_at=("decided_at", "max"),
        probability=("probability", "first"),
    ).reset_index()  # fmt: skip
    tally["n_chances"] = grouped["probability"].nunique().to_numpy()
    votes: dict[tuple[Any, ...], dict[str, str]] = {}
    keys = zip(*(first[name] for name in _KEY), strict=True)
    for key, coder, decision in zip(keys, first["coder"], first["decision"], strict=True):
        votes.setdefault(key, {})[coder] = decision
    return tally.assign(n_no=tally["n"] - tally["n_yes"], votes=pd.Series(list(votes.values()), dtype=object))


def _rulings(rulings: pd.DataFrame | None) -> dict[tuple[str, int, str], str]:
    if rulings is None:
        return {}
    keys = zip(*(rulings[name] for name in _KEY), strict=True)
    return dict(zip(keys, rulings["decision"], strict=True))


def _differ(tally: pd.DataFrame) -> pd.DataFrame:
    return tally[(tally["n_yes"] > 0) & (tally["n_no"] > 0)]


def _disputes(
    tally: pd.DataFrame, spans: pd.DataFrame | None, corpus: Corpus
) -> dict[tuple[str, int], dict[str, dict[str, Any]]]:
    """What coders said of each turn on which they differ: `votes` and `agreed`, as in `CodingQueue.disputes`."""
    said: dict[tuple[str, int], dict[str, dict[str, Any]]] = {}
    for row in _differ(tally).to_dict("records"):
        turn = said.setdefault((row["interaction_id"], row["turn"]), {"votes": {}, "agreed": {}})
        turn["votes"][row["step"]] = row["votes"]
    agreed = tally[tally["n_no"] == 0][_KEY]
    marks = agreed.merge(_marks(spans, corpus), on=_KEY if spans is not None else _UNIT, how="left")
    for key, turn, step, start, end in marks[[*_KEY, "start_char", "end_char"]].itertuples(index=False):
        if (key, turn) in said:
            places = said[key, turn]["agreed"].setdefault(step, [])  # none: meant for the whole turn
            places += [] if pd.isna(start) or pd.isna(end) else [[int(start), int(end)]]
    return said


def _marks(spans: pd.DataFrame | None, corpus: Corpus) -> pd.DataFrame:
    """Where agreed steps are shown: at the coders' spans, or on whole turns where none are given."""
    if spans is not None:
        return spans[[*_KEY, "start_char", "end_char"]]
    return corpus.turns[_UNIT].assign(start_char=0, end_char=corpus.turns["text"].str.len())


def _fault(row: Mapping[Any, Any], found: str, expected: str, advice: str = "") -> Fault:
    return Fault(
        f"interaction '{row['interaction_id']}', turn {row['turn']}, {row['step']}", found, expected, advice
    )
