"""Which column is which, and who is who, in a table that somebody exported?

Names that are usual in exports of chat, ticket and call systems. A guess is always told to the user, and a mapping
that the user gives always wins.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from stepmark.corpus.columns import closest
from stepmark.errors import Fault, InputError

__all__ = ["CHANNEL_WORDS", "SPEAKER_WORDS", "USUAL_OUTCOMES", "match_columns", "missing_column"]

USUAL_NAMES = {
    "interaction_id": "interaction conversation_id conversation chat_id ticket_id ticket case_id case thread_id thread "
    "session_id session call_id call dialogue_id dialog_id contact_id",
    "turn": "turn_id turn_number turn_index message_number message_index sequence seq position",
    "speaker": "from role sender sender_type author_type author participant party who speaker_role direction",
    "text": "message body content utterance transcript msg words message_text comment",
    "start": "timestamp time created_at sent_at date datetime start_time started_at created message_time",
    "end": "end_time ended_at finished_at",
    "agent_id": "agent agent_name representative rep operator advisor adviser assignee employee",
    "channel": "medium contact_channel",
}

SPEAKER_WORDS = {
    "agent": "agent",
    "customer": "customer",
    "other": "other",
    **dict.fromkeys(
        ("user", "client", "caller", "guest", "visitor", "end_user", "enduser", "consumer"), "customer"
    ),
    **dict.fromkeys(
        ("assistant", "representative", "rep", "operator", "advisor", "adviser", "employee"), "agent"
    ),
    **dict.fromkeys(("inbound", "incoming"), "customer"),
    **dict.fromkeys(("outbound", "outgoing"), "agent"),
    "system": "other",
}

CHANNEL_WORDS = {
    **dict.fromkeys(("live chat", "livechat", "webchat", "web chat"), "chat"),
    **dict.fromkeys(("call", "voice", "telephone", "calls"), "phone"),
    **dict.fromkeys(("mail", "e-mail", "mails"), "email"),
    **dict.fromkeys(("twitter", "x", "facebook", "instagram", "social media"), "social"),
    **dict.fromkeys(("sms", "whatsapp", "messenger", "imessage"), "messaging"),
}

#: Outcomes that are known by their names: kind and levels.
USUAL_OUTCOMES: dict[str, tuple[str, tuple[float, ...]]] = {
    "csat": ("ordinal", (1, 2, 3, 4, 5)),
    "satisfaction": ("ordinal", (1, 2, 3, 4, 5)),
    "nps": ("ordinal", tuple(range(11))),
    "resolved": ("binary", ()),
    "is_resolved": ("binary", ()),
    "churned": ("binary", ()),
}


def _plain(name: str) -> str:
    """`Conversation ID` and `conversationId` are both `conversation_id`."""
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", str(name))
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")


def match_columns(
    names: Iterable[str], wanted: Mapping[str, str], where: str
) -> tuple[dict[str, str], list[str]]:
    """The column of the source for each of ours, and what was guessed, in words.

    Parameters
    ----------
    names
        The columns of the source.
    wanted
        Our column to the source's, as the user gave it. A column of the source that is given to one of ours is not
        guessed for another.
    where
        The file, for the error.
    """
    names = [str(name) for name in names]
    faults = []
    for source in wanted.values():
        if source not in names:
            near = closest(source, names)
            advice = f"Did you mean '{near}'?" if near else ""
            faults.append(Fault(where, f"no column '{source}'", f"one of {', '.join(names)}", advice))
    if faults:
        raise InputError(faults)
    matched, notes = dict(wanted), []
    for ours, usual in USUAL_NAMES.items():
        if ours in matched:
            continue
        free = {_plain(name): name for name in reversed(names) if name not in matched.values()}
        found = next((free[name] for name in [ours, *usual.split()] if name in free), None)
        if found is not None:
            matched[ours] = found
            if found != ours:
                notes.append(f"column '{found}' taken as {ours} (change it with --column {ours}=NAME)")
    return matched, notes


def missing_column(ours: str, doc: str, names: Iterable[str], where: str) -> Fault:
    """The fault of a table in which nothing was found for a column that every table needs."""
    names = [str(name) for name in names]
    near = {name: closest(_plain(name), [ours, *USUAL_NAMES[ours].split()]) for name in names}
    meant = next((name for name, usual in near.items() if usual), "")
    advice = f"Did you mean --column {ours}={meant}?" if meant else f"Name it with --column {ours}=NAME."
    return Fault(where, f"no column for {ours} among {', '.join(names)}", f"it ({doc.rstrip('.')})", advice)
