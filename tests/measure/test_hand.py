"""Hand codes beside the rules': whole interactions only, with the chance of being drawn."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from stepmark.errors import InputError
from stepmark.measure import hand_coded

TABLE = pd.DataFrame({"interaction_id": ["a", "b", "c"], "apologize_used": [True, False, True]})
TURNS = pd.DataFrame(
    {
        "interaction_id": ["a", "a", "a", "b", "b", "c"],
        "turn": [0, 1, 2, 0, 1, 0],
        "speaker": ["customer", "agent", "agent", "agent", "agent", "agent"],
    }
)


def codes(*rows: tuple[str, int, str], coder: str = "kim", probability: float = 0.5) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["interaction_id", "turn", "decision"])
    return frame.assign(step="apologize", coder=coder, probability=probability)


def test_only_interactions_coded_whole_count() -> None:
    own = codes(("a", 1, "no"), ("a", 2, "yes"), ("b", 0, "yes"))
    found = hand_coded(TABLE, own, TURNS)
    assert found["coded"].tolist() == [1, 0, 0]
    np.testing.assert_array_equal(found["apologize_gold"], [1.0, np.nan, np.nan])
    np.testing.assert_array_equal(found["coding_probability"], [0.5, np.nan, np.nan])


def test_nothing_but_yes_with_probability_one_stands_for_a_corpus_coded_whole() -> None:
    found = hand_coded(TABLE, codes(("a", 1, "yes"), probability=1.0), TURNS)
    assert found["coded"].tolist() == [1, 1, 1]
    assert found["apologize_gold"].tolist() == [1.0, 0.0, 0.0]


def test_the_adjudicated_layer_is_taken_where_no_coder_is_named() -> None:
    both = pd.concat([codes(("c", 0, "no"), coder="kim"), codes(("c", 0, "yes"), coder="gold")])
    assert hand_coded(TABLE, both, TURNS)["apologize_gold"].tolist()[2] == 1.0
    assert hand_coded(TABLE, both, TURNS, coder="kim")["apologize_gold"].tolist()[2] == 0.0


def test_several_coders_and_no_layer_is_an_error_that_names_them() -> None:
    both = pd.concat([codes(("c", 0, "no"), coder="kim"), codes(("c", 0, "yes"), coder="lou")])
    with pytest.raises(
        InputError, match=r"codes of 2 coders; expected one of kim, lou. Name one, or adjudicate"
    ):
        hand_coded(TABLE, both, TURNS)
    with pytest.raises(InputError, match="coder 'max'"):
        hand_coded(TABLE, both, TURNS, coder="max")


def test_an_interaction_drawn_with_two_chances_is_an_error() -> None:
    own = pd.concat([codes(("a", 1, "no")), codes(("a", 2, "no"), probability=0.2)])
    with pytest.raises(InputError, match="interaction 'a': several probabilities of being drawn"):
        hand_coded(TABLE, own, TURNS)
