"""From two coders to one gold layer, to files and back, and into a guide."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from tests.review.talk import Words, corpus_of, interaction, marks_of, small_corpus

from stepmark.annotate import Guide
from stepmark.errors import CodingError, InputError
from stepmark.review import (
    Session,
    Store,
    add_examples,
    adjudicate,
    agree,
    codes_of,
    disagreements,
    gold_codes,
    import_codes,
    read_codes,
    spans_of,
    with_absent,
    write_codes,
)

CORPUS = small_corpus(2)


@pytest.fixture
def store(tmp_path: Path):
    with Store(tmp_path / "coding.sqlite") as opened:
        yield opened


@pytest.fixture
def coded(store: Store) -> Store:
    """Ana accepts everything; Ben sees no probe anywhere, and thinks that turn 1 is courteous."""
    draw = CORPUS.turns[["interaction_id", "turn"]].assign(probability=0.4)
    for coder in ("ana", "ben"):
        session = Session(
            CORPUS,
            Words(),
            store,
            coder=coder,
            draw=draw,
            spans=marks_of(CORPUS),
            blind_share=0,
            repeat_share=0,
        )
        for i in range(len(session.queue)):
            interaction_id, turn = session.turn_at(i)
            if coder == "ben" and turn == 3:
                session.apply({"do": "decide", "cid": f"ben-probe-{i}", "step": "probe", "decision": "no"})
            if coder == "ben" and (interaction_id, turn) == ("i0", 1):
                session.apply(
                    {"do": "add", "cid": f"ben-{i}", "step": "courtesy", "start_char": 0, "end_char": 4}
                )
            session.apply({"do": "accept", "cid": f"{coder}{i}"})
    return store


def test_disagreements_are_listed_with_who_said_what(coded: Store) -> None:
    listed = disagreements(codes_of(coded))
    assert listed[["interaction_id", "turn", "step"]].to_numpy().tolist() == [
        ["i0", 1, "courtesy"], ["i0", 3, "probe"], ["i1", 3, "probe"],
    ]  # fmt: skip
    assert listed["votes"].tolist()[0] == {"ana": "no", "ben": "yes"}


def test_disputes_are_decided_with_a_reason_and_make_the_gold_layer(coded: Store) -> None:
    codes = codes_of(coded)
    session = adjudicate(CORPUS, Words(), coded, codes, spans=spans_of(coded, CORPUS))
    here = next(turn for turn in session.view()["turns"] if turn["active"])
    assert here["votes"] == {"courtesy": {"ana": "no", "ben": "yes"}}
    assert here["marks"]["yes"] == {"apologize": [[8, 13]]}
    with pytest.raises(CodingError, match="coders differ on courtesy; expected a decision on each first"):
        session.apply({"do": "accept", "cid": "early"})
    with pytest.raises(
        CodingError, match="interaction 'i0', turn 1, courtesy: coders differ, and nobody has ruled"
    ):
        gold_codes(codes)
    for i, (step, decision) in enumerate([("courtesy", "no"), ("probe", "yes"), ("probe", "yes")]):
        session.apply({"do": "note", "cid": f"n{i}", "note": "the codebook says so"})
        session.apply({"do": "decide", "cid": f"d{i}", "step": step, "decision": decision})
        session.apply({"do": "accept", "cid": f"a{i}"})
    assert session.finished
    gold = gold_codes(codes, session.codes())
    assert set(gold["coder"]) == {"gold"}
    assert set(gold["probability"]) == {0.4}
    said = gold.set_index(["interaction_id", "turn", "step"])
    assert said.loc[("i0", 1, "courtesy"), ["decision", "settled"]].tolist() == ["no", "adjudicated"]
    assert said.loc[("i0", 3, "probe"), ["decision", "settled"]].tolist() == ["yes", "adjudicated"]
    assert said.loc[("i0", 1, "apologize"), ["decision", "settled"]].tolist() == ["yes", "agreed"]
    assert len(gold) == len(codes) / 2
    assert session.codes()["suggested"].isna().all()


def test_an_adjudication_goes_on_after_a_restart_with_the_votes_that_it_began_with(coded: Store) -> None:
    with pytest.raises(
        CodingError, match="session 'adjudication': not begun yet; expected the coders' codes"
    ):
        adjudicate(CORPUS, Words(), coded)
    session = adjudicate(CORPUS, Words(), coded, codes_of(coded), spans=spans_of(coded, CORPUS))
    session.apply({"do": "decide", "cid": "d", "step": "courtesy", "decision": "no"})
    session.apply({"do": "accept", "cid": "a"})
    for codes in (None, codes_of(coded)):  # which now hold the rulings too
        again = adjudicate(CORPUS, Words(), coded, codes)
        assert again.view() == session.view()
        assert again.votes == session.votes
        with pytest.raises(CodingError, match="coders differ on probe"):
            again.apply({"do": "accept", "cid": "early"})


def test_a_step_agreed_on_stays_marked_where_no_span_of_it_is_known(coded: Store) -> None:
    session = adjudicate(CORPUS, Words(), coded, codes_of(coded), spans=spans_of(coded, CORPUS).head(0))
    assert session.view()["turns"][1]["marks"]["yes"] == {"apologize": []}


def test_a_turn_drawn_with_two_chances_has_no_known_one(coded: Store) -> None:
    codes = codes_of(coded)
    codes.loc[(codes["coder"] == "ben") & (codes["turn"] == 0), "probability"] = 0.7
    with pytest.raises(
        CodingError, match="interaction 'i0', turn 0, anger: drawn with different probabilities"
    ):
        gold_codes(codes, open_disputes="leave_out")


def test_coders_who_agree_leave_nothing_to_adjudicate(coded: Store) -> None:
    codes = codes_of(coded, coder="ana")
    with pytest.raises(CodingError, match="no disagreement; expected at least one"):
        adjudicate(CORPUS, Words(), coded, codes)
    assert set(gold_codes(codes)["settled"]) == {"single"}


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])
def test_codes_come_back_from_a_file_as_they_were(coded: Store, tmp_path: Path, suffix: str) -> None:
    codes = codes_of(coded)
    write_codes(codes, tmp_path / f"codes{suffix}")
    again = read_codes(tmp_path / f"codes{suffix}")
    assert again.astype(object).to_dict("list") == codes.astype(object).to_dict("list")
    assert agree(again, n_boot=20).table.equals(agree(codes, n_boot=20).table)


def test_a_bad_file_of_codes_is_told_with_all_its_faults(tmp_path: Path) -> None:
    path = tmp_path / "codes.csv"
    path.write_text("interaction_id,turn,step,coder,decision\ni0,0,probe,ana,maybe\ni0,x,probe,ana,yes\n")
    with pytest.raises(InputError) as caught:
        read_codes(path)
    assert "codes.csv, line 2, column 'decision'" in str(caught.value)
    assert "codes.csv, line 3, column 'turn'" in str(caught.value)


def test_codes_from_elsewhere_enter_a_store_once(coded: Store, tmp_path: Path) -> None:
    codes = codes_of(coded)
    with Store(tmp_path / "other.sqlite") as other:
        assert import_codes(other, codes, CORPUS) == 20
        assert import_codes(other, codes, CORPUS) == 0
        columns = [
            "interaction_id",
            "turn",
            "step",
            "coder",
            "decision",
            "decided_at",
            "probability",
            "text_hash",
            "guide",
        ]
        assert codes_of(other)[columns].equals(codes[columns])
        with pytest.raises(
            CodingError, match="session 'imported' of coder 'ana': holds codes of other turns"
        ):
            import_codes(other, codes[codes["turn"] == 1], CORPUS)
        with pytest.raises(CodingError, match="turn 4 of interaction 'i1'; expected a turn of the corpus"):
            import_codes(other, codes, small_corpus(1), session="second")


def test_spans_cut_the_words_they_stand_for(coded: Store) -> None:
    spans = spans_of(coded, CORPUS)
    texts = CORPUS.turns.set_index(["interaction_id", "turn"])["text"]
    for row in spans.itertuples():
        assert texts[(row.interaction_id, row.turn)][row.start_char : row.end_char] == row.text
    assert set(spans["source"]) == {"human:ana", "human:ben"}
    found = agree(codes_of(coded), spans=spans, turns=CORPUS.turns, n_boot=20)
    assert found.of("span_exact", "apologize") == 1
    assert found.of("alpha_unitizing", "probe") < 0.1


def test_what_coders_agree_on_becomes_examples_of_a_guide(store: Store) -> None:
    guide = Guide.load("difficult-customers")
    corpus = corpus_of(
        interaction("C: the lamp came broken", "A: I am sorry about the lamp", "A: sorry, who is speaking?"),
        interaction("A: I am sorry about the lamp", interaction_id="i2"),
    )
    codes = pd.DataFrame(
        [("i1", 1, "yes", True), ("i1", 2, "no", True), ("i2", 0, "yes", True)],
        columns=["interaction_id", "turn", "decision", "suggested"],
    ).assign(step="apologize", coder="ana")
    richer = add_examples(guide, codes, corpus)
    before, after = guide.step("apologize").examples, richer.step("apologize").examples
    assert [example.text for example in after.yes[len(before.yes) :]] == ["I am sorry about the lamp"]
    assert after.yes[-1].context[0].text == "the lamp came broken"
    assert [example.text for example in after.no[len(before.no) :]] == ["sorry, who is speaking?"]
    assert add_examples(richer, codes, corpus).step("apologize").examples == after
    assert guide.step("apologize").examples == before
    assert richer.step("probe") == guide.step("probe")
    assert richer.step("apologize").patterns == guide.step("apologize").patterns
    assert add_examples(guide, codes, corpus, steps=["probe"]) == guide


def test_a_session_marks_with_the_guide_itself_where_no_spans_are_given(store: Store) -> None:
    corpus = corpus_of(interaction("C: the lamp came broken", "A: I am so sorry about that"))
    session = Session(corpus, "difficult-customers", store, coder="ana", blind_share=0, repeat_share=0)
    assert "apologize" in session.view(1)["turns"][1]["suggested"]
    book = {code["id"]: code for code in session.codebook()}
    assert book["apologize"]["definition"]
    assert book["apologize"]["counts"]
    keys = [code["key"] for code in session.view(1)["codes"]]
    assert len(set(keys)) == len(keys) > 15


def test_codes_that_list_only_what_is_there_get_a_no_for_the_rest_of_their_interactions() -> None:
    listed = pd.DataFrame([("i0", 1, "apologize", "ana", "yes", 0.5)], columns=["interaction_id", "turn", "step", "coder", "decision", "probability"])  # fmt: skip
    full = with_absent(listed, CORPUS, Words())
    assert set(full["interaction_id"]) == {"i0"}
    assert (
        len(full) == 2 * 1 + 3 * 3
    )  # two customer turns with one signal, three agent turns with three steps
    assert full.loc[full["decision"] == "yes", ["turn", "step"]].to_numpy().tolist() == [[1, "apologize"]]
    assert set(full["probability"]) == {0.5}
    again = with_absent(full, CORPUS, Words())
    assert again.equals(full)


def test_tables_with_and_without_occasions_can_be_put_together(coded: Store) -> None:
    ana = codes_of(coded, coder="ana")
    ben = codes_of(coded, coder="ben").drop(columns=["occasion", "blind", "suggested"])
    together = pd.concat([ana, ben], ignore_index=True)
    assert agree(together, n_boot=5).of("percent") == agree(codes_of(coded), n_boot=5).of("percent")
    assert len(disagreements(together)) == 3
