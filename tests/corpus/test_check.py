"""What `check` says of a corpus, and the commands of this room."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from stepmark.cli import app, main
from stepmark.corpus import Corpus, Outcome, check, read

CSAT = Outcome("csat", "ordinal", (1, 2, 3))


def corpus(answers: list[float | None], agents: list[str | None] | None = None, **columns: list) -> Corpus:
    ids = [f"i{n}" for n in range(len(answers))]
    turns = [
        {"interaction_id": key, "turn": n, "speaker": who, "text": "x", "start": n * 5.0}
        for key in ids
        for n, who in enumerate(["customer", "agent"])
    ]
    interactions = pd.DataFrame(
        {"interaction_id": ids, "agent_id": agents, "channel": "chat", "csat": answers, **columns}
    )
    return Corpus(pd.DataFrame(turns), interactions, (CSAT,), name="small", licence="MIT")


def test_the_report_says_what_is_there() -> None:
    made = corpus([1, 3, None, 3], ["kim", "kim", "lee", None], broke_off=[False, False, True, False])
    assert str(check(made)) == (
        "corpus        small (MIT; language en)\n"
        "interactions  4\n"
        "turns         8 (agent 4, customer 4)\n"
        "agents        2; the busiest has 66.7% of the interactions\n"
        "channels      chat 4\n"
        "times         seconds from the start; start known for 8 turns, end for 0\n"
        "broke off     1 interaction\n"
        "outcome csat  ordinal, 3 answered (75.0%), 1 missing · 1: 1, 2: 0, 3: 2\n"
        "warning       1 interaction has no agent_id.\n"
        "warning       Only 2 agents: standard errors clustered by agent need 10 or more.\n"
        "warning       Agent 'kim' has 66.7% of the interactions and can carry a result alone."
    )


def test_html_holds_the_same_rows_as_text_and_never_html_of_the_corpus() -> None:
    report = check(corpus([1, 3], ["<b>kim</b>", "<b>kim</b>"]))
    html = report._repr_html_()
    assert html.count("<tr>") == len(report.rows()) == len(str(report).splitlines())
    report = check(Corpus(corpus([1]).turns, corpus([1]).interactions, name="<script>"))
    assert "<script>" not in report._repr_html_()
    assert "&lt;script&gt;" in report._repr_html_()


@pytest.mark.parametrize(
    ("made", "warning"),
    [
        (corpus([1, None, None], ["a", "b", "c"]), "Only 33.3% answered 'csat'; who answers is seldom chance."),
        (corpus([1, 2]), "No agent is named: results cannot be clustered by agent, nor differences between agents seen."),
        (Corpus(corpus([1]).turns.query("speaker == 'agent'"), corpus([1]).interactions), "1 interaction has no turn of a customer."),
        (Corpus(corpus([1]).turns.iloc[:0], corpus([1, 2]).interactions), "2 interactions have no turns."),
        (Corpus(corpus([1]).turns.assign(text=" "), corpus([1]).interactions), "2 turns have no words."),
        (Corpus(corpus([1]).turns.assign(start=[5, 2]), corpus([1]).interactions), "1 turn has a start before that of the turn above."),
        (
            Corpus(corpus([1]).turns.assign(text="Hm", speaker="agent", start=5), corpus([1]).interactions),
            "1 turn has the words, the speaker and the time of another in its interaction.",
        ),
        (
            Corpus(corpus([1]).turns.assign(text=["<br>ah &amp; oh", "a < b > c"]), corpus([1]).interactions),
            "1 turn has HTML in the text, which is read as words.",
        ),
        (corpus([1, 2, 3], ["a", None, None]), "2 interactions have no agent_id."),
        (corpus([1, 2, 3], ["kim", "Lee", "Kim"]), "Agents 'Kim', 'kim' differ only in blanks or capitals: are they the same?"),
        (Corpus(corpus([1]).turns.assign(start=[5, None]), corpus([1]).interactions), "1 turn has no start."),
        (
            Corpus(corpus([1, 2]).turns, corpus([1, 1]).interactions, (Outcome("csat", "binary"),)),
            "'csat' has only 0 answers at its rarer end.",
        ),
    ],
)  # fmt: skip
def test_what_would_mislead_is_a_warning(made: Corpus, warning: str) -> None:
    assert warning in check(made).warnings


EXPORT = "chat_id,role,body,csat\n007,bot,hello,4\n007,user,I am maya@example.org,4\n"


def run(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def export(tmp_path: Path) -> Path:
    (tmp_path / "x.csv").write_text(EXPORT)
    return tmp_path / "x.csv"


def test_import_then_check_then_redact(export: Path, tmp_path: Path) -> None:
    out = tmp_path / "corpus"
    status, said, told = run(
        "import", export, "--out", out, "--speaker", "bot=agent", "--name", "mine", "--tables", "csv"
    )
    assert (status, said) == (0, f"{out}: Corpus('mine': 1 interaction, 2 turns, outcome csat)\n")
    assert f"{export}: format taken as csv\n{export}: column 'chat_id' taken as interaction_id" in told
    assert (out / "turns.csv").exists()
    status, said, told = run("check", out)
    assert status == 0
    assert said.startswith("corpus        mine (no licence named; language en)\ninteractions  1\n")
    assert told == ""
    status, said, _ = run("redact", out, "--out", tmp_path / "clean")
    assert status == 0
    assert "1 placeholders in 1 of 2 turns\nleft as they are: agent_id\n" in said
    assert read(tmp_path / "clean").turns["text"].tolist() == ["hello", "I am <EMAIL_1>"]


def test_an_outcome_and_a_column_can_be_named(export: Path, tmp_path: Path) -> None:
    status, _, _ = run(
        "import", export, "--format", "csv", "--out", tmp_path / "c", "--column", "text=body",
        "--speaker", "bot=other", "--outcome", "csat=continuous:low", "--licence", "CC0-1.0",
    )  # fmt: skip
    back = read(tmp_path / "c")
    assert status == 0
    assert (back.outcomes, back.licence) == ((Outcome("csat", "continuous", (), "low"),), "CC0-1.0")


@pytest.mark.parametrize(
    "arguments",
    [
        ["import", "x.csv"],
        ["import", "x.csv", "--out", "c", "--column", "text"],
        ["import", "x.csv", "--out", "c", "--tables", "xml"],
        ["check"],
    ],
)
def test_wrong_usage_ends_with_status_2(arguments: list[str]) -> None:
    assert run(*arguments)[0] == 2


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("bad.csv", b"chat_id,role,body\n7,bot,x\n", "line 2, column 'speaker': 'bot'; expected 'agent', 'customer' or 'other'."),
        ("empty.csv", b"", "an empty file; expected a table with at least one row."),
        ("binary.csv", b"\x89PNG\r\n\x00\x01", "line 2: a NUL byte; expected text. This looks like a binary file."),
        ("short.csv", b"chat_id,role\n7,user\n", "no column for text among chat_id, role; expected it"),
        ("twice.csv", b"chat_id,turn,role,text\n7,0,user,x\n7,0,user,y\n", "line 3: interaction_id '7', turn 0 is there already"),
        ("nothing.csv", None, "no such file or folder"),
        ("a_folder", None, "a directory without corpus.toml"),
    ],
)  # fmt: skip
def test_a_wrong_input_is_one_message_and_status_1(
    name: str,
    content: bytes | None,
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    source = tmp_path / name
    if content is not None:
        source.write_bytes(content)
    elif name == "a_folder":
        source.mkdir()
    for command in (["check", str(source)], ["import", str(source), "--out", str(tmp_path / "out")]):
        monkeypatch.setattr("sys.argv", ["stepmark", *command])
        with pytest.raises(SystemExit) as done:
            main()
        said = capsys.readouterr()
        assert done.value.code == 1
        assert message in said.err
        assert str(source) in said.err
        assert "Traceback" not in said.err
        assert said.out == ""
    assert not (tmp_path / "out").exists()


@pytest.mark.public
def test_check_tells_what_the_public_corpora_hold(shared: Path) -> None:
    report = check(read(shared / "corpora/star"))
    assert report.n_broke_off == 289
    assert "134 interactions have no turns." in report.warnings
    assert report.outcomes[0].text == "binary, 2,887 answered (90.9%), 289 missing · no: 83, yes: 2,804"
