"""Effects in the reader's units: right with interactions, for every measure, scale and way of handling agents."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit
from tests.study.worlds import small_world

from stepmark.errors import PlanError
from stepmark.study import Plan, Study, study
from stepmark.study.earlier import clear
from stepmark.study.families import Quantity


def ask(table: pd.DataFrame | None = None, **plan: object) -> Study:
    entries = {"outcome": "resolved", "steps": ["probe", "apologize"], "controls": ["anger"], **plan}
    return study(small_world() if table is None else table, Plan(**entries))


def row(found: Study, term: str, contrast: str) -> pd.Series:
    rows = found.effects[(found.effects["term"] == term) & (found.effects["contrast"] == contrast)]
    assert len(rows) == 1
    return rows.iloc[0]


def test_effect_with_an_interaction_is_the_difference_of_predictions():
    table = small_world()
    found = ask(table, interactions=[["probe", "anger"]])
    coefficient = found.effects[found.effects["contrast"] == "coefficient"].set_index("term")["estimate"]

    def chance(probe: float) -> float:
        index = (
            coefficient["(Intercept)"]
            + coefficient["probe"] * probe
            + coefficient["apologize"] * table["apologize"]
            + coefficient["anger"] * table["anger"]
            + coefficient["probe:anger"] * probe * table["anger"]
        )
        return 100 * expit(index).mean()

    effect = row(found, "probe", "used - not used")
    assert effect["estimate"] == pytest.approx(chance(1) - chance(0), rel=1e-9)
    assert effect["scale"] == "percentage_points"


def test_slope_of_a_number_in_an_interaction_is_its_derivative():
    table = small_world()
    found = ask(table, steps=["probe", "anger"], controls=[], interactions=[["probe", "anger"]])
    moved = ask(table, steps=["probe", {"name": "anger", "contrast": [0.0, 1e-6]}], controls=[])
    assert row(found, "anger", "slope")["estimate"] != pytest.approx(
        row(moved, "anger", "1e-06 - 0")["estimate"]
    )
    model = found.models[0]
    nudged = model.design.matrix({"anger": model.design.term("anger").block + 1e-6})
    rise = (model.fit.family.predict(model.fit.params, nudged, model.fit.offset, Quantity())[0]).mean()
    here = (model.fit.family.predict(model.fit.params, model.fit.X, model.fit.offset, Quantity())[0]).mean()
    assert row(found, "anger", "slope")["estimate"] == pytest.approx(100 * (rise - here) / 1e-6, rel=1e-4)


def test_ordinal_effects_come_as_points_and_as_both_ends():
    found = ask(outcome={"name": "csat", "kind": "ordinal", "distribution": True})
    points = row(found, "probe", "used - not used")
    assert points["scale"] == "points"
    each = [row(found, "probe", f"used - not used: P(={level})")["estimate"] for level in range(1, 6)]
    assert sum(each) == pytest.approx(0, abs=1e-9)
    assert np.dot(each, range(1, 6)) / 100 == pytest.approx(points["estimate"], rel=1e-9)
    low = row(found, "probe", "used - not used: P(<=2)")
    assert low["scale"] == "percentage_points"
    assert low["estimate"] == pytest.approx(each[0] + each[1], rel=1e-9)
    assert row(found, "probe", "used - not used: P(>=4)")["estimate"] == pytest.approx(each[3] + each[4])


def test_a_linear_model_of_a_binary_outcome_is_in_percentage_points():
    found = ask(model="linear", kind="binary")
    effect, coefficient = row(found, "probe", "used - not used"), row(found, "probe", "coefficient")
    assert effect["estimate"] == pytest.approx(100 * coefficient["estimate"], rel=1e-9)


def test_contrast_between_steps():
    found = ask(contrasts=[["probe", "apologize"]])
    gap = row(found, "probe - apologize", "(used - not used) - (used - not used)")
    each = [row(found, step, "used - not used")["estimate"] for step in ("probe", "apologize")]
    assert gap["estimate"] == pytest.approx(each[0] - each[1], rel=1e-9)
    assert gap["std_error"] > 0


def test_subgroups_average_over_their_own_rows():
    table = small_world().assign(channel=lambda t: np.where(t["anger"] > 0, "chat", "phone"))
    found = ask(table, subgroups=["channel"])
    shares = table["channel"].value_counts(normalize=True)
    parts = [
        row(found, "probe", f"used - not used where channel = {name}")["estimate"] for name in shares.index
    ]
    assert np.dot(parts, shares) == pytest.approx(
        row(found, "probe", "used - not used")["estimate"], rel=1e-9
    )


def test_a_subgroup_without_a_use_has_no_later_use_and_is_named():
    table = small_world().assign(channel=lambda t: np.arange(len(t)) % 8)
    position = np.where(
        (table["probe"] == 1) & (table["channel"] > 6), 0.5 + 0.5 * np.cos(table.index), np.nan
    )
    found = ask(
        table.assign(probe_position=position),
        steps=[{"name": "probe", "measure": "position"}],
        subgroups=["channel"],
    )
    later = "a tenth of the conversation later"
    assert row(found, "probe", f"{later} where channel = 7")["std_error"] > 0
    said = [one for one in found.diagnostics["statements"] if one["check"] == "subgroups"]
    assert [(one["severity"], one["text"]) for one in said] == [
        (
            "refused",
            "probe was not used where channel = 0, 1, 2, 3, 4 and 2 more: "
            f"its effect '{later}' is not given there.",
        )
    ]


def test_measures_of_a_step():
    rng = np.random.default_rng(1)
    table = small_world(600)
    count = rng.poisson(0.8, 600)
    first = np.where(count > 0, rng.integers(0, 6, 600), np.nan)
    table = table.assign(
        empathize_used=count > 0,
        empathize_count=count,
        empathize_first_agent_turn=first,
        empathize_first_turn=2 * first,
        empathize_position=first / 6,
        n_agent_turns=rng.integers(1, 9, 600),
        solved_turn=rng.integers(1, 12, 600),
    )
    expected = {
        None: ["used - not used"],
        "used": ["used - not used"],
        "count": ["slope"],
        "per_10_turns": ["slope"],
        "category": ["one - none", "more - none", "more - one"],
        "position": ["used at the average moment - not used", "a tenth of the conversation later"],
        "early": ["used early - not"],
        "before": ["used before - not"],
    }
    for measure, contrasts in expected.items():
        step = {"name": "empathize", "before": "solved_turn", "within_turns": 3}
        found = ask(table, steps=[step if measure is None else {**step, "measure": measure}])
        rows = found.main()
        assert rows["contrast"].tolist() == contrasts, measure
        assert np.isfinite(rows["std_error"].astype(float)).all()
        ordered = measure in ("early", "before")
        assert set(rows["evidence"]) == {"time-ordered association" if ordered else "association"}
    early = ask(table, steps=[{**step, "measure": "early"}])
    assert early.effects["n"].iloc[0] == (table["n_agent_turns"] >= 3).sum()


def test_one_more_use_and_two_values():
    table = small_world().assign(probe_count=lambda t: t["probe"] * 2 + t["apologize"])
    more = ask(table, steps=[{"name": "probe", "measure": "count", "contrast": "difference"}])
    assert more.main()["contrast"].tolist() == ["one more"]
    two = ask(table, steps=[{"name": "probe", "measure": "count", "contrast": [0, 3]}])
    assert two.main()["contrast"].tolist() == ["3 - 0"]


def test_within_agents_is_the_model_with_agent_dummies():
    table = small_world()
    within = ask(table, outcome="minutes", agents="within", inference="cr1")
    dummies = ask(
        table, outcome="minutes", controls=["anger", {"name": "agent_id", "enter": "factor"}], inference="cr1"
    )
    for column in ("estimate", "std_error"):
        ours = row(within, "probe", "used - not used")[column]
        assert ours == pytest.approx(row(dummies, "probe", "used - not used")[column], rel=1e-8)


def test_mundlak_gives_the_within_estimate_of_a_linear_model_with_even_agents():
    table = small_world(400).assign(agent_id=np.repeat([f"a{i}" for i in range(20)], 20))
    both = ask(table, outcome="minutes", agents=["within", "mundlak"])
    rows = both.main()[both.main()["term"] == "probe"]
    assert rows["estimate"].iloc[0] == pytest.approx(rows["estimate"].iloc[1], rel=1e-8)
    assert "probe[agent mean]" in set(both.effects["term"])


def test_counts_and_times():
    counts = ask(outcome="contacts", kind="count")
    assert row(counts, "probe", "used - not used")["scale"] == "count"
    assert row(counts, "probe", "coefficient")["scale"] == "log_rate"
    timed = ask(
        outcome={"name": "minutes", "kind": "time", "event": "resolved"},
        table=small_world().assign(minutes=lambda t: t["minutes"] - t["minutes"].min() + 1),
    )
    assert set(timed.effects["scale"]) == {"log_hazard"}
    assert set(timed.effects["model"]) == {"cox"}


def test_cox_regression_is_that_of_statsmodels():
    import statsmodels.api as sm

    table = small_world().assign(minutes=lambda t: t["minutes"] - t["minutes"].min() + 1)
    ours = ask(table, outcome={"name": "minutes", "kind": "time", "event": "resolved"}, inference="model")
    theirs = sm.PHReg(
        table["minutes"], table[["probe", "apologize", "anger"]], status=table["resolved"], ties="efron"
    ).fit()
    np.testing.assert_allclose(ours.effects["estimate"], theirs.params, rtol=1e-8)
    np.testing.assert_allclose(ours.effects["std_error"], theirs.bse, rtol=1e-8)


def test_wild_bootstrap_and_t_and_normal_disagree_as_they_should():
    table = small_world(agents=8)
    t = row(ask(table), "probe", "used - not used")
    normal = row(ask(table, inference={"kind": "cv3l", "distribution": "normal"}), "probe", "used - not used")
    assert t["conf_high"] - t["conf_low"] > normal["conf_high"] - normal["conf_low"]
    wild = row(ask(table, inference={"kind": "wild", "replications": 499}), "probe", "used - not used")
    assert wild["inference"] == "wild"
    assert wild["conf_low"] < wild["estimate"] < wild["conf_high"]
    again = row(ask(table, inference={"kind": "wild", "replications": 499}), "probe", "used - not used")
    assert again["conf_low"] == wild["conf_low"]


def test_results_are_saved_in_full_and_printed_in_short(tmp_path):
    found = ask(outcome="csat", kind="ordinal")
    found.save(tmp_path)
    back = pd.read_csv(tmp_path / "effects.csv")
    np.testing.assert_array_equal(back["estimate"], found.effects["estimate"])
    assert Plan.load(tmp_path / "plan.toml").hash == found.diagnostics["plan_hash"]
    text = repr(found)
    assert text.startswith("csat · proportional_odds · 400 interactions, 20 clusters · cv3l")
    assert "Read: among interactions alike in what is held constant" in text
    assert repr(ask(outcome="csat", kind="ordinal")) == text
    assert "<table" in found._repr_html_()


def test_a_folder_holds_one_study_and_what_else_is_in_it_stays(tmp_path):
    first = ask(sensitivity={"negative_controls": False}, controls=["anger"])
    assert first.tables
    first.save(tmp_path)
    (tmp_path / "balance.csv").write_text("mine")
    ask().save(tmp_path)
    assert {file.name for file in tmp_path.iterdir()} == {
        "balance.csv", "diagnostics.json", "effects.csv", "plan.toml",
    }  # fmt: skip
    assert (tmp_path / "balance.csv").read_text() == "mine"


@pytest.mark.parametrize("said", ["no JSON", "[]", '{"tables": 3}', '{"tables": ["../mine"]}'])
def test_diagnostics_that_are_not_ours_take_nothing_away(said, tmp_path):
    (tmp_path / "mine.csv").write_text("mine")
    out = tmp_path / "out"
    out.mkdir()
    (out / "diagnostics.json").write_text(said)
    clear(out)
    assert (tmp_path / "mine.csv").exists()


@pytest.mark.parametrize(
    ("agents", "words"),
    [(4, "; there are too few agents to tell."), (20, "; an association, not proof of an effect.")],
)
def test_the_printed_result_ends_in_a_claim_that_can_be_read(agents, words):
    assert words in repr(ask(small_world(agents=agents)))


def test_interactions_too_short_for_an_early_use_are_named_as_such():
    table = small_world().assign(
        n_agent_turns=[1] * 30 + [5] * 370, probe_first_agent_turn=[0.0, np.nan] * 200
    )
    found = ask(table, steps=[{"name": "probe", "measure": "early"}])
    assert (
        "30 of 400 interactions are left out because 'probe' is missing: the agent has fewer than 2 turns there."
        in found.statements
    )


def test_transcript_words_are_escaped_in_html():
    table = small_world().rename(columns={"probe": "<b>probe</b>"})
    html = ask(table, steps=["<b>probe</b>", "apologize"])._repr_html_()
    assert "<b>probe" not in html
    assert "&lt;b&gt;probe" in html


def test_odds_ratios_are_an_appendix():
    found = ask()
    ratios = found.odds_ratios().set_index("term")
    assert ratios.loc["probe", "odds_ratio"] == pytest.approx(
        np.exp(row(found, "probe", "coefficient")["estimate"])
    )
    assert set(ratios.index) == {"probe", "apologize"}


def test_family_is_all_steps_and_outcomes():
    table = small_world()
    plan = Plan(outcomes=["resolved", "minutes"], steps=["probe", "apologize"], controls=["anger"])
    found = study(table, plan)
    main = found.main()
    assert found.diagnostics["multiplicity"]["family_sizes"]["mean|pooled"] == 4
    order = main.sort_values("p_value")
    expected = np.minimum.accumulate((order["p_value"] * 4 / np.arange(1, 5)).to_numpy()[::-1])[::-1]
    np.testing.assert_allclose(order["p_adjusted"], np.minimum(expected, 1), rtol=1e-9)


def test_weights_are_refused_where_they_would_be_ignored():
    with pytest.raises(PlanError, match="weights with gee_logistic"):
        Plan(outcome={"name": "resolved", "model": "gee_logistic"}, steps=["probe"], weight="w")
    with pytest.raises(PlanError, match="weights with agents = 'random'"):
        Plan(outcome="resolved", steps=["probe"], weight="w", agents="random")
