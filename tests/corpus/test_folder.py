"""A corpus folder gives back what was written, and says what is wrong with one that somebody else wrote."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepmark.corpus import Corpus, Outcome, read_folder, read_table, write_folder, write_table
from stepmark.errors import InputError

FORMATS = ("parquet", "csv", "jsonl")
CARD = 'name = "small"\n[outcomes.csat]\nkind = "ordinal"\nlevels = [1, 2, 3]\n'
INTERACTIONS = "interaction_id,agent_id,channel,csat\n007,kim,chat,3\n1e5,,,\n"
TURNS = 'interaction_id,turn,speaker,text\n007,0,customer,hello\n1e5,0,agent,""\n'

words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
some = words.filter(bool)
times = st.datetimes(pd.Timestamp(1970, 1, 1), pd.Timestamp(2200, 1, 1))


@st.composite
def corpora(draw: st.DrawFn) -> Corpus:
    ids = draw(
        st.lists(
            some | st.sampled_from(["007", "1e5", "NA", "true", " x"]), min_size=1, max_size=4, unique=True
        )
    )
    n = len(ids)

    def column(values: st.SearchStrategy) -> list:
        return draw(st.lists(st.none() | values, min_size=n, max_size=n))

    interactions = pd.DataFrame(
        {
            "interaction_id": ids,
            "agent_id": pd.Series(column(some), dtype="object"),
            "channel": pd.Series(column(st.sampled_from(["chat", "phone"])), dtype="object"),
            "csat": column(st.integers(1, 5)),
            "size": column(st.floats(allow_nan=False, allow_infinity=False)),
            "code": pd.Series(column(st.sampled_from(["01", "1e5", "2.50", "no"])), dtype="object"),
            "n": pd.array(column(st.integers(-(2**53), 2**53)), dtype="Int64"),
            "vip": pd.array(column(st.booleans()), dtype="boolean"),
            "asked": pd.to_datetime(pd.Series(column(times), dtype="object"), utc=True),
        }
    )
    turns = pd.DataFrame(
        {
            "interaction_id": ids,
            "turn": 0,
            "speaker": "customer",
            "text": draw(st.lists(words, min_size=n, max_size=n)),
            "start": pd.to_datetime(pd.Series(column(times), dtype="object"), utc=True)
            if draw(st.booleans())
            else pd.Series(column(st.floats(0, 1e9)), dtype="float64"),
        }
    )
    outcomes = (Outcome("csat", "ordinal", (1, 2, 3, 4, 5), label="How was it?"),)
    return Corpus(turns, interactions, outcomes, draw(words), draw(words), "en")


def same(one: Corpus, other: Corpus) -> None:
    pd.testing.assert_frame_equal(one.turns, other.turns, check_exact=True)
    pd.testing.assert_frame_equal(one.interactions, other.interactions, check_exact=True)
    assert (one.outcomes, one.name, one.licence) == (other.outcomes, other.name, other.licence)


@pytest.mark.parametrize("form", FORMATS)
@settings(max_examples=25, deadline=None)
@given(corpus=corpora())
def test_what_was_written_comes_back(form: str, corpus: Corpus) -> None:
    with tempfile.TemporaryDirectory() as place:
        same(read_folder(write_folder(corpus, Path(place) / "c", format=form)), corpus)  # type: ignore[arg-type]


@pytest.mark.parametrize("form", FORMATS)
def test_hard_texts_come_back(form: str, tmp_path: Path) -> None:
    texts = [
        "",
        "😀 👩‍👩‍👧",
        "שלום \u202bעולם",
        'a "quoted", one',
        "two\nlines\r\nand\rmore",
        "\ttab ",
        "NaN",
        "null",
    ]
    ids = [f"00{i}" for i in range(len(texts))]
    turns = pd.DataFrame({"interaction_id": ids, "turn": 0, "speaker": "customer", "text": texts})
    corpus = Corpus(turns, pd.DataFrame({"interaction_id": ids, "agent_id": None, "channel": None}))
    back = read_folder(write_folder(corpus, tmp_path / "c", format=form))  # type: ignore[arg-type]
    assert back.turns["text"].tolist() == texts
    assert back.turns["interaction_id"].tolist() == ids
    assert back.interactions["agent_id"].isna().all()


@pytest.mark.parametrize("form", FORMATS)
def test_layers_come_back(form: str, tmp_path: Path) -> None:
    turns = pd.DataFrame({"interaction_id": ["a"], "turn": 0, "speaker": "agent", "text": "Sorry"})
    spans = turns[["interaction_id", "turn"]].assign(
        step="apologize", start_char=0, end_char=5, text="Sorry", source="rule:x", guide="g 1"
    )
    codes = turns[["interaction_id", "turn"]].assign(
        step="apologize", coder="c", decision="yes", decided_at="2026-01-01", probability=0.5
    )
    interactions = pd.DataFrame({"interaction_id": ["a"], "agent_id": "k", "channel": "chat"})
    corpus = Corpus(turns, interactions, spans=spans, codes=codes)
    back = read_folder(write_folder(corpus, tmp_path / "c", format=form))  # type: ignore[arg-type]
    assert back.spans is not None
    assert back.codes is not None
    pd.testing.assert_frame_equal(back.spans, corpus.spans)
    pd.testing.assert_frame_equal(back.codes, corpus.codes)


def folder(place: Path, **files: str | bytes) -> Path:
    """A corpus folder written by hand; a file given as "" is left out."""
    standing = {"corpus.toml": CARD, "interactions.csv": INTERACTIONS, "turns.csv": TURNS}
    for name, content in {**standing, **{name.replace("__", "."): c for name, c in files.items()}}.items():
        if content != "":
            (place / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return place


def test_a_folder_written_by_hand_is_read(tmp_path: Path) -> None:
    corpus = read_folder(folder(tmp_path))
    assert corpus.turns["text"].tolist() == ["hello", ""]
    assert corpus.interactions["interaction_id"].tolist() == ["007", "1e5"]
    assert corpus.interactions["csat"].isna().tolist() == [False, True]


def test_columns_that_nobody_declared_are_taken_as_they_look(tmp_path: Path) -> None:
    rows = "interaction_id,agent_id,channel,csat,code,exp,size,share,vip\n007,k,,,007,1e5,7,0.5,true\n1e5,7,,,01,2e5,8,,\n"
    frame = read_folder(folder(tmp_path, interactions__csv=rows)).interactions
    assert frame["code"].tolist() == ["007", "01"]
    assert frame["exp"].tolist() == ["1e5", "2e5"]
    assert frame["agent_id"].tolist() == ["k", "7"]
    kinds = frame[["size", "share", "vip"]].dtypes.astype(str).tolist()
    assert kinds == ["int64", "float64", "boolean"]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"turns__csv": ""}, "{}: no turns; expected turns.parquet or turns.csv or turns.jsonl."),
        (
            {"turns__jsonl": "{}"},
            "{}: turns.csv and turns.jsonl; expected one file of turns. Keep the one that is right.",
        ),
        ({"turns__csv": "\n"}, "{}/turns.csv: an empty file; expected a table with at least one row."),
        (
            {"turns__csv": b"interaction_id,turn\n007,\x000\n"},
            "{}/turns.csv, line 2: a NUL byte; expected text. This looks like a binary file.",
        ),
        (
            {"turns__csv": b"interaction_id,turn,speaker,text\n007,0,agent,ok\n007,1,agent,caf\xe9\n"},
            "{}/turns.csv, line 3: byte 0xe9 is not UTF-8 text; expected UTF-8 text. "
            "Save it as UTF-8, or name its encoding where the command takes it (--encoding cp1252).",
        ),
        (
            {"turns__csv": 'interaction_id,turn,speaker,text\n007,0,customer,"two\nlines"\n007,1,bot,x\n'},
            "{}/turns.csv, line 4, column 'speaker': 'bot'; expected 'agent', 'customer' or 'other'. "
            "Say who that is, for example --speaker bot=agent when importing.",
        ),
        (
            {
                "turns__csv": 'interaction_id,turn,speaker,text\n007,0,customer,"two\nlines"\n007,1\n007,2,agent,x,y\n'
            },
            "{0}/turns.csv, line 4: 2 cells; expected 4, as in the header.\n"
            "{0}/turns.csv, line 5: 5 cells; expected 4, as in the header.",
        ),
        (
            {"turns__csv": "", "turns__jsonl": '{"interaction_id": "007"}\n{"interaction_id": \n[1]\n'},
            "{0}/turns.jsonl, line 2: no JSON: Expecting value (character 20).\n"
            "{0}/turns.jsonl, line 3: [1]; expected one JSON object, {{…}}.",
        ),
        ({"turns__csv": "", "turns__parquet": b"PAR1 cut"}, "{}/turns.parquet: not a Parquet file"),
        (
            {
                "corpus__toml": "name = 'x'\n[outcomes.csat]\nkind = 'stars'\n[outcomes.nps]\nkind='count'\nlabl='x'\n"
            },
            "{0}/corpus.toml, entry 'outcomes.csat.kind': 'stars'; expected 'binary', 'ordinal', 'continuous' or 'count'.\n"
            "{0}/corpus.toml, entry 'outcomes.nps.labl': unknown; expected kind, levels, good, label. Did you mean 'label'?",
        ),
        (
            {"corpus__toml": "licence = 'MIT'"},
            "{}/corpus.toml, entry 'name': not there; expected an entry of that name.",
        ),
        ({"corpus__toml": "name = "}, "{}/corpus.toml: no TOML: Invalid value"),
        (
            {"corpus__toml": "name = 'x'\n[outcomes.csat]\nkind = 'ordinal'\n"},
            "{}/corpus.toml, outcome 'csat': levels []; expected two or more levels, lowest first.",
        ),
        ({"corpus__toml": "name = 3"}, "{}/corpus.toml, entry 'name': 3; expected a valid string."),
    ],
)
def test_a_folder_with_a_fault_is_told_in_words(files: dict, message: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        read_folder(folder(tmp_path, **files))
    assert str(error.value).startswith(message.format(tmp_path))


def test_what_is_no_corpus_folder_is_told_in_words(tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match=r"a directory without corpus\.toml; expected a corpus folder\. Import it first"
    ):
        read_folder(tmp_path)
    with pytest.raises(InputError, match=r"no such folder; expected a corpus folder with a corpus\.toml"):
        read_folder(tmp_path / "nowhere")


@pytest.fixture
def small(tmp_path: Path) -> Corpus:
    (tmp_path / "source").mkdir()
    return read_folder(folder(tmp_path / "source"))


def test_a_folder_that_holds_something_is_replaced_only_when_told(small: Corpus, tmp_path: Path) -> None:
    place = write_folder(small, tmp_path / "c", format="csv")
    (place / "README.md").write_text("kept")
    with pytest.raises(InputError, match=r"not empty; expected a new folder\. Use --force"):
        write_folder(small, place)
    write_folder(small, place, overwrite=True)
    assert sorted(file.name for file in place.iterdir()) == [
        "README.md",
        "corpus.toml",
        "interactions.parquet",
        "turns.parquet",
    ]


def test_codes_that_people_made_survive_a_new_import(small: Corpus, tmp_path: Path) -> None:
    place = write_folder(small, tmp_path / "c")
    codes = pd.DataFrame(
        {"interaction_id": ["007"], "turn": 0, "step": "anger", "coder": "c", "decision": "no"}
    )
    write_table(codes, place / "codes.csv")
    again = read_folder(write_folder(small, place, overwrite=True))
    assert again.codes is not None
    assert again.codes["decision"].tolist() == ["no"]


def test_a_write_that_fails_leaves_nothing_behind(
    small: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object) -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr("stepmark.corpus.folder.tomli_w.dumps", fail)
    with pytest.raises(RuntimeError, match="disk is full"):
        write_folder(small, tmp_path / "new" / "c")
    assert list((tmp_path / "new").iterdir()) == []


def test_a_table_is_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    place = tmp_path / "t.jsonl"
    write_table(pd.DataFrame({"a": [1]}), place)
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_table(pd.DataFrame({"a": [1, float("inf")]}), place)
    assert place.read_text() == '{"a": 1}\n'
    assert [file.name for file in tmp_path.iterdir()] == ["t.jsonl"]


def test_a_table_of_another_suffix_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match=r"suffix '\.xml'; expected a name ending in \.parquet, \.csv or \.jsonl"
    ):
        write_table(pd.DataFrame({"a": [1]}), tmp_path / "t.xml")
    with pytest.raises(InputError, match=r"suffix '\.xml'; expected a table as \.parquet, \.csv or \.jsonl"):
        read_table(tmp_path / "t.xml")


def test_a_place_that_cannot_be_written_to_is_told_in_words(small: Corpus, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(InputError, match="a file; expected a folder to write to"):
        write_folder(small, tmp_path / "file")
    with pytest.raises(
        InputError, match=r"cannot be written \((Not a directory|File exists)\); expected a folder in"
    ):
        write_folder(small, tmp_path / "file" / "c")
    with pytest.raises(
        InputError, match=r"cannot be written \((Not a directory|File exists)\); expected a place"
    ):
        write_table(small.turns, tmp_path / "file" / "t.csv")
