"""The whole way in a real JupyterLab in a real browser, by key presses only."""

from __future__ import annotations

import os
import random
import re
import signal
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from tests.review.browser.labkit import Lab
from tests.review.browser.notebook import LIVE, READY, Notebook, events_in, write_notebook

pytestmark = pytest.mark.browser

#: A guide of single words, which needs no spaCy: a new kernel is ready sooner.
QUICK = {
    "corpus": "talk.small_corpus(8)",
    "options": "guide=talk.Words(), spans=talk.marks_of(talk.small_corpus(8)), blind_share=0, repeat_share=0",
}


@pytest.fixture(scope="module")
def lab(tmp_path_factory, browser) -> Iterator[Lab]:
    started = Lab(tmp_path_factory.mktemp("lab"))
    yield started
    started.stop()


@pytest.fixture
def notebook(lab, browser, request):
    contexts = []

    def make(**cell) -> Notebook:
        name = re.sub(r"[^A-Za-z0-9]+", "-", request.node.name).strip("-")
        write_notebook(lab.root / name, **cell)
        context = browser.new_context(viewport={"width": 1300, "height": 900})
        contexts.append(context)
        return Notebook(lab, context.new_page(), name)

    yield make
    for context in contexts:
        context.close()
    for running in lab.ask("/api/sessions"):
        lab.ask(f"/api/sessions/{running['id']}", "DELETE")


def test_a_session_by_keys_through_a_reload_and_a_restart(notebook):
    book = notebook().run_all().watch()
    cells = book.cells()
    # thirty turns: two keys code a turn that needs a code more, one key a turn that is right
    codes = {"customer": "g", "agent": "u"}
    speakers = ["customer", "agent"] * 4
    pressed = []
    for turn in range(30):
        if turn % 3 == 0:
            book.press(codes[speakers[turn % 8]])
            pressed.append(("decide", turn))
        book.press("Enter")
        pressed.append(("accept", turn))
        if turn % 10 == 9:
            book.settled()
    book.settled()
    assert [(kind, position) for _, kind, position, _ in book.events()] == pressed
    assert book.confirmed() == [cid for cid, *_ in book.events()]
    # undo the last two, put a code on selected words, move its end
    book.press("Backspace", "Backspace").settled()
    book.press("ArrowRight", "Shift+ArrowRight", "g" if speakers[28 % 8] == "customer" else "u").settled()
    book.press(">").settled()
    kinds = [kind for _, kind, _, _ in book.events()]
    assert kinds[-4:] == ["undo", "undo", "add", "change"]
    (span,) = next(iter(book.events()[-1][3]["yes"].values()))[:1]
    # the page is loaded again: everything is there
    said = book.events()
    book.command("docmanager:save")
    book.page.wait_for_function("!jupyterapp.shell.currentWidget.context.model.dirty")
    book.page.reload()
    book.run_all()
    assert book.events() == said
    assert book.page.locator(f"{LIVE} .sm-active").get_attribute("data-turn") == str(28 % 8)
    # the kernel is started again: it goes on where it was
    book.page.evaluate("void jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()")
    book.page.wait_for_timeout(500)
    book.run_all().press("Enter", "Backspace").settled().press("Enter", "Enter").settled()
    after = book.events()
    assert after[: len(said)] == said
    assert [(kind, position) for _, kind, position, _ in after[len(said) :]] == [
        ("accept", 28), ("undo", 28), ("accept", 28), ("accept", 29),
    ]  # fmt: skip
    assert list(span) in next(iter(after[-2][3]["yes"].values()))
    assert book.cells() == cells
    assert book.foreign == []
    assert book.sent("nudge") >= len(after)  # JupyterLab told the widget of the kernel's "busy"


def test_a_killed_kernel_loses_nothing_that_was_confirmed(notebook):
    book = notebook(**QUICK).run_all().watch()
    rng = random.Random(3)
    for _ in range(3):
        book.press(*["Enter"] * rng.randint(1, 4)).settled()
        pid = book.kernel_pid()
        book.press("Enter")
        book.page.wait_for_timeout(rng.choice([0, 4, 12]))
        os.kill(pid, signal.SIGKILL)
        book.press(
            "?"
        )  # typed at a dead kernel: to the screen it is not saved, and comes back with the next one
        book.page.wait_for_selector(f"{LIVE}[data-not-saved]")
        assert "NOT SAVED" in book.page.locator(f"{LIVE} .sm-alert").inner_text()
        confirmed = book.confirmed()
        book.page.locator(".jp-Dialog .jp-mod-accept").click()
        book.page.wait_for_selector(".jp-Dialog", state="detached")
        book.run_all()
        book.page.wait_for_function("Object.keys(localStorage).every(key => !key.startsWith('stepmark:'))")
        saved = [cid for cid, *_ in book.events()]
        assert set(confirmed) <= set(saved)
        assert len(saved) == len(set(saved))
        assert book.kernel_pid() != pid
    accepted = [position for _, kind, position, _ in book.events() if kind == "accept"]
    assert accepted == list(range(len(accepted)))
    assert book.execute("session.store.check(); print('whole')") == "whole\n"


