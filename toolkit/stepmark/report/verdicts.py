"""What can be said of each step: raw beside adjusted beside corrected, and what is left of it under other questions."""

from __future__ import annotations

import numpy as np
import pandas as pd

from stepmark.figures import is_sure
from stepmark.report.story import Story
from stepmark.study.effects import TOO_FEW

__all__ = ["beside", "earned", "focal_step", "holding", "late_only", "misled"]

#: The labels that early uses can earn, the strongest first; `association` is what is left.
LABELS = ("time-ordered, within-agent, controls passed", "time-ordered association")


def beside(story: Story, outcome: str) -> pd.DataFrame:
    """Each step's raw difference, what is left among interactions that began alike, and after correction.

    Returns
    -------
    DataFrame
        One row a step: `term`, `raw` (as the rules read it), `raw_hand` (by hand codes, weighted by how they were drawn;
        missing without), `adjusted`, `corrected` (missing where there is none), `std_error`, `conf_low` and `conf_high` of the
        best of the two, with its `evidence`, `reading` (`higher`, `lower`, `cannot tell`) and `scale`.
    """
    best = story.effects(outcome).set_index("term")
    plain = story.uncorrected(outcome).set_index("term")["estimate"]
    found = pd.DataFrame(index=best.index)
    found["raw"] = story.naive(outcome).set_index("term")["estimate"].reindex(best.index)
    found["raw_hand"] = story.naive(outcome, hand=True).set_index("term")["estimate"].reindex(best.index)
    found["adjusted"] = plain.reindex(best.index)
    found["corrected"] = best["estimate"].where(best["correction"].ne("none"))
    for name in ("std_error", "conf_low", "conf_high", "scale", "evidence"):
        found[name] = best[name]
    found["reading"] = np.where(
        is_sure(best), np.where(best["estimate"] > 0, "higher", "lower"), "cannot tell"
    )
    return found.reset_index()


def misled(rows: pd.DataFrame) -> pd.DataFrame:
    """The steps of which raw averages say something that the best estimate does not bear out.

    Parameters
    ----------
    rows
        As `beside` returns them.

    Returns
    -------
    DataFrame
        Those rows, but for steps with too few cases to tell, with `best`, `why`, `clear` (the raw average lies outside the
        interval of the best estimate) and `loudness` (the gap in standard errors), the loudest first. `why` is `difficulty` where
        raw averages of the same codes have the other sign, or lie outside an interval that holds zero, so that it is what
        went before that misleads; these come first; and `misreading` where only the raw average of the rules' marks has
        the other sign.
    """
    rows = rows[~rows["evidence"].str.startswith(TOO_FEW)]
    best = rows["corrected"].fillna(rows["adjusted"])
    same_codes = rows["raw_hand"].where(rows["corrected"].notna()).fillna(rows["raw"])
    parts = []
    holds_zero = rows["conf_low"] * rows["conf_high"] < 0
    for why, raw in (("difficulty", same_codes), ("misreading", rows["raw"])):
        clear = raw.notna() & ~raw.between(rows["conf_low"], rows["conf_high"])
        turned = (best * raw < 0) | (clear & holds_zero & (why == "difficulty"))
        loudness = (best - raw).abs() / rows["std_error"]
        part = rows.assign(best=best, why=why, clear=clear, loudness=loudness)[turned]
        parts.append(part.sort_values("loudness", ascending=False, kind="stable"))
    return pd.concat(parts).drop_duplicates("term").reset_index(drop=True)


def late_only(story: Story, outcome: str) -> pd.DataFrame:
    """Steps told from chance whose early use shows no such difference: they may answer to how things went.

    Returns
    -------
    DataFrame
        The rows of their early uses: the interval holds zero, and not the estimate of the use at any time.
    """
    early, best = story.further("early", outcome), story.effects(outcome)
    if early.empty or best.empty:
        return early
    sure = best.loc[is_sure(best), "term"]
    early = early[~early["model"].str.contains("within") & ~early["evidence"].str.startswith(TOO_FEW)]
    early = early[early["term"].isin(sure)]
    plain = story.uncorrected(outcome).set_index("term")["estimate"]
    any_time = early["term"].map(plain).astype("float64")
    holds_zero = early["conf_low"] * early["conf_high"] < 0
    return early[holds_zero & ~any_time.between(early["conf_low"], early["conf_high"])]


