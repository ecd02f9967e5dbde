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
    """The tokens of some texts, one after the other.

    Attributes
    ----------
    rows
        For each the row of its word among the sets of words (`Programs.row_of`).
    forms
        For each the number of its form.
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
        return _Walkers(self.which[chosen], self.place[chosen], self.element[chosen])

    def on(self, step: int, elements: int) -> _Walkers:
        return _Walkers(self.which, self.place + step, self.element + elements)


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
        self.bounds = np.array(bounds, dtype=np.intp)
        sets = {members: number for number, members in enumerate(dict.fromkeys(e.members for e in elements))}
        self._tables: list[LexemeTable] = [e.table for e in elements if e.table is not None]
        tables = iter(range(len(self._tables)))
        self._table = np.array([-1 if e.table is None else next(tables) for e in elements], dtype=np.intp)
        self._set = np.array([sets[e.members] for e in elements], dtype=np.intp)
        self._wanted = np.array([e.wanted for e in elements], dtype=bool)
        self._least = np.array([e.least for e in elements], dtype=np.int64)
        self._most = np.array([e.most for e in elements], dtype=np.int64)
        self._single = (self._least == 1) & (self._most == 1)
        self._file(list(sets))

    def _file(self, sets: Sequence[frozenset[int]]) -> None:
        """Give each word of a set a row of bits: which sets hold it. Row 0 is that of all other words."""
        held = [(word, number) for number, members in enumerate(sets) for word in members]
        self._row_of = {word: row for row, word in enumerate(dict.fromkeys(word for word, _ in held), 1)}
        self._width = len(sets) // 8 + 1
        bits = np.zeros((len(self._row_of) + 1, self._width), dtype=np.uint8)
        rows = np.array([self._row_of[word] for word, _ in held], dtype=np.intp)
        numbers = np.array([number for _, number in held], dtype=np.intp)
        np.bitwise_or.at(bits, (rows, numbers >> 3), (1 << (numbers & 7)).astype(np.uint8))
        self._bits = bits.ravel()

    def row_of(self, lower: int) -> int:
        """The row of a lower-cased word among the sets."""
        return self._row_of.get(lower, 0)

    def reach(
        self, tokens: Tokens, row: np.ndarray, place: np.ndarray, low: np.ndarray, high: np.ndarray, step: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Which tokens can come next after those that rows of elements describe, forwards (`step` 1) or backwards (-1).

        Parameters
        ----------
        tokens
            The tokens.
        row
            For each walker the number of its row.
        place
            The token at which it sets out.
        low, high
            Where its text begins and ends.
        step
            The direction.

        Returns
        -------
        which, place
            For each end that is reached which walker reached it, in order, and the token after it.
        """
        walkers = _Walkers(np.arange(len(row)), place, self.bounds[row])
        arrived, parted = [], False
        while len(walkers.which):
            over = walkers.element == self.bounds[row[walkers.which] + 1]
            arrived.append(walkers.those(over))
            walkers = walkers.those(~over)
            single = self._single[walkers.element]
            held = walkers.those(single)
            held = held.those(self._hold(tokens, held, low, high)).on(step, 1)
            if not single.all():
                spread = self._spread(tokens, walkers.those(~single), low, high, step)
                held, parted = _joined([held, _each_once(spread) if parted else spread]), True
            walkers = held
        ends = _joined(arrived) if arrived else walkers
        order = np.argsort(ends.which, kind="stable")
        return ends.which[order], ends.place[order]

    def _spread(
        self, tokens: Tokens, walkers: _Walkers, low: np.ndarray, high: np.ndarray, step: int
    ) -> _Walkers:
        """Past elements that stand for several tokens or for none: every place at which the next element may begin."""
        onward = [walkers.those(self._least[walkers.element] == 0).on(0, 1)]
        walkers = walkers.those(self._most[walkers.element] > 0)
        count = 0
        while len(walkers.which):
            walkers = walkers.those(self._hold(tokens, walkers, low, high)).on(step, 0)
            count += 1
            onward.append(walkers.those(self._least[walkers.element] <= count).on(0, 1))
            walkers = walkers.those(self._most[walkers.element] > count)
        return _joined(onward)

    def _hold(self, tokens: Tokens, walkers: _Walkers, low: np.ndarray, high: np.ndarray) -> np.ndarray:
        """Whether each walker's element holds for the token at which it stands."""
        which, place, element = walkers
        number = self._set[element]
        row = tokens.rows.take(place, mode="clip")
        bits = self._bits[row * self._width + (number >> 3)]
        passed = ((bits >> (number & 7).astype(np.uint8)) & 1).astype(bool)
        inside = (low[which] <= place) & (place < high[which])
        tested = np.flatnonzero((self._table[element] >= 0) & inside)
        if len(tested):
            passed[tested] = self._test(tokens, element[tested], place[tested])
        return inside & (passed == self._wanted[element])

    def _test(self, tokens: Tokens, element: np.ndarray, place: np.ndarray) -> list[bool]:
        tables, orths = self._tables, tokens.orths
        pairs = zip(self._table[element].tolist(), tokens.forms[place].tolist(), strict=True)
        return [tables[table][orths[form]] for table, form in pairs]


def _each_once(walkers: _Walkers) -> _Walkers:
    """Those that stand at the same place with the same elements to come need to go on only once."""
    order = np.lexsort((walkers.place, walkers.which))
    which, place = walkers.which[order], walkers.place[order]
    new = np.ones(len(order), dtype=bool)
    new[1:] = (which[1:] != which[:-1]) | (place[1:] != place[:-1])
    return walkers.those(order[new])


def _joined(parts: Sequence[_Walkers]) -> _Walkers:
    return _Walkers(*(np.concatenate(column) for column in zip(*parts, strict=True)))
