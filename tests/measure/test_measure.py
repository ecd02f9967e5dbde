"""The measures of an interaction, read off short conversations."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from tests.measure.talk import corpus, interaction

import stepmark
from stepmark.annotate import Guide, Step
from stepmark.corpus import Corpus
from stepmark.errors import InputError
from stepmark.measure import STEP_MEASURES, describe_columns, measure_columns

STEPS = "apologize offer_solution offer_alternative check_resolved promise_follow_up follow_up raise_voice interrupt"
SIGNALS = "anger gratitude"


GUIDE = Guide(
    name="test",
    steps=tuple(
        [Step(id=step) for step in STEPS.split()]
        + [Step(id=signal, kind="signal") for signal in SIGNALS.split()]
    ),
)


def measured(*lines: str) -> pd.Series:
    """The one row of a corpus with one interaction."""
    return table(lines).iloc[0]


def table(*interactions: tuple[str, ...]) -> pd.DataFrame:
    corpus_, spans = corpus(*(interaction(*lines) for lines in interactions))
    return stepmark.measure(corpus_, spans, guide=GUIDE)


# Steps


def test_a_step_is_counted_in_turns_and_placed_by_its_first_use() -> None:
    row = measured(
        "A@0: hello",
        "C@10: it broke again",
        "A@40: I'm so sorry, truly sorry #apologize",
        "C@60: fine",
        "A@90: sorry again #apologize",
    )
    assert bool(row["apologize_used"]) is True
    assert row["apologize_count"] == 2
    assert row["apologize_first_turn"] == 2
    assert row["apologize_first_agent_turn"] == 1
    assert row["apologize_first_s"] == 40
    assert row["apologize_position"] == 0.5


def test_two_spans_in_a_turn_are_one_use() -> None:
    turns, spans = interaction("C: it broke", "A: sorry, so sorry #apologize")
    corpus_, _ = corpus((turns, spans))
    twice = pd.concat([spans, spans.assign(start_char=7)]).assign(interaction_id="i0")
    assert stepmark.measure(corpus_, twice, guide=GUIDE).loc[0, "apologize_count"] == 1


def test_a_step_never_used_has_no_place() -> None:
    row = measured("C@0: it broke", "A@5: hm")
    assert not row["apologize_used"]
    assert row["apologize_count"] == 0
    assert row[[f"apologize_{m.name}" for m in STEP_MEASURES[2:]]].isna().all()


def test_what_the_customer_shows_has_no_place_among_the_agents_turns() -> None:
    row = measured("C: it broke", "A: oh", "C: grr #anger")
    assert row["anger_first_turn"] == 2
    assert pd.isna(row["anger_first_agent_turn"])


# Response times


def test_a_reply_is_timed_from_the_end_of_the_burst() -> None:
    row = measured("C@0-3: it broke", "C@10-15: again", "C@20-25: and again", "A@55-60: oh no")
    assert row["response_time_first_s"] == 30


def test_without_ends_a_reply_is_timed_from_the_last_start() -> None:
    assert measured("C@0: it broke", "C@20: again", "A@55: oh no")["response_time_first_s"] == 35


def test_a_second_post_in_a_row_answers_nobody() -> None:
    row = measured("C@0: it broke", "A@10: oh no", "A@500: still here?", "C@510: yes", "A@530: good")
    assert row["response_time_median_s"] == 15
    assert row["response_time_max_s"] == 20


def test_a_greeting_is_no_reply() -> None:
    assert measured("A@0: hi", "C@30: hi", "A@32: yes?")["response_time_first_s"] == 2


def test_a_system_message_neither_ends_a_burst_nor_answers_it() -> None:
    row = measured("C@0: it broke", "O@5: Ann joined", "C@10: hello?", "O@12: please wait", "A@40: hi")
    assert row["response_time_first_s"] == 30
    assert row["n_turns"] == 5
    assert row["n_agent_turns"] == 1
    assert row["n_customer_turns"] == 2


def test_an_agent_who_cuts_in_made_nobody_wait() -> None:
    assert measured("C@0-20: it broke and", "A@12-15: yes yes")["response_time_first_s"] == 0


def test_a_reply_stamped_before_the_question_has_no_response_time() -> None:
    assert pd.isna(measured("C@50: it broke", "A@12: hi")["response_time_first_s"])


def test_the_wait_under_fire_is_that_after_bursts_with_anger() -> None:
    row = measured(
        "C@0: hi", "A@100: hi", "C@110: grr #anger", "C@120: so?", "A@125: sorry", "C@130: ok", "A@190: bye"
    )
    assert row["response_time_after_anger_s"] == 5
    assert row["response_time_median_s"] == 60


def test_the_longest_silence_counts_from_the_latest_end() -> None:
    row = measured("C@0-100: a long story", "A@10-12: mhm", "C@105-107: so", "A@117-120: right")
    assert row["pause_max_s"] == 10


def test_duration_runs_to_the_last_known_moment() -> None:
    assert measured("C@0-4: hi", "A@6-30: hi")["duration_s"] == 30


# No times


def test_without_times_every_time_is_missing_and_nothing_is_zero() -> None:
    row = measured("C: grr #anger", "A: sorry #apologize #promise_follow_up", "A: back #follow_up")
    times = [name for name in row.index if name.endswith("_s")]
    assert len(times) > 10
    assert row[times].isna().all()
    assert pd.isna(row["n_interruptions"])
    assert pd.isna(row["interrupt_used"])
    assert row["apologize_position"] == 0.5


def test_times_may_be_timestamps() -> None:
    corpus_, spans = corpus(
        interaction("C@0: it broke", "A@30.5: oh #apologize"), interaction("C@10: hi", "A@20: hi")
    )
    moments = pd.Timestamp("2026-03-01T23:59:50Z") + pd.to_timedelta(corpus_.turns["start"], unit="s")
    stamped = Corpus(turns=corpus_.turns.assign(start=moments, end=pd.NaT), interactions=corpus_.interactions)
    result = stepmark.measure(stamped, spans, guide=GUIDE)
    assert result["response_time_first_s"].tolist() == [30.5, 10]
    assert result.loc[0, "apologize_first_s"] == 30.5


def test_a_corpus_may_lack_the_columns_of_times() -> None:
    corpus_, spans = corpus(interaction("C: it broke", "A: oh"))
    bare = Corpus(turns=corpus_.turns.drop(columns=["start", "end"]), interactions=corpus_.interactions)
    assert pd.isna(stepmark.measure(bare, spans, guide=GUIDE).loc[0, "duration_s"])


# Share of talk, interruptions


def test_talk_is_shared_by_time_where_all_of_it_is_known() -> None:
    row = measured("C@0-30: it broke", "A@30-40: a b c d e f g h")
    assert (row["talk_share"], row["talk_share_by"]) == (0.25, "time")


def test_talk_is_shared_by_words_where_an_end_is_unknown() -> None:
    row = measured("C@0-30: it broke", "A@30: one two three four five six")
    assert (row["talk_share"], row["talk_share_by"]) == (0.75, "words")
    assert (row["n_words_agent"], row["n_words_customer"]) == (6, 2)


def test_an_interruption_is_an_agent_who_starts_before_the_customer_has_finished() -> None:
    row = measured("C@0-10: it broke and", "A@8-12: yes", "C@11-20: let me", "A@21-25: sure")
    assert row["n_interruptions"] == 1


def test_the_marks_of_the_rule_count_where_the_rules_ran() -> None:
    corpus_, spans = corpus(interaction("C@0: it broke", "A@1: yes #interrupt", "C@2: and", "A@9: oh"))
    result = stepmark.measure(corpus_, spans.assign(source="time"), guide=GUIDE)
    assert result.loc[0, "n_interruptions"] == 1


# Follow-up


def test_follow_up_is_timed_from_the_promise_and_from_the_solution() -> None:
    row = measured(
        "C@0: it broke",
        "A@10-20: here is a new one #offer_solution",
        "A@30-40: I'll call you #promise_follow_up",
        "C@50: ok",
        "A@86440: how is it? #follow_up",
        "A@90000: and now? #follow_up",
    )
    assert row["promise_to_follow_up_s"] == 86400
    assert row["resolution_to_follow_up_s"] == 86420


def test_a_follow_up_before_the_promise_does_not_keep_it() -> None:
    row = measured("C@0: it broke", "A@10: back #follow_up", "A@20: will call #promise_follow_up")
    assert pd.isna(row["promise_to_follow_up_s"])


# State of the customer


def test_the_opening_is_what_the_customer_says_before_the_first_reply() -> None:
    row = measured(
        "A: hello",
        "C: it broke again #anger",
        "C: again",
        "A: oh",
        "C: thanks #gratitude",
        "A: welcome",
        "C: bye",
        "C: now",
    )
    assert row["opening_words"] == 4
    assert row[["anger_before", "anger_end"]].tolist() == [True, False]
    assert row[["gratitude_before", "gratitude_end"]].tolist() == [False, False]


def test_the_end_is_the_customers_last_two_turns() -> None:
    row = measured("C: it broke", "A: fixed", "C: oh thanks #gratitude", "A: sure", "C: bye")
    assert bool(row["gratitude_end"])


def test_where_nobody_replies_all_of_it_is_the_opening() -> None:
    assert measured("C: it broke", "C: hello? #anger")[["opening_words", "anger_before"]].tolist() == [
        3,
        True,
    ]


# The table


def test_a_row_for_each_interaction_with_all_its_columns() -> None:
    corpus_, spans = corpus(
        interaction("C: it broke"), interaction("A: hi #apologize"), interaction("C: grr #anger")
    )
    rows = corpus_.interactions.assign(csat=[5, np.nan, 1])
    result = stepmark.measure(Corpus(turns=corpus_.turns, interactions=rows), spans, guide=GUIDE)
    assert result["interaction_id"].tolist() == ["i0", "i1", "i2"]
    assert result["csat"].tolist()[::2] == [5, 1]
    assert result["apologize_used"].tolist() == [False, True, False]
    expected = measure_columns(STEPS.split() + SIGNALS.split(), SIGNALS.split())
    assert list(result) == [*rows, *expected]


def test_an_interaction_without_turns_keeps_its_row() -> None:
    corpus_, spans = corpus(interaction("C: it broke", "A: oh #apologize"))
    rows = pd.concat([corpus_.interactions, corpus_.interactions.assign(interaction_id="empty")])
    result = stepmark.measure(Corpus(turns=corpus_.turns, interactions=rows), spans, guide=GUIDE)
    empty = result.set_index("interaction_id").loc["empty"]
    assert (empty["n_turns"], empty["apologize_count"]) == (0, 0)
    assert empty[["talk_share", "duration_s", "apologize_position"]].isna().all()


def test_marks_that_fit_neither_guide_nor_corpus_are_all_named_at_once() -> None:
    corpus_, spans = corpus(interaction("C: it broke", "A: oh #apologise"))
    spans = pd.concat([spans, spans.assign(turn=7, step="apologize")])
    with pytest.raises(InputError) as caught:
        stepmark.measure(corpus_, spans, guide=GUIDE)
    assert str(caught.value).splitlines() == [
        "step 'apologise': marked in the spans; expected a step of the guide test 1.0. Measure with its guide.",
        "interaction 'i0', turn 7: marked in the spans; expected a turn of the corpus.",
    ]


def test_a_column_of_the_corpus_is_never_overwritten() -> None:
    corpus_, spans = corpus(interaction("C: it broke"))
    taken = Corpus(turns=corpus_.turns, interactions=corpus_.interactions.assign(n_turns=9))
    with pytest.raises(InputError, match="column 'n_turns': the name of a measure; expected another name"):
        stepmark.measure(taken, spans, guide=GUIDE)


def test_words_are_counted_between_spaces_of_any_kind() -> None:
    row = measured("C: it\u00a0broke\u2003again ¡ándale! 😡", "A: ")
    assert (row["n_words_customer"], row["n_words_agent"]) == (5, 0)


def test_every_column_that_is_added_is_described() -> None:
    held, spans = corpus(interaction("C: hi", "A: hello"))
    described = describe_columns()
    added = [name for name in stepmark.measure(held, spans).columns if name not in held.interactions]
    assert described["column"].tolist() == added
    assert described["holds"].str.endswith(".").all()


@pytest.mark.parametrize("ask", [stepmark.measure, stepmark.check, stepmark.redact])
def test_what_is_no_corpus_is_told_in_words(ask: Callable[[object], object]) -> None:
    with pytest.raises(
        InputError, match=r": a str; expected a Corpus\. Read it first: stepmark\.read\(path\)"
    ):
        ask("corpora/mine")
