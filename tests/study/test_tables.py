"""A study's table as spreadsheets save it."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from stepmark.errors import InputError
from stepmark.study.tables import read_table

WANTED = pd.DataFrame({"interaction_id": ["a", "b"], "csat": [3.5, -2.0], "note": ["x, y", "1,5 or 2"]})


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("t.csv", 'interaction_id,csat,note\na,3.5,"x, y"\nb,-2.0,"1,5 or 2"\n'),
        ("t.csv", "interaction_id;csat;note\na;3,5;x, y\nb;-2,0;1,5 or 2\n"),
        ("t.csv", '"interaction_id";"csat";"note"\r\n"a";"3,5";"x, y"\r\n"b";"-2,0";"1,5 or 2"\r\n'),
        ("t.csv", "interaction_id;csat;note\na;3.5;x, y\nb;-2.0;1,5 or 2\n"),
        ("t.tsv", "interaction_id\tcsat\tnote\na\t3.5\tx, y\nb\t-2.0\t1,5 or 2\n"),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_table_is_read_by_its_own_delimiter_and_decimal_sign(
    name: str, text: str, encoding: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(text.encode(encoding))
    pd.testing.assert_frame_equal(read_table(tmp_path / name), WANTED)


def test_a_semicolon_table_whose_commas_stand_in_words_keeps_its_points(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("id;minutes\nline 1,5;3.5\n")
    assert read_table(tmp_path / "t.csv")["minutes"].tolist() == [3.5]


def test_what_is_not_text_is_one_error_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(b"id,csat\na,3\nb,\xff\n")
    with pytest.raises(InputError, match=r"t\.csv, line 3: byte 0xff is not UTF-8 text"):
        read_table(tmp_path / "t.csv")
