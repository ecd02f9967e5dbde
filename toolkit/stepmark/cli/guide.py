"""The commands that check and tune a guide."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from stepmark.cli.coded import Coded, Gold, GuideName, OneStep, read_corpus, read_gold
from stepmark.cli.options import CorpusPath, FormatOption, TableOption, save_table

__all__ = ["register"]

guide_app = typer.Typer(help="Check and tune a guide.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add these commands to `app`, as `guide …`."""
    app.add_typer(guide_app, name="guide")


@guide_app.command()
def check(
    guide: Annotated[str, typer.Argument(help="A shipped guide's name, or a path.")] = "difficult-customers",
) -> None:
    """Run the guide's own examples against its patterns; exit status 1 where one fails."""
    from stepmark.annotate import Guide, check_guide
    from stepmark.annotate.printing import print_check

    result = check_guide(Guide.load(guide))
    print_check(result)
    if not result.passed:
        raise typer.Exit(1)


@guide_app.command()
def rules() -> None:
    """List the context rules that any guide can use."""
    from stepmark.annotate import context_rules
    from stepmark.annotate.printing import print_rules

    print_rules(context_rules())


@guide_app.command()
def errors(
    gold: Gold,
    guide: GuideName = "difficult-customers",
    corpus: Coded = None,
    step: OneStep = None,
    patterns: Annotated[
        bool, typer.Option("--patterns", help="Show how often each pattern is right.")
    ] = False,
    out: TableOption = None,
) -> None:
    """Show where guide and people differ: wrong marks and misses, by step and pattern, with the text."""
    from stepmark.annotate import guide_errors, pattern_precision
    from stepmark.annotate.printing import print_errors, print_table

    codes, source = read_gold(gold, corpus)
    find = pattern_precision if patterns else guide_errors
    table = _of_step(find(codes, guide, corpus=source), step, guide)
    if patterns:
        print_table(table, f"{len(table)} patterns that fire on these turns")
    else:
        print_errors(table)
    save_table(table, out)


@guide_app.command()
def coverage(
    corpus: CorpusPath,
    guide: GuideName = "difficult-customers",
    step: OneStep = None,
    out: TableOption = None,
    format: FormatOption = "auto",  # noqa: A002
) -> None:
    """Show how often each pattern fires on a corpus, which never do, and which always fire with another."""
    from stepmark.annotate import guide_coverage
    from stepmark.annotate.printing import print_table

    table = _of_step(guide_coverage(read_corpus(corpus, format), guide), step, guide)
    never = int((table["n_turns"] == 0).sum())
    print_table(table, f"{len(table)} patterns, {never} never fire")
    save_table(table, out)


@guide_app.command()
def diff(
    before: Annotated[str, typer.Argument(help="The guide before the change.")],
    after: Annotated[str, typer.Argument(help="The guide after it.")],
    corpus: CorpusPath,
    step: OneStep = None,
    out: TableOption = None,
    format: FormatOption = "auto",  # noqa: A002
) -> None:
    """Show what a change of a guide changes in the marks of a corpus."""
    from stepmark.annotate import guide_diff
    from stepmark.annotate.printing import print_diff

    table = _of_step(guide_diff(before, after, read_corpus(corpus, format)), step, after)
    print_diff(table)
    save_table(table, out)


@guide_app.command()
def mine(
    codes: Gold,
    corpus: CorpusPath,
    guide: GuideName = "difficult-customers",
    step: OneStep = None,
    missed: Annotated[
        bool, typer.Option("--missed", help="Only coded turns that the guide passes over.")
    ] = False,
    top: Annotated[int, typer.Option(help="How many constructions a step.", min=1)] = 20,
    codes_corpus: Annotated[Path | None, typer.Option(help="The corpus of a codes table.")] = None,
    out: TableOption = None,
    format: FormatOption = "auto",  # noqa: A002
) -> None:
    """Propose constructions: runs of words that coded turns have and others lack, with their support on uncoded text."""
    from stepmark.annotate import Guide, mine_constructions
    from stepmark.annotate.printing import print_table

    _of_step(None, step, guide)
    gold, source = read_gold(codes, codes_corpus)
    table = mine_constructions(
        gold,
        read_corpus(corpus, format),
        Guide.load(guide),
        step=step,
        missed_only=missed,
        top=top,
        codes_corpus=source,
    )
    print_table(table, "constructions that coded turns have and others lack")
    save_table(table, out)


def _of_step(table: Any, step: str | None, guide: str) -> Any:
    """The rows of a step; a step that the guide does not have is an error with the nearest name."""
    if step is None:
        return table
    from stepmark.annotate import Guide
    from stepmark.annotate.syntax import did_you_mean
    from stepmark.errors import Fault, GuideError

    known = [entry.id for entry in Guide.load(guide).steps]
    if step not in known:
        raise GuideError(Fault(f"guide '{guide}'", f"'{step}' is no step; {did_you_mean(step, known)}"))
    return None if table is None else table[table["step"] == step]
