"""axe-core finds nothing serious in any state of the widget, and would find it if there were."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from tests.review.browser.conftest import DARK
from tests.review.browser.scenes import kettles

from stepmark.review import Session

pytestmark = pytest.mark.browser


def violations(page, selector=".sm") -> list[tuple[str, list[str]]]:
    found = Axe().run(page, context=selector).response["violations"]
    return [(v["id"], [node["html"][:120] for node in v["nodes"]]) for v in found]


@pytest.fixture
def shown(bench, tmp_path, guide):
    def make(dark=False, **options):
        made = bench(Session(kettles(), guide, store=tmp_path / "coding.sqlite", coder="kim", **options))
        if dark:
            made.page.evaluate(
                f"() => {{ document.body.dataset.jpThemeLight = 'false'; document.body.style.cssText += '{DARK}'; }}"
            )
        return made.focus()

    return make


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_coding_has_no_violation(shown, dark):
    page = shown(dark, blind_share=0.0).press("Enter").settled().press(",", " ").settled().page
    assert violations(page) == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_help_search_and_note_have_no_violation(shown, dark):
    made = shown(dark).press("h")
    assert violations(made.page, ".sm-over") == []
    made.press("Escape", ";")
    made.press("Escape", "/")
    made.page.keyboard.type("refund")
    assert violations(made.page) == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_verify_and_not_saved_have_no_violation(shown, dark):
    made = shown(dark, mode="verify", step="empathize").press("y").settled()
    made.page.evaluate("kernel.dead = true")
    made.press("y")
    made.page.wait_for_selector(".sm-alert strong")
    assert violations(made.page) == []


def test_axe_would_find_a_defect(shown):
    made = shown()
    made.page.evaluate(
        "() => { const b = document.querySelector('.sm-tools').appendChild(document.createElement('button')); document.querySelector('.sm-facts').style.color = '#bbb'; }"
    )
    assert {name for name, _ in violations(made.page)} == {"button-name", "color-contrast"}
