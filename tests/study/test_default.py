"""The plan that is made where nobody has written one."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from stepmark.corpus import Outcome
from stepmark.errors import PlanError
from stepmark.study import Plan, study
from stepmark.study.default import LARGEST, has_hand_sample, left_out


class _Step:
    def __init__(self, name: str, kind: str = "step") -> None:
        self.id, self.kind, self.speaker = name, kind, "agent"


class _Guide:
    steps = (_Step("apologize"), _Step("probe"), _Step("check_resolved"), _Step("anger", "signal"))


CSAT = Outcome("csat", "ordinal", (1, 2, 3, 4, 5))
RESOLVED = Outcome("resolved", "binary")


def measured(n: int = 400, seed: int = 0) -> pd.DataFrame:
    """Anger calls for apologies and lowers satisfaction; a third did not answer."""
    rng = np.random.default_rng(seed)
    anger = rng.random(n) < 0.5
    apologize, probe = rng.random(n) < np.where(anger, 0.7, 0.3), rng.random(n) < 0.5
    score = np.clip(np.round(3 - anger + 0.3 * apologize + rng.normal(size=n)), 1, 5)
    return pd.DataFrame(
        {
            "interaction_id": [f"i{i}" for i in range(n)],
            "agent_id": [f"a{i % 20}" for i in range(n)],
            "anger_before": anger,
            "apologize_used": apologize,
            "apologize_position": np.where(apologize, rng.random(n), np.nan),
            "apologize_first_agent_turn": np.where(apologize, rng.integers(0, 2, n), np.nan),
            "probe_used": probe,
            "check_resolved_used": rng.random(n) < 0.5,
            "n_turns": rng.integers(6, 12, n),
            "n_agent_turns": rng.integers(2, 5, n),
            "resolved": (score > 2).astype(float),
            "csat": np.where(rng.random(n) < 0.67, score, np.nan),
        }
    )


def plan(table: pd.DataFrame) -> Plan:
    return Plan.default(table, _Guide(), (CSAT, RESOLVED))


def test_the_default_plan_does_what_a_careful_analyst_would() -> None:
    asked = plan(measured())
    assert [step.name for step in asked.steps] == ["apologize", "probe"]
    assert [control.name for control in asked.controls] == ["anger_before"]
    assert asked.adjustment is not None
    assert asked.sensitivity is not None
    assert asked.sensitivity.e_values
    assert asked.sensitivity.negative_controls
    assert asked.sensitivity.early
    assert asked.sensitivity.specification_curve == "short"
    assert asked.response is not None
    assert asked.response.predictors == ("resolved", "n_turns")
    assert asked.timing is not None
    assert asked.timing.steps == ("apologize",)  # probe has no places
    assert asked.correction is None


def test_the_default_study_turns_the_raw_sign_of_an_apology() -> None:
    table = measured(4_000)
    raw = table.groupby("apologize_used")["csat"].mean().diff().iloc[-1]
    found = study(table, plan(table))
    robust = found.main().query(
        "term == 'apologize' and outcome == 'csat' and model.str.startswith('doubly')"
    )
    assert raw < 0 < robust["conf_low"].iloc[0]
    assert set(found.tables) >= {
        "balance",
        "overlap",
        "e_values",
        "specifications",
        "early",
        "tilt",
        "timing",
    }


def test_without_missing_answers_nothing_is_weighted() -> None:
    table = measured().assign(csat=3.0).assign(csat=lambda rows: rows["resolved"] + 2)
    assert plan(table).response is None


def test_a_signal_that_hardly_anybody_shows_is_no_control() -> None:
    table = measured()
    rare = table.assign(anger_before=np.arange(len(table)) < 9)
    assert plan(rare).controls == ()


def test_with_nothing_known_before_nothing_is_adjusted() -> None:
    asked = plan(measured().drop(columns="anger_before"))
    assert asked.adjustment is None
    assert asked.sensitivity is not None
    assert not asked.sensitivity.e_values


def test_hand_codes_correct_where_their_chances_add_up_to_the_table() -> None:
    table = measured()
    drawn = (np.arange(len(table)) % 4 == 0).astype(int)
    coded = table.assign(coded=drawn, apologize_gold=table["apologize_used"].astype(float), probe_gold=0.0)
    known = coded.assign(coding_probability=np.where(drawn, 0.25, np.nan))
    unknown = coded.assign(coding_probability=np.where(drawn, 1.0, np.nan))
    whole = coded.assign(coded=1, coding_probability=1.0)
    assert [has_hand_sample(one) for one in (table, known, unknown, whole)] == [False, True, False, True]
    assert plan(known).correction is not None
    assert plan(unknown).correction is None


@pytest.mark.parametrize(
    ("interactions", "spared"),
    [
        (5_000, ()),
        (50_000, ("the specification curve",)),
        (100_000, tuple(LARGEST)),
    ],
)
def test_large_tables_are_spared_by_a_stated_rule(interactions: int, spared: tuple[str, ...]) -> None:
    assert left_out(interactions) == spared


def test_the_title_says_what_was_left_out() -> None:
    asked = plan(pd.concat([measured(3_000, seed) for seed in (0, 1)], ignore_index=True))
    assert asked.title == "Default plan without the specification curve"
    assert asked.sensitivity is not None
    assert asked.sensitivity.specification_curve is False


def small(n: int, steps: int = 12) -> tuple[pd.DataFrame, _Guide]:
    """A small corpus of a guide with many steps, the first of them used most evenly."""
    rng = np.random.default_rng(1)
    table = measured(n).assign(csat=lambda rows: rows["resolved"] + 2)
    names = [f"s{place:02d}" for place in range(steps)]
    for place, name in enumerate(names):
        table[f"{name}_used"] = rng.permutation(n) < n * (0.5 - 0.03 * place)
    guide = _Guide()
    guide.steps = (*(_Step(name) for name in names), _Step("anger", "signal"))
    return table, guide


def test_few_answers_carry_few_questions_by_a_stated_rule() -> None:
    table, guide = small(40)
    asked = Plan.default(table, guide, (CSAT, RESOLVED))
    # 40 answers carry 8 parameters: a cut point between the two scores that occur, a control, six steps
    assert [control.name for control in asked.controls] == ["anger_before"]
    assert [step.name for step in asked.steps] == [f"s{place:02d}" for place in range(6)]
    assert asked.title == "Default plan, 6 of 12 steps and 1 of 1 controls: one parameter for every 5 answers"
    found = study(table, asked)
    assert {"csat", "resolved"} == set(found.main()["outcome"])


def test_many_answers_carry_them_all() -> None:
    table, guide = small(80)
    asked = Plan.default(table, guide, (CSAT, RESOLVED))
    assert len(asked.steps) == 12
    assert asked.title == "Default plan"


def test_steps_that_nobody_takes_cost_nothing() -> None:
    table, guide = small(80, steps=30)
    names = [f"s{place:02d}_used" for place in range(10, 30)]
    asked = Plan.default(table.assign(**dict.fromkeys(names, False)), guide, (CSAT,))
    assert len(asked.steps) == 30


def test_a_factor_that_is_too_large_leaves_room_for_others() -> None:
    table, guide = small(40)
    table["issue"] = [f"issue {place % 8}" for place in range(len(table))]
    names = [control.name for control in Plan.default(table, guide, (CSAT,)).controls]
    assert names == ["anger_before"]


def test_what_is_left_out_does_not_hang_on_the_outcome() -> None:
    table, guide = small(40)
    asked = Plan.default(table, guide, (CSAT,))
    turned = Plan.default(
        table.assign(csat=5 - table["csat"].sample(frac=1, random_state=2).to_numpy()), guide, (CSAT,)
    )
    assert asked.steps == turned.steps
    assert asked.controls == turned.controls


def test_a_table_without_answers_or_steps_is_named() -> None:
    table = measured()[["interaction_id", "agent_id"]]
    with pytest.raises(PlanError, match=r"(?s)no outcome with an answer.*no column '<step>_used'"):
        plan(table)
