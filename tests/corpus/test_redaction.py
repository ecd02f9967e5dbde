"""Personal data go, everything else stays."""

from __future__ import annotations

import pandas as pd
import pytest

from stepmark.corpus import Corpus, redact, redact_text, redact_texts

#: Invented for this test: what must go, and into what.
PERSONAL = [
    ("Hi Maya, how are you?", "Hi <NAME_1>, how are you?"),
    ("my name is john smith and i need help", "my name is <NAME_1> and i need help"),
    ("Hi there, I'm Dana.", "Hi there, I'm <NAME_1>."),
    ("I'm so sorry to hear that, Jörg.", "I'm so sorry to hear that, <NAME_1>."),
    ("Thank you for calling the bank, Maya! Bye", "Thank you for calling the bank, <NAME_1>! Bye"),
    ("I'm Jörg Müller, where is my parcel?", "I'm <NAME_1>, where is my parcel?"),
    ("It broke again. I’m Tom French calling about it.", "It broke again. I’m <NAME_1> calling about it."),
    ("I'm Maya, where is it?", "I'm <NAME_1>, where is it?"),
    ("where is it? I am Maya", "where is it? I am <NAME_1>"),
    ("This is Priya from billing.", "This is <NAME_1> from billing."),
    ("Thanks, Tom.", "Thanks, <NAME_1>."),
    ("Thank you Sarah, that helps", "Thank you <NAME_1>, that helps"),
    ("Kind regards,\nOlu Adeyemi", "Kind regards,\n<NAME_1>"),
    ("We are on it. ^KM", "We are on it. ^<NAME_1>"),
    ("My name is Zoë O'Neill.", "My name is <NAME_1>."),
    ("Hello Dr Singh", "Hello <NAME_1>"),
    ("Mrs. Okafor rang, mr bell did not", "Mrs. <NAME_1> rang, mr <NAME_2> did not"),
    ("Welcome to the bank, Maya speaking.", "Welcome to the bank, <NAME_1> speaking."),
    ("You're speaking with Ana Ruiz today", "You're speaking with <NAME_1> today"),
    ("write to jo.p+x@mail.example.org!", "write to <EMAIL_1>!"),
    ("it's jo dot perry at example dot com", "it's <EMAIL_1>"),
    ("07700 900123 or (0161) 496 0000", "<PHONE_1> or <PHONE_2>"),
    ("call 555-0199 or +1 202 555 0143", "call <PHONE_1> or <PHONE_2>"),
    ("202-555-0143, that is 202 555 0143", "<PHONE_1>, that is <PHONE_1>"),
    ("+49 30 901820 in Berlin", "<PHONE_1> in Berlin"),
    ("My card is 4111 1111 1111 1111, exp 09/27", "My card is <CARD_1>, exp 09/27"),
    ("my card ending in 4242 was charged", "my card ending in <CARD_1> was charged"),
    ("GB29 NWBK 6016 1331 9268 19", "<IBAN_1>"),
    ("order 4471-AB, reference is K9X2P7", "order <ORDER_1>, reference is <ORDER_2>"),
    ("Order #12345", "Order #<ORDER_1>"),
    (
        "My account number is 12345678, sort code 12-34-56",
        "My account number is <ACCOUNT_1>, sort code <ACCOUNT_2>",
    ),
    ("at 12 Oakfield Road, Leeds LS6 2AB", "at <ADDRESS_1>, Leeds <POSTCODE_1>"),
    ("ZIP is 94105; San Jose, CA 95112", "ZIP is <POSTCODE_1>; San Jose, CA <POSTCODE_2>"),
    ("postcode ls62ab", "postcode <POSTCODE_1>"),
    ("I was born on 12/03/1981", "I was born on <DATE_1>"),
    ("SSN 078-05-1120", "SSN <SSN_1>"),
    ("from 192.168.1.14 and 2001:db8:0:0:1:0:0:1", "from <IP_1> and <IP_2>"),
    ("see https://example.org/a?b=c.", "see <URL_1>."),
    ("@jo_perry lost it", "<HANDLE_1> lost it"),
]

#: Near misses: none of this is personal, all of it must stay.
IMPERSONAL = [
    "Honestly speaking, I gave up. Who is speaking?",
    "my name's on the account",
    "MY NAME IS THE SAME",
    "HELLO? ANYONE THERE?",
    "Thanks for waiting, thank you very much.",
    "Good morning Team,",
    "Hi All, dear Sir or Madam,",
    "Sorry, Sir. I'm Sure it is fine.",
    "Sorry about that, Sir. Thanks for asking, Monday, then.",
    "I'm Irish, not English. I'm Scottish Power's oldest customer. I'm OK.",
    "Miss you already. I miss Berlin.",
    "It took 3 days - Ridiculous",
    "Hi Customer Service, hello again",
    "I ordered 12 blue mugs on 14 March 2026 and paid 45.99",
    "I waited 45 minutes, twice, since 2019.Then it broke",
    "in order to fix 3 things I had a case of 24 bottles",
    "ticket price 1200 dollars, order total 1200, claim 2 items",
    "version 10.2.3 of the app, room 1204, 100,000 points",
    "flight BA2490 at 10:45 on 2026-11-22, from 17:39 to the high street",
    "It's 2-3 days, 10-15 pounds, 1234567890123 tries",
    "meet @ 9 pm, 50% off #sale",
    "GB is a country and A1 2BC is none",
    "",
    "שלום 😀 \u202e",
]


