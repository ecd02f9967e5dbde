"""Data from which nothing, or not everything, can be had: a clear statement, never a meaningless number."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from tests.study.worlds import small_world

from stepmark.errors import InputError, PlanError, StudyError
from stepmark.study import Plan, Study, study


def ask(table: pd.DataFrame, **plan: object) -> Study:
    entries = {"outcome": "resolved", "steps": ["probe", "apologize"], "controls": ["anger"], **plan}
    return study(table, Plan(**entries))


def estimated(found: Study) -> set[str]:
    """The steps with an effect; every number of the table is checked on the way."""
    numbers = found.effects[["estimate", "std_error", "conf_low", "conf_high", "p_value"]]
    assert np.isfinite(numbers.to_numpy(dtype=float)).all()
    assert (numbers["std_error"] > 0).all()
    return set(found.main()["term"])


def said(found: Study) -> str:
    return "\n".join(found.statements)


def with_column(name: str, make: Callable[[pd.DataFrame], object]) -> pd.DataFrame:
    table = small_world()
    return table.assign(**{name: make(table)})


CASES: dict[str, tuple[pd.DataFrame, dict[str, object], set[str], str]] = {
    "never used": (with_column("probe", lambda t: 0), {}, {"apologize"}, "probe was never used in any of the 400"),
    "always used": (with_column("probe", lambda t: 1), {}, {"apologize"}, "probe was used in every one of the 400"),
    "used three times": (
        with_column("probe", lambda t: (np.arange(len(t)) < 3).astype(int)),
        {},
        {"apologize"},
        "probe was used in only 3 of 400 interactions",
    ),
    "same outcome": (with_column("resolved", lambda t: 1), {}, set(), "has resolved = 1: there is no difference"),
    "same score": (with_column("csat", lambda t: 5), {"outcome": "csat"}, set(), "has csat = 5"),
    "three interactions": (small_world(3), {}, set(), "3 interactions are too few for 4 parameters"),
    "perfect prediction": (
        with_column("resolved", lambda t: t["probe"]),
        {},
        set(),
        "without probe ended with resolved = 0: no finite effect can be estimated",
    ),
    "perfect when used": (
        with_column("resolved", lambda t: np.where(t["probe"] == 1, 1, t["resolved"])),
        {},
        {"apologize"},
        "with probe ended with resolved = 1",
    ),
    "best score when used": (
        with_column("csat", lambda t: np.where(t["probe"] == 1, 5, t["csat"])),
        {"outcome": "csat"},
        {"apologize"},
        "with probe ended with csat = 5",
    ),
    "perfect by a number": (
        with_column("resolved", lambda t: (t["anger"] > 0).astype(int)),
        {},
        {"probe", "apologize"},
        "With anger the model can predict resolved perfectly",
    ),
    "no answer at all": (with_column("resolved", lambda t: np.nan), {}, set(), "400 of 400 interactions (100%) have no"),
    "step missing everywhere": (
        with_column("probe", lambda t: np.nan),
        {},
        {"apologize"},
        "'probe' is missing in every interaction",
    ),
    "control missing everywhere": (
        with_column("anger", lambda t: np.nan),
        {},
        {"probe", "apologize"},
        "'anger' is missing in every interaction",
    ),
    "infinite values": (
        with_column("anger", lambda t: np.where(np.arange(len(t)) < 6, np.inf, t["anger"])),
        {},
        {"probe", "apologize"},
        "6 of 400 interactions are left out because 'anger' is infinite (6) or missing",
    ),
    "infinite outcome": (
        with_column("minutes", lambda t: np.where(np.arange(len(t)) < 3, -np.inf, t["minutes"])),
        {"outcome": "minutes"},
        {"probe", "apologize"},
        "3 infinite values of 'minutes' are left out",
    ),
    "agent sometimes missing": (
        with_column("agent_id", lambda t: t["agent_id"].where(np.arange(len(t)) > 5)),
        {},
        {"probe", "apologize"},
        "6 of 400 interactions are left out because 'agent_id' is missing",
    ),
    "agents unknown": (
        with_column("agent_id", lambda t: None),
        {},
        {"probe", "apologize"},
        "The agents are not known, so each interaction counts as independent",
    ),
    "one agent": (
        with_column("agent_id", lambda t: "only"),
        {},
        {"probe", "apologize"},
        "All interactions have the same agent: nothing can be said beyond it",
    ),
    "one agent with most": (
        with_column("agent_id", lambda t: np.where(np.arange(len(t)) < 240, "x", t["agent_id"])),
        {},
        {"probe", "apologize"},
        "agent x has 6",
    ),
    "six agents": (small_world(agents=7), {}, {"probe", "apologize"}, "Only 7 different values of agent"),
    "the same step twice": (
        with_column("probe", lambda t: t["apologize"]),
        {},
        set(),
        "cannot be told apart in these data",
    ),
    "a step that is also a control": (
        with_column("anger", lambda t: t["probe"]),
        {},
        {"apologize"},
        "probe and anger cannot be told apart",
    ),
    "the same control twice": (
        with_column("again", lambda t: 2 * t["anger"] + 1),
        {"controls": ["anger", "again"]},
        {"probe", "apologize"},
        "'again' says nothing that (Intercept) and anger does not say already",
    ),
    "used by one agent only": (
        with_column("probe", lambda t: t["probe"] * (t["agent_id"] == "a03")),
        {},
        {"apologize"},
        "What probe goes with is known from agent a03 alone",
    ),
    "used by whole agents": (
        with_column("probe", lambda t: t["agent_id"].str[-1].astype(int) % 2),
        {"agents": "within"},
        {"apologize"},
        "probe does not vary within agents",
    ),
    "the same number for whole agents": (
        with_column("probe", lambda t: t["agent_id"].str[1:].astype(int) / 7).assign(
            w=np.random.default_rng(0).random(400)
        ),
        {"agents": "within", "weight": "w"},
        {"apologize"},
        "probe does not vary within agents",
    ),
    "no weight": (with_column("w", lambda t: 0.0), {"weight": "w"}, set(), "No interaction is left"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_degenerate_data_are_named(case):
    table, plan, steps, words = CASES[case]
    found = ask(table, **plan)
    assert words in said(found)
    assert estimated(found) == steps
    assert repr(found)


@pytest.mark.parametrize(
    ("table", "plan", "error", "words"),
    [
        (small_world().iloc[:0], {}, StudyError, "no interaction"),
        (with_column("resolved", lambda t: "yes"), {}, PlanError, "column 'resolved' holds words: yes"),
        (with_column("probe", lambda t: "yes"), {}, PlanError, "column 'probe' holds words"),
        (
            small_world(),
            {"outcome": {"name": "csat", "kind": "binary"}},
            PlanError,
            "5 values (1, 2, 3, 4, 5)",
        ),
        (with_column("w", lambda t: -1.0), {"weight": "w"}, PlanError, "'w' has negative values"),
        (
            small_world(),
            {"controls": ["angr"]},
            PlanError,
            "no column 'angr' in the table. Did you mean 'anger'?",
        ),
        (small_world(), {"cluster": "wizard"}, PlanError, "plan, cluster: no column 'wizard'"),
        (
            with_column("id", lambda t: [f"i{i}" for i in range(len(t))]),
            {"controls": ["id"]},
            PlanError,
            "400 different words",
        ),
        (
            pd.concat([small_world(), small_world()[["probe"]]], axis=1),
            {},
            InputError,
            "columns of the same name: probe",
        ),
    ],
)
def test_impossible_plans_are_refused(table, plan, error, words):
    with pytest.raises(error) as caught:
        ask(table, **plan)
    assert words in str(caught.value)


def test_too_few_cases_change_the_evidence_label():
    table = with_column("probe", lambda t: (np.arange(len(t)) % 40 == 0).astype(int))
    found = ask(table)
    evidence = found.main().set_index("term")["evidence"]
    assert evidence["probe"] == "too few cases to tell"
    assert evidence["apologize"] == "association"
    assert "probe was used in only 10 of 400 interactions: too few to rely on" in said(found)


def test_never_used_steps_do_not_count_in_the_family():
    found = ask(with_column("never", lambda t: 0), steps=["probe", "apologize", "never"])
    assert found.diagnostics["multiplicity"]["family_sizes"]["mean|pooled"] == 2


def test_a_factor_that_is_sometimes_missing_is_named_by_its_column():
    words = with_column("issue", lambda t: np.where(np.arange(len(t)) % 3 == 0, "bill", "parcel"))
    words["issue"] = words["issue"].where(np.arange(400) >= 8)
    found = ask(words, controls=["anger", "issue"])
    assert "8 of 400 interactions are left out because 'issue' is missing" in said(found)
    assert "issue[bill]" in set(found.effects["term"])


def test_half_the_answers_missing_is_said():
    table = small_world()
    table["csat"] = table["csat"].astype("Int64").where(np.arange(len(table)) % 2 == 0)
    found = ask(table, outcome="csat")
    assert "200 of 400 interactions (50%) have no 'csat'" in said(found)
    assert set(found.effects["n"]) == {200}


def test_setting_one_rare_step_aside_may_take_another_with_it():
    rng = np.random.default_rng(6)
    n = 400
    table = pd.DataFrame({"resolved": rng.integers(0, 2, n), "common": rng.integers(0, 2, n)})
    table["rare"] = (np.arange(n) < 2).astype(int)
    table["rarer"] = (np.arange(n) < 1).astype(int)
    found = study(
        table, Plan(outcome="resolved", kind="binary", steps=["rare", "rarer", "common"], cluster="")
    )
    assert found.main()["term"].tolist() == ["common"]
    assert any("rare was used in only 2 of 400 interactions" in text for text in found.statements)
    assert any("rarer was never used in any of the 398 interactions" in text for text in found.statements)
