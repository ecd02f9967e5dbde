"""Turns as one wide table, for spreadsheets and statistics programs: one row a turn, one column a step."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from stepmark.corpus import Corpus, write_table
from stepmark.errors import Fault, InputError
from stepmark.review.coded import first_decisions

__all__ = ["wide_table", "write_csv"]

_TURN = ["interaction_id", "turn"]


def wide_table(corpus: Corpus, steps: Sequence[str]) -> pd.DataFrame:
    """One row a turn: the turn, what is known of its interaction, its steps and its codes.

    Parameters
    ----------
    corpus
        With the spans to count.
    steps
        Which steps get a column.

    Returns
    -------
    DataFrame
        The columns of the turns table, those of the interactions table, then for each step S `S` (1 where a span of it is in
        the turn, else 0), and for each coder C who decided on S `S_C` (1 yes, 0 no, missing where not decided).

    Raises
    ------
    InputError
        Where two of these columns would have the same name.
    """
    turns, spans = corpus.turns, corpus.spans
    known = turns[["interaction_id"]].merge(corpus.interactions, on="interaction_id", how="left")
    places = pd.MultiIndex.from_frame(turns[_TURN])
    parts = [turns, known.drop(columns="interaction_id"), _marked(spans, steps, places)]
    if corpus.codes is not None:
        parts.append(_decided(corpus.codes, steps, places))
    _check_names(parts)
    return pd.concat([part.reset_index(drop=True) for part in parts], axis=1)


def write_csv(corpus: Corpus, steps: Sequence[str], path: Path) -> list[str]:
    """Write the wide table as CSV (UTF-8); an empty cell is missing, `""` is an empty text."""
    write_table(wide_table(corpus, steps), path)
    return []


def _marked(spans: pd.DataFrame | None, steps: Sequence[str], places: pd.MultiIndex) -> pd.DataFrame:
    columns = {}
    for step in steps:
        own = None if spans is None else spans.loc[spans["step"] == step, _TURN]
        marked = [False] * len(places) if own is None else places.isin(pd.MultiIndex.from_frame(own))
        columns[step] = pd.Series(marked, dtype="int64")
    return pd.DataFrame(columns, index=range(len(places)))


def _decided(codes: pd.DataFrame, steps: Sequence[str], places: pd.MultiIndex) -> pd.DataFrame:
    first = first_decisions(codes)
    by_step = {(step, coder): own for (step, coder), own in first.groupby(["step", "coder"])}
    coders = sorted(first["coder"].unique())
    columns = {}
    for step in steps:
        for coder in coders:
            if (own := by_step.get((step, coder))) is not None:
                yes = own["decision"].eq("yes").astype("Int64").set_axis(pd.MultiIndex.from_frame(own[_TURN]))
                columns[f"{step}_{coder}"] = yes.reindex(places).array
    return pd.DataFrame(columns, index=range(len(places)))


def _check_names(parts: list[pd.DataFrame]) -> None:
    names = pd.Series([str(name) for part in parts for name in part.columns])
    twice = sorted(names[names.duplicated()].unique())
    if twice:
        advice = "Rename one of them in the corpus (stepmark import --column NEW=OLD)."
        raise InputError(
            Fault(
                f"column '{name}'",
                "of turns, interactions, steps and codes, two have this name",
                "one",
                advice,
            )
            for name in twice
        )