@pytest.mark.parametrize(("text", "expected"), PERSONAL)
def test_personal_data_become_placeholders(text: str, expected: str) -> None:
    assert redact_text(text) == expected


@pytest.mark.parametrize("text", IMPERSONAL)
def test_what_is_not_personal_stays(text: str) -> None:
    assert redact_text(text) == text


@pytest.mark.parametrize("text", [text for text, _ in PERSONAL])
def test_redacting_twice_changes_nothing_more(text: str) -> None:
    once = redact_text(text)
    assert redact_text(once) == once


def test_a_name_is_found_again_where_nothing_announces_it() -> None:
    texts = ["Hi, my name is Trevor", "Is Trevor the one who called?", "trevors are birds"]
    assert redact_texts(texts) == [
        "Hi, my name is <NAME_1>",
        "Is <NAME_1> the one who called?",
        "trevors are birds",
    ]


def test_a_name_that_is_a_word_stays_a_word_where_a_sentence_begins() -> None:
    assert redact_texts(["My name is May.", "May I ask for May again?"]) == [
        "My name is <NAME_1>.",
        "May I ask for <NAME_1> again?",
    ]


def _corpus(texts: dict[str, list[str]], **columns: object) -> Corpus:
    turns = [
        {"interaction_id": key, "turn": i, "speaker": "customer", "text": text}
        for key, said in texts.items()
        for i, text in enumerate(said)
    ]
    interactions = pd.DataFrame(
        {"interaction_id": list(texts), "agent_id": "acme", "channel": "chat"} | columns
    )
    return Corpus(pd.DataFrame(turns), interactions)


def test_placeholders_begin_again_in_each_interaction() -> None:
    corpus = _corpus({"a": ["a@example.org b@example.org", "B@example.org"], "b": ["b@example.org"]})
    assert redact(corpus).turns["text"].tolist() == ["<EMAIL_1> <EMAIL_2>", "<EMAIL_2>", "<EMAIL_1>"]
    assert redact(corpus, across=True).turns["text"].tolist() == [
        "<EMAIL_1> <EMAIL_2>",
        "<EMAIL_2>",
        "<EMAIL_2>",
    ]


def test_redaction_leaves_the_corpus_as_it_was_and_says_what_it_did() -> None:
    corpus = _corpus(
        {"a": ["a@example.org", "fine"]}, customer_id=["c-1"], comment=["Ask me at b@example.org"]
    )
    redacted = redact(corpus)
    assert corpus.turns["text"].tolist() == ["a@example.org", "fine"]
    assert redacted.interactions["comment"].tolist() == ["Ask me at <EMAIL_1>"]
    assert redacted.interactions["customer_id"].tolist() == ["c-1"]
    assert redacted.notes == ("1 placeholders in 1 of 2 turns", "left as they are: agent_id, customer_id")


def test_the_handle_of_the_company_stays() -> None:
    assert redact(_corpus({"a": ["@acme ask @jo_perry"]})).turns["text"].tolist() == ["@acme ask <HANDLE_1>"]


def test_agents_are_renamed_on_request() -> None:
    corpus = _corpus({"a": ["x"], "b": ["y"]}, agent_id=["Kim Lee", "Abe Ash"])
    assert redact(corpus, agents=True).interactions["agent_id"].tolist() == ["agent-2", "agent-1"]


def test_spans_move_with_the_words() -> None:
    text = "Hi Bo, sorry. Write to bo@example.org, I'm so sorry"
    corpus = _corpus({"a": [text]})
    first, last = text.index("sorry"), text.rindex("I'm so sorry")
    ends = [
        (first, first + 5),
        (last, len(text)),
        (text.index("bo@") + 3, len(text)),
        (text.index(", I'm"), len(text)),
    ]
    spans = pd.DataFrame(
        [
            {
                "interaction_id": "a",
                "turn": 0,
                "step": "apologize",
                "start_char": start,
                "end_char": end,
                "text": text[start:end],
                "source": "rule:x",
                "guide": "g 1",
            }
            for start, end in ends
        ]
    )
    moved = redact(Corpus(corpus.turns, corpus.interactions, spans=spans))
    assert moved.spans is not None
    said = moved.turns["text"][0]
    cut = [said[a:b] for a, b in zip(moved.spans["start_char"], moved.spans["end_char"], strict=True)]
    assert (
        cut
        == moved.spans["text"].tolist()
        == [
            "sorry",
            "<EMAIL_1>, I'm so sorry",
            ", I'm so sorry",
            "I'm so sorry",
        ]
    )
