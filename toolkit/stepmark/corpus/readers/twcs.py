"""How is Customer Support on Twitter read? One CSV of tweets; threads are rebuilt from who replies to whom.

An interaction is a thread: all posts that hang together by replies, with branches, sorted by time. A link to a post
that is not in the file still holds its replies together. A company's broadcast that several people answer is no
conversation among them: each answer begins its own interaction, and the broadcast stays alone, marked `broadcast`.
A company's consecutive posts stay separate turns.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from stepmark.corpus.columns import blame, closest
from stepmark.corpus.corpus import Corpus
from stepmark.corpus.files import read_csv
from stepmark.corpus.origin import Origin
from stepmark.errors import Fault, InputError

__all__ = ["looks_like_twcs", "read_twcs"]

COLUMNS = (
    "tweet_id",
    "author_id",
    "inbound",
    "created_at",
    "text",
    "response_tweet_id",
    "in_response_to_tweet_id",
)
#: Where to stop counting, should replies go in a circle.
LONGEST_THREAD = 10_000
TIME_FORMAT = "%a %b %d %H:%M:%S %z %Y"


def looks_like_twcs(path: Path) -> bool:
    """Whether `path` is a CSV with the columns of this corpus, or a folder with one such file."""
    file = _file(path)
    if file is None:
        return False
    with file.open("rb") as lines:
        header = lines.readline(1000).decode("utf-8", "replace")
    return {"tweet_id", "inbound", "in_response_to_tweet_id"} <= set(header.strip().split(","))


def _file(path: Path) -> Path | None:
    if path.is_dir():
        files = sorted(path.glob("*.csv"))
        return files[0] if len(files) == 1 else None
    return path if path.suffix.lower() == ".csv" else None


def read_twcs(path: str | Path) -> Corpus:
    """The threads of Customer Support on Twitter; it has no outcome.

    Turns keep `tweet_id`, `author_id` and `reply_to`. The agent is the company that posted most in the thread, missing
    where none answered.

    Parameters
    ----------
    path
        The CSV, or the folder with it.
    """
    path = Path(path)
    file = _file(path) or path
    if file.is_dir():
        raise InputError(Fault(str(file), "no one CSV", "a folder with the one CSV of the corpus"))
    tweets, origin = read_csv(file)
    tweets = _checked(tweets, origin)
    tweets["depth"] = _depth(tweets)
    tweets["interaction_id"] = _threads(tweets)
    order = ["interaction_id", "start", "depth", "tweet_id"]
    tweets = tweets.sort_values(order, kind="stable", ignore_index=True)
    tweets["turn"] = tweets.groupby("interaction_id", sort=False).cumcount()
    names = ["interaction_id", "turn", "speaker", "text", "start", "tweet_id", "author_id", "reply_to"]
    return Corpus(tweets[names], _interactions(tweets), (), "twcs", "CC BY-NC-SA 4.0", "en")


def _checked(tweets: pd.DataFrame, origin: Origin) -> pd.DataFrame:
    """The tweets with speaker and time, or every fault of the file."""
    faults = []
    for name in COLUMNS:
        if name not in tweets:
            near = closest(name, tweets.columns)
            advice = f"Did you mean '{near}'?" if near else ""
            faults.append(Fault(origin.where(), f"no column '{name}'", ", ".join(COLUMNS), advice))
    if faults:
        raise InputError(faults)
    times = pd.to_datetime(tweets["created_at"], format=TIME_FORMAT, utc=True, errors="coerce")
    inbound = tweets["inbound"].str.lower().map({"true": "customer", "false": "agent"})
    again = (tweets["tweet_id"].duplicated() & tweets["tweet_id"].notna()).to_numpy()
    faults += blame(tweets["tweet_id"], again, origin, "tweet_id", "each tweet once")
    for name in ("tweet_id", "author_id"):
        faults += blame(tweets[name], tweets[name].isna().to_numpy(), origin, name, "an id")
    faults += blame(tweets["inbound"], inbound.isna().to_numpy(), origin, "inbound", "True or False")
    faults += blame(
        tweets["created_at"], times.isna().to_numpy(), origin, "created_at", "Tue Oct 31 22:10:35 +0000 2017"
    )
    if faults:
        raise InputError(faults)
    return tweets.assign(
        start=times, speaker=inbound, text=tweets["text"].fillna(""), reply_to=_parents(tweets)
    )


def _parents(tweets: pd.DataFrame) -> pd.Series:
    """The tweet each one replies to; where it does not say, the tweet that lists it among its responses."""
    listed = tweets[["tweet_id", "response_tweet_id"]].dropna()
    listed = listed.assign(child=listed["response_tweet_id"].str.split(",")).explode("child")
    by_child = listed.drop_duplicates("child").set_index("child")["tweet_id"]
    parents = tweets["in_response_to_tweet_id"].fillna(tweets["tweet_id"].map(by_child))
    return parents.mask(parents == tweets["tweet_id"])


def _broadcasts(tweets: pd.DataFrame) -> set[str]:
    """Posts that begin a thread, by a company or not in the file, which two or more people answered."""
    replies = tweets[tweets["speaker"].eq("customer") & tweets["reply_to"].notna()]
    people = replies.groupby("reply_to")["author_id"].nunique()
    busy = set(people.index[people > 1])
    conversing = tweets["speaker"].eq("customer") | tweets["reply_to"].notna()
    return busy - set(tweets.loc[conversing, "tweet_id"])


def _threads(tweets: pd.DataFrame) -> pd.Series:
    """The first tweet of the thread each tweet belongs to."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    cut = tweets["reply_to"].isin(_broadcasts(tweets)) & tweets["speaker"].eq("customer")
    links = tweets.loc[tweets["reply_to"].notna() & ~cut, ["tweet_id", "reply_to"]]
    nodes = pd.Index(tweets["tweet_id"]).append(pd.Index(links["reply_to"])).unique()
    rows, columns = nodes.get_indexer(links["tweet_id"]), nodes.get_indexer(links["reply_to"])
    graph = coo_array((np.ones(len(links), dtype=np.int8), (rows, columns)), shape=(len(nodes), len(nodes)))
    _, labels = connected_components(graph, directed=False)
    label = pd.Series(labels[: len(tweets)], index=tweets.index)
    first = tweets.assign(label=label).sort_values(["start", "depth", "tweet_id"])
    return label.map(first.drop_duplicates("label").set_index("label")["tweet_id"])


