"""Any table with any plan, by the command line: a fault or a statement in words, or numbers that can be; never a traceback."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import tomli_w
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from stepmark.cli import app
from stepmark.errors import StepmarkError

#: What a column may hold, made from a random generator and the number of rows.
COLUMNS = {
    "used": lambda rng, n: (rng.random(n) < 0.4).astype(int),
    "used, missing": lambda rng, n: np.where(rng.random(n) < 0.2, np.nan, rng.random(n) < 0.4),
    "never": lambda rng, n: np.zeros(n),
    "always": lambda rng, n: np.ones(n),
    "once": lambda rng, n: (np.arange(n) == 0).astype(int),
    "same number": lambda rng, n: np.full(n, 3.5),
    "missing": lambda rng, n: [None] * n,
    "infinite": lambda rng, n: np.where(rng.random(n) < 0.2, -np.inf, rng.normal(size=n)),
    "number": lambda rng, n: rng.normal(size=n),
    "huge": lambda rng, n: 1e300 * rng.normal(size=n),
    "tiny": lambda rng, n: 1e-300 * rng.normal(size=n),
    "large whole": lambda rng, n: rng.integers(0, 2**62, n),
    "count": lambda rng, n: rng.poisson(1.5, n),
    "below zero": lambda rng, n: -rng.poisson(1.5, n),
    "score": lambda rng, n: rng.integers(1, 6, n),
    "half scores": lambda rng, n: rng.integers(2, 11, n) / 2,
    "two numbers": lambda rng, n: 2 + 7 * rng.integers(0, 2, n),
    "position": lambda rng, n: np.where(rng.random(n) < 0.5, rng.random(n), np.nan),
    "chance": lambda rng, n: 0.1 + 0.8 * rng.random(n),
    "words": lambda rng, n: rng.choice(["a", "b c", "é"], n),
    "numbers and words": lambda rng, n: [str(v) if v > 0.3 else "n/a" for v in rng.random(n)],
    "dates": lambda rng, n: pd.date_range("2026-01-01", periods=n).astype(str),
    "identifiers": lambda rng, n: [f"i{i}" for i in range(n)],
    "groups": lambda rng, n: [f"g{k}" for k in rng.integers(0, 8, n)],
    "groups, missing": lambda rng, n: [f"g{k}" if k else None for k in rng.integers(0, 8, n)],
    "one group": lambda rng, n: ["g"] * n,
}
#: Columns of the table, with what they hold when nothing is wrong with them.
USUAL = {
    "y": ("used", "score", "number", "count", "used, missing"),
    "a": ("used", "used, missing", "count", "position", "once"),
    "b": ("used", "count"),
    "z": ("number", "words", "score"),
    "agent_id": ("groups", "groups, missing", "identifiers"),
    "team": ("groups", "identifiers"),
    "w": ("chance", "count"),
    "a_gold": ("used, missing",),
    "b_gold": ("used, missing",),
    "coded": ("used",),
    "coding_probability": ("chance",),
    "a_position": ("position",),
    "n_agent_turns": ("count",),
}
KINDS = ["binary", "ordinal", "continuous", "count", "time"]
MODELS = [
    "logistic", "proportional_odds", "ordinal_probit", "linear", "poisson", "negative_binomial", "cox",
    "conditional_logit", "gee_logistic", "gee_linear",
]  # fmt: skip
COVARIANCES = ["cv3l", "cv3", "cr0", "cr1c", "cr1", "cr2", "cr3", "hc0", "hc3", "model", "wild"]
MEASURES = ["used", "count", "category", "per_10_turns", "position", "early", "before", "value"]


@st.composite
def tables(draw: st.DrawFn) -> pd.DataFrame:
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    n = draw(st.sampled_from([0, 3, 25, 60, 120, 200, 300]))
    columns = {}
    for name, usual in USUAL.items():
        holds = draw(st.sampled_from(usual if draw(st.integers(0, 24)) else sorted(COLUMNS)))
        columns[name] = COLUMNS[holds](rng, n)
    if draw(st.integers(0, 24)) == 0:
        columns["b"] = columns["a"]
    return pd.DataFrame(columns)


def sometimes(**entries: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """A table with one in eight of these entries, so that most plans are wrong in few places at once."""
    seldom = {name: _seldom(entry) for name, entry in entries.items()}
    return st.fixed_dictionaries(seldom).map(lambda drawn: {k: v for k, v in drawn.items() if v is not None})


def _seldom(entry: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.integers(0, 7).flatmap(lambda k: entry if k == 7 else st.none())


def any_of(**entries: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """A table with any of these entries."""
    return st.fixed_dictionaries({}, optional=entries)


OUTCOMES = sometimes(
    kind=st.sampled_from(KINDS),
    model=st.sampled_from(MODELS),
    event=st.sampled_from(["coded", "z"]),
    levels=st.sampled_from([[1, 2, 3, 4, 5], [5, 4, 3], [0.5, 1], [1, 1]]),
    clip=st.sampled_from([[2, 4], [4, 2]]),
    at_most=st.sampled_from([2, 2.5, 99]),
    distribution=st.booleans(),
)
STEPS = sometimes(
    measure=st.sampled_from(MEASURES),
    contrast=st.sampled_from(["difference", "slope", [0, 1], [1, 1]]),
    before=st.sampled_from(["z", "agent_id", "nowhere"]),
)
ASKED = st.fixed_dictionaries(
    {
        "outcomes": OUTCOMES.map(lambda entries: [{"name": "y", **entries}]),
        "steps": st.tuples(STEPS, st.booleans()).map(
            lambda drawn: [{"name": "a", **drawn[0]}, *([{"name": "b"}] if drawn[1] else [])]
        ),
    }
)
FURTHER = sometimes(
    controls=st.sampled_from([["z"], [{"name": "z", "enter": "log"}], [{"name": "z", "enter": "factor"}], ["q"]]),
    interactions=st.sampled_from([[["a", "b"]], [["a", "z"]], [["a", "a"]]]),
    contrasts=st.just([["a", "b"]]),
    subgroups=st.sampled_from([["z"], ["team"], ["a"]]),
    only=st.sampled_from([{"z": 1}, {"team": ["g1", "g2"]}, {"a": True}]),
    cluster=st.sampled_from(["", "team", "z", "y", "nowhere"]),
    second_cluster=st.sampled_from(["team", "z"]),
    weight=st.sampled_from(["w", "z"]),
    agents=st.sampled_from([["pooled", "within"], ["mundlak"], ["random"]]),
    inference=any_of(
            kind=st.sampled_from(COVARIANCES),
            distribution=st.sampled_from(["normal", "t"]),
            interval=st.just("profile"),
            averaged_over=st.sampled_from(["interactions", "population"]),
            replications=st.just(99),
        ),
    correction=any_of(method=st.sampled_from(["ptd", "ptd_full", "dsl", "gold_only"]), hand_outcome=st.just("z")),
    response=any_of(
            method=st.sampled_from(["weight", "impute"]), predictors=st.just(["z"]), imputations=st.just(5)
        ),
    adjustment=any_of(
            methods=st.sampled_from([["aipw"], ["ipw", "ra"], ["ipw_ht"]]), trim=st.sampled_from([[0, 1], [0.9, 0.1]])
        ),
    sensitivity=any_of(specification_curve=st.just(False)),
    timing=any_of(steps=st.sampled_from([["a"], ["nobody"]]), knots=st.sampled_from([[], [2], [0.2, 0.8]])),
    nodes=st.just(1),
)  # fmt: skip
PLANS = st.tuples(ASKED, FURTHER).map(lambda drawn: drawn[0] | drawn[1])


def answer(table: pd.DataFrame, plan: dict[str, Any], folder: Path) -> tuple[str, Path]:
    """What the command line says, and where it saved; its own faults are words, anything else it raises is a failure."""
    data, written, out = folder / "table.csv", folder / "plan.toml", folder / "out"
    table.to_csv(data, index=False)
    written.write_text(tomli_w.dumps(plan))
    for old in out.glob("*"):
        old.unlink()
    found = CliRunner().invoke(app, ["study", str(data), "--plan", str(written), "--out", str(out)])
    if isinstance(found.exception, StepmarkError):
        return str(found.exception), out
    if found.exception is not None and not isinstance(found.exception, SystemExit):
        raise found.exception
    return found.output, out


def check_words_or_numbers(table: pd.DataFrame, plan: dict[str, Any], folder: Path) -> None:
    said, out = answer(table, plan, folder)
    assert len(said) > 20
    if not (out / "effects.csv").exists():
        return
    effects = pd.read_csv(out / "effects.csv")
    diagnostics = json.loads((out / "diagnostics.json").read_text(), parse_constant=pytest.fail)
    if effects.empty:
        assert any(statement["severity"] == "refused" for statement in diagnostics["statements"])
        return
    assert np.isfinite(effects[["estimate", "std_error", "p_value"]]).all(axis=None)
    assert (effects["std_error"] > 0).all()
    assert effects["p_value"].between(0, 1).all()
    # the ends of a bootstrapped or profiled interval may be infinite, where the data do not close it
    assert (effects["conf_low"] <= effects["conf_high"]).all()
    walds = effects[~effects["inference"].isin(["wild", "profile"])]
    assert np.isfinite(walds[["conf_low", "conf_high"]]).all(axis=None)
    chances = effects[
        effects["contrast"].str.startswith("used") & effects["model"].isin(["logistic", "proportional_odds"])
    ]
    chances = chances[chances["scale"] == "percentage_points"]
    chances = chances[
        ~chances["correction"].isin(["ptd", "ptd_full"])
    ]  # a difference of estimates may leave the range
    assert chances["estimate"].abs().le(100 + 1e-9).all()


QUIET = (HealthCheck.function_scoped_fixture, HealthCheck.too_slow)


@settings(max_examples=120, deadline=None, derandomize=True, database=None, suppress_health_check=QUIET)
@given(tables(), PLANS)
def test_any_table_and_any_plan_give_words_or_sound_numbers(tmp_path, table, plan):
    check_words_or_numbers(table, plan, tmp_path)


@pytest.mark.nightly
@settings(max_examples=4000, deadline=None, database=None, suppress_health_check=QUIET)
@given(tables(), PLANS)
def test_any_table_and_any_plan_through_the_night(tmp_path, table, plan):
    check_words_or_numbers(table, plan, tmp_path)
