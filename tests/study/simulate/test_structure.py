"""The structural model: what is true can be found again, and what should mislead does."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy.optimize import minimize
from scipy.special import expit

from stepmark.errors import InputError
from stepmark.study.simulate import STEPS, Settings, misread, simulate, true_effects

CAUSES = [s.step for s in STEPS if s.role == "cause"]
STATE = ["anger", "abuse", "churn_threat", "repeat_contact", "unresolved"]
NEVER_MISSING = Settings(answer_base=50.0)


def design(table: pd.DataFrame) -> pd.DataFrame:
    """The steps that are causes and every control a study can have."""
    x = table[[f"{s}_used" for s in CAUSES] + [f"{s}_before" for s in STATE]].astype(float)
    x[["queue", "prior", "years"]] = table[["queue_minutes", "prior_contacts", "experience_years"]]
    dummies = pd.get_dummies(table[["issue", "channel"]], drop_first=True, dtype=float)
    return pd.concat([x, dummies], axis=1)


def ordinal_effects(x: pd.DataFrame, y: np.ndarray) -> pd.Series:
    """Average effects in points of a proportional-odds fit: an oracle, independent of stepmark's own solver."""
    X, k = x.to_numpy(), 4

    def loss(p: np.ndarray) -> tuple[float, np.ndarray]:
        cuts, b = np.cumsum(np.r_[p[0], np.exp(p[1:k])]), p[k:]
        edges = np.r_[-np.inf, cuts, np.inf]
        up, low = expit(edges[y] - X @ b), expit(edges[y - 1] - X @ b)
        like = np.maximum(up - low, 1e-300)
        f_up, f_low = up * (1 - up) / like, low * (1 - low) / like
        by_cut = np.array([(f_up[y == j].sum() - f_low[y == j + 1].sum()) for j in range(1, k + 1)])
        tail = np.cumsum(by_cut[::-1])[::-1]
        grad_cuts = np.r_[tail[0], tail[1:] * np.exp(p[1:k])]
        return -np.log(like).sum() / len(y), -np.r_[grad_cuts, -((f_up - f_low) @ X)] / len(y)

    start = np.r_[-1.0, np.zeros(k - 1), np.zeros(X.shape[1])]
    fit = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 500})
    assert fit.success, fit.message
    cuts, b = np.cumsum(np.r_[fit.x[0], np.exp(fit.x[1:k])]), fit.x[k:]
    eta = X @ b
    score = lambda e: sum(expit(e - c) for c in cuts)  # noqa: E731
    effects = {}
    for j, name in enumerate(x.columns[: len(CAUSES)]):
        off = eta - b[j] * X[:, j]
        effects[name.removesuffix("_used")] = (score(off + b[j]) - score(off)).mean()
    return pd.Series(effects)


@pytest.fixture(scope="module")
def big() -> pd.DataFrame:
    return simulate(15_000, 300, seed=11, settings=NEVER_MISSING, text=False).table


def truth(outcome: str, settings: Settings | None = None) -> pd.DataFrame:
    frame = true_effects(settings)
    return frame[frame["outcome"] == outcome].set_index("step")


def test_the_right_controls_recover_every_true_effect_on_satisfaction(big):
    y, x = big["csat"].to_numpy(dtype=int), design(big)
    found = ordinal_effects(x, y)
    spread = sm.OLS(y, sm.add_constant(x)).fit().bse  # close to the standard error of the effects in points
    z = {s: (found[s] - truth("csat").loc[s, "effect"]) / (1.1 * spread[f"{s}_used"]) for s in CAUSES}
    assert max(map(abs, z.values())) < 3.6, z
    assert 0.5 < np.sqrt(np.mean(np.square(list(z.values())))) < 1.4


def test_the_right_controls_recover_every_true_effect_on_resolution(big):
    x = design(big)
    fit = sm.Logit(big["resolved"].to_numpy(dtype=float), sm.add_constant(x)).fit(disp=False)
    margins = fit.get_margeff(dummy=True).summary_frame()
    z = {
        s: (100 * margins.loc[f"{s}_used", "dy/dx"] - truth("resolved").loc[s, "effect"])
        / (110 * margins.loc[f"{s}_used", "Std. Err."])
        for s in CAUSES
    }
    assert max(map(abs, z.values())) < 3.6, z


def test_the_naive_table_gets_the_sign_of_apologize_wrong(big):
    used = big["apologize_used"]
    naive = big["csat"][used].mean() - big["csat"][~used].mean()
    assert naive < -0.2
    assert truth("csat").loc["apologize", "effect"] > 0.1
    assert truth("csat").loc["escalate", "naive"] < 0 < truth("csat").loc["escalate", "effect"]


def test_closing_steps_go_with_satisfaction_and_do_nothing():
    closing = true_effects().query("role == 'closing'")
    assert set(closing["step"]) == {"check_resolved", "invite_feedback", "disengage"}
    assert (closing["effect"] == 0).all()
    assert truth("csat").loc["check_resolved", "naive"] > 0.3


