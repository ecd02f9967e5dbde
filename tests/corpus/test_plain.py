"""A plain table of turns: what is guessed is said, what cannot be guessed is asked."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from stepmark.corpus import Corpus, Outcome, read
from stepmark.errors import InputError

EXPORT = """Conversation ID,From,Message,Sent At,Agent Name,Medium,CSAT,mood
007,user,hi,13/04/2026 10:00,,Live Chat,4,down
007,Rep,"yes,
hello",13/04/2026 10:01,kim,Live Chat,4,up
8,user,,14/04/2026 09:00,,voice,,down
8,rep,x,14/04/2026 10:01,lee,voice,,up
"""


def table(place: Path, text: str, name: str = "x.csv", **options: object) -> Corpus:
    (place / name).write_text(text, encoding="utf-8")
    return read(place / name, **options)  # type: ignore[arg-type]


def test_two_columns_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match=r"x.csv, line 1: 2 columns 'text'; expected one of each name. Rename"
    ):
        table(tmp_path, "interaction_id,turn,speaker,text,text\na,0,customer,x,y\n")


def test_an_export_with_usual_names_is_read_and_every_guess_is_said(tmp_path: Path) -> None:
    corpus = table(tmp_path, EXPORT)
    assert corpus.turns[["interaction_id", "turn", "speaker", "text", "mood"]].to_numpy().tolist() == [
        ["007", 0, "customer", "hi", "down"],
        ["007", 1, "agent", "yes,\nhello", "up"],
        ["8", 0, "customer", "", "down"],
        ["8", 1, "agent", "x", "up"],
    ]
    assert corpus.turns["start"][0] == pd.Timestamp("2026-04-13T10:00:00Z")
    assert corpus.interactions[["interaction_id", "agent_id", "channel"]].to_numpy().tolist() == [
        ["007", "kim", "chat"],
        ["8", "lee", "phone"],
    ]
    assert corpus.interactions["CSAT"].isna().tolist() == [False, True]
    assert corpus.outcomes == (Outcome("CSAT", "ordinal", (1, 2, 3, 4, 5)),)
    assert corpus.notes == (
        "format taken as csv: a table with one row a turn: CSV, JSON Lines, Parquet",
        "column 'Conversation ID' taken as interaction_id (change it with --column interaction_id=NAME)",
        "column 'From' taken as speaker (change it with --column speaker=NAME)",
        "column 'Message' taken as text (change it with --column text=NAME)",
        "column 'Sent At' taken as start (change it with --column start=NAME)",
        "column 'Agent Name' taken as agent_id (change it with --column agent_id=NAME)",
        "column 'Medium' taken as channel (change it with --column channel=NAME)",
        "speaker 'user' taken as customer",
        "speaker 'Rep' taken as agent",
        "speaker 'rep' taken as agent",
        "times of 'start' read as %d/%m/%Y %H:%M",
        "column 'CSAT' taken as an outcome, ordinal 1 to 5 (change it with --outcome CSAT=KIND)",
        "turns ordered by their start",
    )


def test_what_the_user_says_wins(tmp_path: Path) -> None:
    text = "id;who;message;note;happy\n7;bot;a;A;1\n7;user;b;B;1\n"
    corpus = table(
        tmp_path,
        text,
        columns={"interaction_id": "id", "text": "note"},
        speakers={"BOT": "agent"},
        outcomes=["happy=binary"],
        channel="email",
    )
    assert corpus.turns[["speaker", "text"]].to_numpy().tolist() == [["agent", "A"], ["customer", "B"]]
    assert corpus.interactions["happy"].tolist() == [1.0]
    assert corpus.interactions["channel"].tolist() == ["email"]
    assert corpus.notes[-1] == "turns ordered as in the file"


def test_turns_keep_their_numbers_order_and_are_counted_from_0(tmp_path: Path) -> None:
    corpus = table(tmp_path, "call_id,turn,speaker,text\na,3,agent,z\na,1,customer,x\na,2,agent,y\n")
    assert corpus.turns[["turn", "text"]].to_numpy().tolist() == [[0, "x"], [1, "y"], [2, "z"]]


def test_an_interaction_with_two_agents_belongs_to_the_one_with_most_turns(tmp_path: Path) -> None:
    corpus = table(
        tmp_path, "call_id,agent,speaker,text\na,kim,agent,x\na,lee,agent,y\na,lee,agent,z\na,,customer,w\n"
    )
    assert corpus.interactions["agent_id"].tolist() == ["lee"]
    assert corpus.turns["agent_id"].tolist()[:3] == ["kim", "lee", "lee"]
    assert corpus.notes[-1] == "1 interaction with several agents counts for the agent with most turns"


@pytest.mark.parametrize(
    ("stamps", "first", "note"),
    [
        (("1775000000", "1775000060"), "2026-03-31T23:33:20Z", "'start' taken as Unix seconds"),
        (("1775000000000", "1775000060000"), "2026-03-31T23:33:20Z", "'start' taken as Unix milliseconds"),
        (("Tue Oct 31 22:10:35 +0000 2017",) * 2, "2017-10-31T22:10:35Z", "read as %a %b %d"),
        (("13/04/2026 1:05 PM", "14/04/2026 1:06 PM"), "2026-04-13T13:05:00Z", "read as %d/%m/%Y %I:%M %p"),
        (("05/05/2026 10:00",) * 2, "2026-05-05T10:00:00Z", "read as %d/%m/%Y %H:%M"),
    ],
)
def test_times_are_read_as_they_are_usually_written(
    stamps: tuple[str, str], first: str, note: str, tmp_path: Path
) -> None:
    rows = "".join(f"a,customer,x,{stamp}\n" for stamp in stamps)
    corpus = table(tmp_path, "call_id,speaker,text,time\n" + rows)
    assert corpus.turns["start"][0] == pd.Timestamp(first)
    assert any(note in said for said in corpus.notes)


def test_times_written_in_several_ways_are_each_read_by_the_first_that_fits(tmp_path: Path) -> None:
    text = "call_id,speaker,text,time\na,customer,x,03.04.2026 10:00\na,agent,y,04/03/2026 10:01 AM\na,agent,z,\n"
    corpus = table(tmp_path, text, time_format=["%d.%m.%Y %H:%M", "%m/%d/%Y %I:%M %p"])
    assert corpus.turns["start"][:2].tolist() == [
        pd.Timestamp("2026-04-03T10:00Z"),
        pd.Timestamp("2026-04-03T10:01Z"),
    ]
    assert "1 times of 'start' read as %m/%d/%Y %I:%M %p" in corpus.notes


def test_a_column_gets_a_name_of_the_users_choice(tmp_path: Path) -> None:
    text = "call_id,speaker,text,How was it?\na,user,x,4\nb,user,y,N/A\nc,user,z,\n"
    corpus = table(tmp_path, text, columns={"csat": "How was it?"}, outcomes=["csat=ordinal:1,2,3,4,5"])
    assert corpus.interactions["csat"].isna().tolist() == [False, True, True]
    assert "'N/A' in 'csat' taken as no answer" in corpus.notes


def test_blanks_around_an_id_make_no_second_agent(tmp_path: Path) -> None:
    corpus = table(tmp_path, "call_id,speaker,text,agent\na,agent,x, kim\n b,agent,y,kim\nb,user,z,kim\n")
    assert corpus.interactions["agent_id"].tolist() == ["kim", "kim"]
    assert corpus.interactions["interaction_id"].tolist() == ["a", "b"]
    assert "blanks around agent_id dropped in 1 row" in corpus.notes


def test_seconds_from_the_start_stay_seconds(tmp_path: Path) -> None:
    corpus = table(tmp_path, "call_id,speaker,text,start,end\na,customer,x,0.5,2\na,agent,y,2,3\n")
    assert corpus.turns["start"].tolist() == [0.5, 2.0]


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        (
            "call_id,speaker,text,time\na,customer,x,03/04/2026 10:00\na,agent,y,03/05/2026 10:00\n",
            {},
            "x.csv, column 'start': times such as '03/04/2026 10:00' that fit %d/%m/%Y %H:%M and %m/%d/%Y %H:%M; "
            "expected times that can be read in one way. Say which: --time-format '%d/%m/%Y %H:%M'.",
        ),
        (
            "call_id,speaker,text,time\na,customer,x,noon\n",
            {},
            "x.csv, line 2, column 'start': 'noon'; expected a time such as 2026-11-22T09:30:00Z, or seconds from the "
            "start in the whole column. Say how they are written: --time-format '%d/%m/%Y %H:%M'.",
        ),
        (
            "call_id,speaker,text,time\na,customer,x,noon\n",
            {"time_format": "%H:%M"},
            "x.csv, line 2, column 'start': 'noon'; expected %H:%M.",
        ),
        (
            "call_id,speaker,mesage\na,customer,x\n",
            {},
            "x.csv: no column for text among call_id, speaker, mesage; expected it (The words; plain text, never HTML). "
            "Did you mean --column text=mesage?",
        ),
        (
            "call_id,speaker,words_said\na,customer,x\n",
            {},
            "x.csv: no column for text among call_id, speaker, words_said; "
            "expected it (The words; plain text, never HTML). Name it with --column text=NAME.",
        ),
        (
            "call_id,speaker,text\na,customer,x\n",
            {"columns": {"text": "Text"}},
            "x.csv: no column 'Text'; expected one of call_id, speaker, text. Did you mean 'text'?",
        ),
        (
            "call_id,speaker,text\na,customer,x\n",
            {"columns": {"words": "text"}},
            "column mapping 'words': not a column of stepmark; expected agent_id, channel, end, interaction_id, speaker, "
            "start, text, turn.",
        ),
        (
            "call_id,speaker,text\na,bot,x\na,bot,y\nb,user,z\n",
            {},
            "x.csv, lines 2 and 3, column 'speaker': 'bot'; expected 'agent', 'customer' or 'other'. "
            "Say who that is, for example --speaker bot=agent when importing.",
        ),
        (
            "call_id,speaker,text,csat\na,user,x,4\na,user,y,5\n",
            {},
            "x.csv, line 3, column 'csat': 5; expected one value in all rows of an interaction.",
        ),
        (
            "call_id,speaker,text\na,user,x\n",
            {"outcomes": ["csat=binary"]},
            "x.csv: no column for the outcome 'csat'; expected one column each.",
        ),
        (
            "call_id,speaker,text,CSAT (1-5),mood\na,user,x,1,up\n",
            {"outcomes": ["csat=binary"]},
            "x.csv: no column for the outcome 'csat'; expected one of CSAT (1-5), mood. "
            "Is it 'CSAT (1-5)'? Rename it: --column csat='CSAT (1-5)'.",
        ),
        (
            "call_id,speaker,text,who\na,user,x,kim\n",
            {"columns": {"agent_ids": "who"}},
            "column mapping 'agent_ids': not a column of stepmark; expected agent_id, channel, end, interaction_id, "
            "speaker, start, text, turn.",
        ),
        (
            "call_id,speaker,text,time\n"
            + "".join(f"a,customer,x,{day}.04.2026\na,customer,x,04/{day}/26\n" for day in range(10, 15)),
            {},
            "x.csv, lines 2, 3, 4, 5, 6 and 5 more, column 'start': times such as '10.04.2026' and '04/10/26'; "
            "expected a time such as 2026-11-22T09:30:00Z, or seconds from the start in the whole column. "
            "Say how they are written: --time-format '%d/%m/%Y %H:%M' (once for each way, where they are written in several).",
        ),
        (
            "call_id,turn,speaker,text\na,1,user,x\na,1,user,y\n",
            {},
            "x.csv, line 3: interaction_id 'a', turn 1 is there already; expected each pair of interaction_id and turn once.",
        ),
        (
            "call_id,speaker,text,channel\na,user,x,fax\n",
            {},
            "x.csv, line 2, column 'channel': 'fax'; expected chat, phone, email, social, messaging, other.",
        ),
        ("call_id,speaker,text\n", {}, "x.csv: a header without rows; expected one row a turn."),
    ],
)
def test_what_cannot_be_guessed_is_asked(text: str, options: dict, message: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        table(tmp_path, text, **options)
    assert str(error.value).replace(f"{tmp_path}/", "") == message


def test_another_encoding_is_read_when_it_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes("call_id,speaker,text\na,user,café\n".encode("cp1252"))
    with pytest.raises(InputError, match=r"line 2: byte 0xe9 is not UTF-8 text"):
        read(tmp_path / "x.csv")
    assert read(tmp_path / "x.csv", encoding="cp1252").turns["text"].tolist() == ["café"]
    with pytest.raises(InputError, match="unknown encoding 'klingon'"):
        read(tmp_path / "x.csv", encoding="klingon")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_what_excel_saves_as_text_is_read(encoding: str, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes("call_id\tspeaker\ttext\na\tuser\tcafé\n".encode(encoding))
    assert read(tmp_path / "x.csv").turns["text"].tolist() == ["café"]


def test_a_workbook_is_read(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "chat_id": ["007", "007", None, "8"],
            "role": ["client", "rep", None, "client"],
            "body": ["a", 3.5, None, None],
            "time": pd.to_datetime(["2026-01-01 10:00", "2026-01-01 09:00", None, "2026-01-02 08:00"]),
        }
    )
    frame.to_excel(tmp_path / "x.xlsx", index=False)
    corpus = read(tmp_path / "x.xlsx")
    assert corpus.turns[["interaction_id", "text"]].to_numpy().tolist() == [
        ["007", "3.5"],
        ["007", "a"],
        ["8", ""],
    ]
    with pytest.raises(InputError, match="no sheet 'May'; expected one of Sheet1"):
        read(tmp_path / "x.xlsx", sheet="May")


def test_a_fault_in_a_workbook_names_its_row(tmp_path: Path) -> None:
    rows = {"chat_id": ["a", None, "b"], "speaker": ["user", None, "bot"], "text": ["x", None, "y"]}
    pd.DataFrame(rows).to_excel(tmp_path / "x.xlsx", index=False)
    with pytest.raises(InputError, match=r"x\.xlsx, row 4, column 'speaker': 'bot'"):
        read(tmp_path / "x.xlsx")
    (tmp_path / "y.xlsx").write_bytes(b"not a workbook")
    with pytest.raises(InputError, match=r"y\.xlsx: not an Excel workbook; expected a complete \.xlsx file"):
        read(tmp_path / "y.xlsx")


@pytest.mark.parametrize("name", ["x.jsonl", "x.parquet"])
def test_json_lines_and_parquet_are_plain_tables_too(name: str, tmp_path: Path) -> None:
    frame = pd.DataFrame({"call_id": [7, 7], "role": ["user", "agent"], "text": ["a", "b"], "csat": [4, 4]})
    if name.endswith("jsonl"):
        frame.to_json(tmp_path / name, orient="records", lines=True)
    else:
        frame.to_parquet(tmp_path / name)
    corpus = read(tmp_path / name)
    assert corpus.interactions["interaction_id"].tolist() == ["7"]
    assert corpus.interactions["csat"].tolist() == [4.0]


@pytest.mark.parametrize("rest", ["", "b,agent,ok\n" * 20_000])
def test_a_quotation_mark_that_never_closes_is_told_with_its_line(rest: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        table(tmp_path, f'interaction_id,speaker,text\na,customer,"hi\nthere"\na,agent,"yes\n{rest}')
    assert str(error.value).endswith(
        'x.csv, line 4: a quotation mark opens and never closes; expected a closing ", or "" for one within a cell.'
    )


def test_a_quotation_mark_within_a_cell_is_a_character(tmp_path: Path) -> None:
    read_in = table(tmp_path, 'interaction_id,speaker,text\na,customer,a 5" screen\na,agent,yes\n')
    assert read_in.turns["text"].tolist() == ['a 5" screen', "yes"]


def test_a_workbook_with_several_sheets_says_which_it_read(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    with pd.ExcelWriter(path) as book:
        pd.DataFrame({"note": ["of May"]}).to_excel(book, sheet_name="Info", index=False)
        chats = pd.DataFrame({"chat_id": ["a"], "speaker": ["user"], "text": ["hm"]})
        chats.to_excel(book, sheet_name="Chats", index=False)
    assert len(read(path, sheet="Chats").turns) == 1
    assert len(read(path, sheet=1).turns) == 1
    with pytest.raises(
        InputError, match=r"book.xlsx: no sheet 'Chat'; expected one of Info, Chats\. Did you mean 'Chats'\?"
    ):
        read(path, sheet="Chat")
    with pytest.raises(
        InputError, match=r"book.xlsx, sheet 'Info' of 2: no column for interaction_id among note"
    ):
        read(path)
