"""Where in a text is personal data, and of which type?

A recogniser is a type, a pattern whose group `value` (or the whole) is the datum, and a check that tells a card number
from any other row of digits. Checks of numbers come from phonenumbers and python-stdnum.

presidio-analyzer was tried. Its e-mail recogniser asks the net for a list of domains, importing it takes 3 s, its
recognisers for six types took 4 ms a turn (STAR: 4 minutes), and it marks "2019.Then" as a URL; names need a model.
The libraries it checks numbers with are used here directly.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

__all__ = ["RECOGNISERS", "Found", "Recogniser", "find_personal"]

#: Countries whose way of writing a number without +.. is known.
REGIONS = ("US", "GB")


@dataclass(frozen=True)
class Found:
    """Personal data in a text: its type and place."""

    kind: str
    start: int
    end: int


@dataclass(frozen=True)
class Recogniser:
    """What marks one type of personal data.

    Attributes
    ----------
    kind
        The type, as in the placeholder.
    pattern
        The datum is the group `value`, or the whole match where there is none.
    holds
        Whether the value is one, beyond its shape.
    """

    kind: str
    pattern: re.Pattern[str]
    holds: Callable[[str], bool] = lambda value: True

    def find(self, text: str) -> Iterator[Found]:
        """Each datum of this type in `text`."""
        group = "value" if "value" in self.pattern.groupindex else 0
        for match in self.pattern.finditer(text):
            if match[group] and self.holds(match[group]):
                yield Found(self.kind, *match.span(group))


def _is_card(value: str) -> bool:
    from stdnum import luhn

    digits = re.sub(r"\D", "", value)
    return 13 <= len(digits) <= 19 and luhn.is_valid(digits)


def _is_iban(value: str) -> bool:
    from stdnum import iban

    return bool(iban.is_valid(value))


def _is_address(value: str) -> bool:
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return False
    return True


def _is_uk_length(value: str) -> bool:
    return sum(char.isdigit() for char in value) in (10, 11)


def _has_digit(value: str) -> bool:
    return any(char.isdigit() for char in value)


def _re(pattern: str, flags: int = re.IGNORECASE) -> re.Pattern[str]:
    return re.compile(pattern, flags)


#: What may stand between "order" and its number.
_IS = r"(?:\s+(?:number|no|num|nr|id|code|ref|reference)\b\.?)*(?:\s*(?:is|was|:|#|=|-)\s*)*\s*"
_CODE = r"(?P<value>(?=[A-Z0-9-]*\d)[A-Z0-9](?:-?[A-Z0-9]){3,}|(?<=#)\d{3,})\b"
_CODES = r"(?P<value>(?=[A-Z0-9 -]*\d)\d{2,}(?:[ -]\d{2,})+|(?=[A-Z0-9-]*\d)[A-Z0-9](?:-?[A-Z0-9]){2,})\b"
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_DATE = rf"(?:\d{{1,4}}[/.-]\d{{1,2}}[/.-]\d{{1,4}}|\d{{1,2}}(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTH},?\s+\d{{4}}|{_MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?,?\s+\d{{4}})"
_STREET = (
    r"(?:street|st|road|rd|avenue|ave|lane|ln|drive|close|court|boulevard|blvd|place|square|terrace|crescent)"
)
_STATE = r"(?:A[LKZR]|C[AOT]|DE|FL|GA|HI|I[DLNA]|K[SY]|LA|M[EDAINSOT]|N[EVHJMYCD]|O[HKR]|PA|RI|S[CD]|T[NX]|UT|V[TA]|W[AVIY])"

#: In order of precedence: of two that overlap, the earlier one holds.
RECOGNISERS = (
    Recogniser("URL", _re(r"(?:https?://|\bwww\.)[^\s<>\"']*[^\s<>\"'.,;:!?)\]]")),
    Recogniser(
        "EMAIL", _re(r"[a-z0-9][\w.+'-]*@[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9-]+)*\.[a-z]{2,}\b")
    ),
    Recogniser(
        "EMAIL",
        _re(r"\b\w+(?: dot \w+| underscore \w+)* at \w+(?: dot (?:com|net|org|co|uk|edu|de|fr|io))+\b"),
    ),
    Recogniser("IBAN", re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b"), _is_iban),
    Recogniser("CARD", _re(r"(?<![\d-])\d(?:[ -]?\d){12,18}(?![\d-])"), _is_card),
    Recogniser(
        "CARD",
        _re(
            r"\bcard\b[^.?!\d]{0,25}\b(?:ending|ends|end|finishing)\s+(?:(?:in|with|is)\s+)?(?P<value>\d{4})\b"
        ),
    ),
    Recogniser("IP", _re(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w]|\.\d)"), _is_address),
    Recogniser("IP", _re(r"(?<![\w:])(?:[0-9a-f]{1,4}:{1,2}){3,7}[0-9a-f]{1,4}(?![\w:])"), _is_address),
    Recogniser("SSN", _re(r"(?<![\d-])\d{3}-\d{2}-\d{4}(?![\d-])")),
    Recogniser(
        "DATE", _re(rf"\b(?:born(?: on)?|birth|birthday|dob|d\.o\.b\.?)\b[^.?!\d]{{0,15}}?(?P<value>{_DATE})")
    ),
    Recogniser(
        "ACCOUNT",
        _re(
            rf"\b(?:account|acct|policy|membership|member|customer|passport|licen[cs]e|sort\s+code){_IS}{_CODES}"
        ),
        _has_digit,
    ),
    Recogniser(
        "ORDER",
        _re(
            r"\b(?:order|booking|reservation|confirmation|reference|ref|tracking|case|ticket|invoice|claim|parcel|"
            rf"shipment){_IS}{_CODE}"
        ),
        _has_digit,
    ),
    Recogniser("ORDER", re.compile(r"(?<![\w#])#(?P<value>\d[\d-]{3,})\b")),
    Recogniser(
        "POSTCODE", re.compile(r"\b(?:GIR ?0AA|[A-PR-UWYZ][A-HK-Y]?\d[A-Z\d]? ?\d[ABD-HJLNP-UW-Z]{2})\b")
    ),
    Recogniser(
        "POSTCODE",
        _re(
            r"\b(?:post\s?code|postal code|zip(?: code)?)\b(?:\s*(?:is|:|=)\s*|\s+)(?P<value>[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|\d{4,5}(?:-\d{4})?)\b"
        ),
    ),
    Recogniser("POSTCODE", re.compile(rf",? {_STATE} (?P<value>\d{{5}}(?:-\d{{4}})?)\b")),
    Recogniser(
        "ADDRESS",
        _re(
            rf"(?<![:.,/\w-])\d{{1,5}}[a-z]?,? (?:(?!(?:{_STREET}|from|to|at|in|on|and|of|is|days?|people)\b)[a-z']+ ){{1,3}}"
            rf"{_STREET}\b(?!\s+\d)"
        ),
    ),
    Recogniser("HANDLE", re.compile(r"(?<![\w@.])@\w{2,}")),
    Recogniser("PHONE", _re(r"(?<![\w-])(?:\+?1[-. ])?\(?\d{3}\)?[-. ]\d{3}[-. ]\d{4}(?![\w-])")),
    Recogniser("PHONE", _re(r"(?<![\w-])\d{3}-\d{4}(?![\w-])")),
    Recogniser(
        "PHONE", _re(r"(?<![\w-])\(?0[1-9]\d{2,4}\)?[ -]?\d{3,4}[ -]?\d{3,4}(?![\w-])"), _is_uk_length
    ),
    Recogniser("PHONE", _re(r"(?<!\w)\+\d{1,3}[ -]?\(?\d(?:[ ()-]{0,2}\d){6,12}(?!\w)")),
)


def _find_phones(text: str) -> Iterator[Found]:
    """Numbers that are valid in the countries of `REGIONS`."""
    if sum(char.isdigit() for char in text) < 7:
        return
    from phonenumbers import Leniency, PhoneNumberMatcher

    for region in REGIONS:
        for match in PhoneNumberMatcher(text, region, Leniency.VALID):
            yield Found("PHONE", match.start, match.end)


def find_personal(text: str) -> list[Found]:
    """Personal data by its shape or the words before it, in the order of the text; none overlap."""
    taken: list[Found] = []
    if (
        not any(char.isdigit() or char in "@#:" for char in text)
        and " dot " not in text
        and "www." not in text
    ):
        return taken
    found = [found for recogniser in RECOGNISERS for found in recogniser.find(text)]
    for datum in [*found, *_find_phones(text)]:
        if all(datum.end <= other.start or other.end <= datum.start for other in taken):
            taken.append(datum)
    return sorted(taken, key=lambda datum: datum.start)