def focal_step(story: Story, outcome: str) -> str:
    """The step that the report looks into: where raw averages mislead most, else the one told best; empty without any."""
    rows = beside(story, outcome)
    if rows.empty:
        return ""
    turned = misled(rows)
    if len(turned):
        return str(turned.sort_values("clear", ascending=False, kind="stable")["term"].iloc[0])
    clearest = story.effects(outcome).sort_values("statistic", key=abs, ascending=False, kind="stable")
    return str(clearest["term"].iloc[0])


def holding(story: Story, outcome: str) -> pd.DataFrame:
    """Every step under other questions than the plan's main one; numbers missing where a question was not asked.

    Returns
    -------
    DataFrame
        One row a step: `term`; `adjusted` (the main question, as the rules read the steps) and `corrected`; `doubly_robust`, `same_agent`, `early` (used within the first two
        replies) and `weighted` (for who answered), all as the rules read the steps; `lowest` and `highest` of the specification curve; `e_value` (of the
        bound nearer to no effect), `strongest` and `strongest_strength`; `chosen_by` (what came before it and goes with it
        all the same); `evidence` (the label earned).
    """
    best = story.effects(outcome).set_index("term")
    found = beside(story, outcome).set_index("term")[["adjusted", "corrected"]]
    found["doubly_robust"] = _rows(story, outcome, model=r"^doubly robust").reindex(best.index)
    found["same_agent"] = story.within_agents(outcome).reindex(best.index)
    early = story.further("early", outcome)
    pooled = early[~early["model"].str.contains("within")] if len(early) else early
    found["early"] = _by_term(pooled, "estimate").reindex(best.index)
    found["weighted"] = _rows(story, outcome, correction="response_weighted").reindex(best.index)
    curve = story.further("specifications", outcome)
    for name, ascending in (("lowest", True), ("highest", False)):
        ordered = curve.sort_values("estimate", ascending=ascending) if len(curve) else curve
        found[name] = _by_term(ordered, "estimate").reindex(best.index)
    strength = story.further("e_values", outcome)
    found["e_value"] = _by_term(strength, "e_value_bound").reindex(best.index)
    found["strongest"] = _by_term(strength, "strongest").reindex(best.index)
    found["strongest_strength"] = _by_term(strength, "strongest_strength").reindex(best.index)
    found["chosen_by"] = _chosen_by(story, outcome).reindex(best.index)
    found["evidence"] = [earned(story, outcome, str(term)) for term in best.index]
    return found.reset_index()


def earned(story: Story, outcome: str, term: str) -> str:
    """The evidence label that the checks leave a step.

    A step that goes with the outcome earns a stronger label than `association` where its early use goes with it in the same
    direction, by an interval that leaves out zero: see `stepmark.study.adjust.early`.
    """
    effects = story.effects(outcome)
    own = effects[effects["term"].eq(term)]
    plain, estimate = str(own["evidence"].iloc[0]), float(own["estimate"].iloc[0])
    early = story.further("early", outcome)
    if early.empty or not bool(is_sure(own).iloc[0]):
        return plain
    same = early[early["term"].eq(term) & (early["conf_low"] * early["conf_high"] > 0)]
    agreeing = same.loc[same["estimate"] * estimate > 0, "evidence"].tolist()
    return next((label for label in LABELS if label in agreeing), plain)


def _rows(story: Story, outcome: str, *, model: str = "", correction: str = "none") -> pd.Series:
    """The average effects of one kind of model and correction, by step."""
    rows = story.main(outcome)
    rows = rows[rows["correction"].eq(correction) & rows["model"].str.contains(model)]
    return _by_term(rows, "estimate")


def _by_term(rows: pd.DataFrame, column: str) -> pd.Series:
    if rows.empty:
        return pd.Series(dtype="object" if column == "strongest" else "float64")
    return rows.drop_duplicates("term").set_index("term")[column]


def _chosen_by(story: Story, outcome: str) -> pd.Series:
    """What came before each step and goes with it all the same, in words; empty where nothing does."""
    controls = story.further("negative_controls", outcome)
    if controls.empty:
        return pd.Series(dtype="object")
    earlier = controls[controls["kind"].eq("earlier state")]
    hits = earlier[earlier["hit"].astype(bool)].groupby("term")["control"]
    said = hits.agg(lambda names: ", ".join(story.covariate(name) for name in names))
    return said.reindex(earlier["term"].unique(), fill_value="")
