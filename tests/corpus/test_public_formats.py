"""The three public corpora, in their own formats; the real files where they are present."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from stepmark.corpus import Corpus, guess_format, read
from stepmark.corpus.readers.star import outcome_name
from stepmark.errors import InputError


@pytest.fixture(scope="module")
def star(shared: Path) -> Corpus:
    return read(shared / "corpora/star", "star")


@pytest.mark.public
class TestStar:
    def test_every_dialogue_is_there(self, star: Corpus) -> None:
        # Counted in the files: 3,176 dialogues, 26,586 user utterances, 22,689 picked and 3,789 free wizard turns.
        assert repr(star) == (
            "Corpus('star': 3,176 interactions, 53,064 turns, outcomes calm_and_helpful, enjoyed_task, task_success)"
        )
        assert star.turns["speaker"].value_counts().to_dict() == {"customer": 26_586, "agent": 22_689 + 3_789}
        assert star.interactions["agent_id"].nunique() == 73

    def test_outcomes_are_the_answers_of_the_users(self, star: Corpus) -> None:
        answered = star.interactions[[o.name for o in star.outcomes]].notna().sum()
        assert answered.to_dict() == {"calm_and_helpful": 2_887, "enjoyed_task": 55, "task_success": 1_152}
        assert {(o.kind, o.good) for o in star.outcomes} == {("binary", "high")}

    def test_what_the_wizard_says_of_the_user_is_no_outcome(self, star: Corpus) -> None:
        assert star.interactions["user_annoyed"].notna().sum() == 2_886
        assert "user_annoyed" not in [outcome.name for outcome in star.outcomes]

    def test_dialogues_that_broke_off_are_kept_and_flagged(self, star: Corpus) -> None:
        assert star.interactions["broke_off"].sum() == 217 + 71 + 1
        broken = star.interactions[star.interactions["broke_off"]]
        assert broken["calm_and_helpful"].isna().all()

    def test_times_are_kept_and_run_forward(self, star: Corpus) -> None:
        turns = star.turns
        assert turns["start"].notna().all()
        assert (turns.groupby("interaction_id")["start"].diff().dropna() >= pd.Timedelta(0)).all()

    def test_two_questions_on_the_task_are_one_outcome_with_both_wordings(self, star: Corpus) -> None:
        both = star.interactions[star.interactions["task_question"].str.contains(" / ", na=False)]
        assert len(both) == 24
        assert both["task_success"].isin([0, 1]).all()

    def test_scenarios_are_covariates(self, star: Corpus) -> None:
        assert star.interactions["happy"].sum() == 1_416
        assert star.interactions["multitask"].sum() == 913
        assert star.interactions["domains"].isna().sum() == 81
        assert "bank+restaurant+trivia" in set(star.interactions["domains"])


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("Did the ship's computer stay calm and helpful throughout the dialogue?", "calm_and_helpful"),
        ("...stay calm and helpful throughout the dialogue?", "calm_and_helpful"),
        ("Did the AI Assistant succesfully run the trivia quiz?", "task_success"),
        ("Did the ship's computer unlock the door to the combat deck?", "task_success"),
        ("...find you a suitable ride?", "task_success"),
        ("Did the robot help successfully recover the life support?", "task_success"),
        ("Did you enjoy this task?", "enjoyed_task"),
        ("Was it quick?", "was_it_quick"),
    ],
)
def test_questions_become_outcomes(question: str, name: str) -> None:
    assert outcome_name(question) == name


DIALOGUE = {
    "DialogueID": 7,
    "AnonymizedWizardWorkerID": "w",
    "CompletionLevel": "Complete",
    "Scenario": {"Domains": ["ride"], "Happy": True, "MultiTask": False},
    "UserQuestionnaire": [
        {"Question": "Did the AI Assistant tell you the weather?", "Answer": True},
        {"Question": "Did the AI Assistant say something about rain?", "Answer": False},
    ],
    "WizardQuestionnaire": [
        {"Question": "Did the user become aggressive or annoyed during …?", "Answer": True}
    ],
    "Events": [
        {"Agent": "User", "Action": "utter", "Text": "Hello?", "UnixTime": 10},
        {"Agent": "Wizard", "Action": "query"},
        {"Agent": "Wizard", "Action": "pick_suggestion", "Text": "Hi", "UnixTime": 20},
    ],
}


def test_a_dialogue_of_star_becomes_an_interaction(tmp_path: Path) -> None:
    (tmp_path / "7.json").write_text(json.dumps(DIALOGUE))
    corpus = read(tmp_path)
    assert corpus.notes == ("format taken as star: STAR: one JSON file a dialogue",)
    assert corpus.turns[["speaker", "text"]].to_numpy().tolist() == [["customer", "Hello?"], ["agent", "Hi"]]
    row = corpus.interactions.iloc[0]
    assert (row["task_success"], row["user_annoyed"], row["broke_off"]) == (0, True, False)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (json.dumps(DIALOGUE)[:200], "no JSON: "),
        (json.dumps([1]), "a JSON list; expected one STAR dialogue"),
        (json.dumps({**DIALOGUE, "Events": 3}), "'Events': '3'; expected the shape STAR gives it"),
        (json.dumps({"AnonymizedWizardWorkerID": "w"}), "no 'Events'; expected it there"),
        (
            json.dumps({**DIALOGUE, "Events": [{"Agent": "Bot", "Action": "utter", "Text": "x"}]}),
            "event 1: speaker 'Bot'; expected 'User' or 'Wizard'.",
        ),
        (
            json.dumps({**DIALOGUE, "Events": [{"Agent": "User", "Action": "utter", "Text": "\ud83d"}]}),
            "event 1: Text '\\ud83d'; expected what was said.",
        ),
        (
            json.dumps({**DIALOGUE, "UserQuestionnaire": [{"Question": "Was it?", "Answer": "si"}]}),
            "expected a Question with the Answer true or false.",
        ),
    ],
)
def test_a_malformed_dialogue_is_told_in_words(content: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "7.json").write_text(content)
    with pytest.raises(InputError) as error:
        read(tmp_path, "star")
    assert message in str(error.value)
    assert str(tmp_path / "7.json") in str(error.value)


def test_a_dialogue_that_is_there_twice_is_told(tmp_path: Path) -> None:
    for name in ("7.json", "8.json"):
        (tmp_path / name).write_text(json.dumps(DIALOGUE))
    with pytest.raises(InputError, match=r"8\.json: DialogueID 7 is in 7\.json already; expected each once"):
        read(tmp_path)


HEADER = "tweet_id,author_id,inbound,created_at,text,response_tweet_id,in_response_to_tweet_id\n"


def tweet(
    key: int, author: str, text: str, parent: object = "", listed: str = "", second: int | None = None
) -> str:
    inbound = not author.isupper()
    seconds = key if second is None else second
    return (
        f'{key},{author},{inbound},Tue Oct 31 22:00:{seconds:02d} +0000 2017,"{text}","{listed}",{parent}\n'
    )


def threads(place: Path, *tweets: str) -> dict[str, list[str]]:
    (place / "t.csv").write_text(HEADER + "".join(tweets), encoding="utf-8")
    return read(place / "t.csv", "twcs").turns.groupby("interaction_id")["text"].apply(list).to_dict()


class TestTwitter:
    def test_a_thread_is_rebuilt_by_time_and_branches_stay_in_it(self, tmp_path: Path) -> None:
        tweets = [
            tweet(3, "ACME", "c", 1),
            tweet(1, "jo", "a"),
            tweet(2, "ACME", "b", 1),
            tweet(4, "jo", "d", 2),
            tweet(9, "al", "other"),
        ]
        assert threads(tmp_path, *tweets) == {"1": ["a", "b", "c", "d"], "9": ["other"]}

    def test_replies_to_a_post_that_is_missing_stay_together(self, tmp_path: Path) -> None:
        assert threads(tmp_path, tweet(2, "ACME", "b", 1), tweet(3, "jo", "c", 1)) == {"2": ["b", "c"]}

    def test_a_broadcast_does_not_join_those_who_answer_it(self, tmp_path: Path) -> None:
        tweets = [
            tweet(1, "ACME", "news"),
            tweet(2, "jo", "a", 1),
            tweet(3, "al", "b", 1),
            tweet(4, "ACME", "c", 3),
        ]
        assert threads(tmp_path, *tweets) == {"1": ["news"], "2": ["a"], "3": ["b", "c"]}

    def test_two_who_answer_a_customer_are_one_thread(self, tmp_path: Path) -> None:
        tweets = [tweet(1, "jo", "help"), tweet(2, "al", "me too", 1), tweet(3, "ACME", "c", 1)]
        assert threads(tmp_path, *tweets) == {"1": ["help", "me too", "c"]}

    def test_a_link_that_only_the_parent_names_counts(self, tmp_path: Path) -> None:
        assert threads(tmp_path, tweet(1, "jo", "a", listed="2,5"), tweet(2, "ACME", "b")) == {
            "1": ["a", "b"]
        }

    def test_posts_of_one_second_follow_who_answers_whom(self, tmp_path: Path) -> None:
        tweets = [tweet(1, "ACME", "b", 2, second=5), tweet(2, "jo", "a", second=5)]
        assert threads(tmp_path, *tweets) == {"2": ["a", "b"]}

    def test_replies_in_a_circle_end(self, tmp_path: Path) -> None:
        assert threads(tmp_path, tweet(1, "jo", "a", 2), tweet(2, "ACME", "b", 1)) == {"1": ["a", "b"]}

    @pytest.mark.parametrize(
        ("rows", "message"),
        [
            (
                "1,jo,perhaps,Tue Oct 31 22:00:01 +0000 2017,x,,\n",
                "line 2, column 'inbound': 'perhaps'; expected True or False",
            ),
            ("1,jo,True,yesterday,x,,\n", "line 2, column 'created_at': 'yesterday'; expected Tue Oct 31"),
            (
                tweet(1, "jo", "x\ny") + tweet(1, "jo", "z"),
                "line 4, column 'tweet_id': '1'; expected each tweet once",
            ),
        ],
    )
    def test_a_fault_is_told_in_words(self, rows: str, message: str, tmp_path: Path) -> None:
        (tmp_path / "t.csv").write_text(HEADER + rows)
        with pytest.raises(InputError) as error:
            read(tmp_path / "t.csv")
        assert message in str(error.value)

    def test_a_missing_column_names_the_one_that_was_meant(self, tmp_path: Path) -> None:
        (tmp_path / "t.csv").write_text(HEADER.replace("created_at", "create_at") + "1,jo,True,x,x,,\n")
        with pytest.raises(InputError, match=r"no column 'created_at'; .* Did you mean 'create_at'\?"):
            read(tmp_path / "t.csv")

    @pytest.mark.public
    def test_the_sample_keeps_every_post_once(self, shared: Path) -> None:
        corpus = read(shared / "corpora/twcs")
        tweets = pd.read_csv(shared / "corpora/twcs/twcs.csv", dtype=str)
        assert sorted(corpus.turns["tweet_id"]) == sorted(tweets["tweet_id"])
        assert corpus.turns["speaker"].value_counts().to_dict() == {"customer": 1_320, "agent": 1_036}
        assert corpus.outcomes == ()
        # 605 sets of posts hang together; three broadcasts with several answers are cut from theirs.
        assert corpus.interactions["broadcast"].sum() == 3
        assert len(corpus.interactions) == 620
        assert (corpus.turns.groupby("interaction_id")["start"].diff().dropna() >= pd.Timedelta(0)).all()


USS = (
    "USER\tIs it open?\tASK\t3,4\n"
    "SYSTEM\tYes.\tTELL\t\n"
    "USER\tOVERALL\t\t2,5\n"
    "\n"
    "USER\tBye\t\t3\nUSER\tOVERALL\t\t1\n"
)


class TestSatisfaction:
    def test_mean_median_and_each_rater_are_outcomes(self, tmp_path: Path) -> None:
        (tmp_path / "small.txt").write_text(USS)
        corpus = read(tmp_path / "small.txt")
        rows = corpus.interactions.set_index("interaction_id")
        assert rows.loc["small-0001", ["satisfaction_mean", "satisfaction_median"]].tolist() == [3.5, 3.5]
        assert rows["satisfaction_rater_1"].tolist() == [2, 1]
        assert rows["satisfaction_rater_2"].isna().tolist() == [False, True]
        assert corpus.turns["text"].tolist() == ["Is it open?", "Yes.", "Bye"]
        assert corpus.turns["rating_mean"].isna().tolist() == [False, True, False]
        assert corpus.interactions["agent_id"].isna().all()

    @pytest.mark.parametrize(
        ("old", "new", "message"),
        [
            ("SYSTEM\t", "ROBOT\t", "small.txt, line 2: role 'ROBOT'; expected USER or SYSTEM"),
            ("TELL\t", "TELL", "small.txt, line 2: 3 cells; expected USER or SYSTEM"),
            ("\t2,5", "\t2,6", "small.txt, line 3: ratings '2,6'; expected 1 to 5"),
            ("\t3,4", "\t3;4", "small.txt, line 1: ratings '3;4'; expected 1 to 5"),
            ("USER\tOVERALL\t\t1\n", "", "line 5: the dialogue that begins on line 5 ends without OVERALL"),
            ("\t\t1\n", "\t\t\n", "small.txt, line 6: no overall ratings; expected 1 to 5"),
        ],
    )
    def test_a_fault_is_told_in_words(self, old: str, new: str, message: str, tmp_path: Path) -> None:
        assert old in USS
        (tmp_path / "small.txt").write_text(USS.replace(old, new))
        with pytest.raises(InputError) as error:
            read(tmp_path / "small.txt", "uss")
        assert message in str(error.value)

    @pytest.mark.public
    def test_the_whole_corpus_is_read(self, shared: Path) -> None:
        corpus = read(shared / "corpora/uss")
        # Counted in the files: 500 and 500 dialogues; 6,275 + 6,974 user lines, of which 1,000 say OVERALL.
        assert corpus.interactions["source"].value_counts().to_dict() == {"MWOZ": 500, "SGD": 500}
        assert corpus.turns["speaker"].value_counts().to_dict() == {"customer": 12_249, "agent": 11_749}
        assert corpus.interactions["n_raters"].value_counts().to_dict() == {3: 560, 4: 378, 5: 55, 6: 6, 7: 1}
        raters = [o.name for o in corpus.outcomes if "rater" in o.name]
        rows = corpus.interactions
        assert (rows[raters].mean(axis=1) - rows["satisfaction_mean"]).abs().max() < 1e-12
        assert (rows[raters].median(axis=1) == rows["satisfaction_median"]).all()


@pytest.mark.public
@pytest.mark.parametrize("name", ["star", "twcs", "uss"])
def test_each_format_knows_its_own(name: str, shared: Path) -> None:
    assert guess_format(shared / "corpora" / name) == name


def test_what_nobody_knows_is_told_in_words(tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match=r"a directory without corpus\.toml; expected folder \(a corpus folder"
    ):
        guess_format(tmp_path)
    (tmp_path / "x.bin").write_bytes(b"\0\1")
    with pytest.raises(InputError, match=r"a file of no known format \('x\.bin'\)"):
        guess_format(tmp_path / "x.bin")
    with pytest.raises(
        InputError, match="no such file or folder; expected a corpus folder, or a source to read"
    ):
        guess_format(tmp_path / "nowhere")
    with pytest.raises(InputError, match=r"format: 'strr'; expected auto, folder, .* Did you mean 'star'\?"):
        read(tmp_path, "strr")
    with pytest.raises(InputError, match="format 'star': option 'columns'; expected one of progress"):
        read(tmp_path, "star", columns={})
