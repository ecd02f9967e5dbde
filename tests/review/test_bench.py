"""The pattern bench, without a browser."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.review import bench_talk

from stepmark.review import bench

pytestmark = pytest.mark.usefixtures("no_event_loop")


@pytest.fixture
def panel() -> Any:
    return bench.pattern_bench(
        *bench_talk.guide_corpus_and_gold(), step="apologize", pattern="[{LOWER: sorry}]"
    )


def test_it_shows_what_a_pattern_changes_and_to_what_effect(panel: Any) -> None:
    _, box, veto, shown = panel.children
    box.value = "[{LOWER: apologies}]"
    assert "turns newly marked: 1, no longer: 0" in shown.value
    assert "recall    0.50 → 1.00" in shown.value
    assert "precision 0.50 → 0.67" in shown.value
    assert "+ my apologies &lt;img src=x" in shown.value
    box.value = "[{LOWER: sorry}, {ORTH: ','}]"
    veto.value = True
    assert "- sorry, who is this?" in shown.value
    assert "precision 0.50 → 1.00" in shown.value


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("[{LOWR: sorry}]", "did you mean"),
        ("[{LOWER: sorry}", "expected"),
        ("", "is no list of tokens"),
        ("sorry", "is no list of tokens"),
        ("{LOWER: sorry}", "is no list of tokens"),
    ],
)
def test_a_fault_is_named_and_the_bench_goes_on(panel: Any, typed: str, said: str) -> None:
    _, box, _, shown = panel.children
    box.value = typed
    assert said in shown.value
    box.value = "[{LOWER: hello}]"
    assert "+ hello" in shown.value


def test_while_keys_come_nothing_is_tried(panel: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "PAUSE", 0.05)
    _, box, _, shown = panel.children
    seen: list[str] = []
    shown.observe(lambda change: seen.append(change["new"]), names="value")

    async def type_in() -> None:
        for typed in ("[{LOWER: h}]", "[{LOWER: hel}]", "[{LOWER: hello}]"):
            box.value = typed
            await asyncio.sleep(0)
        await asyncio.sleep(0.5)

    asyncio.run(type_in())
    (only,) = seen
    assert "+ hello" in only
