"""What the browser tests show: a few conversations, written for them, and the guide that ships."""

from __future__ import annotations

import random

import pandas as pd

from stepmark.corpus import Corpus

SPEAKERS = {"A": "agent", "C": "customer", "O": "other"}

KETTLE = (
    (
        0,
        "C: This is the third time I write about this kettle. It leaks, and nobody answers. I am really fed up now!",
    ),
    (
        65,
        "A: I can see why that is upsetting after three messages, and I am sorry that nobody came back to you. When did it first start to leak?",
    ),
    (80, "C: From day one. 🙁 It was a present for my mother."),
    (
        95,
        "A: I can send you a new one today, or let me get my manager to arrange a refund. What would you prefer?",
    ),
    (7500, "C: A refund. I want nothing more to do with that thing."),
    (
        7530,
        "A: Of course. My manager has refunded the full price; your reference is K-204. Does that work for you?",
    ),
    (7600, "C: Yes, thank you so much for sorting it out."),
    (7610, "A: Happy to help. I will call you back on Friday to check that the money has arrived."),
)
NASTY = (
    (0, 'C: <img src=x onerror="window.hacked=1"> it still <b>does not</b> work & I am angry'),
    (5, "A: 🙂🙂 I'm so sorry about <script>window.hacked=1</script> that, {{ 7*7 }}"),
)
ARABIC = (
    (0, "C: هذه هي المرة الثالثة التي أكتب فيها عن الغلاية! ما زالت مكسورة."),
    (30, "A: نعتذر بشدة عن هذا التأخير، متى بدأت المشكلة؟"),
    (60, "C: منذ اليوم الأول."),
)


def talk(lines, interaction_id: str) -> pd.DataFrame:
    rows = [
        {
            "interaction_id": interaction_id,
            "turn": turn,
            "speaker": SPEAKERS[line[0]],
            "text": line[3:],
            "start": float(at),
        }
        for turn, (at, line) in enumerate(lines)
    ]
    return pd.DataFrame(rows)


def corpus_of(*conversations, channel: str = "chat", names: tuple[str, ...] = ()) -> Corpus:
    names = names or tuple(f"c-{i:03}" for i in range(len(conversations)))
    turns = pd.concat(
        [talk(lines, name) for lines, name in zip(conversations, names, strict=True)], ignore_index=True
    )
    agents = [f"agent-{i % 3}" for i in range(len(names))]
    return Corpus(
        turns,
        pd.DataFrame({"interaction_id": list(names), "agent_id": agents, "channel": channel}),
        name="scenes",
    )


def long_conversation(n: int, seed: int = 0):
    """A conversation of `n` turns, some with marks."""
    rng = random.Random(seed)
    said = {
        "C": (
            "it broke again and I am really angry",
            "nobody called me back",
            "yes, since last week",
            "thank you so much",
        ),
        "A": (
            "I am sorry about the delay",
            "when did it first stop working?",
            "one moment",
            "I can refund the fee today",
            "does that work for you?",
        ),
    }
    return [(20.0 * i, f"{who}: {rng.choice(said[who])} ({i})") for i in range(n) for who in ["CA"[i % 2]]]


def kettles(n: int = 8) -> Corpus:
    return corpus_of(*(KETTLE for _ in range(n)))
