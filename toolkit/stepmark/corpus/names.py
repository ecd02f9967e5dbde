"""Whose name is that? Names that people give or are greeted by, without a model.

A name is found by the words before it ("my name is", "Hi …,", "Mr") or as a signature, and then wherever it comes
again in the interaction. Names that nothing announces stay: a person should read what will be published.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from stepmark.corpus.recognisers import Found

__all__ = ["announced_names", "repeated_names"]

_CAPITAL = r"[A-Z][a-zà-öø-ÿ]+(?:['’-][A-Z]?[a-zà-öø-ÿ]+)?|[A-Z]['’][A-Z][a-z]+|Ma?c[A-Z][a-z]+"
_FULL = rf"(?P<name>(?:{_CAPITAL})(?: (?:[A-Z]\. )?(?:{_CAPITAL})){{0,2}})(?![\w@])"
#: "I'm Maya," gives a name, "I'm Irish," does not.
_NO_PEOPLE = (
    r"(?!(?:American|Australian|British|Canadian|Chinese|Dutch|English|French|German|Indian|Irish|Italian|Mexican|"
    r"Polish|Scottish|Spanish|Welsh|Catholic|Hindu|Jewish|Muslim|Done|Furious)\b)"
)
#: "Maya speaking" gives a name, "Honestly speaking" does not.
_NO_MANNER = r"(?!(?:Broadly|Frankly|Generally|Honestly|Legally|Personally|Practically|Relatively|Roughly|Strictly|Technically)\b)"
_ANY = r"(?P<name>[A-Za-zà-öø-ÿ'’-]{2,}(?: [A-Z][A-Za-zà-öø-ÿ'’-]+){0,2}(?: [a-z'’-]{2,}(?=[.,!?\n]|$| and | i | my ))?)"
_GREETING = r"(?:[Hh]i|[Hh]ello|[Hh]ey|[Hh]iya|[Dd]ear|[Gg]ood (?:morning|afternoon|evening|day)|HI|HELLO)"
_THANKS = r"(?:[Tt]hanks(?: so much| again| a lot)?|[Tt]hank you(?: so much| very much| again)?|[Ss]orry|[Aa]pologies|[Ww]elcome)"
_CLOSING = r"(?:[Rr]egards|[Ss]incerely|[Cc]heers|[Bb]est(?: wishes)?|[Yy]ours(?: \w+)?|[Tt]hanks|[Tt]hank you|[Mm]any thanks)"

#: Words that a capital after a greeting, thanks or name cue does not make a name.
_NO_NAMES_TEXT = """
a about account actually afternoon again agent all am an and any anyway are as at back bad best billing but can
cancelled care christmas could crew customer day dear did different do does easter evening everyone everybody
first folks for friday from good great guys happy have he hello help hey hi how however i if in is it its it's
i'm i've i'd just ladies let listed listen look lot ma'am madam man manager mate me misspelled monday morning
much my no nope not now of off ok okay on one or our people please regards right saturday she sir so sorry
spelled still sunday sure support team thank thanks that that's the their them then there these they this
thursday to today tomorrow tuesday under very was we wednesday well were what when where which who why will with
would wrong ya yes yesterday yet you your yours gentlemen jesus god christ absolutely again
"""
NO_NAMES = frozenset(_NO_NAMES_TEXT.split())
#: Names that are words as well; one that comes again is a name only where no sentence begins.
_ALSO_WORDS_TEXT = """
Will May Mark Bill Grace Art Rose Hope Faith Joy Pat Drew Chase Rob Sue Jack Dawn Summer April June Max Guy
Miles Frank Grant Dean Ray Rich Sandy Penny Ginger Ruby Amber Crystal Sky Don Rusty Buddy Christian Jean Star
Win Long Young White Black Brown Green Gray Day King Price Case Page Park Bank Best Love Cook Rice West North
"""
ALSO_WORDS = frozenset(_ALSO_WORDS_TEXT.split())

_CUES = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\b(?:[Mm]y|[Tt]he|[Hh]is|[Hh]er) (?:full |first |last |sur)?[Nn]ame(?: (?:on|for) (?:the|my|this) \w+)?(?:['’]s| is|:) {_ANY}",
        rf"\b[Nn]ame: ?{_FULL}",
        rf"\b(?:[Yy]ou(?:['’]re| are) (?:speaking|chatting|talking) (?:to|with)|[Yy]ou(?:['’]re| are) through to) {_FULL}",
        rf"(?:^|[.,!?\n] ?){_NO_MANNER}{_FULL}(?= speaking(?:[.,!?;:\n]|$))",
        rf"\b(?:[Tt]his is|[Ii]t['’]s|I am|I['’]m) {_FULL}(?= (?:speaking|from|here|with|at your|and I(?:['’]ll|['’]m| am| will)))",
        rf"\b(?:I am|I['’]m) {_NO_PEOPLE}{_FULL}(?=[,.!]|$| and | (?:[Mm]y|[Ww]here|[Ww]hy) )",
        rf"\b(?:I am|I['’]m) {_NO_PEOPLE}(?=[A-Z]\S* [A-Z]){_FULL}",
        rf"\b{_GREETING}[,.!]?(?: there[,.!]?)? (?:[Tt]his is|I am|I['’]m|[Mm]y name['’]s|[Ii]t['’]s) {_FULL}(?=[,.!]|$| and )",
        rf"(?:^|[.!?\n] ?|\b[Oo]h |\b[Aa]nd ){_GREETING},? {_FULL}(?=[,.!?;:\n—–-]|$| (?:thanks|thank|I|i|this|how|sorry|and|we|my|it|so|-|–))",
        rf"\b{_THANKS},? {_FULL}(?=[,.!?;:\n]|$| (?:for|I|we|that|and|-))",
        rf"\b(?:[Ss]orry|[Tt]hanks|[Tt]hank you)\b[^,.!?\n]{{1,60}}, {_FULL}(?=[.!]|$)",
        rf"\b(?:[Mm]r|[Mm]rs|[Mm]s|Miss|[Dd]r|[Pp]rof|MR|MRS|MS)\b\.? {_FULL}",
        r"\b(?:mr|mrs|dr)\.? (?P<name>[a-z'’-]{2,})",
        rf"\b{_CLOSING},?\s*\n\s*{_FULL}\s*(?:\n|$)",
        rf"\b{_CLOSING}, {_FULL}\.?\s*$",
        rf"(?:[.!?)\n]\s*[-–—~] ?|\s[-~]){_FULL}\s*$",
        r"(?:\s|^)[\^*](?P<name>[A-Z][A-Za-z]{0,14})\s*$",
        r"[.!?] ?-(?P<name>[A-Z]{2,3})\s*$",
    )
)


def _trim(name: str) -> str:
    """The name without the words around it that are none; "" where nothing is left."""
    if name.isupper():  # initials under a post, not words
        return name
    words = name.split(" ")
    for place, word in enumerate(words):
        if word.lower().replace("’", "'") in NO_NAMES:
            words = words[:place]
            break
    return " ".join(words)


def announced_names(text: str) -> list[Found]:
    """Names that the words around them announce, in the order of the text; none overlap."""
    found: dict[int, Found] = {}
    for cue in _CUES:
        for match in cue.finditer(text):
            if name := _trim(match["name"]):
                start = match.start("name")
                longest = max(start + len(name), found[start].end if start in found else 0)
                found[start] = Found("NAME", start, longest)
    apart: list[Found] = []
    for start in sorted(found):
        if not apart or start >= apart[-1].end:
            apart.append(found[start])
    return apart


def repeated_names(text: str, names: Iterable[str]) -> list[Found]:
    """Where `names`, known from elsewhere in the interaction, come in `text` with a capital."""
    spelt = sorted({name[0].upper() + name[1:] for name in names if len(name) > 2}, key=len, reverse=True)
    if not spelt:
        return []
    pattern = re.compile(rf"(?<![\w@#/.])(?:{'|'.join(map(re.escape, spelt))})(?![\w@])")
    found = []
    for match in pattern.finditer(text):
        begins = not text[: match.start()].rstrip() or text[: match.start()].rstrip()[-1] in '.!?:;-"“(\n'
        if not (begins and match[0] in ALSO_WORDS):
            found.append(Found("NAME", *match.span()))
    return found
