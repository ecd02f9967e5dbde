"""A browser, and a page on which the widget runs with a real session but without a notebook."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from stepmark.annotate import Guide
from stepmark.review import Session

CHROMIUM = os.environ.get("STEPMARK_CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]
WIDGET = Path(__file__).parents[3] / "toolkit" / "stepmark" / "review" / "widget"

#: A stand-in for the model of a widget; what it sends goes to Python and comes back as messages.
MODEL = """async ({number}) => {
  window.kernel = window.kernel ?? {dead: false, sent: []};
  const listeners = new Set();
  const model = {
    on: (_, f) => listeners.add(f), off: (_, f) => listeners.delete(f), get: () => undefined,
    send: (message, callbacks) => {
      window.kernel.sent.push(message);
      if (window.kernel.dead) return;
      window.toKernel(JSON.stringify(message)).then(answers => JSON.parse(answers).forEach(model.hear));
      for (const state of ['busy', 'idle']) callbacks?.iopub?.status({content: {execution_state: state}});
    },
    hear: message => [...listeners].forEach(f => f(message)), listeners,
  };
  window.model = model;
  const module = await import(`http://widget.test/coding.js?${number}`);
  window.coding = module;
  window.cleanUp = module.default.render({model, el: document.querySelector('main')});
}"""
PAGE = (
    '<!doctype html><html lang="en"><head><title>widget</title><link rel="stylesheet" href="/coding.css"></head>'
    '<body data-jp-theme-light="true" style="margin:12px"><main></main></body></html>'
)
DARK = "--jp-layout-color0:#111;--jp-content-font-color0:#fff;background:#111"


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    if not Path(CHROMIUM).exists():
        pytest.skip("chromium not found; install Debian's package chromium or set STEPMARK_CHROMIUM")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=ARGS)
        yield found
        found.close()


@pytest.fixture(scope="session")
def guide() -> Guide:
    return Guide.load("difficult-customers")


class Bench:
    """The widget on an empty page; `session` answers it."""

    def __init__(self, context: Any, session: Session) -> None:
        from stepmark.review.widget import CodingWidget

        self.page = context.new_page()
        self.page.set_default_timeout(20_000)
        self.answers: list[dict[str, Any]] = []
        self.errors: list[str] = []
        self.widget = CodingWidget(session)
        self.widget.send = lambda message, buffers=None: self.answers.append(message)  # type: ignore[method-assign]
        self.session = session
        self.refuse: Exception | None = None
        self.shown = 0
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.route("http://widget.test/**", self._serve)
        self.page.expose_function("toKernel", self._to_kernel)
        self.page.goto("http://widget.test/")

    def _serve(self, route: Any) -> None:
        path = route.request.url.partition("?")[0].rpartition("/")[2]
        kinds = {"coding.js": "text/javascript", "coding.css": "text/css"}
        if path in kinds:
            route.fulfill(
                body=(WIDGET / path).read_text("utf-8"), content_type=kinds[path] + "; charset=utf-8"
            )
        else:
            route.fulfill(body=PAGE, content_type="text/html; charset=utf-8")

    def _to_kernel(self, message: str) -> str:
        self.answers.clear()
        self.widget._hear(self.widget, json.loads(message), [])
        return json.dumps(self.answers)

    def show(self) -> Bench:
        self.shown += 1
        self.page.evaluate(MODEL, {"number": self.shown})
        self.page.wait_for_selector(".sm-coding[data-ready]")
        return self

    def focus(self) -> Bench:
        self.page.locator(".sm-active, .sm-done").first.focus()
        return self

    def press(self, *keys: str) -> Bench:
        for key in keys:
            self.page.keyboard.press(key)
        return self

    def settled(self) -> Bench:
        """Wait until nothing is on its way."""
        self.page.wait_for_function(
            "!document.querySelector('[data-pending]') && !/^Saving/.test(document.querySelector('.sm-status').textContent)"
        )
        return self

    def text(self, selector: str) -> str:
        return self.page.locator(selector).first.inner_text()

    def marked(self) -> list[tuple[str, str]]:
        """Step and words of each mark of the turn to decide, as they are on the screen."""
        found = self.page.evaluate(
            """() => { const all = new Map(); for (const m of document.querySelectorAll('.sm-active .sm-mark'))
              all.set(m.dataset.step, (all.get(m.dataset.step) ?? '') + [...m.childNodes].map(n => n.textContent).join(''));
              return [...all]; }"""
        )
        return [tuple(pair) for pair in found]

    def decided(self) -> list[tuple[str, dict[str, Any]]]:
        """What the store holds: the kind of each event and its marks, oldest first."""
        events = self.session.store.events(self.session._id)
        return [(event.kind, json.loads(event.marks) if event.marks else {}) for event in events]


@pytest.fixture
def bench(browser: Any) -> Iterator[Any]:
    """Makes a bench for a session."""
    contexts = []

    def make(session: Session, *, width: int = 1180, height: int = 900, show: bool = True) -> Bench:
        context = browser.new_context(viewport={"width": width, "height": height})
        contexts.append(context)
        made = Bench(context, session)
        return made.show() if show else made

    yield make
    for context in contexts:
        context.close()
