"""Order, exchanges and transitions, on conversations whose truth is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import stepmark
from stepmark.errors import InputError, PlanError
from stepmark.study import Plan
from stepmark.study.timing import (
    add_order,
    add_promptness,
    around_event,
    exchanges,
    next_signals,
    next_steps,
)


def talk(*lines: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Turns and marks from lines such as `A: empathize explain`, all of interaction `a`."""
    turns, marks = [], []
    for place, line in enumerate(lines):
        who, _, shown = line.partition(":")
        turns.append((place, {"A": "agent", "C": "customer", "O": "other"}[who]))
        marks += [(place, step) for step in shown.split()]
    return (
        pd.DataFrame(turns, columns=["turn", "speaker"]).assign(interaction_id="a"),
        pd.DataFrame(marks, columns=["turn", "step"]).assign(interaction_id="a"),
    )


def test_an_exchange_is_a_reply_between_what_was_said_before_and_after_it() -> None:
    turns, marks = talk(
        "C: anger", "C:", "A:", "O:", "A: empathize", "C:", "A: explain", "C: anger", "A: explain"
    )
    table = exchanges(turns, marks, ["empathize", "explain"])
    assert table["turn"].tolist() == [2, 6, 8]
    assert table["exchange"].tolist() == [0, 1, 2]
    assert table["empathize_used"].tolist() == [True, False, False]
    assert table["anger_now"].tolist() == [1, 0, 1]
    assert table["anger_ever"].tolist() == [1, 1, 1]
    assert table["anger_next"].tolist()[:2] == [0, 1]
    assert np.isnan(table["anger_next"].iloc[2])


def test_before_the_customer_spoke_there_is_no_state() -> None:
    table = exchanges(*talk("A: explain", "C: anger", "A: empathize"), ["empathize"])
    assert np.isnan(table["anger_now"].iloc[0])
    assert table["anger_ever"].tolist() == [0, 1]
    assert table["anger_next"].iloc[0] == 1


def test_exchanges_never_reach_into_another_interaction() -> None:
    turns, marks = talk("C: anger", "A: empathize")
    both = pd.concat([turns, turns.assign(interaction_id="b")])
    table = exchanges(both, marks, ["empathize"])
    assert table["anger_next"].isna().all()
    assert table["anger_now"].tolist() == [1, 0]


def test_codes_that_say_no_are_no_marks() -> None:
    turns, marks = talk("C: anger", "A: empathize", "C:")
    codes = marks.assign(coder="kim", decision="no")
    assert not exchanges(turns, codes, ["empathize"])["empathize_used"].any()


def test_a_table_that_lacks_a_column_is_named() -> None:
    turns, marks = talk("C: anger", "A: empathize")
    with pytest.raises(InputError, match="marks: no column 'step'"):
        exchanges(turns, marks.drop(columns="step"), ["empathize"])


