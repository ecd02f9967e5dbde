"""Each way to draw gives the chances that it states: counted over many draws, and by the estimates they give."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.review.talk import Words, corpus_of, interaction, marks_of, small_corpus

from stepmark.errors import CodingError
from stepmark.review import (
    Session,
    Store,
    draw_listed,
    draw_random,
    draw_stratified,
    draw_uncertain,
    plan_coding,
)
from stepmark.review.draw import inclusion_chances
from stepmark.review.strata import strata_by_rules, strata_by_step

CORPUS = corpus_of(
    *(
        interaction("C: it broke", *["A: sorry"] * (1 + i % 3), "A: bye", interaction_id=f"i{i:02}")
        for i in range(20)
    )
)
KEYS = pd.MultiIndex.from_frame(CORPUS.turns[["interaction_id", "turn"]])
UNCERTAIN = pd.Series(np.linspace(0, 1, len(KEYS)) ** 3, index=KEYS)
STRATA = strata_by_rules(CORPUS, marks_of(CORPUS))

DRAWS = {
    "random turns": lambda seed: draw_random(CORPUS, 12, unit="turn", seed=seed),
    "random interactions": lambda seed: draw_random(CORPUS, 6, seed=seed),
    "strata by rule": lambda seed: draw_stratified(CORPUS, 14, STRATA, unit="turn", seed=seed),
    "uncertain": lambda seed: draw_uncertain(CORPUS, 15, UNCERTAIN, floor=0.3, seed=seed),
}


@pytest.mark.parametrize("name", DRAWS)
def test_units_are_drawn_as_often_as_stated_and_estimates_are_unbiased(name: str) -> None:
    n_draws = 300
    value = pd.Series(np.random.default_rng(3).gamma(1, 1, len(KEYS)), index=KEYS)  # what a coder would find
    drawn = pd.Series(0.0, index=KEYS)
    stated = pd.Series(np.nan, index=KEYS)
    estimates = []
    for seed in range(n_draws):
        draw = DRAWS[name](seed).set_index(["interaction_id", "turn"])["probability"]
        drawn[draw.index] += 1 / n_draws
        stated[draw.index] = draw
        estimates.append((value[draw.index] / draw).sum())
    assert stated.notna().all()
    error = np.sqrt(stated * (1 - stated) / n_draws) + 1e-12
    assert ((drawn - stated).abs() / error).max() < 4.5  # the largest of 80 standard errors
    assert abs(np.mean(estimates) - value.sum()) < 4 * np.std(estimates) / np.sqrt(n_draws)


def test_the_same_seed_draws_the_same_and_another_does_not() -> None:
    for draw in DRAWS.values():
        assert draw(1).equals(draw(1))
        assert not draw(1).equals(draw(2))


@settings(max_examples=200)
@given(
    st.lists(st.floats(0, 1e6), min_size=2, max_size=40),
    st.integers(1, 39),
    st.floats(0.01, 1, exclude_min=False),
)
def test_chances_are_above_0_at_most_1_and_sum_to_the_sample(
    scores: list[float], n: int, floor: float
) -> None:
    chances = inclusion_chances(np.array(scores), n, floor)
    assert (chances > 0).all()
    assert (chances <= 1).all()
    assert chances.sum() == pytest.approx(min(n, len(scores)))


def test_uncertain_turns_come_more_often_and_exactly_as_many_as_asked() -> None:
    draw = DRAWS["uncertain"](5)
    assert len(draw) == 15
    assert not draw.duplicated(["interaction_id", "turn"]).any()
    chances = inclusion_chances(UNCERTAIN.to_numpy(), 15, 0.3)
    assert chances[-1] > 5 * chances[0]


def test_whole_interactions_keep_their_turns_together_and_in_order() -> None:
    draw = draw_random(CORPUS, 6, seed=4)
    runs = draw.groupby((draw["interaction_id"] != draw["interaction_id"].shift()).cumsum())
    assert runs.ngroups == 6
    assert all(run["turn"].tolist() == list(range(len(run))) for _, run in runs)
    assert set(draw["probability"]) == {0.3}


def test_equal_allocation_gives_rare_strata_their_part_and_the_rest_to_the_others() -> None:
    spans = marks_of(small_corpus(6)).query("step != 'courtesy' or interaction_id == 'i1'")
    strata = strata_by_step(small_corpus(6), spans)
    draw = draw_stratified(small_corpus(6), 13, strata, unit="turn")
    sizes = strata.value_counts()
    assert sizes["courtesy"] == 1
    taken = draw["stratum"].value_counts()
    assert taken["courtesy"] == 1
    assert taken.sum() == 13
    assert taken.drop("courtesy").max() - taken.drop("courtesy").min() <= 1
    expected = draw["stratum"].map(taken / sizes)
    assert np.allclose(draw["probability"], expected)


def test_a_stratum_may_not_go_without() -> None:
    with pytest.raises(CodingError, match="nothing from stratum none; expected at least one unit of each"):
        draw_stratified(CORPUS, 5, STRATA, unit="turn", allocation={"hit": 5})
    with pytest.raises(CodingError, match="strata: none for"):
        draw_stratified(CORPUS, 5, STRATA.iloc[1:], unit="turn")


def test_a_list_keeps_its_order_and_has_no_chance_unless_given() -> None:
    listed = draw_listed(CORPUS, pd.DataFrame({"interaction_id": ["i03", "i01"], "turn": [1, 0]}))
    assert listed[["interaction_id", "turn"]].to_numpy().tolist() == [["i03", 1], ["i01", 0]]
    assert listed["probability"].isna().all()
    whole = draw_listed(CORPUS, pd.DataFrame({"interaction_id": ["i03"], "probability": [0.25]}))
    assert whole["turn"].tolist() == [0, 1, 2]
    assert set(whole["probability"]) == {0.25}
    with pytest.raises(
        CodingError, match="the list: interaction_id 'i99' turn 0; expected one of the corpus"
    ):
        draw_listed(CORPUS, pd.DataFrame({"interaction_id": ["i99"], "turn": [0]}))


def test_the_chance_is_stored_with_each_decision(tmp_path) -> None:
    draw = DRAWS["uncertain"](2)
    with Store(tmp_path / "coding.sqlite") as store:
        session = Session(
            CORPUS, Words(), store, coder="ana", draw=draw, spans=marks_of(CORPUS), repeat_share=0
        )
        for i in range(len(draw)):
            session.apply({"do": "accept", "cid": str(i)})
        codes = session.codes().drop_duplicates(["interaction_id", "turn"])
        kept = codes.set_index(["interaction_id", "turn"])["probability"].sort_index()
        stated = draw.set_index(["interaction_id", "turn"])["probability"].sort_index()
        assert kept.equals(stated)


@settings(max_examples=60)
@given(st.integers(1, 60), st.integers(2, 5), st.floats(0, 1), st.integers(0, 5))
def test_every_unit_is_coded_and_shared_ones_by_as_many_as_planned(
    n: int, k: int, overlap: float, seed: int
) -> None:
    coders = [f"c{i}" for i in range(k)]
    plan = plan_coding(n, coders, overlap, coders_per_unit=2, seed=seed)
    by_unit = plan.assignments.groupby("unit").agg(n=("coder", "nunique"), shared=("shared", "first"))
    assert by_unit.index.tolist() == list(range(n))
    assert (by_unit["n"] == by_unit["shared"].map({True: 2, False: 1})).all()
    assert by_unit["shared"].sum() == int(np.ceil(overlap * n))


def test_the_parts_of_a_plan_cover_the_draw() -> None:
    draw = draw_random(CORPUS, 10, seed=1)
    plan = plan_coding(10, ["ana", "ben"], overlap=0.2, seed=1)
    parts = {coder: plan.part(draw, coder) for coder in plan.coders}
    ids = {coder: set(part["interaction_id"]) for coder, part in parts.items()}
    assert len(ids["ana"] & ids["ben"]) == 2
    assert ids["ana"] | ids["ben"] == set(draw["interaction_id"])
    with pytest.raises(CodingError, match="the draw: 6 units; expected 10, as planned"):
        plan.part(draw_random(CORPUS, 6), "ana")


def test_a_plan_that_cannot_be_is_told_all_at_once() -> None:
    with pytest.raises(CodingError) as caught:
        plan_coding(0, ["ana", "ana"], 1.5, coders_per_unit=3)
    text = str(caught.value)
    assert "n: 0; expected 1 or more" in text
    assert "coders: ['ana', 'ana']; expected names, each once" in text
    assert "overlap: 1.5; expected a share from 0 to 1" in text
    assert "coders_per_unit: 3; expected from 2 to the number of coders, 2" in text


def test_a_queue_of_a_hundred_thousand_turns_opens_and_resumes(tmp_path) -> None:
    n = 20_000
    turns = pd.DataFrame(
        {
            "interaction_id": np.repeat([f"i{i:05}" for i in range(n)], 5),
            "turn": np.tile(range(5), n),
            "speaker": "agent",
            "text": "so sorry",
        }
    )
    from stepmark.corpus import Corpus

    ids = turns["interaction_id"].unique()
    corpus = Corpus(turns, pd.DataFrame({"interaction_id": ids, "agent_id": "a", "channel": "chat"}))
    no_marks = marks_of(small_corpus(1)).head(0)
    with Store(tmp_path / "coding.sqlite") as store:
        session = Session(corpus, Words(), store, coder="ana", spans=no_marks)
        assert len(session.queue) == 105_000
        session.apply({"do": "accept", "cid": "one"})
        again = Session(corpus, Words(), store, coder="ana", spans=no_marks)
        assert again.view() == session.view()


def test_a_draw_of_turns_that_the_corpus_lacks_is_told_and_turns_nobody_can_code_are_left_out(
    tmp_path,
) -> None:
    corpus = corpus_of(interaction("O: please hold", "C: it broke again", "A: sorry"))
    draw = draw_random(corpus, 1)
    assert len(draw) == 3
    with Store(tmp_path / "coding.sqlite") as store:
        session = Session(
            corpus, Words(), store, coder="ana", draw=draw, spans=marks_of(corpus), repeat_share=0
        )
        assert session.queue.turn == [1, 2]
        again = Session(
            corpus, Words(), store, coder="ana", draw=draw, spans=marks_of(corpus), repeat_share=0
        )
        assert again.queue == session.queue
        elsewhere = pd.DataFrame({"interaction_id": ["i1"], "turn": [7], "probability": [1.0]})
        with pytest.raises(
            CodingError, match="the draw: turn 7 of interaction 'i1'; expected a turn of the corpus"
        ):
            Session(corpus, Words(), store, coder="ben", draw=elsewhere)
