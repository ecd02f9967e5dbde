"""Importing the package is quick because it loads nothing that is slow."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

SLOW = {
    "IPython",
    "anywidget",
    "ipywidgets",
    "matplotlib",
    "numpy",
    "pandas",
    "pyarrow",
    "scipy",
    "sklearn",
    "spacy",
}
SLOW |= {"sqlalchemy", "statsmodels", "pydantic"}


def loaded_by(code: str) -> set[str]:
    ask = (
        f"{code}\nimport json, sys\nprint(json.dumps(sorted({{name.split('.')[0] for name in sys.modules}})))"
    )
    done = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout))


@pytest.mark.parametrize("code", ["import stepmark", "import stepmark.cli", "import stepmark; dir(stepmark)"])
def test_importing_loads_nothing_slow(code: str) -> None:
    assert loaded_by(code) & SLOW == set()


def test_tab_offers_each_name_once_and_rooms_need_no_import() -> None:
    ask = (
        "import stepmark\nstepmark.Corpus\nnames = dir(stepmark)\nassert len(names) == len(set(names))\n"
        "assert {'figures', 'review', 'study'} <= set(names)\nstepmark.figures.plot_effects\nstepmark.review.Session"
    )
    assert {"matplotlib", "sqlalchemy"} <= loaded_by(ask)


def test_the_first_use_of_a_room_loads_it() -> None:
    loaded = loaded_by("import stepmark\nstepmark.Corpus")
    assert "pandas" in loaded
    assert loaded & {"spacy", "statsmodels", "ipywidgets", "matplotlib", "scipy", "phonenumbers"} == set()