def calmed(seed: int, n: int = 600, agents: int = 30) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Conversations of five exchanges in which empathy lowers the odds of anger in the next turn by exp(-1).

    Agents empathize where there is anger, so that the raw comparison says the contrary.
    """
    rng = np.random.default_rng(seed)
    turns, marks, people = [], [], []
    for i in range(n):
        agent = rng.integers(agents)
        people.append((f"i{i}", f"g{agent}"))
        anger = rng.random() < 0.5
        for k in range(5):
            turns += [(f"i{i}", 2 * k, "customer"), (f"i{i}", 2 * k + 1, "agent")]
            marks += [(f"i{i}", 2 * k, "anger")] if anger else []
            empathy = rng.random() < (0.7 if anger else 0.15)
            marks += [(f"i{i}", 2 * k + 1, "empathize")] if empathy else []
            marks += [(f"i{i}", 2 * k + 1, "explain")] if rng.random() < 0.3 else []
            index = -1.5 + 2.5 * anger - 1.0 * empathy + 0.3 * np.sin(agent)
            anger = rng.random() < 1 / (1 + np.exp(-index))
    return (
        pd.DataFrame(turns, columns=["interaction_id", "turn", "speaker"]),
        pd.DataFrame(marks, columns=["interaction_id", "turn", "step"]),
        pd.DataFrame(people, columns=["interaction_id", "agent_id"]),
    )


def test_does_it_calm_is_a_study_of_the_next_turn() -> None:
    turns, marks, people = calmed(1)
    table = exchanges(turns, marks, ["empathize", "explain"], interactions=people)
    plan = {"outcome": "anger_next", "kind": "binary", "steps": ["empathize", "explain"]}
    adjusted = stepmark.study(table, Plan(**plan, controls=["anger_now", "exchange"])).effects
    rows = adjusted[adjusted["contrast"] == "coefficient"].set_index("term")
    assert rows.loc["empathize", "conf_low"] < -1.0 < rows.loc["empathize", "conf_high"] < 0
    assert rows.loc["explain", "conf_low"] < 0 < rows.loc["explain", "conf_high"]
    assert rows.loc["empathize", "n_clusters"] == 30
    raw = stepmark.study(table, Plan(**plan)).effects.set_index(["term", "contrast"])
    assert raw.loc[("empathize", "coefficient"), "conf_low"] > 0


def test_transitions_beyond_chance_are_found_and_others_are_not() -> None:
    rng = np.random.default_rng(3)
    turns, marks = [], []
    for i in range(300):
        last = ""
        for k in range(6):
            turns += [(f"i{i}", 2 * k, "customer"), (f"i{i}", 2 * k + 1, "agent")]
            if last == "blame" and rng.random() < 0.6:
                marks.append((f"i{i}", 2 * k, "anger"))
            last = rng.choice(["blame", "probe", "explain"])
            if k and marks[-1][2] == "probe" and rng.random() < 0.5:
                last = "explain"
            marks.append((f"i{i}", 2 * k + 1, last))
    frames = (
        pd.DataFrame(turns, columns=["interaction_id", "turn", "speaker"]),
        pd.DataFrame(marks, columns=["interaction_id", "turn", "step"]),
    )
    steps = ["blame", "probe", "explain", "never"]
    signals = next_signals(*frames, steps, shuffles=199, seed=1).set_index("step")
    assert signals.loc["blame", "rate"] == pytest.approx(0.6, abs=0.05)
    assert signals.loc["blame", "ratio"] > 1.5
    assert signals.loc["blame", "p_value"] == 1 / 200
    assert signals.loc["probe", "count"] == 0
    assert pd.isna(signals.loc["never", "p_value"])
    follow = next_steps(*frames, steps, shuffles=199, seed=1).set_index(["step", "next"])
    assert follow.loc[("probe", "explain"), "ratio"] > 1.2
    assert follow.loc[("probe", "explain"), "p_adjusted"] < 0.05
    again = next_steps(*frames, steps, shuffles=199, seed=1).set_index(["step", "next"])
    pd.testing.assert_frame_equal(follow, again)


def test_without_sequence_transitions_reject_as_often_as_they_should() -> None:
    rng = np.random.default_rng(8)
    rejected = []
    for _ in range(40):
        style = np.repeat(rng.random(40), 5)  # interactions differ a lot: no sequence, yet steps cluster
        used = rng.random((2, 200)) < style
        ids = np.repeat(np.arange(40), 5).astype(str)
        place = np.tile(np.arange(5), 40)
        turns = pd.DataFrame({"interaction_id": ids, "turn": place, "speaker": "agent"})
        turns = pd.concat(
            [turns.assign(turn=2 * place), turns.assign(turn=2 * place + 1, speaker="customer")]
        )
        marks = pd.concat(
            [
                pd.DataFrame({"interaction_id": ids[own], "turn": 2 * place[own], "step": name})
                for own, name in zip(used, ["probe", "explain"], strict=True)
            ]
        )
        found = next_steps(turns, marks, ["probe", "explain"], shuffles=99, seed=2)
        rejected += list(found["p_value"] <= 0.05)
    assert np.mean(rejected) < 0.11


def test_means_around_the_first_anger() -> None:
    turns, marks = talk(
        "C:", "A: explain", "C: anger", "A: empathize", "C:", "A: empathize", "C: anger", "A:"
    )
    table = exchanges(turns, marks, ["empathize"])
    found = around_event(table, "anger_now", ["empathize_used"], before=1, after=1).set_index("offset")
    assert found["mean"].to_dict() == {-1: 0.0, 0: 1.0, 1: 1.0}
    assert found["n"].tolist() == [1, 1, 1]


def test_order_is_told_apart_and_each_kind_is_a_step_of_a_plan() -> None:
    table = pd.DataFrame(
        {
            "apologize_first_turn": [1, 5, np.nan, 3, 3],
            "acknowledge_first_turn": [3, np.nan, 1, 3, 9],
            "paraphrase_first_turn": [np.nan, np.nan, 1, 9, 1],
        }
    )
    found = add_order(table, "apologize", ["acknowledge", "paraphrase"], name="listening")
    assert found["apologize_order_listening"].tolist() == ["before", "only", "none", "together", "after"]
    dummies = found[[f"apologize_{kind}_listening_used" for kind in ("only", "before", "together", "after")]]
    assert dummies.sum(axis=1).tolist() == [1, 1, 0, 1, 1]
    with pytest.raises(PlanError, match="no column 'probe_first_turn' in the table"):
        add_order(table, "apologize", "probe")


def test_apologies_after_listening_help_where_they_do_and_those_before_do_not() -> None:
    rng = np.random.default_rng(2)
    n = 3000
    turn = {
        name: np.where(rng.random(n) < 0.7, rng.integers(0, 8, n), np.nan)
        for name in ("apologize", "paraphrase")
    }
    table = pd.DataFrame({f"{name}_first_turn": value for name, value in turn.items()})
    table["paraphrase_used"] = table["paraphrase_first_turn"].notna()
    table["agent_id"] = rng.integers(0, 40, n).astype(str)
    after = turn["apologize"] > turn["paraphrase"]
    table["minutes"] = 10 + 1.5 * after + 0.5 * table["paraphrase_used"] + rng.normal(size=n)
    kinds = [f"apologize_{kind}_paraphrase" for kind in ("only", "before", "together", "after")]
    plan = Plan(
        outcome="minutes",
        kind="continuous",
        steps=[*kinds, "paraphrase"],
        contrasts=[(kinds[3], kinds[1])],
    )
    found = stepmark.study(add_order(table, "apologize", "paraphrase"), plan).main()
    rows = found[found["contrast"] == "used - not used"].set_index("term")
    assert rows.loc[kinds[3], "conf_low"] < 1.5 < rows.loc[kinds[3], "conf_high"]
    for kind in kinds[:3]:
        assert rows.loc[kind, "conf_low"] < 0 < rows.loc[kind, "conf_high"]


def test_promptness_is_known_only_where_something_was_promised() -> None:
    table = pd.DataFrame(
        {
            "promise_follow_up_used": [True, True, True, False],
            "promise_to_follow_up_s": [3600, 2e5, np.nan, np.nan],
        }
    )
    found = add_promptness(table)
    assert found["prompt_follow_up_used"].tolist()[:3] == [1, 0, 0]
    assert found["late_follow_up_used"].tolist()[:3] == [0, 1, 0]
    assert found.loc[3, ["prompt_follow_up_used", "late_follow_up_used"]].isna().all()
    assert found["follow_up_log_hours"].iloc[0] == pytest.approx(np.log(2))
    assert add_promptness(table, within_s=3e5)["late_follow_up_used"].iloc[1] == 0


def test_response_time_can_be_what_is_explained() -> None:
    rng = np.random.default_rng(6)
    n = 800
    queue = rng.exponential(8, n)
    probe = rng.random(n) < 0.5
    table = pd.DataFrame(
        {
            "agent_id": rng.integers(0, 30, n).astype(str),
            "probe_used": probe,
            "queue_minutes": queue,
            "response_time_median_s": 40 + 12 * probe + 2 * queue + rng.exponential(20, n),
        }
    )
    plan = Plan(outcome="response_time_median_s", steps=["probe"], controls=["queue_minutes"])
    row = stepmark.study(table, plan).effects.iloc[0]
    assert row["conf_low"] < 12 < row["conf_high"]
    assert row["scale"] == "points"