def _depth(tweets: pd.DataFrame) -> np.ndarray:
    """How many posts of the file stand above each one: what orders posts of one second."""
    parents = pd.Index(tweets["tweet_id"]).get_indexer(tweets["reply_to"])
    depth = np.zeros(len(tweets), dtype=np.int64)
    above = parents
    while (there := above >= 0).any() and depth.max() < LONGEST_THREAD:
        depth += there
        above = np.where(there, parents[above], -1)
    return depth


def _interactions(tweets: pd.DataFrame) -> pd.DataFrame:
    said = tweets[tweets["speaker"].eq("agent")]
    posts = said.groupby(["interaction_id", "author_id"], sort=False).size().rename("posts").reset_index()
    most = posts.sort_values("posts", ascending=False, kind="stable").drop_duplicates("interaction_id")
    ids = tweets["interaction_id"].drop_duplicates()
    talkers = tweets.groupby("interaction_id")["author_id"].nunique()
    broadcast = ids.isin(_broadcasts(tweets))
    return pd.DataFrame(
        {
            "interaction_id": ids.to_numpy(),
            "agent_id": ids.map(most.set_index("interaction_id")["author_id"]).to_numpy(),
            "channel": "social",
            "n_authors": ids.map(talkers).to_numpy(),
            "broadcast": broadcast.to_numpy(),
        }
    )