def test_a_disk_that_takes_no_more_is_said_in_the_notebook(notebook):
    book = notebook(**QUICK).run_all().press("Enter").settled()
    book.execute(
        "import os, resource; size = os.path.getsize('coding.sqlite-wal');"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))"
    )
    book.press("Enter")
    book.page.wait_for_selector(f"{LIVE}[data-not-saved]")
    said = book.page.locator(f"{LIVE} .sm-alert").inner_text()
    assert "NOT SAVED:" in said
    assert "disk" in said
    assert len(book.events()) == 1
    assert book.page.locator(f"{LIVE} .sm-active").get_attribute("data-turn") == "1"
    book.execute("resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)")
    book.press("!").settled()
    assert [kind for _, kind, _, _ in book.events()] == ["accept", "accept"]


def test_keys_do_not_leak_themes_are_followed_and_axe_is_content(notebook):
    book = notebook(**QUICK).run_all()
    cells = book.cells()
    for keys in (["x"], ["d", "d"], ["0", "0"], ["a"], ["Shift+Enter"], ["m"], ["Escape", "b"], ["Delete"]):
        book.press(*keys)
        assert book.cells() == cells, keys
    book.press("h", "x", "Escape", "/", "x", "d", "d", "Escape", ";", "x", "Escape")
    assert book.cells() == cells
    book.press("Control+s")
    book.page.wait_for_function("!jupyterapp.shell.currentWidget.context.model.dirty")
    light = book.page.evaluate(f"getComputedStyle(document.querySelector('{LIVE}')).backgroundColor")
    book.command("apputils:change-theme", "{theme: 'JupyterLab Dark'}")
    book.page.wait_for_selector("body[data-jp-theme-light=false]", state="attached")
    dark = book.page.evaluate(f"getComputedStyle(document.querySelector('{LIVE}')).backgroundColor")
    assert light != dark
    # JupyterLab's body has no height: axe would then take all text for hidden, and find no fault in it
    book.page.evaluate("document.body.style.height = '100vh'")
    found = Axe().run(book.page, context=LIVE).response
    assert [violation["id"] for violation in found["violations"]] == []
    assert "color-contrast" in [check["id"] for check in found["passes"]]


def test_notebook_7_shows_it_too(lab, browser):
    folder = lab.root / "seven"
    write_notebook(folder, **QUICK)
    page = browser.new_page()
    page.set_default_timeout(60_000)
    page.goto(f"{lab.url}/notebooks/seven/coding.ipynb?token={lab.token}")
    page.wait_for_function(READY)
    page.evaluate("void window.jupyterapp.commands.execute('notebook:run-all-cells')")
    page.wait_for_selector(f"{LIVE}[data-ready]")
    page.locator(f"{LIVE} .sm-active").focus()
    for key in ("Enter", "x", "Enter"):
        page.keyboard.press(key)
    page.wait_for_function("/^Saved: turn 1/.test(document.querySelector('.sm-status').textContent)")
    assert [(kind, position) for _, kind, position, _ in events_in(folder)] == [("accept", 0), ("accept", 1)]
    assert page.locator(".jp-Cell").count() == 3
    page.close()


def test_coders_who_should_not_see_a_notebook_get_it_from_voila(lab, browser):
    folder = lab.root / "served"
    write_notebook(folder, **QUICK)
    page = browser.new_page()
    page.set_default_timeout(60_000)
    page.goto(f"{lab.url}/voila/render/served/coding.ipynb?token={lab.token}")
    page.wait_for_selector(".sm-coding[data-ready]")
    page.locator(".sm-active").focus()
    page.keyboard.press("Enter")
    page.wait_for_function("/^Saved: turn 0/.test(document.querySelector('.sm-status').textContent)")
    assert [(kind, position) for _, kind, position, _ in events_in(folder)] == [("accept", 0)]
    assert page.locator("text=import sys").count() == 0
    page.close()


#: A pattern bench of a step, with a customer's turn that tries to be HTML.
BENCH = """
import sys
sys.path.insert(0, {project!r})
from stepmark.review.bench import pattern_bench
from tests.review import bench_talk
pattern_bench(*bench_talk.guide_corpus_and_gold(), step="apologize", pattern="[{{LOWER: sorry}}]")
"""

#: Milliseconds that a busy machine may take for what takes a moment.
BUSY = 60_000


def test_a_pattern_that_is_typed_shows_at_once_what_it_changes(notebook):
    book = notebook(cell=BENCH)
    book.ready()
    book.command("notebook:run-all-cells")
    box, shown = (
        book.page.locator(".jp-OutputArea textarea"),
        book.page.locator(".jp-OutputArea .widget-html pre"),
    )
    expect(shown).to_contain_text("turns newly marked: 0, no longer: 0", timeout=BUSY)
    box.fill("")
    box.press_sequentially("[{LOWER: apologies}]")
    expect(shown).to_contain_text("turns newly marked: 1, no longer: 0", timeout=BUSY)
    expect(shown).to_contain_text("+ my apologies <img src=x onerror=alert(1)>")
    assert book.page.locator(".jp-OutputArea img").count() == 0
    box.fill("[{LOWR: sorry}]")
    expect(shown).to_contain_text("'LOWR' is no token attribute; did you mean 'LOWER'?", timeout=BUSY)
    assert book.foreign == []
