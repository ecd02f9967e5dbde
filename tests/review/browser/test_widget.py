"""The widget with a real session on an empty page: what is pressed is what is saved, and what is shown is saved."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import event as sqlalchemy_event
from tests.review.browser.scenes import ARABIC, KETTLE, NASTY, corpus_of, kettles, long_conversation

from stepmark.errors import CodingError, Fault
from stepmark.review import Session, Store, adjudicate, codes_of, gold_codes

pytestmark = pytest.mark.browser


@pytest.fixture
def session(tmp_path, guide):
    def make(corpus=None, **options):
        options = {"blind_share": 0.0, "repeat_share": 0.0, **options}
        return Session(corpus or kettles(), guide, store=tmp_path / "coding.sqlite", coder="kim", **options)

    return make


def kinds(bench):
    return [kind for kind, _ in bench.decided()]


# Deciding ---------------------------------------------------------------------------------------------------


def test_one_key_accepts_a_turn_whose_marks_are_right(bench, session):
    shown = bench(session()).focus().press("Enter", "Enter", "Enter").settled()
    assert kinds(shown) == ["accept"] * 3
    assert shown.session.position == 3
    assert shown.page.locator(".sm-active").get_attribute("data-turn") == "3"


def test_verify_takes_one_key_a_turn(bench, session):
    shown = bench(session(mode="verify", step="apologize")).focus().press("y", "n", "n", "n", "y").settled()
    saved = [(kind, "apologize" in marks["yes"]) for kind, marks in shown.decided()]
    assert saved == [("decide", answer) for answer in (True, False, False, False, True)]
    assert "Apologize?" in shown.text(".sm-question")


def test_blind_turns_show_no_suggestion(bench, session):
    shown = bench(session(mode="blind")).focus()
    assert shown.page.locator(".sm-mark").count() == 0
    assert shown.text(".sm-tag") == "no suggestions"


def test_a_whole_interaction_is_coded_turn_by_turn(bench, session):
    shown = bench(session(mode="interaction")).focus().press(*["Enter"] * len(KETTLE)).settled()
    assert [event.turn for event in shown.session.store.events(1)] == list(range(len(KETTLE)))
    assert shown.text(".sm-title") == "c-001"


def test_a_code_key_marks_the_turn_and_pressed_again_takes_the_code_away(bench, session):
    shown = bench(session(mode="blind")).focus().press("Enter").settled().press("k").settled()
    assert shown.decided()[-1][1]["yes"] == {"ask_preference": []}
    assert "whole turn" in shown.text(".sm-active .sm-chips")
    shown.press("k").settled()
    assert shown.decided()[-1][1]["no"] == ["ask_preference"]
    assert shown.page.locator(".sm-active .sm-chips").count() == 0


def test_words_selected_by_keys_become_the_span_in_code_points(bench, session):
    shown = bench(session(corpus_of(NASTY), mode="blind")).focus().press("Enter").settled()
    shown.press("ArrowRight", "ArrowRight", "ArrowRight", "Shift+ArrowRight", "o").settled()
    text = NASTY[1][1][3:]
    ((start, end),) = shown.decided()[-1][1]["yes"]["apologize"]
    assert text[start:end] == "so sorry"
    assert shown.marked() == [("apologize", "so sorry")]


def test_both_edges_of_a_mark_move_word_by_word(bench, session):
    shown = bench(session(mode="blind")).focus().press("Enter").settled()
    shown.press("ArrowRight", "ArrowRight", "Shift+ArrowRight", "e").settled()
    assert shown.marked() == [("empathize", "can see")]
    for key, words in ((">", "can see why"), ("(", "I can see why"), (")", "can see why"), ("<", "can see")):
        shown.press(key).settled()
        assert shown.marked() == [("empathize", words)], key
    assert kinds(shown) == ["accept", "add", *["change"] * 4]


def test_a_mark_never_shrinks_to_nothing(bench, session):
    shown = bench(session(mode="blind")).focus().press("Enter").settled()
    shown.press("ArrowRight", "Shift+ArrowRight", "Shift+ArrowLeft", "e").settled().press("<", ")").settled()
    assert shown.marked() == [("empathize", "I")]
    assert "can go no further" in shown.text(".sm-status")


def test_a_new_selection_moves_the_mark_that_it_touches(bench, session):
    shown = bench(session(mode="blind")).focus().press("Enter").settled()
    shown.press("ArrowRight", "Shift+ArrowRight", "e").settled()
    shown.press("Home", "ArrowRight", "Shift+ArrowRight", "Shift+ArrowRight", "e").settled()
    assert shown.marked() == [("empathize", "can see why")]
    assert kinds(shown)[-1] == "change"


def test_delete_takes_the_mark_at_the_cursor_away(bench, session):
    shown = bench(session()).focus().press("Enter").settled()
    before = [step for step, _ in shown.marked()]
    shown.press(",", "-").settled()
    assert [step for step, _ in shown.marked()] == before[1:]
    assert kinds(shown)[-1] == "remove"


def test_the_mouse_selects_words_and_drags_an_edge(bench, session):
    shown = bench(session(mode="blind")).focus().press("Enter").settled()
    word = "[data-stop='{}']".format

    def middle(selector):
        box = shown.page.locator(selector).first.bounding_box()
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    mouse = shown.page.mouse
    mouse.move(*middle(word(1)))
    mouse.down()
    mouse.move(*middle(word(2)))
    mouse.up()
    shown.page.locator("button[data-step=empathize]").click()
    shown.settled()
    assert shown.marked() == [("empathize", "can see")]
    mouse.move(*middle("[data-edge='1']"))
    mouse.down()
    mouse.move(*middle(word(4)))
    mouse.up()
    shown.settled()
    assert shown.marked() == [("empathize", "can see why that")]
    assert kinds(shown) == ["accept", "add", "change"]


def test_undo_goes_back_to_the_first_decision(bench, session):
    shown = bench(session()).focus().press("Enter").settled().press("k", "Enter").settled()
    shown.press("Backspace", "Backspace", "Backspace").settled()
    assert shown.session.position == 0
    assert shown.session.ledger.progress["done"] == 0
    assert kinds(shown) == ["accept", "decide", "accept", "undo", "undo", "undo"]
    shown.press("Backspace")
    assert "Nothing left to undo" in shown.text(".sm-status")


def test_note_doubt_and_skip_are_saved(bench, session):
    shown = bench(session()).focus().press("?").settled().press(",", "?").settled().press(";")
    shown.page.keyboard.type("sarcastic; or /?")
    shown.press("Enter").settled().press(".").settled()
    kind, marks = shown.decided()[-1]
    assert (kind, marks["note"]) == ("skip", "sarcastic; or /?")
    assert marks["unsure"][0] == "*"
    assert len(marks["unsure"]) == 2
    assert "put aside" in shown.text("[data-turn='0'] .sm-meta")


def test_a_late_answer_takes_no_word_from_a_note(bench, session):
    shown = bench(session()).focus()
    shown.page.evaluate("kernel.dead = true")
    shown.press("?", ";")
    shown.page.keyboard.type("half a ")
    shown.page.evaluate("kernel.dead = false")
    shown.page.wait_for_function("/^Saved/.test(document.querySelector('.sm-status').textContent)")
    shown.page.keyboard.type("note")
    shown.press("Enter").settled()
    assert [(kind, marks["note"]) for kind, marks in shown.decided()] == [
        ("unsure", ""),
        ("note", "half a note"),
    ]


def test_up_down_and_a_click_go_to_other_turns(bench, session):
    shown = (
        bench(session())
        .focus()
        .press("ArrowDown")
        .settled()
        .press("ArrowDown")
        .settled()
        .press("ArrowUp")
        .settled()
    )
    assert shown.session.position == 1
    shown.page.locator("[data-turn='4']").click()
    shown.settled()
    assert shown.page.locator(".sm-active").get_attribute("data-turn") == "4"
    assert shown.page.evaluate("document.activeElement.dataset.turn") == "4"


def test_at_the_end_it_says_that_all_is_done_and_undo_still_works(bench, session):
    shown = bench(session(corpus_of(NASTY))).focus().press("Enter", "Enter").settled()
    assert "All 2 turns are done" in shown.text(".sm-done")
    shown.press("Backspace").settled()
    assert shown.page.locator(".sm-active").get_attribute("data-turn") == "1"


def test_a_held_key_decides_once(bench, session):
    shown = bench(session()).focus()
    shown.page.keyboard.down("Enter")
    shown.page.keyboard.down("Enter")
    shown.page.keyboard.down("Enter")
    shown.page.keyboard.up("Enter")
    shown.settled()
    assert kinds(shown) == ["accept"]


# Nothing is shown as saved that is not ----------------------------------------------------------------------


def test_a_dead_kernel_is_said_and_what_was_typed_is_saved_once_when_it_is_back(bench, session):
    shown = bench(session()).focus().press("Enter").settled()
    shown.page.evaluate("kernel.dead = true")
    shown.press("k", "x")
    assert shown.page.locator(".sm-active[data-pending]").count() == 1
    shown.page.wait_for_selector(".sm-alert strong")
    assert "NOT SAVED: 2 decisions wait for the kernel" in shown.text(".sm-alert")
    assert "Saved" not in shown.text(".sm-status")
    assert kinds(shown) == ["accept"]
    shown.page.reload()
    shown.show().focus().settled()
    shown.page.wait_for_function("Object.keys(localStorage).length === 0")
    assert kinds(shown) == ["accept", "decide", "decide"]
    assert set(shown.decided()[-1][1]["yes"]) >= {"explain"}
    shown.page.reload()
    shown.show()
    assert kinds(shown) == ["accept", "decide", "decide"]


def test_no_key_hits_a_turn_that_was_not_seen(bench, session):
    shown = bench(session()).focus()
    shown.page.evaluate("kernel.dead = true")
    shown.press("Enter")
    shown.page.wait_for_selector(".sm-alert strong")
    shown.press("Enter", "a", "Enter")
    shown.page.evaluate("kernel.dead = false")
    shown.page.wait_for_selector(".sm-alert:empty", state="attached")
    assert kinds(shown) == ["accept"]


def test_a_full_disk_is_said_and_the_screen_goes_back_to_what_is_saved(bench, session):
    coding = session()
    shown = bench(coding).focus().press("Enter").settled()
    before = shown.marked()

    def nearly_full(connection, _record, _proxy):
        connection.execute("PRAGMA max_page_count = 1")  # SQLite then says what it says on a full disk

    sqlalchemy_event.listen(coding.store._engine, "checkout", nearly_full)
    for _ in range(40):  # the last page may still have room
        shown.press("e")
        shown.page.wait_for_timeout(30)
        if shown.page.locator("[data-not-saved]").count():
            break
    assert "NOT SAVED:" in shown.text(".sm-alert")
    assert "the disk is full" in shown.text(".sm-alert")
    assert "coding.sqlite" in shown.text(".sm-alert")
    saved = shown.decided()
    expected = (
        before if "empathize" in (saved[-1][1]["yes"] if len(saved) > 1 else dict(before)) else before[1:]
    )
    assert shown.marked() == expected
    sqlalchemy_event.remove(coding.store._engine, "checkout", nearly_full)
    coding.store._engine.dispose()
    shown.press("!").settled()
    assert len(shown.decided()) == len(saved) + 1
    assert shown.text(".sm-alert") == ""


def test_a_read_only_file_is_said(bench, session):
    coding = session()
    shown = bench(coding).focus()

    def read_only(connection, _record, _proxy):
        connection.execute("PRAGMA query_only = ON")

    sqlalchemy_event.listen(coding.store._engine, "checkout", read_only)
    shown.press("Enter")
    shown.page.wait_for_selector(".sm-alert strong")
    assert "the file is read-only" in shown.text(".sm-alert")
    assert shown.page.locator(".sm-active").get_attribute("data-turn") == "0"
    assert "done" not in shown.text(".sm-active .sm-meta")
    assert kinds(shown) == []


def test_what_followed_a_refused_command_is_taken_back_with_it(bench, session):
    coding = session()
    shown = bench(coding).focus().press("Enter").settled()
    before, apply = shown.marked(), coding.apply

    def refuse(_command):
        raise CodingError(Fault("coding.sqlite", "the disk is full"))

    coding.apply = refuse
    shown.page.evaluate("kernel.dead = true")
    shown.press("e", "o", "k")
    shown.page.evaluate("kernel.dead = false")
    shown.page.wait_for_function("/3 key presses/.test(document.querySelector('.sm-alert').textContent)")
    assert shown.marked() == before
    coding.apply = apply
    shown.press("!").settled()
    shown.page.wait_for_function("!document.querySelector('[data-not-saved]')")
    assert kinds(shown) == ["accept", "decide", "decide", "decide"]


def test_an_error_that_nobody_foresaw_is_shown_as_well(bench, session):
    coding = session()
    shown = bench(coding).focus()
    coding.apply = lambda command: {}["boom"]
    shown.widget.send({})
    with pytest.raises(KeyError, match="boom"):
        shown.widget._answer_command({"do": "accept", "cid": "c1"})
    assert shown.answers[-1] == {"type": "nack", "cid": "c1", "error": "KeyError: 'boom'"}


def test_each_command_is_followed_by_one_nudge_that_saves_nothing(bench, session):
    shown = bench(session()).focus().press("Enter").settled().press("k").settled()
    sent = [message["type"] for message in shown.page.evaluate("kernel.sent") if message["type"] != "hello"]
    assert sent == ["do", "nudge"] * 2
    assert kinds(shown) == ["accept", "decide"]


def test_two_screens_of_one_widget_show_the_same(bench, session):
    shown = bench(session())
    shown.page.evaluate(
        "() => { const el = document.body.appendChild(document.createElement('div')); coding.default.render({model, el}); }"
    )
    shown.page.wait_for_function("document.querySelectorAll('.sm-coding[data-ready]').length === 2")
    shown.focus().press("Enter").settled()
    shown.page.wait_for_function(
        "[...document.querySelectorAll('.sm-active')].every(turn => turn.dataset.turn === '1')"
    )
    assert kinds(shown) == ["accept"]


def test_cleaning_up_leaves_nothing_behind(bench, session):
    shown = bench(session())
    shown.page.evaluate("cleanUp()")
    assert shown.page.evaluate("[model.listeners.size, document.querySelectorAll('.sm').length]") == [0, 0]


# Keys, text, looks ------------------------------------------------------------------------------------------


def test_keys_stay_in_the_widget_and_the_notebooks_keys_pass_through(bench, session):
    shown = bench(session()).focus()
    shown.page.evaluate(
        "() => { window.leaked = []; for (const down of [true, false]) document.addEventListener('keydown', e => leaked.push(e.key), down); }"
    )
    shown.press(
        "x",
        "d",
        "d",
        "z",
        "Escape",
        "Shift+Enter",
        "ArrowUp",
        "ArrowLeft",
        "0",
        "Delete",
        "h",
        "x",
        "h",
        "/",
        "b",
        "Escape",
        ";",
        "x",
        "Escape",
    )
    assert shown.page.evaluate("leaked") == []
    shown.focus().press("Control+s")
    assert shown.page.evaluate("leaked") == ["Control", "Control", "s", "s"]


def test_keys_outside_the_widget_do_nothing_in_it(bench, session):
    shown = bench(session())
    shown.page.evaluate(
        "() => document.body.append(Object.assign(document.createElement('button'), {id: 'out'}))"
    )
    shown.page.locator("#out").focus()
    shown.press("e", "o", "Backspace", "ArrowDown")
    shown.page.wait_for_timeout(100)
    assert kinds(shown) == []


def test_transcript_text_is_never_html(bench, session):
    shown = bench(session(corpus_of(NASTY))).focus().press("Enter").settled()
    assert shown.page.evaluate("window.hacked") is None
    assert shown.page.locator(".sm img, .sm script, .sm-text b").count() == 0
    assert [shown.page.locator(".sm-text").nth(i).text_content() for i in (0, 1)] == [
        line[3:] for _, line in NASTY
    ]


def test_the_definition_of_the_code_at_the_cursor_is_one_key_away(bench, session):
    shown = bench(session()).focus().press("Enter").settled().press(",")
    step = shown.page.locator(".sm-chip.sm-chosen").get_attribute("data-step")
    shown.press(" ")
    code = next(code for code in shown.session.codebook() if code["id"] == step)
    assert code["definition"] in shown.text(".sm-card")
    assert code["counts"][0] in shown.text(".sm-card")
    shown.press(" ")
    assert shown.page.locator(".sm-hint").count() == 1


def test_search_goes_from_hit_to_hit_and_gives_the_focus_back(bench, session):
    shown = bench(session(corpus_of(KETTLE))).focus().press("/")
    shown.page.keyboard.type("REFUND")
    assert shown.text(".sm-found") == "1 of 3"
    shown.press("Enter", "Enter", "Enter")
    assert shown.text(".sm-found") == "1 of 3"
    shown.press("Shift+Enter")
    assert shown.text(".sm-found") == "3 of 3"
    shown.page.keyboard.type("x")
    assert shown.text(".sm-found") == "not found"
    shown.press("Escape")
    assert shown.page.evaluate("document.activeElement.dataset.turn") == "0"
    assert kinds(shown) == []


@pytest.fixture
def searching(bench, session):
    """A search for a word of the second and fourth of four conversations, begun in the first."""
    corpus = corpus_of(KETTLE[:3], ARABIC + KETTLE[3:5], KETTLE[:3], KETTLE[4:])
    shown = bench(session(corpus)).focus().press("Enter").settled().press("/")
    shown.page.keyboard.type("refund")
    shown.page.wait_for_function("document.querySelector('.sm-found').textContent.includes('other')")
    return shown


def look(shown, key, words):
    shown.press(key)
    shown.page.wait_for_function(
        "words => document.querySelector('.sm-found').textContent === words", arg=words
    )
    return shown.text(".sm-title")


def test_search_goes_on_to_other_conversations_and_comes_back(searching):
    assert searching.text(".sm-found") == "not here · in 2 other conversations"
    seen = [
        look(searching, "Enter", "1 of 2 · in 1 other conversation"),
        look(searching, "Enter", "2 of 2 · in 1 other conversation"),
        look(searching, "Enter", "1 of 2 · in 1 other conversation"),
        look(searching, "Shift+Enter", "2 of 2 · in 1 other conversation"),
    ]
    assert seen == ["c-001", "c-001", "c-003", "c-001"]
    assert searching.page.locator("input:focus").count() == 1
    searching.press("Escape")
    searching.page.wait_for_function("document.querySelector('.sm-title').textContent === 'c-000'")
    assert searching.page.evaluate("document.activeElement.dataset.turn") == "1"
    assert searching.session.position == 1
    assert kinds(searching) == ["accept"]


def test_a_turn_that_search_found_can_be_decided_and_the_session_goes_on_there(searching):
    look(searching, "Enter", "1 of 2 · in 1 other conversation")
    searching.press("Tab", "?").settled()
    assert [event.interaction_id for event in searching.session.store.events(1)] == ["c-000", "c-001"]
    searching.press("/", "Escape")
    assert searching.text(".sm-title") == "c-001"


def test_an_answer_that_comes_after_search_has_led_on_does_not_touch_the_other_conversation(searching):
    searching.page.evaluate(
        "() => { model.send({type: 'look', position: 3}); document.querySelector('[data-command=unsure]').click(); }"
    )
    searching.page.wait_for_function("/^Saved/.test(document.querySelector('.sm-status').textContent)")
    searching.page.wait_for_function("document.querySelector('.sm-title').textContent === 'c-000'")
    assert "? unsure" in searching.text("[data-turn='1'] .sm-meta")


def test_help_lists_every_key_and_every_button_names_its_own(bench, session):
    shown = bench(session()).focus().press("Enter").settled().press("h")
    rows = shown.page.locator(".sm-keys > div").all_inner_texts()
    assert len(rows) == 9 + 9
    for command, key in shown.session.view()["keys"].items():
        if command not in ("yes", "no"):
            assert any(
                {"Backspace": "⌫", "Enter": "↵", "ArrowUp": "↑", "ArrowDown": "↓"}.get(key, key) in row
                for row in rows
            ), command
    shown.press("Escape")
    buttons = shown.page.locator(".sm-tools button, .sm-code")
    assert all(buttons.nth(i).get_attribute("aria-keyshortcuts") for i in range(buttons.count()))
    assert buttons.count() == 9 + len(shown.session.view()["codes"])


def test_everything_can_be_reached_by_tab_and_shows_its_focus(bench, session):
    shown = bench(session()).focus()
    reached = []
    for _ in range(4):
        reached.append(
            shown.page.evaluate(
                """() => { const e = document.activeElement, b = e.querySelector(':scope > .sm-bubble') ?? e;
                const s = getComputedStyle(b); return [e.className.split(' ')[0], s.outlineStyle, parseFloat(s.outlineWidth) >= 2]; }"""
            )
        )
        shown.press("Tab")
    assert [name for name, *_ in reached[:3]] == ["sm-turn", "sm-code", "sm-button"]
    assert all(style == "solid" and wide for _, style, wide in reached[:3])


def test_the_first_key_brings_the_whole_screen_into_sight_and_later_ones_leave_the_page_alone(bench, session):
    shown = bench(session()).focus()
    shown.page.evaluate("document.body.style.padding = '700px 0'; scrollTo(0, 0)")
    bottom = "document.querySelector('.sm-coding').getBoundingClientRect().bottom"
    assert shown.page.evaluate(bottom) > 900
    shown.press("ArrowRight")
    assert shown.page.evaluate(bottom) <= 900
    shown.page.evaluate("scrollTo(0, 0)")
    shown.press("ArrowRight")
    assert shown.page.evaluate("scrollY") == 0


def test_arabic_runs_from_right_to_left_and_arrows_move_as_the_eye_does(bench, session):
    shown = bench(session(corpus_of(ARABIC), mode="blind")).focus().press("Enter").settled()
    assert (
        shown.page.evaluate("getComputedStyle(document.querySelector('.sm-active .sm-text')).direction")
        == "rtl"
    )
    shown.press("ArrowLeft", "Shift+ArrowLeft", "o").settled()
    ((start, end),) = shown.decided()[-1][1]["yes"]["apologize"]
    assert ARABIC[1][1][3:][start:end] == "نعتذر بشدة"


def test_the_page_follows_the_theme(bench, session):
    shown = bench(session())
    light = shown.page.evaluate("getComputedStyle(document.querySelector('.sm')).backgroundColor")
    shown.page.evaluate(
        "() => { document.body.dataset.jpThemeLight = 'false'; document.body.style.setProperty('--jp-layout-color0', '#111'); document.body.style.setProperty('--jp-content-font-color0', '#eee'); }"
    )
    dark = shown.page.evaluate(
        "(() => { const s = getComputedStyle(document.querySelector('.sm')); return [s.backgroundColor, s.color, s.getPropertyValue('--sm-feel')]; })()"
    )
    assert (light, *dark) == ("rgb(255, 255, 255)", "rgb(17, 17, 17)", "rgb(238, 238, 238)", "#dd86a8")


def test_no_stage_shows_by_colour_alone(bench, session):
    shown = bench(session()).focus().press("Enter").settled()
    looks = shown.page.evaluate(
        """() => ['understand', 'feel', 'resolve', 'protect', 'close', 'breach', 'signal'].map(stage => {
          const box = document.querySelector('.sm').appendChild(document.createElement('div')); box.dataset.stage = stage;
          const s = getComputedStyle(box); return s.getPropertyValue('--sm-line') + s.getPropertyValue('--sm-weight'); })"""
    )
    assert len(set(looks)) == 7
    glyphs = shown.page.locator(".sm-codes .sm-stage .sm-glyph").all_inner_texts()
    assert len(set(glyphs)) == len(glyphs) == 6


@pytest.mark.parametrize("width", [420, 700, 1000, 1400])
def test_nothing_overflows_at_any_width(bench, session, width):
    shown = bench(session(), width=width).focus().press("Enter").settled().press(" ")
    over = shown.page.evaluate(
        "[...document.querySelectorAll('.sm, .sm *')].filter(e => e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0 && getComputedStyle(e).display !== 'inline').map(e => e.className)"
    )
    assert over == []


def test_a_long_interaction_is_all_there_and_scrolls_to_the_turn(bench, session):
    corpus = corpus_of(long_conversation(400))
    draw = corpus.turns[["interaction_id", "turn"]].tail(1).assign(probability=1.0)
    shown = bench(session(corpus, draw=draw))
    assert shown.page.locator(".sm-turn").count() == 400
    inside = shown.page.evaluate(
        "(() => { const b = document.querySelector('.sm-scroll').getBoundingClientRect(), t = document.querySelector('.sm-active').getBoundingClientRect(); return t.top >= b.top && t.bottom <= b.bottom; })()"
    )
    assert inside


def test_the_widget_says_what_it_is_and_the_journal_keeps_no_words(bench, session):
    shown = bench(session()).focus()
    assert repr(shown.widget) == "CodingWidget(Session('main', correct, coder 'kim': 0 of 64 turns done))"
    shown.page.evaluate("kernel.dead = true")
    shown.press("a")
    journal = shown.page.evaluate("JSON.stringify(localStorage)")
    assert "decide" in journal
    assert KETTLE[0][1][3:20] not in journal
    json.loads(journal)


# Where coders differ ----------------------------------------------------------------------------------------


@pytest.fixture
def adjudication(tmp_path, guide):
    """A session on the turns where Ann and Ben differ: what they say of the second turn of one conversation."""
    corpus = corpus_of(KETTLE)
    store = Store(tmp_path / "coding.sqlite")
    draw = corpus.turns[["interaction_id", "turn"]].iloc[[1, 3]].assign(probability=1.0)
    for coder, codes in (("ann", ("empathize", "apologize")), ("ben", ("apologize", "probe"))):
        session = Session(
            corpus, guide, store, coder=coder, mode="blind", draw=draw, blind_share=0.0, repeat_share=0.0
        )
        for code in codes:
            session.apply({"cid": f"{coder}-{code}", "do": "decide", "step": code, "decision": "yes"})
        session.apply({"cid": f"{coder}-accept", "do": "accept"})
        session.apply({"cid": f"{coder}-accept-2", "do": "accept"})
    return adjudicate(corpus, guide, store, codes_of(store))


def test_disagreements_stand_side_by_side_with_the_codebook(bench, adjudication):
    shown = bench(adjudication)
    titles = shown.page.locator(".sm-dispute .sm-card-title").all_inner_texts()
    votes = shown.page.locator(".sm-votes").all_inner_texts()
    assert [title.split()[-1] for title in titles] == ["Empathize", "Probe"]
    assert [" ".join(vote.split()) for vote in votes] == ["ann yes ben no", "ann no ben yes"]
    meaning = {code["id"]: code["definition"] for code in adjudication.codebook()}
    assert meaning["empathize"] in shown.text(".sm-card")
    shown.focus().press(",")
    assert meaning["probe"] in shown.text(".sm-card")
    assert shown.page.locator(".sm-active .sm-chip").count() == 1  # what both say
    assert "Apologize" in shown.text(".sm-active .sm-chip")


def test_a_ruling_takes_one_key_each_and_its_reason_is_kept(bench, adjudication):
    shown = bench(adjudication).focus().press("Enter")
    assert "Still in dispute: Empathize, Probe" in shown.text(".sm-status")
    shown.press("+", "-", ";")
    shown.page.keyboard.type("a question only in form")
    shown.press("Enter", "Enter").settled()
    assert "All 1 turns are done" in shown.text(".sm-done")
    marks = shown.decided()[-1][1]
    assert set(marks["yes"]) == {"apologize", "empathize"}
    assert "probe" in marks["no"]
    assert marks["note"] == "a question only in form"
    gold = gold_codes(codes_of(shown.session.store, session="main"), shown.session.codes())
    settled = gold[gold["turn"] == 1].set_index("step")
    assert list(settled.loc[["empathize", "probe", "apologize"], "decision"]) == ["yes", "no", "yes"]
    assert list(settled.loc[["empathize", "probe", "apologize"], "settled"]) == [
        "adjudicated",
        "adjudicated",
        "agreed",
    ]


def test_rulings_can_be_clicked(bench, adjudication):
    shown = bench(adjudication)
    shown.page.locator("button[aria-label='Probe: yes']").click()
    shown.settled()
    assert shown.page.locator("button[aria-label='Probe: yes']").get_attribute("aria-pressed") == "true"
    assert shown.decided()[-1][1]["yes"].keys() == {"apologize", "probe"}
