"""An outcome that people coded again: read as the machine's own is, and refused where it is something else."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from tests.study.worlds import small_world

from stepmark.errors import PlanError
from stepmark.study import Plan, study


def ask(table: pd.DataFrame, outcome: str | dict[str, str]) -> pd.DataFrame:
    table = table.assign(coded=1, coding_probability=1.0, probe_gold=table["probe"])
    correction = {"method": "gold_only", "hand_outcome": "hand"}
    found = study(table, Plan(outcome=outcome, steps=["probe"], correction=correction)).effects
    return found[(found["term"] == "probe") & (found["contrast"] == "coefficient")]


def test_two_values_of_any_name_are_read_as_those_of_the_machine():
    table = small_world()
    other = table.assign(resolved=2 + 7 * table["resolved"])
    wanted, found = (ask(one.assign(hand=one["resolved"]), "resolved") for one in (table, other))
    np.testing.assert_allclose(found["estimate"], wanted["estimate"], rtol=1e-9)
    assert np.ptp(found["estimate"]) == pytest.approx(0, abs=1e-9)  # all are coded by hand, and alike
    assert len(found) == 2


@pytest.mark.parametrize(
    ("outcome", "hand", "words"),
    [
        ("resolved", [-3.0, 1.0, 4.0], "hand_outcome: values -3, 4; expected the levels 0, 1 of the machine-coded outcome"),
        ("csat", [5.0, 6.0], "hand_outcome: values 6; expected the levels 1, 2, 3, 4, 5 of the machine-coded outcome"),
        ({"name": "contacts", "kind": "count"}, [-1.0, 0.5, 2.0], "hand_outcome: values -1, 0.5; expected whole numbers of 0 or more"),
    ],
)  # fmt: skip
def test_hand_outcomes_of_another_kind_are_refused(outcome, hand, words):
    table = small_world().assign(hand=lambda t: np.resize(hand, len(t)))
    with pytest.raises(PlanError) as caught:
        ask(table, outcome)
    assert words in str(caught.value)
