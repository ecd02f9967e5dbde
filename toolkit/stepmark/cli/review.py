"""The commands of the room `review`: how coders agree, and codes as files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stepmark.cli.options import TableOption, TableOut, save_table

if TYPE_CHECKING:
    import pandas as pd

    from stepmark.review import Store

__all__ = ["register"]

Codes = Annotated[
    str,
    typer.Argument(
        metavar="CODES", help="A codes table (.csv, .jsonl, .parquet), a corpus folder or a store."
    ),
]
StoreName = Annotated[str, typer.Argument(metavar="STORE", help="A store: its file, or its database URL.")]
Out = Annotated[Path, TableOut]
OneSession = Annotated[str | None, typer.Option("--session", help="Only this session.")]
OneCoder = Annotated[str | None, typer.Option("--coder", help="Only this coder.")]

codes_app = typer.Typer(help="Bring codes out of a store and into it.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add this room's commands to `app`."""
    app.command("agree")(agree)
    app.add_typer(codes_app, name="codes")


def agree(
    codes: Codes,
    corpus: Annotated[
        Path | None, typer.Option("--corpus", help="The corpus of a store, for the agreement of spans.")
    ] = None,
    out: TableOption = None,
    level: Annotated[float, typer.Option("--level", help="Coverage of the intervals.")] = 0.95,
    resamples: Annotated[
        int, typer.Option("--resamples", min=1, help="How many the intervals rest on.")
    ] = 1000,
    seed: Annotated[int, typer.Option("--seed", help="Seed of the resamples.")] = 0,
) -> None:
    """Say how well coders agree, with each other, with themselves, and with and without suggestions."""
    from stepmark.review import agree as measure_agreement

    table, spans, turns = _codes(codes, corpus)
    found = measure_agreement(table, spans=spans, turns=turns, n_boot=resamples, conf_level=level, seed=seed)
    typer.echo(repr(found))
    save_table(found.table, out)


@codes_app.command("export")
def export_codes(
    store: StoreName,
    out: Out,
    session: OneSession = None,
    coder: OneCoder = None,
    repeats: Annotated[
        bool, typer.Option("--repeats", help="With decisions on turns that came back.")
    ] = False,
) -> None:
    """Write the decisions in a store as a codes table."""
    from stepmark.review import codes_of, write_codes

    with _open(store) as opened:
        codes = codes_of(opened, session=session, coder=coder, repeats=repeats)
    write_codes(codes, out)
    typer.echo(f"{len(codes):,} codes of {codes['coder'].nunique()} coders written to {out}.")


@codes_app.command("import")
def import_codes(
    codes: Annotated[Path, typer.Argument(metavar="CODES", help="A codes table (.csv, .jsonl, .parquet).")],
    store: StoreName,
    corpus: Annotated[Path, typer.Option("--corpus", help="The corpus that the codes are about.")],
    session: Annotated[
        str, typer.Option("--session", help="What to call the session of these codes.")
    ] = "imported",
) -> None:
    """Put codes that were made elsewhere into a store; doing it twice adds nothing."""
    from stepmark.corpus import read
    from stepmark.review import Store, read_codes
    from stepmark.review import import_codes as bring_in

    with Store(store) as opened:
        n = bring_in(opened, read_codes(codes), read(corpus), session=session)
    typer.echo(f"{n:,} turns added to {store}, session '{session}'.")


def _codes(source: str, corpus: Path | None) -> tuple[pd.DataFrame, pd.DataFrame | None, pd.DataFrame | None]:
    """The codes at `source`; spans and turns where a store and its corpus are given."""
    from stepmark.corpus import read
    from stepmark.errors import Fault, InputError
    from stepmark.review import codes_of, read_codes, spans_of

    path = Path(source)
    if path.suffix in (".csv", ".jsonl", ".parquet"):
        return read_codes(path), None, None
    if path.is_dir():
        folder = read(path)
        if folder.codes is None:
            raise InputError(
                Fault(source, "no codes in this corpus", "a file codes.parquet, codes.csv or codes.jsonl")
            )
        return folder.codes, None, None
    with _open(source) as store:
        codes = codes_of(store, repeats=True)
        if corpus is None:
            return codes, None, None
        known = read(corpus)
        return codes, spans_of(store, known), known.turns


def _open(store: str) -> Store:
    """The store, which must be there: reading must not make one."""
    from stepmark.errors import Fault, InputError
    from stepmark.review import Store

    if "://" not in store and not Path(store).is_file():
        raise InputError(Fault(store, "no such file", "a codes table, a corpus folder or a store"))
    return Store(store)