def test_answers_go_missing_with_anger_and_with_the_score_itself():
    settings = Settings(answer_anger=0.0, answer_resolved=0.0, answer_channel=0.0)
    share = simulate(40_000, 400, seed=5, settings=settings, text=False)
    everyone = simulate(40_000, 400, seed=5, settings=NEVER_MISSING, text=False)
    answered = share.table["csat"].notna()
    by_score = answered.groupby(everyone.table["csat"]).mean()
    for score, add in ((1, 0.30), (2, 0.30), (3, 0.0), (4, 0.0), (5, 0.15)):
        assert by_score[score] == pytest.approx(expit(0.15 + add), abs=0.025)
    table = simulate(40_000, 400, seed=5, text=False).table
    by_anger = table["csat"].notna().groupby(table["anger_before"]).mean()
    assert by_anger[True] - by_anger[False] > 0.05


def test_an_answer_is_missing_and_never_zero():
    csat = simulate(2_000, 40, seed=2, text=False).table["csat"]
    assert csat.isna().mean() > 0.25
    assert set(csat.dropna()) == {1, 2, 3, 4, 5}


def test_experience_goes_with_skill_and_shares_are_uneven(big):
    agents = big.groupby("agent_id").agg(
        years=("experience_years", "first"), paraphrase=("paraphrase_used", "mean"), n=("csat", "size")
    )
    assert agents["years"].corr(agents["paraphrase"]) > 0.3
    assert agents["n"].max() > 2 * agents["n"].median()


def test_hidden_skill_can_only_be_removed_within_agents():
    settings = Settings(answer_base=50.0, hidden_skill=0.9, agent_sd=0.8)
    table = simulate(8_000, 100, seed=3, settings=settings, text=False).table
    x, y = design(table), table["csat"].to_numpy(dtype=float)
    pooled = sm.OLS(y, sm.add_constant(x)).fit().params["empathize_used"]
    columns = x.drop(columns="years")
    within = sm.OLS(
        y - table["csat"].astype(float).groupby(table["agent_id"]).transform("mean"),
        columns - columns.groupby(table["agent_id"]).transform("mean"),
    ).fit()
    real = truth("csat", settings).loc["empathize", "effect"]
    assert pooled - real > 0.1
    assert within.params["empathize_used"] == pytest.approx(real, abs=4 * within.bse["empathize_used"])


def test_a_follow_up_needs_a_promise_and_a_promise_is_a_next_step(big):
    assert not (big["follow_up_used"] & ~big["promise_follow_up_used"]).any()
    assert not (big["promise_follow_up_used"] & ~big["next_steps_used"]).any()
    assert not (big["set_boundary_used"] & ~big["abuse_before"]).any()
    assert not (big["interrupt_used"] & ~big["channel"].isin(["chat", "phone"])).any()


def test_counts_are_there_exactly_where_the_step_is_used(big):
    for step in STEPS:
        assert ((big[f"{step.step}_count"] > 0) == big[f"{step.step}_used"]).all()


def test_one_seed_gives_one_world_and_another_gives_another():
    first, again, other = (simulate(500, 30, seed=s, text=False).table for s in (7, 7, 8))
    pd.testing.assert_frame_equal(first, again)
    assert not first["queue_minutes"].equals(other["queue_minutes"])


def test_a_changed_effect_changes_the_truth_and_nothing_else_in_it():
    settings = Settings().with_effects(csat={"apologize": 0.0})
    changed = truth("csat", settings)["log_odds"]
    assert changed["apologize"] == 0
    pd.testing.assert_series_equal(
        changed.drop("apologize"), truth("csat")["log_odds"].drop("apologize"), check_names=False
    )


def test_a_machine_errs_as_often_as_told():
    table = simulate(40_000, 100, seed=4, text=False).table
    coded = misread(table, sensitivity={True: 0.9, False: 0.65}, specificity={True: 0.8, False: 0.98}, seed=1)
    angry, used = table["anger_before"], table["apologize_used"]
    seen = coded["apologize_used"]
    assert seen[angry & used].mean() == pytest.approx(0.9, abs=0.02)
    assert seen[~angry & used].mean() == pytest.approx(0.65, abs=0.02)
    assert seen[angry & ~used].mean() == pytest.approx(0.2, abs=0.02)
    assert seen[~angry & ~used].mean() == pytest.approx(0.02, abs=0.01)
    pd.testing.assert_series_equal(coded["csat"], table["csat"])


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ({"n_interactions": 0}, "n_interactions: 0; expected a whole number of at least 1"),
        ({"n_agents": -3}, "n_agents: -3"),
        ({"seed": -1}, "seed: -1; expected a whole number of at least 0"),
    ],
)
def test_impossible_worlds_are_refused(bad, words):
    with pytest.raises(InputError, match=words):
        simulate(text=False, **bad)


def test_an_unknown_step_is_named():
    with pytest.raises(InputError, match="'appologize'; expected one of acknowledge"):
        Settings().with_effects(csat={"appologize": 1.0})
