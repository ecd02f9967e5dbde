"""From terms to a design matrix, and to the matrices in which one term has been set to another value.

Average effects are differences between predictions under two design matrices. With interactions a term stands in
several columns at once, so the matrix is always rebuilt from the terms: that is what makes effects right where
programs that treat `a:b` as a variable of its own are wrong.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from stepmark.study.families import Array
from stepmark.study.terms import Contrast, Term

__all__ = ["Design"]

INTERCEPT = "(Intercept)"


@dataclass(frozen=True, eq=False)
class Design:
    """Terms and products of terms, side by side.

    Attributes
    ----------
    terms
        Steps, controls and agent means, in the order of their columns.
    products
        Pairs of positions in `terms` whose columns are multiplied.
    intercept
        Whether the first column is all ones.
    dropped
        Names of columns that are left out of the matrix because they are linear combinations of others.
    """

    terms: tuple[Term, ...]
    products: tuple[tuple[int, int], ...] = ()
    intercept: bool = True
    dropped: tuple[str, ...] = ()

    @property
    def n(self) -> int:
        """How many rows it has."""
        return len(self.terms[0].block)

    @property
    def all_names(self) -> tuple[str, ...]:
        """The names of all columns, dropped ones too."""
        names = [INTERCEPT] if self.intercept else []
        for term in self.terms:
            names += term.labels
        for a, b in self.products:
            names += [f"{x}:{y}" for x in self.terms[a].labels for y in self.terms[b].labels]
        return tuple(names)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns of the matrix."""
        return tuple(name for name in self.all_names if name not in self.dropped)

    @property
    def owners(self) -> tuple[tuple[str, ...], ...]:
        """For each column the names of the terms it belongs to; none for the intercept."""
        owners: list[tuple[str, ...]] = [()] if self.intercept else []
        for term in self.terms:
            owners += [(term.name,)] * len(term.labels)
        for a, b in self.products:
            size = len(self.terms[a].labels) * len(self.terms[b].labels)
            owners += [(self.terms[a].name, self.terms[b].name)] * size
        names = self.all_names
        return tuple(owner for name, owner in zip(names, owners, strict=True) if name not in self.dropped)

    @property
    def empty_products(self) -> tuple[str, ...]:
        """Columns of products in which one of the two sides is 0 everywhere, as with a level that no row has."""
        return tuple(
            f"{x}:{y}"
            for a, b in self.products
            for x, left in zip(self.terms[a].labels, self.terms[a].block.T, strict=True)
            for y, right in zip(self.terms[b].labels, self.terms[b].block.T, strict=True)
            if not (left.any() and right.any())
        )

    def term(self, name: str) -> Term:
        """The term called `name`."""
        return next(term for term in self.terms if term.name == name)

    @cached_property
    def _base(self) -> Array:
        """The matrix of the terms as they were observed; shared by all who ask, so not to be written to."""
        pieces = [np.ones((self.n, 1))] if self.intercept else []
        pieces += [term.block for term in self.terms]
        pieces += [_product(self.terms[a].block, self.terms[b].block) for a, b in self.products]
        base = self._kept(np.hstack(pieces) if pieces else np.zeros((self.n, 0)))
        base.setflags(write=False)
        return base

    @cached_property
    def _last(self) -> dict[tuple[str, int], tuple[Array, Array]]:
        """The contrast asked for last: several quantities are averaged over the same one."""
        return {}

    def matrix(self, blocks: dict[str, Array] | None = None) -> Array:
        """The design matrix, with other values for the terms named in `blocks`, each (n, m). Not to be written to."""
        if not blocks:
            return self._base
        place = {name: column for column, name in enumerate(self.names)}
        matrix = self._base.copy()

        def put(labels: Iterable[str], values: Array) -> None:
            for label, column in zip(labels, values.T, strict=True):
                if label in place:
                    matrix[:, place[label]] = column

        for term in self.terms:
            if term.name in blocks:
                put(term.labels, blocks[term.name])
        for a, b in self.products:
            first, second = self.terms[a], self.terms[b]
            if first.name in blocks or second.name in blocks:
                labels = [f"{x}:{y}" for x in first.labels for y in second.labels]
                sides = (blocks.get(first.name, first.block), blocks.get(second.name, second.block))
                put(labels, _product(*sides))
        return matrix

    def contrasted(self, name: str, contrast: Contrast) -> tuple[Array, Array]:
        """The matrices at the high and the low end of a contrast of the term `name`."""
        key = (name, id(contrast))
        if key not in self._last:
            block = self.term(name).block
            base = block if contrast.kind == "shift" else np.zeros_like(block)
            high, low = self.matrix({name: base + contrast.high}), self.matrix({name: base + contrast.low})
            self._last.clear()
            self._last[key] = (high, low)
        return self._last[key]

    def direction(self, name: str, contrast: Contrast) -> Array:
        """How the matrix changes with one unit of a contrast of kind `slope`."""
        along = np.broadcast_to(contrast.high, self.term(name).block.shape)
        pieces = [np.zeros((self.n, 1))] if self.intercept else []
        pieces += [along if term.name == name else np.zeros_like(term.block) for term in self.terms]
        for a, b in self.products:
            first, second = self.terms[a], self.terms[b]
            change = np.zeros((self.n, first.block.shape[1] * second.block.shape[1]))
            if first.name == name:
                change = change + _product(along, second.block)
            if second.name == name:
                change = change + _product(first.block, along)
            pieces.append(change)
        return self._kept(np.hstack(pieces))

    def take(self, rows: np.ndarray) -> Design:
        """The same design for these rows only."""
        return replace(self, terms=tuple(term.take(rows) for term in self.terms))

    def without(self, columns: Iterable[str]) -> Design:
        """The same design without these columns of the matrix."""
        return replace(self, dropped=(*self.dropped, *columns))

    def without_terms(self, names: Sequence[str]) -> Design:
        """The same design without these terms and their products."""
        kept = [place for place, term in enumerate(self.terms) if term.name not in names]
        where = {old: new for new, old in enumerate(kept)}
        products = tuple((where[a], where[b]) for a, b in self.products if a in where and b in where)
        return replace(self, terms=tuple(self.terms[place] for place in kept), products=products)

    def _kept(self, matrix: Array) -> Array:
        if not self.dropped:
            return matrix
        return matrix[:, [name not in self.dropped for name in self.all_names]]


def _product(left: Array, right: Array) -> Array:
    """All products of a column of `left` with one of `right`."""
    return (left[:, :, None] * right[:, None, :]).reshape(len(left), -1)
