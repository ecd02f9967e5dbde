"""From codes back to the guide: its errors in a session, agreed turns among its examples."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from tests.review.talk import corpus_of, interaction

from stepmark.annotate import Guide
from stepmark.review import Session, Store, draw_errors
from stepmark.review.widget import offer_examples

CORPUS = corpus_of(
    interaction("C: the lamp came broken", "A: I am sorry about the lamp", "A: which lamp was it?"),
    interaction("C: hello", "A: I apologise for the wait", interaction_id="i2"),
)


def codes(**decisions: str) -> pd.DataFrame:
    """Decisions on `apologize` by turn, such as ``i1_1="yes"``."""
    rows = [(*name.split("_"), decision) for name, decision in decisions.items()]
    frame = pd.DataFrame(rows, columns=["interaction_id", "turn", "decision"]).astype({"turn": "int64"})
    return frame.assign(step="apologize", coder="ana", suggested=True)


def test_a_session_opens_on_the_turns_that_the_guide_reads_otherwise(tmp_path: Path) -> None:
    own = codes(i1_1="no", i1_2="yes", i2_1="yes")
    drawn = draw_errors(CORPUS, own)
    assert drawn[["interaction_id", "turn"]].to_numpy().tolist() == [["i1", 1], ["i1", 2]]
    assert drawn["probability"].isna().all()
    with Store(tmp_path / "errors.sqlite") as store:
        session = Session(
            CORPUS, "difficult-customers", store, coder="ben", draw=drawn, blind_share=0, repeat_share=0
        )
        assert session.view()["progress"]["total"] == 2


def test_only_errors_of_the_steps_asked_for(tmp_path: Path) -> None:
    assert draw_errors(CORPUS, codes(i1_1="no"), steps=["probe"]).empty


def test_one_click_adds_agreed_turns_and_not_before(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    Guide.load("difficult-customers").save(path)
    before = path.read_bytes()
    box = offer_examples(path, codes(i1_1="yes", i2_1="yes"), CORPUS)
    button, said = box.children
    assert button.description == "Add 2 agreed turns to own.yaml"
    assert path.read_bytes() == before

    button.click()
    texts = [example.text for example in Guide.load(path).step("apologize").examples.yes]
    assert texts[-2:] == ["I am sorry about the lamp", "I apologise for the wait"]
    assert said.value.startswith("2 examples added.")
    assert button.disabled


def test_nothing_new_is_said_so(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    Guide.load("difficult-customers").save(path)
    offer_examples(path, codes(i1_1="yes"), CORPUS).children[0].click()
    button, said = offer_examples(path, codes(i1_1="yes"), CORPUS).children
    assert button.disabled
    assert said.value == "Every agreed turn is among the guide's examples already."


def test_a_guide_that_cannot_be_written_is_said_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "own.yaml"
    Guide.load("difficult-customers").save(path)
    button, said = offer_examples(path, codes(i1_1="yes"), CORPUS).children

    def full(_self: Guide, _path: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Guide, "save", full)
    button.click()
    assert said.value == "Nothing was added: [Errno 28] No space left on device"
    assert not button.disabled
