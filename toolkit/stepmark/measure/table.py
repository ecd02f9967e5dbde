"""The table of measures: one row an interaction."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from stepmark.annotate import Guide, annotate
from stepmark.corpus import Corpus, expect_corpus
from stepmark.errors import Fault, InputError
from stepmark.measure.columns import measure_columns
from stepmark.measure.delays import delay_columns
from stepmark.measure.hand import hand_columns
from stepmark.measure.replies import replies
from stepmark.measure.state import state_columns
from stepmark.measure.steps import marked_turns, step_columns
from stepmark.measure.talk import talk
from stepmark.measure.whole import interruption_columns, pace_columns, talk_columns, timed

__all__ = ["describe_columns", "expected_columns", "measure"]

#: The breach that only times can show; where there are none, whether it happened is unknown.
INTERRUPT = "interrupt"


def measure(
    corpus: Corpus, spans: pd.DataFrame | None = None, *, guide: Guide | str | Path = "difficult-customers"
) -> pd.DataFrame:
    """The table of measures: one row an interaction.

    Parameters
    ----------
    corpus
        The transcripts.
    spans
        Marks with at least `interaction_id`, `turn` and `step`, from rules or people; None annotates the corpus with
        the guide. A turn counts once for a step, however many spans it holds.
    guide
        A guide, its shipped name or its path: whose steps are measured.

    Returns
    -------
    DataFrame
        One row an interaction, in the order of `corpus.interactions`: all its columns, then for each step, breach and
        signal S `S_used`, `S_count`, `S_first_turn`, `S_first_agent_turn`, `S_first_s`, `S_position`; the measures of
        the whole interaction; and for each signal S `S_before` and `S_end`. `describe_columns` says what each holds. Times
        are seconds, shares and positions 0 to 1. What the source cannot tell is missing: all times of an untimed
        interaction, and whether the agent interrupted in it.

    Raises
    ------
    InputError
        Where spans name a step that the guide does not have or a turn that the corpus does not have, or where the
        interactions already have a column with the name of a measure. All such faults at once.
    """
    expect_corpus(corpus, "measure")
    guide = Guide.load(guide)
    spans = annotate(corpus, guide) if spans is None else spans
    steps, signals = _ids(guide)
    turns = talk(corpus)
    _check(corpus, turns, spans, guide)

    n = len(corpus.interactions)
    marked = marked_turns(turns, spans)
    answered = replies(turns)
    columns = step_columns(turns, marked, steps, n)
    columns |= talk_columns(turns, n)
    columns |= pace_columns(turns, answered, marked[marked["step"].eq("anger")], n)
    columns |= interruption_columns(turns, n)
    columns |= delay_columns(marked, n)
    columns |= state_columns(turns, answered, marked, signals, n)
    if INTERRUPT in steps:
        columns |= _interruptions(columns, spans, timed(turns, n))

    ordered = {name: columns[name].reset_index(drop=True) for name in measure_columns(steps, signals)}
    return pd.concat([corpus.interactions.reset_index(drop=True), pd.DataFrame(ordered)], axis=1)


def describe_columns(guide: Guide | str | Path = "difficult-customers") -> pd.DataFrame:
    """Every column that `measure` adds: `column`, and `holds`, what it is and its unit.

    Parameters
    ----------
    guide
        A guide, its shipped name or its path: whose steps are measured.
    """
    described = measure_columns(*_ids(Guide.load(guide)))
    return pd.DataFrame({"column": list(described), "holds": list(described.values())})


def expected_columns(corpus: Corpus, guide: Guide) -> list[str]:
    """The columns that the measured table of a corpus will have, with those of `hand_coded` where it holds codes."""
    measures = measure_columns(*_ids(guide))
    names = [*map(str, corpus.interactions.columns), *measures]
    if corpus.codes is None or corpus.codes.empty:
        return names
    return [*names, *hand_columns(measures)]


def _ids(guide: Guide) -> tuple[list[str], list[str]]:
    """The ids of all steps of the guide, and of its signals."""
    return [step.id for step in guide.steps], [step.id for step in guide.steps if step.kind == "signal"]


def _interruptions(
    columns: dict[str, pd.Series], spans: pd.DataFrame, is_timed: pd.Series
) -> dict[str, pd.Series]:
    """What is known of interruptions: the marks of the rule where it ran, and nothing where there are no times."""
    count = columns[f"{INTERRUPT}_count"].astype("Int64").where(is_timed)
    known: dict[str, pd.Series] = {"n_interruptions": count} if _rules_ran(spans) else {}
    if not is_timed.all():
        known |= {f"{INTERRUPT}_used": count.gt(0).astype("boolean"), f"{INTERRUPT}_count": count}
    return known


def _rules_ran(spans: pd.DataFrame) -> bool:
    """Whether the guide's rules made any of the spans, so that no mark of a rule means that it was looked for."""
    return "source" in spans and bool(spans["source"].str.startswith(("rule:", "time")).any())


def _check(corpus: Corpus, turns: pd.DataFrame, spans: pd.DataFrame, guide: Guide) -> None:
    """Raise all faults of marks that fit neither guide nor corpus, and of names that are taken."""
    faults = [
        Fault(
            f"step '{step}'", "marked in the spans", f"a step of the guide {guide}", "Measure with its guide."
        )
        for step in sorted(set(spans["step"]) - {step.id for step in guide.steps})
    ]
    places = spans[["interaction_id", "turn"]].drop_duplicates()
    found = places.merge(turns[["interaction_id", "turn"]], how="left", indicator=True)
    faults += [
        Fault(
            f"interaction '{lost.interaction_id}', turn {lost.turn}",
            "marked in the spans",
            "a turn of the corpus",
        )
        for lost in found[found["_merge"].eq("left_only")].itertuples()
    ]
    taken = set(measure_columns(*_ids(guide))) & set(corpus.interactions.columns)
    faults += [
        Fault(f"interactions, column '{name}'", "the name of a measure", "another name", "Rename the column.")
        for name in sorted(taken)
    ]
    if faults:
        raise InputError(faults)
