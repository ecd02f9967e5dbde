"""How is STAR read? One JSON file a dialogue, as its authors publish it (Mosig, Mehri & Kober 2020, arXiv:2010.11853).

The wizard is the agent; what was said are the events `utter` and `pick_suggestion`. What the user was asked afterwards
becomes outcomes; what the wizard was asked becomes covariates, because a wizard's "the user became annoyed" is known
only after the fact and by the agent.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pandas as pd

from stepmark.corpus.corpus import Corpus
from stepmark.corpus.files import read_text
from stepmark.corpus.outcome import Outcome
from stepmark.errors import Fault, InputError

__all__ = ["looks_like_star", "read_star"]

SAID = ("utter", "pick_suggestion")
SPEAKERS = {"User": "customer", "Wizard": "agent"}
COMPLETE = "Complete"
#: What an entry of each kind must be, to be read at all.
SHAPE: dict[str, type | tuple[type, ...]] = {
    "DialogueID": (int, str),
    "AnonymizedWizardWorkerID": str,
    "CompletionLevel": str,
    "Events": list,
    "Scenario": dict,
    "UserQuestionnaire": list,
    "WizardQuestionnaire": list,
}
SUCCESS = re.compile(
    r"(authenticate|book|change|find|give|help|recover|report|reserve|run|say|schedule|submit|tell|unlock)\b",
    re.I,
)
#: How a question on the task begins; some are cut to "...find you a suitable ride?", and spelling varies.
ASKED = re.compile(r"^(Did the [\w' ]*?(assistant|robot|computer) |\.\.\.)(succ?ess?fully )?", re.I)
WIZARD_QUESTIONS = {
    "aggressive or annoyed": "user_annoyed",
    "change his/her mind": "user_changed_mind",
    "confused": "user_confused",
    "unsure": "agent_unsure",
}
LABELS = {
    "calm_and_helpful": "Stayed calm and helpful (user)",
    "task_success": "Task done (user)",
    "enjoyed_task": "Enjoyed the task (user)",
}


def looks_like_star(path: Path) -> bool:
    """Whether `path` is a STAR dialogue or a folder of them."""
    files = _files(path)
    if not files:
        return False
    with files[0].open("rb") as file:
        head = file.read(2000)
    return b'"AnonymizedWizardWorkerID"' in head or b'"AnonymizedUserWorkerID"' in head


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path] if path.suffix.lower() == ".json" else []
    inner = path / "dialogues"
    files = (inner if inner.is_dir() else path).glob("*.json")
    return sorted(files, key=lambda file: (len(file.stem), file.stem))


def read_star(path: str | Path, *, progress: bool = False) -> Corpus:
    """The dialogues of STAR.

    Outcomes, each 0 or 1 and missing where the question was not asked or not reached: `calm_and_helpful` (all wordings
    of it), `task_success` (1 where the user answered yes to every question on the task; the wording is kept as
    `task_question`), `enjoyed_task`, and any other question under its own words.

    Covariates: `user_annoyed`, `user_changed_mind`, `user_confused`, `agent_unsure` (the wizard's answers), `domains`,
    `happy`, `multitask`, `broke_off` and `completion`, `customer_id`.

    Parameters
    ----------
    path
        The folder of STAR (with or without its `dialogues/`), or one of its files.
    progress
        Whether to show a progress bar.
    """
    from tqdm.auto import tqdm

    path = Path(path)
    files = _files(path)
    if not files:
        raise InputError(Fault(str(path), "no dialogues", "a folder with one .json a dialogue"))
    interactions: list[dict[str, Any]] = []
    turns: list[tuple[Any, ...]] = []
    faults: list[Fault] = []
    labels: dict[str, str] = {}
    for file in tqdm(files, desc="STAR", unit=" dialogues", disable=not progress, leave=False):
        try:
            dialogue = _load(file)
            answers = _user_answers(dialogue, labels, file)
            interactions.append(_interaction(dialogue) | answers)
            turns += _turns(dialogue, file)
        except InputError as error:
            faults += error.faults
    faults += _twice(interactions, files) if not faults else []
    if faults:
        raise InputError(faults)
    return _corpus(interactions, turns, labels)


def _load(file: Path) -> dict[str, Any]:
    try:
        dialogue = json.loads(read_text(file))
    except json.JSONDecodeError as error:
        where, found = f"{file}, line {error.lineno}", f"no JSON: {error.msg} (column {error.colno})"
        raise InputError(Fault(where, found, "a complete STAR dialogue", "Is the file cut off?")) from None
    if not isinstance(dialogue, dict):
        raise InputError(Fault(str(file), f"a JSON {type(dialogue).__name__}", "one STAR dialogue, {…}"))
    faults = []
    for name, kind in SHAPE.items():
        if name not in dialogue:
            faults.append(Fault(str(file), f"no '{name}'", "it there, as in every STAR dialogue"))
        elif not isinstance(dialogue[name], kind):
            faults.append(
                Fault(f"{file}, '{name}'", f"{str(dialogue[name])[:60]!r}", "the shape STAR gives it")
            )
    if faults:
        raise InputError(faults)
    return dialogue


def _turns(dialogue: dict[str, Any], file: Path) -> list[tuple[Any, ...]]:
    key = str(dialogue["DialogueID"])
    turns: list[tuple[Any, ...]] = []
    faults = []
    for number, event in enumerate(dialogue["Events"], start=1):
        if not isinstance(event, dict) or event.get("Action") not in SAID:
            continue
        text, speaker = event.get("Text"), event.get("Agent")
        if speaker not in SPEAKERS:
            faults.append(Fault(f"{file}, event {number}", f"speaker {speaker!r}", "'User' or 'Wizard'"))
        elif not isinstance(text, str) or not _is_whole(text):
            faults.append(Fault(f"{file}, event {number}", f"Text {text!r}", "what was said"))
        else:
            row = (key, len(turns), SPEAKERS[speaker], text, event.get("UnixTime"), event["Action"])
            turns.append(row)
    if faults:
        raise InputError(faults)
    return turns


def _is_whole(text: str) -> bool:
    """Whether the text can be written: JSON can hold half of a surrogate pair."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _answer(entry: Any, file: Path) -> tuple[str, bool]:
    if not isinstance(entry, dict) or not isinstance(entry.get("Answer"), bool) or "Question" not in entry:
        raise InputError(Fault(str(file), f"{entry!r}", "a Question with the Answer true or false"))
    return str(entry["Question"]), entry["Answer"]


def _user_answers(dialogue: dict[str, Any], labels: dict[str, str], file: Path) -> dict[str, Any]:
    """The user's answers by outcome; new outcomes are added to `labels`."""
    answers: dict[str, Any] = {}
    wordings = []
    for entry in dialogue["UserQuestionnaire"]:
        question, answer = _answer(entry, file)
        name = outcome_name(question)
        labels.setdefault(name, LABELS.get(name, question))
        answers[name] = answers.get(name, True) and answer
        if name == "task_success":
            wordings.append(question)
    return answers | {"task_question": " / ".join(wordings) or None}


def outcome_name(question: str) -> str:
    """The outcome that a question to the user asks for."""
    if "calm and helpful" in question.lower():
        return "calm_and_helpful"
    asked = ASKED.sub("", question)
    if asked != question and SUCCESS.match(asked):
        return "task_success"
    if "enjoy this task" in question.lower():
        return "enjoyed_task"
    return "_".join(re.findall(r"[a-z]+", question.lower()))


def _interaction(dialogue: dict[str, Any]) -> dict[str, Any]:
    scenario = dialogue["Scenario"]
    domains = sorted(domain for domain in scenario.get("Domains") or [] if domain)
    return {
        "interaction_id": str(dialogue["DialogueID"]),
        "agent_id": dialogue["AnonymizedWizardWorkerID"],
        "channel": "chat",
        **_wizard_answers(dialogue),
        "domains": "+".join(domains) or None,
        "happy": scenario.get("Happy"),
        "multitask": scenario.get("MultiTask"),
        "broke_off": dialogue["CompletionLevel"] != COMPLETE,
        "completion": dialogue["CompletionLevel"],
        "customer_id": dialogue.get("AnonymizedUserWorkerID"),
    }


def _wizard_answers(dialogue: dict[str, Any]) -> dict[str, Any]:
    answers: dict[str, Any] = dict.fromkeys(WIZARD_QUESTIONS.values())
    for entry in dialogue["WizardQuestionnaire"]:
        for words, name in WIZARD_QUESTIONS.items():
            if words in str(entry.get("Question")):
                answers[name] = entry.get("Answer")
    return answers


def _twice(interactions: list[dict[str, Any]], files: list[Path]) -> list[Fault]:
    seen: dict[str, Path] = {}
    faults = []
    for row, file in zip(interactions, files, strict=True):
        if (key := row["interaction_id"]) in seen:
            faults.append(Fault(str(file), f"DialogueID {key} is in {seen[key].name} already", "each once"))
        seen.setdefault(key, file)
    return faults


def _corpus(rows: list[dict[str, Any]], turns: list[tuple[Any, ...]], labels: dict[str, str]) -> Corpus:
    interactions = pd.DataFrame(rows)
    outcomes = tuple(Outcome(name, "binary", label=labels[name]) for name in sorted(labels))
    names = [outcome.name for outcome in outcomes]
    front = ["interaction_id", "agent_id", "channel", *names]
    interactions = interactions[[*front, *(name for name in interactions.columns if name not in front)]]
    table = pd.DataFrame(turns, columns=["interaction_id", "turn", "speaker", "text", "start", "action"])
    table["start"] = pd.to_datetime(pd.to_numeric(table["start"], errors="coerce"), unit="s", utc=True)
    return Corpus(table, interactions, outcomes, "star", "MIT", "en")
