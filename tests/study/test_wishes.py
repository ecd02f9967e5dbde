"""What a plan asks for is followed or said not to be: no wish of a plan is passed over in silence."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from tests.study.worlds import small_world

from stepmark.errors import PlanError
from stepmark.study import Plan, Study, study


def world() -> pd.DataFrame:
    table = small_world(600)
    customers = np.random.default_rng(1).integers(0, 150, len(table))
    return table.assign(customer=customers, coded=1.0, coding_probability=1.0, probe_gold=table["probe"])


def with_positions(table: pd.DataFrame) -> pd.DataFrame:
    """The table with the place of each first use of `probe`."""
    position = np.random.default_rng(2).random(len(table))
    return table.assign(probe_position=np.where(table["probe"] == 1, position, np.nan))


def ask(**plan: object) -> Study:
    return study(world(), Plan(**{"outcome": "resolved", "steps": ["probe"], "controls": ["anger"], **plan}))


def said(found: Study, check: str = "inference") -> list[str]:
    return [one["text"] for one in found.diagnostics["statements"] if one["check"] == check]


@pytest.mark.parametrize(
    ("plan", "text"),
    [
        ({"model": "gee_logistic", "inference": "cr2"}, "asks for inference 'cr2'.*'gee_logistic' are 'robust'"),
        ({"model": "conditional_logit", "inference": "cr1"}, "asks for inference 'cr1'.*are 'model'"),
        ({"agents": "random", "inference": "wild"}, "'logistic, random agent intercepts' are 'model'"),
        ({"cluster": "", "inference": "cr1"}, "are 'hc3', because no cluster is known"),
        ({"inference": {"interval": "profile"}}, "^Profile intervals are for coefficients .* with 'cv3l'"),
        ({"second_cluster": "customer", "inference": "wild"}, r"^'customer' does not enter .*'logistic' \('wild'\)"),
        ({"second_cluster": "customer", "agents": "random"}, "^'customer' does not enter the intervals of the model"),
        ({"second_cluster": "customer", "adjustment": {}}, "^'customer' .* of adjusted estimates"),
        ({"inference": "cr2", "adjustment": {}}, "of adjusted estimates are 'cr1c' by cluster, not 'cr2'"),
        ({"inference": "wild", "correction": {}}, "of corrected estimates are 'cr1c' by cluster, not 'wild'"),
        ({"second_cluster": "customer", "correction": {}}, "^'customer' .* of corrected estimates"),
    ],
)  # fmt: skip
def test_a_wish_that_cannot_be_followed_is_said(plan, text):
    statements = said(ask(**plan))
    assert len(statements) == 1
    assert pd.Series(statements).str.contains(text).all(), statements


@pytest.mark.parametrize(
    "plan",
    [
        {},
        {"inference": "cr1"},
        {"inference": "wild"},
        {"second_cluster": "customer"},
        {"second_cluster": "customer", "inference": "cr2", "agents": ["pooled", "within"]},
        {"model": "gee_logistic", "inference": "cr0"},
        {"agents": "random", "inference": "model"},
        {"inference": {"kind": "model", "interval": "profile"}},
        {"inference": "cr1c", "correction": {}, "adjustment": {}},
    ],
)
def test_wishes_that_are_followed_need_no_words(plan):
    found = ask(**plan)
    assert not said(found)
    assert len(found.effects)


def test_answers_weighted_for_who_gave_them_have_both_clusters():
    table = world()
    table.loc[::3, "resolved"] = np.nan
    plan = {"outcome": "resolved", "steps": ["probe"], "controls": ["anger"], "response": {}}
    one, two = (
        study(table, Plan(**plan, second_cluster=second)).effects.query("correction == 'response_weighted'")
        for second in (None, "customer")
    )
    assert one["estimate"].tolist() == two["estimate"].tolist()
    assert one["std_error"].iloc[0] != pytest.approx(two["std_error"].iloc[0], rel=1e-4)


@pytest.mark.parametrize(("kind", "said_of_teams"), [("cr1", True), ("wild", False)])
def test_few_groups_of_a_second_cluster_are_said_where_it_enters(kind, said_of_teams):
    table = world()
    table["team"] = np.resize(["north", "south", "west"], len(table))
    plan = {"outcome": "resolved", "steps": ["probe"], "inference": {"kind": kind, "replications": 99}}
    few = said(study(table, Plan(**plan, second_cluster="team")), "clusters")
    assert any("Only 3 different values of team" in text for text in few) is said_of_teams


@pytest.mark.parametrize("kind", ["cv3l", "cv3", "cr0", "cr1c", "cr1", "cr2", "wild"])
def test_a_second_cluster_of_one_group_is_passed_over_and_said(kind):
    plan = {
        "outcome": "resolved",
        "steps": ["probe"],
        "controls": ["anger"],
        "inference": {"kind": kind, "replications": 99},
    }
    table = world().assign(team="north")
    one, two = (study(table, Plan(**plan, second_cluster=second)) for second in (None, "team"))
    pd.testing.assert_frame_equal(one.effects, two.effects)
    assert said(two) == [
        "All interactions have the same team: nothing can be said beyond it, so it does not enter the intervals, "
        "which only speak of its further interactions."
    ]


def test_a_second_cluster_of_one_group_enters_nothing_that_is_made_of_the_model():
    table = with_positions(world()).assign(team="north")
    table.loc[::3, "resolved"] = np.nan
    plan = {
        "outcome": "resolved",
        "steps": ["probe"],
        "response": {},
        "timing": {},
        "correction": {},
        "adjustment": {},
    }
    one, two = (study(table, Plan(**plan, second_cluster=second)) for second in (None, "team"))
    assert {"response_weighted", "ptd"} <= set(two.effects["correction"])
    pd.testing.assert_frame_equal(one.effects, two.effects)
    pd.testing.assert_frame_equal(one.tables["timing"], two.tables["timing"])
    assert len([text for text in said(two) if "the same team" in text]) == 1


@pytest.mark.parametrize(("first", "second"), [("agent_id", "team"), ("team", "agent_id")])
def test_a_step_known_from_one_second_cluster_is_named_by_it(first, second):
    table = world()
    table["team"] = np.random.default_rng(3).integers(0, 8, len(table))
    only = table[second].max()
    table["probe"] *= table[second] == only
    found = study(
        table, Plan(outcome="resolved", steps=["probe", "apologize"], cluster=first, second_cluster=second)
    )
    assert set(found.main()["term"]) == {"apologize"}
    assert said(found, "separation")[0].startswith(
        f"What probe goes with is known from {second} {only} alone."
    )


def test_what_one_interaction_knows_is_not_said_of_an_agent():
    table = world()
    table["odd"] = (np.arange(len(table)) == 555).astype(float)
    found = study(table, Plan(outcome="minutes", steps=["probe"], controls=["odd"], inference="hc3"))
    assert said(found, "separation")[0].startswith(
        "What odd goes with is known from a single interaction alone."
    )


def test_a_second_cluster_does_not_enter_imputed_answers_and_that_is_said():
    table = world()
    table.loc[::3, "resolved"] = np.nan
    response = {"method": "impute", "imputations": 5}
    found = study(
        table, Plan(outcome="resolved", steps=["probe"], second_cluster="customer", response=response)
    )
    assert "imputed" in set(found.effects["correction"])
    assert said(found) == [
        "'customer' does not enter the intervals of imputed estimates: they go by the first cluster alone."
    ]


@pytest.mark.parametrize(
    ("model", "outcome"),
    [("gee_linear", "csat"), ("gee_logistic", "resolved"), ("conditional_logit", "resolved")],
)
def test_timing_curves_have_the_intervals_of_a_linear_model_whatever_the_plans_model(model, outcome):
    table = with_positions(world())
    curve, plain = (
        study(table, Plan(outcome={"name": outcome, "model": name}, steps=["probe"], timing={})).tables[
            "timing"
        ]
        for name in (model, "linear")
    )
    pd.testing.assert_frame_equal(curve, plain)


def test_a_second_cluster_needs_a_first():
    with pytest.raises(PlanError, match="'customer' without a first cluster; expected `cluster` = a column"):
        ask(cluster="", second_cluster="customer")


def test_cut_points_keep_the_intervals_of_the_model_where_coefficients_are_profiled():
    profiled, plain = (
        ask(outcome="csat", inference={"kind": "model", "interval": interval}).effects.query(
            "contrast == 'coefficient'"
        )
        for interval in ("profile", "wald")
    )
    cuts = profiled["term"].str.contains("|", regex=False)
    assert cuts.sum() == 4
    assert set(profiled.loc[cuts, "inference"]) == {"model"}
    assert set(profiled.loc[~cuts, "inference"]) == {"profile"}
    pd.testing.assert_frame_equal(profiled[cuts], plain[cuts])


@pytest.mark.parametrize("agents", ["within", "mundlak", "random"])
def test_agents_that_are_not_known_cannot_be_compared(agents):
    found = ask(cluster="", agents=agents)
    assert found.effects.empty
    assert said(found, "clusters") == [
        f"agents = '{agents}' needs to know who had which interaction, and no cluster is known: "
        "name the agents' column as `cluster`."
    ]


@pytest.mark.parametrize(
    ("options", "model", "text"),
    [
        ({"correlation": "independence"}, "logistic", "correlation = 'independence' with model 'logistic'"),
        ({"scale": "fixed"}, "gee_linear", "scale = 'fixed' with model 'gee_linear'; expected model 'gee_logistic'"),
    ],
)  # fmt: skip
def test_options_of_gee_are_refused_for_other_models(options, model, text):
    with pytest.raises(PlanError, match=text):
        Plan(outcome={"name": "resolved", "model": model, **options}, steps=["probe"])


def test_gee_without_agents_is_that_of_independence():
    alone = ask(cluster="", model="gee_logistic")
    assert alone.diagnostics["models"][0]["components"]["correlation"] == 0.0
    pooled = ask(cluster="", inference="hc0")
    np.testing.assert_allclose(alone.effects["estimate"], pooled.effects["estimate"], rtol=1e-8)
    np.testing.assert_allclose(alone.effects["std_error"], pooled.effects["std_error"], rtol=1e-8)


def test_models_without_average_effects_print_their_coefficients():
    conditional = repr(ask(model="conditional_logit"))
    assert "coefficient log odds" in conditional
    assert (
        "Read: among interactions alike in what is held constant, probe (coefficient) goes with +0."
        in conditional
    )
    outcome = {"name": "minutes", "kind": "time", "event": "resolved"}
    assert "coefficient log hazard" in repr(ask(outcome=outcome))
    assert "coefficient" not in repr(ask())


def test_a_step_that_is_a_number_is_named_where_arms_are_asked_for():
    found = study(world(), Plan(outcome="resolved", steps=["anger"], controls=["apologize"], adjustment={}))
    assert said(found, "overlap")[0].startswith(
        "anger is a number, not used or not used, so it has no adjusted"
    )


def test_a_level_that_is_gone_takes_no_step_with_it():
    table = world()
    table["channel"] = np.where(table.index % 3 == 0, "chat", "phone")
    table.loc[:30, "channel"], table.loc[:30, "resolved"] = "fax", 1  # all of them ended well: set aside
    plan = {"outcome": "resolved", "steps": ["probe"], "controls": ["channel"]}
    found = study(table, Plan(**plan, interactions=[["probe", "channel"]]))
    assert "probe" in set(found.main()["term"])
    assert not [one for one in found.diagnostics["statements"] if one["severity"] == "refused"]


def test_a_combination_that_never_occurs_is_named_as_one():
    table = world()
    table["channel"] = np.where(table.index % 3 == 0, "chat", "phone")
    table.loc[table["channel"] == "chat", "probe"] = 0
    plan = {"outcome": "resolved", "steps": ["probe", "apologize"], "controls": ["channel"]}
    found = study(table, Plan(**plan, interactions=[["probe", "channel"]]))
    assert said(found, "rank") == [
        "No interaction has probe:channel[chat] other than 0, so what holds there cannot be told. "
        "No effect of probe is given."
    ]
    assert set(found.main()["term"]) == {"apologize"}


def test_no_timing_curve_is_drawn_where_two_clusterings_leave_it_no_variance():
    table = with_positions(small_world(480))
    table["agent_id"], table["team"] = table.index % 8, table.index // 8 % 6
    # alike where agent and team are, and as often the other way round for each: all of it is in the crossed clusters
    table["minutes"] += 20 * (-1.0) ** (table["agent_id"] + table["team"])
    plan = {"outcome": "minutes", "steps": ["probe"], "timing": {}}
    assert "timing" in study(table, Plan(**plan)).tables
    found = study(table, Plan(**plan, second_cluster="team"))
    assert "timing" not in found.tables
    assert "variance with clusters in two ways came out negative" in said(found, "timing")[-1]


def test_steps_whose_moments_are_the_same_have_no_timing_curve_and_that_is_said():
    table = with_positions(world())
    table["again"], table["again_position"] = table["apologize"], table["probe_position"]
    found = study(table, Plan(outcome="minutes", steps=["probe", "again"], timing={}))
    assert set(found.tables["timing"]["term"]) == {"probe"}
    assert "A part of the timing curve of again follows from other columns. No curve is drawn." in said(
        found, "timing"
    )
