"""How long from a key press until the decision is on disk and the screen says so? And how long until a session opens?

Run from the project's root: ``python -m benchmarks.widget``. Needs chromium and the test dependencies. Everything is
measured in a real JupyterLab in a real browser, on the clock of the browser:

- *painted*: from the key's own time stamp until the frame that shows its effect has been painted;
- *saved and painted*: until the kernel has confirmed that the decision is on disk (committed and synced) and the frame
  that says so has been painted.
"""

from __future__ import annotations

import os
import statistics
import tempfile
from pathlib import Path
from typing import Any

import nbformat
from tests.review.browser.conftest import ARGS, CHROMIUM
from tests.review.browser.labkit import Lab
from tests.review.browser.notebook import PROJECT, Notebook

PRESSES = 120
WARM_UP = 10
BARS = {
    "key to saved and painted, median": ("ms", 60),
    "key to saved and painted, 95th percentile": ("ms", 150),
    "400 turns: key to the whole conversation painted": ("ms", 1000),
    "queue of 100,000 turns: made, opened and painted": ("ms", 2000),
    "queue of 100,000 turns: opened again and painted": ("ms", 2000),
}
SETUP = f"""
import sys, time
sys.path.insert(0, {str(PROJECT)!r})
import pandas as pd
from stepmark.annotate import Guide
from stepmark.corpus import Corpus
from stepmark.review import Session
from stepmark.review.widget import code
from tests.review.browser import scenes
guide = Guide.load("difficult-customers")
same = dict(coder="kim", blind_share=0, repeat_share=0)
"""
PRESSED = 'code(Session(scenes.kettles(40), guide, "pressed.sqlite", **same))'
LONG = """
corpus = scenes.corpus_of(scenes.KETTLE[:1], scenes.long_conversation(400))
code(Session(corpus, guide, "long.sqlite", **same))
"""
QUEUE = """
n = 12_500
rows = scenes.talk(scenes.KETTLE, "x")
turns = pd.concat([rows] * n, ignore_index=True)
turns["interaction_id"] = [f"c-{i:05}" for i in range(n) for _ in range(len(rows))]
ids = pd.DataFrame({"interaction_id": [f"c-{i:05}" for i in range(n)], "agent_id": "agent-1", "channel": "chat"})
corpus = Corpus(turns, ids, name="large")
"""
OPEN = """
started = time.time() * 1000
code(Session(corpus, guide, "queue.sqlite", **same))
"""
#: Notes when a frame with the effect of a key has been painted, and when one with its confirmation has.
WATCH = """() => {
  window.taken = [];
  const painted = then => requestAnimationFrame(() => {
    const channel = new MessageChannel(); channel.port1.onmessage = () => then(performance.now()); channel.port2.postMessage(0);
  });
  let key = null;
  window.addEventListener('keydown', event => {
    if (event.key.length > 1 && event.key !== 'Enter') return;
    const mine = key = {at: event.timeStamp}; painted(now => { mine.painted = now - mine.at; });
  }, true);
  document.addEventListener('stepmark-saved', () => {
    const mine = key; painted(now => { mine.saved = now - mine.at; taken.push(mine); });
  });
}"""
#: The moment at which the newest widget is drawn, on the clock that the kernel has too.
DRAWN = """() => new Promise(done => {
  const look = () => document.querySelector('.sm-coding[data-ready]') ? requestAnimationFrame(() => setTimeout(() => done(Date.now()))) : setTimeout(look, 2);
  look();
})"""


def opened(lab: Lab, browser: Any, name: str, *cells: str) -> Notebook:
    """A notebook of these cells, open in JupyterLab, not run yet."""
    folder = lab.root / name
    folder.mkdir()
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    sources = [nbformat.v4.new_code_cell(cell.strip()) for cell in (SETUP, *cells)]
    nbformat.write(
        nbformat.v4.new_notebook(cells=sources, metadata={"kernelspec": kernel}), folder / "coding.ipynb"
    )
    page = browser.new_context(viewport={"width": 1300, "height": 900}).new_page()
    return Notebook(lab, page, name)


def key_presses(lab: Lab, browser: Any) -> dict[str, float]:
    """Half the presses accept a turn and go on, half mark a code."""
    book = opened(lab, browser, "keys", PRESSED).run_all()
    book.page.evaluate(WATCH)
    for i in range(WARM_UP + PRESSES):
        agent = book.page.locator(".sm-active.sm-agent").count() == 1
        book.press("Enter" if i % 2 else ("u" if agent else "g"))
        book.page.wait_for_function(f"taken.length === {i + 1}")
        book.page.wait_for_timeout(120)
    taken = book.page.evaluate("taken")[WARM_UP:]
    painted, saved = ([one[what] for one in taken] for what in ("painted", "saved"))
    book.page.context.close()
    return {
        "key to painted, median": statistics.median(painted),
        "key to painted, 95th percentile": statistics.quantiles(painted, n=20)[-1],
        "key to saved and painted, median": statistics.median(saved),
        "key to saved and painted, 95th percentile": statistics.quantiles(saved, n=20)[-1],
    }


def long_conversation(lab: Lab, browser: Any) -> dict[str, float]:
    """The next conversation has 400 turns; its rules have not been run yet."""
    book = opened(lab, browser, "long", LONG).run_all()
    book.page.evaluate(WATCH)
    book.press("Enter")
    book.page.wait_for_function("taken.length === 1 && document.querySelectorAll('.sm-turn').length === 400")
    took = book.page.evaluate("taken[0].saved")
    book.page.context.close()
    return {"400 turns: key to the whole conversation painted": took}


def large_queue(lab: Lab, browser: Any) -> dict[str, float]:
    """A new session on 100,000 turns, then the same session again."""
    found = {}
    book = opened(lab, browser, "queue", QUEUE, OPEN)
    for what in ("made, opened and painted", "opened again and painted"):
        book.run_all()
        drawn = book.page.evaluate(DRAWN)
        started = float(book.execute("print(started)"))
        found[f"queue of 100,000 turns: {what}"] = drawn - started
    book.page.context.close()
    return found


def main() -> None:
    """Measure, and print each number beside its bar."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=ARGS)
        lab = Lab(Path(folder))
        try:
            found = key_presses(lab, browser) | long_conversation(lab, browser) | large_queue(lab, browser)
        finally:
            lab.stop()
            browser.close()
    print(f"{PRESSES} key presses; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    for what, took in found.items():
        _, bar = BARS.get(what, ("", None))
        verdict = "" if bar is None else f"  bar {bar:>5} ms  {'met' if took < bar else 'MISSED'}"
        print(f"{what:<52}{took:>8.0f} ms{verdict}")


if __name__ == "__main__":
    main()
