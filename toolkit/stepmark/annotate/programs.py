"""Token patterns run on many places of many texts at once: where do the tokens that they describe end?

Each place is followed through its row of elements, all places in step; what a loop would do for each, NumPy does for all.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from stepmark.annotate.lexical import Element, LexemeTable

__all__ = ["Programs", "Tokens"]


class Tokens(NamedTuple):
    """The tokens of some texts, with an empty place before each text and after the last: nothing runs from one into the next.

    Attributes
    ----------
    rows
        For each place where the row of its word begins among the bits (`Programs.tokens`).
    forms
        For each the number of its form; 0 where it is empty.
    orths
        The vocabulary's id of each form.
    """

    rows: np.ndarray
    forms: np.ndarray
    orths: Sequence[int]


class _Walkers(NamedTuple):
    """Those on their way: which of the places that set out, where it stands now, and the element that comes next."""

    which: np.ndarray
    place: np.ndarray
    element: np.ndarray

    def those(self, chosen: np.ndarray) -> _Walkers:
        at = chosen.nonzero()[0]
        if len(at) == len(chosen):
            return self
        return _Walkers(self.which.take(at), self.place.take(at), self.element.take(at))

    def on(self, step: int, elements: int) -> _Walkers:
        return _Walkers(self.which, self.place + step, self.element + elements)


#: What stands after the last row: no tokens.
_NONE = Element(frozenset(), False, None, 0, 0)


class Programs:
    """Rows of elements.

    Parameters
    ----------
    rows
        The rows; each is known by its number.
    """

    def __init__(self, rows: Iterable[Sequence[Element]]) -> None:
        elements: list[Element] = []
        bounds = [0]
        for row in rows:
            elements += row
            bounds.append(len(elements))
        elements.append(_NONE)
        self.bounds = np.array(bounds, dtype=np.intp)
        self._tables: list[LexemeTable] = [e.table for e in elements if e.table is not None]
        tables = iter(range(len(self._tables)))
        self._table = np.array([-1 if e.table is None else next(tables) for e in elements], dtype=np.intp)
        self._tested = self._table >= 0
        self._wanted = np.array([e.wanted for e in elements], dtype=bool)
        self._least = np.array([e.least for e in elements], dtype=np.int64)
        self._most = np.array([e.most for e in elements], dtype=np.int64)
        self._single = (self._least == 1) & (self._most == 1)
        self._file(elements)

    def _file(self, elements: Sequence[Element]) -> None:
        """Give each word a row of bits: which kinds of elements it passes. Row 0 is that of all other words, the last is none's.

        An element with a table passes every word here: its table is asked only where all else holds.
        """
        own = [(e.members, e.wanted and e.table is None) for e in elements]
        kinds = {kind: number for number, kind in enumerate(dict.fromkeys(own))}
        numbers = np.array([kinds[kind] for kind in own], dtype=np.intp)
        self._byte, self._mask = numbers >> 3, (1 << (numbers & 7)).astype(np.uint8)
        held = [(word, number) for (members, _), number in kinds.items() for word in members]
        self._row_of = {word: row for row, word in enumerate(dict.fromkeys(word for word, _ in held), 1)}
        others = np.packbits(np.array([not wanted for _, wanted in kinds], dtype=bool), bitorder="little")
        bits = np.tile(others, (len(self._row_of) + 2, 1))
        bits[-1] = 0
        rows = np.array([self._row_of[word] for word, _ in held], dtype=np.intp)
        numbers = np.array([number for _, number in held], dtype=np.intp)
        np.bitwise_xor.at(bits, (rows, numbers >> 3), (1 << (numbers & 7)).astype(np.uint8))
        self._width = bits.shape[1]
        self._none = (len(bits) - 1) * self._width
        self._bits = bits.ravel()

    def row_of(self, lower: int) -> int:
        """Where the row of a lower-cased word begins among the bits."""
        return self._row_of.get(lower, 0) * self._width

    def tokens(self, rows: np.ndarray, forms: np.ndarray, bounds: np.ndarray, orths: Sequence[int]) -> Tokens:
        """The tokens of texts: for each `row_of` its word and its form; `bounds` says where texts begin and the last ends.

        The place of a token is its number among the tokens, and that of its text, and 1.
        """
        place = np.arange(1, len(forms) + 1) + np.repeat(np.arange(len(bounds) - 1), np.diff(bounds))
        size = len(forms) + len(bounds)
        padded = Tokens(np.full(size, self._none), np.zeros(size, dtype=np.intp), orths)
        padded.rows[place] = rows
        padded.forms[place] = forms
        return padded

    def may_set_out(self, tokens: Tokens, row: np.ndarray, place: np.ndarray) -> np.ndarray:
        """Whether each walker's row is empty, or its first element may hold where it sets out: most do not come further."""
        first = self.bounds[row]
        over = first == self.bounds[row + 1]
        may: np.ndarray = over | (self._least.take(first) == 0) | self._pass(tokens, place, first)
        return may

    def reach(
        self, tokens: Tokens, row: np.ndarray, place: np.ndarray, step: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Which places can come next after those that rows of elements describe, forwards (`step` 1) or backwards (-1).

        Parameters
        ----------
        tokens
            The tokens.
        row
            For each walker the number of its row.
        place
            The place at which it sets out.
        step
            The direction.

        Returns
        -------
        which, place
            For each end that is reached which walker reached it, in order, and the place after it.
        """
        walkers = _Walkers(np.arange(len(row)), place, self.bounds[row])
        arrived, parted = [], False
        while len(walkers.which):
            over = walkers.element == self.bounds[row[walkers.which] + 1]
            arrived.append(walkers.those(over))
            walkers = walkers.those(~over)
            single = self._single[walkers.element]
            held = walkers.those(single)
            held = held.those(self._hold(tokens, held)).on(step, 1)
            if not single.all():
                spread = self._spread(tokens, walkers.those(~single), step)
                held, parted = _joined([held, _each_once(spread) if parted else spread]), True
            walkers = held
        ends = _joined(arrived) if arrived else walkers
        order = np.argsort(ends.which, kind="stable")
        return ends.which[order], ends.place[order]

    def _spread(self, tokens: Tokens, walkers: _Walkers, step: int) -> _Walkers:
        """Past elements that stand for several tokens or for none: every place at which the next element may begin."""
        onward = [walkers.those(self._least[walkers.element] == 0).on(0, 1)]
        walkers = walkers.those(self._most[walkers.element] > 0)
        count = 0
        while len(walkers.which):
            walkers = walkers.those(self._hold(tokens, walkers)).on(step, 0)
            count += 1
            onward.append(walkers.those(self._least[walkers.element] <= count).on(0, 1))
            walkers = walkers.those(self._most[walkers.element] > count)
        return _joined(onward)

    def _hold(self, tokens: Tokens, walkers: _Walkers) -> np.ndarray:
        """Whether each walker's element holds for the token at which it stands."""
        _, place, element = walkers
        passed = self._pass(tokens, place, element)
        if self._tables:
            tested = np.flatnonzero(passed & self._tested.take(element))
            passed[tested] = self._test(tokens, element[tested], place[tested])
        return passed

    def _pass(self, tokens: Tokens, place: np.ndarray, element: np.ndarray) -> np.ndarray:
        """The same by the words alone, which pass wherever a table is to be asked."""
        bits = self._bits.take(tokens.rows.take(place) + self._byte.take(element))
        passed: np.ndarray = (bits & self._mask.take(element)) != 0
        return passed

    def _test(self, tokens: Tokens, element: np.ndarray, place: np.ndarray) -> np.ndarray:
        tables, orths = self._tables, tokens.orths
        pairs = zip(self._table[element].tolist(), tokens.forms[place].tolist(), strict=True)
        return (
            np.array([tables[table][orths[form]] for table, form in pairs], dtype=bool)
            == self._wanted[element]
        )


def _each_once(walkers: _Walkers) -> _Walkers:
    """Those that stand at the same place with the same elements to come need to go on only once."""
    order = np.lexsort((walkers.place, walkers.which))
    which, place = walkers.which[order], walkers.place[order]
    new = np.ones(len(order), dtype=bool)
    new[1:] = (which[1:] != which[:-1]) | (place[1:] != place[:-1])
    kept = order[new]
    return _Walkers(which[new], place[new], walkers.element[kept])


def _joined(parts: Sequence[_Walkers]) -> _Walkers:
    return _Walkers(*(np.concatenate(column) for column in zip(*parts, strict=True)))
