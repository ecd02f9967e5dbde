"""The words of a simulated world: true codes, varied language, honest times, and the corpus that is shipped."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter

import pandas as pd
import pytest

import stepmark
from stepmark.annotate import Guide
from stepmark.study.simulate import STEPS, World, simulate
from stepmark.study.simulate.grammar import expand, phrases
from stepmark.study.simulate.ship import SHIPPED, main, ship
from stepmark.study.simulate.voice import Voice, spoken

SIGNALS = {"anger", "abuse", "churn_threat", "repeat_contact", "gratitude", "unresolved"}


@pytest.fixture(scope="module")
def world() -> World:
    return simulate(**SHIPPED)


@pytest.fixture(scope="module")
def coded(world) -> pd.DataFrame:
    """Turns with the list of their codes."""
    codes = world.codes.groupby(["interaction_id", "turn"])["step"].agg(list).rename("codes")
    turns = world.corpus.turns.join(codes, on=["interaction_id", "turn"])
    turns["codes"] = turns["codes"].map(lambda c: c if isinstance(c, list) else [])
    return turns.merge(world.corpus.interactions[["interaction_id", "channel"]], on="interaction_id")


def of(turns: pd.DataFrame, speaker: str) -> pd.DataFrame:
    return turns[turns["speaker"] == speaker]


def test_the_shipped_files_are_what_the_seed_gives(world, project, tmp_path):
    kept, fresh = project / "corpora" / "hard-days", ship(world, tmp_path / "again")
    shipped, made = stepmark.read(kept), stepmark.read(fresh)
    for table in ("turns", "interactions", "codes"):
        pd.testing.assert_frame_equal(getattr(shipped, table), getattr(made, table))
    for name in ("README.md", "corpus.toml"):
        assert (kept / name).read_text("utf-8") == (fresh / name).read_text("utf-8")


def test_the_shipped_corpus_is_as_large_as_promised(project):
    corpus = stepmark.read(project / "corpora" / "hard-days")
    assert len(corpus.interactions) >= 400
    assert corpus.interactions["agent_id"].nunique() >= 25
    assert set(corpus.interactions["channel"]) == {"chat", "phone", "email", "social"}
    assert 0.3 < corpus.interactions["csat"].isna().mean() < 0.6
    assert sum(f.stat().st_size for f in (project / "corpora" / "hard-days").iterdir()) < 2_000_000


def test_the_card_states_the_true_effects(project, world):
    card = (project / "corpora" / "hard-days" / "README.md").read_text("utf-8")
    for row in world.truth.query("outcome == 'csat'").itertuples():
        assert re.search(
            rf"`{row.step}` \| {row.role} \| [\d.]+% \| {re.escape(f'{row.effect:+.3f}')} ", card
        )


def test_codes_of_the_turns_agree_with_the_measured_table(world):
    used = world.codes.groupby("step")["interaction_id"].agg(set)
    for step in STEPS:
        table = set(world.table.loc[world.table[f"{step.step}_used"], "interaction_id"])
        assert used.get(step.step, set()) == table, step.step


def test_the_opening_shows_exactly_the_signals_of_the_table(world, coded):
    first = of(coded, "agent").groupby("interaction_id")["turn"].min()
    opening = coded[(coded["turn"] < coded["interaction_id"].map(first)) & (coded["speaker"] == "customer")]
    shown = opening.explode("codes").groupby("interaction_id")["codes"].agg(set)
    for row in world.table.itertuples():
        expected = {s for s in SIGNALS - {"gratitude"} if getattr(row, f"{s}_before")}
        assert {c for c in shown[row.interaction_id] if isinstance(c, str)} == expected


def test_every_step_breach_and_signal_of_the_guide_occurs(world):
    ids = {step.id for step in Guide.load("difficult-customers").steps}
    assert set(world.codes["step"]) == ids
    counts = world.codes["step"].value_counts()
    assert counts.drop("disengage").min() >= 15


def test_agents_show_steps_and_customers_show_signals(coded):
    for speaker, right in (("agent", {s.step for s in STEPS}), ("customer", SIGNALS), ("other", set())):
        assert set(of(coded, speaker)["codes"].explode().dropna()) <= right


def test_most_turns_of_agents_are_distinct(coded):
    for _, turns in of(coded, "agent").groupby("channel"):
        assert turns["text"].nunique() / len(turns) >= 0.7


def test_two_interactions_rarely_share_a_sentence(coded):
    agent = of(coded, "agent")
    agent = agent[agent["channel"].isin(["chat", "email", "social"])]
    where: dict[str, set[str]] = {}
    for row in agent.itertuples():
        for sentence in re.split(r"(?<=[.?!])\s+|\n+", row.text):
            if len(sentence.split()) >= 4:
                where.setdefault(sentence, set()).add(row.interaction_id)
    shared = sum(len(ids) > 1 for ids in where.values())
    assert len(where) > 2_500
    assert shared / len(where) < 0.2


def test_steps_are_worded_in_many_ways(coded):
    """No three words open more than a third of the turns that show one step alone."""
    agent = of(coded, "agent")
    for step in ("apologize", "empathize", "offer_solution", "reassure", "acknowledge"):
        alone = agent[agent["codes"].map(lambda c, s=step: c == [s]) & (agent["channel"] == "chat")]
        starts = Counter(" ".join(text.lower().split()[:3]) for text in alone["text"])
        assert starts.most_common(1)[0][1] / len(alone) < 0.34, step


def test_transcribed_speech_has_no_punctuation_capitals_or_figures(coded):
    phone = coded[coded["channel"] == "phone"]
    assert not phone["text"].str.contains(r"[A-Z0-9.,?!:;£$]").any()
    assert phone["text"].str.contains(r"\b(?:um|uh|er)\b").mean() > 0.05


def test_both_spellings_occur(coded):
    text = " ".join(coded["text"])
    for word in ("apologise", "apologize", "neighbour", "neighbor"):
        assert re.search(rf"\b{word}\b", text, re.IGNORECASE), word


def test_mail_has_paragraphs_and_social_media_has_handles(coded):
    mail = coded[coded["channel"] == "email"]
    assert (mail["text"].str.count("\n\n") >= 2).all()
    social = of(coded[coded["channel"] == "social"], "agent")
    assert social["text"].str.startswith("@").all()


def test_near_misses_carry_no_code(coded):
    plain = of(coded, "agent")
    plain = plain[plain["codes"].map(len) == 0]
    for words in ("I understand there are", "Sorry?", "apology letter"):
        assert plain["text"].str.contains(words, regex=False).any(), words


def test_interruptions_are_seen_in_the_times(coded):
    at = coded.index[coded["codes"].map(lambda c: "interrupt" in c)]
    for i in at:
        turn, before, after = coded.loc[i], coded.loc[i - 1], coded.loc[i + 1]
        assert before["speaker"] == after["speaker"] == "customer"
        assert turn["start"] > before["start"]
        if turn["channel"] == "phone":
            assert turn["start"] < before["end"]
        else:
            assert (turn["start"] - before["start"]).total_seconds() < 5
            assert (after["start"] - turn["start"]).total_seconds() < 10


def test_nobody_else_overlaps(coded):
    phone = coded[coded["channel"] == "phone"]
    gap = (phone["start"] - phone.groupby("interaction_id")["end"].shift()).dt.total_seconds()
    cut_in = phone["codes"].map(lambda c: "interrupt" in c)
    assert (gap[cut_in] < 0).all()
    assert (gap[~cut_in].dropna() >= 0).all()


def test_a_follow_up_comes_days_after_its_promise(coded):
    promised = (
        coded[coded["codes"].map(lambda c: "promise_follow_up" in c)].groupby("interaction_id")["start"].min()
    )
    kept = coded[coded["codes"].map(lambda c: "follow_up" in c)]
    assert len(kept) > 40
    assert (kept["start"] - kept["interaction_id"].map(promised) > pd.Timedelta(hours=20)).all()


def test_written_messages_have_one_time_and_calls_have_two(coded):
    assert coded["start"].notna().all()
    assert (coded["end"].notna() == (coded["channel"] == "phone")).all()


def test_customers_write_in_bursts(coded):
    chat = coded[coded["channel"] == "chat"]
    again = (chat["speaker"] == "customer") & (chat["speaker"].shift() == "customer")
    assert again.mean() > 0.1


def test_one_seed_gives_one_text_and_another_gives_another():
    first, again, other = (simulate(12, 40, seed=s).corpus.turns for s in (3, 3, 4))
    pd.testing.assert_frame_equal(first, again)
    assert first["text"].tolist() != other["text"].tolist()


def test_another_process_with_another_hash_seed_writes_the_same():
    program = (
        "from stepmark.study.simulate import simulate; t = simulate(9, 3, seed=7).corpus.turns; "
        "print((t['text'] + t['start'].astype(str)).str.cat())"
    )
    env = {**os.environ, "PYTHONHASHSEED": "99", "PYTHONIOENCODING": "utf-8"}
    run = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, env=env)
    here = simulate(9, 3, seed=7).corpus.turns
    assert run.stdout.decode("utf-8").rstrip("\r\n") == (here["text"] + here["start"].astype(str)).str.cat()


def test_the_command_says_what_is_wrong(tmp_path, capsys):
    assert main(["--out", str(tmp_path / "x"), "--interactions", "0"]) == 1
    assert "n_interactions: 0; expected a whole number of at least 1" in capsys.readouterr().err


def test_every_phrase_can_be_said():
    """Each line of each phrase file expands to words, with no bracket or slot left over."""
    from random import Random

    from stepmark.study.simulate.scene import industries_of, set_scene

    rng = Random(1)
    for issue in ("billing", "delay", "fault", "refund", "access", "service"):
        for _ in range(3 * len(industries_of(issue))):
            scene = set_scene(rng, issue, "chat", "Ada")
            for who in ("agent", "customer"):
                for lines in phrases(who).values():
                    for line in lines.splitlines():
                        said = scene.speak(line.partition(" // ")[0])
                        assert said, line
                        assert not re.search(r"[\[\]{}|<>]|//|\s,", said), (line, said)


def test_choices_slots_and_spellings_expand():
    from random import Random

    said = {
        expand("[a|{x}] <colour/color> post/mail", Random(i), lambda _: "[b|c]", american=True)
        for i in range(40)
    }
    assert said == {"a color mail", "b color mail", "c color mail"}
    assert expand("neighbour/neighbor[, you|]", Random(0), str) in ("neighbour, you", "neighbour")


@pytest.mark.parametrize(
    ("written", "heard"),
    [
        ("Call at 9:40, the 23rd!", "call at nine forty the twenty third"),
        ("It's $120.", "it's one hundred and twenty dollars"),
        ("Ref AB12 at 4pm", "ref a b one two at four pm"),
        ("the 30th, 8th and 12th", "the thirtieth eighth and twelfth"),
        ("0417", "zero four one seven"),
    ],
)
def test_speech_is_spelled_out(written, heard):
    assert spoken(written) == heard


def test_a_careful_voice_changes_nothing():
    from random import Random

    assert Voice().render("I'm here, please.", Random(0)) == "I'm here, please."
