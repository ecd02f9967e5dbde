"""The commands of the room `annotate`: mark, score, and tune a guide."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from stepmark.cli.options import CorpusPath, FormatOption, TableOption, save_table
from stepmark.errors import Fault, InputError

if TYPE_CHECKING:
    from stepmark.corpus import Corpus

__all__ = ["register"]

GuideName = Annotated[str, typer.Option("--guide", "-g", help="A shipped guide's name, or a path.")]
Gold = Annotated[
    Path,
    typer.Argument(
        metavar="GOLD",
        help="Coded turns (JSON Lines), a corpus folder with codes, or a codes table with --corpus.",
    ),
]
Coded = Annotated[Path | None, typer.Option("--corpus", help="The corpus that a codes table belongs to.")]
OneStep = Annotated[str | None, typer.Option("--step", "-s", help="Only this step.")]
ModelName = Annotated[
    str | None,
    typer.Option(
        "--model",
        "-m",
        help="A second reader made by `stepmark learn`, or a shipped one's name; with +encoder, its encoder has a say too.",
    ),
]

Lessons = Annotated[
    list[Path],
    typer.Argument(
        help="Files of coded turns (JSON Lines), corpus folders with codes, or a codes table with --corpus."
    ),
]
SourceWeights = Annotated[
    list[str] | None,
    typer.Option(metavar="SOURCE=N", help="How many times a turn of a source counts; may be given again."),
]

guide_app = typer.Typer(help="Check and tune a guide.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add this room's commands to `app`."""
    app.command("annotate")(annotate)
    app.command("evaluate")(evaluate)
    app.command("learn")(learn)
    app.command("adapt")(adapt)
    app.add_typer(guide_app, name="guide")


def annotate(
    corpus: CorpusPath,
    guide: GuideName = "difficult-customers",
    out: TableOption = None,
    workers: Annotated[int, typer.Option(help="How many processes share the work.", min=1)] = 1,
    model: ModelName = None,
    format: FormatOption = "auto",  # noqa: A002 (the word of the command line)
) -> None:
    """Mark the guide's steps in a corpus; prints how often each is found, and writes the spans with --out."""
    from stepmark.annotate import Guide
    from stepmark.annotate import annotate as run
    from stepmark.annotate.printing import print_spans

    loaded = Guide.load(guide)
    source = _corpus(corpus, format)
    spans = run(source, loaded, workers=workers, progress=sys.stderr.isatty(), model=model)
    print_spans(spans, source, loaded)
    save_table(spans, out)


def evaluate(
    gold: Gold,
    guide: GuideName = "difficult-customers",
    corpus: Coded = None,
    model: ModelName = None,
    json: Annotated[Path | None, typer.Option("--json", help="Write the result here as JSON.")] = None,
    retried: Annotated[
        Path | None,
        typer.Option(
            help="Write the reader here with these figures beside its card, where the guide has changed since it was "
            "trained. GOLD must be turns that it was not trained on."
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the draws for the intervals.")] = 0,
) -> None:
    """Score a guide against people's codes: precision, recall, F1 and kappa for each step; with --model, both readers."""
    from stepmark.annotate import evaluate as score_rules
    from stepmark.annotate import evaluate_both
    from stepmark.annotate.printing import print_evaluation
    from stepmark.annotate.retrial import retry

    codes, source = _gold(gold, corpus)
    if retried is not None:
        if model is None:
            raise InputError(Fault("--retried", "no reader", "--model READER, the one that is tried again"))
        reader, rules, both = retry(model, codes, guide, corpus=source, seed=seed)
        reader.save(retried)
    elif model is not None:
        rules, both = evaluate_both(codes, guide, model=model, corpus=source, seed=seed)
    else:
        rules, both = score_rules(codes, guide, corpus=source, seed=seed), None
    result = rules if both is None else both
    if json is not None:
        json.write_text(result.to_json(), "utf-8")
    print_evaluation(result, None if both is None else rules)
    if retried is not None:
        typer.echo(f"Saved: {retried}")


def learn(
    codes: Lessons,
    guide: GuideName = "difficult-customers",
    corpus: Coded = None,
    unseen: Annotated[
        list[Path] | None,
        typer.Option(
            help="Further coded turns (JSON Lines), on which no rule was written; may be given again."
        ),
    ] = None,
    weight: SourceWeights = None,
    out: Annotated[Path, typer.Option("--out", "-o", help="Write the reader here.")] = Path(
        "second-reader.json"
    ),
    begin: Annotated[
        str | None,
        typer.Option(
            help="A reader, or a shipped one's name, to begin from; not one that was trained on these turns."
        ),
    ] = None,
    name: Annotated[str, typer.Option(help="Its name, for the source of its marks.")] = "second-reader",
    about: Annotated[str, typer.Option(help="Where the coded turns come from, for its card.")] = "",
    least_elsewhere: Annotated[
        int,
        typer.Option(
            min=0,
            help="In how many other coded interactions a pattern must fire for its marks in CODES to count; "
            "0 where no rule was written on these turns.",
        ),
    ] = 4,
    seed: Annotated[int, typer.Option(help="Of the folds.")] = 0,
) -> None:
    """Train a second reader on people's codes; it decides only on steps where it helps the rules out of fold."""
    from stepmark.annotate import learn as run
    from stepmark.annotate.printing import print_card

    gold, source = _golds(codes, corpus)
    model = run(
        gold,
        guide,
        unseen=_golds(unseen, None)[0] if unseen else None,
        weights=_weights(weight or []),
        corpus=source,
        least_elsewhere=least_elsewhere,
        begin=begin,
        name=name,
        about=about,
        seed=seed,
    )
    model.save(out)
    print_card(model)
    typer.echo(f"Saved: {out}")


def adapt(
    codes: Lessons,
    guide: GuideName = "difficult-customers",
    corpus: Coded = None,
    weight: SourceWeights = None,
    out: Annotated[Path, typer.Option("--out", "-o", help="Write the encoder here.")] = Path(
        "second-reader.encoder.safetensors"
    ),
    epochs: Annotated[int, typer.Option(min=1, help="How many times each turn is shown.")] = 4,
    about: Annotated[str, typer.Option(help="Where the coded turns come from, for its card.")] = "",
    seed: Annotated[
        int, typer.Option(help="Of first weights, order, and the interactions kept from training.")
    ] = 0,
) -> None:
    """Adapt a small language model to a guide's steps (extra `encoder`); READER+encoder reads with that beside READER's file."""
    from stepmark.annotate import adapt as run
    from stepmark.annotate.printing import print_encoder

    gold, source = _golds(codes, corpus)
    encoder = run(
        gold,
        guide,
        weights=_weights(weight or []),
        corpus=source,
        epochs=epochs,
        about=about,
        seed=seed,
        progress=True,
    )
    encoder.save(out)
    print_encoder(encoder)
    typer.echo(f"Saved: {out}")


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

    codes, source = _gold(gold, corpus)
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

    table = _of_step(guide_coverage(_corpus(corpus, format), guide), step, guide)
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

    table = _of_step(guide_diff(before, after, _corpus(corpus, format)), step, after)
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
    gold, source = _gold(codes, codes_corpus)
    table = mine_constructions(
        gold,
        _corpus(corpus, format),
        Guide.load(guide),
        step=step,
        missed_only=missed,
        top=top,
        codes_corpus=source,
    )
    print_table(table, "constructions that coded turns have and others lack")
    save_table(table, out)


def _corpus(path: Path, format: str) -> Corpus:  # noqa: A002
    import stepmark

    return stepmark.read(path, format=format)


def _gold(path: Path, corpus: Path | None) -> tuple[Any, Corpus | None]:
    """Coded turns, or a codes table with its corpus."""
    if corpus is None:
        if path.suffix.lower() in (".csv", ".parquet"):
            raise InputError(
                Fault(str(path), "a codes table without its corpus", "--corpus CORPUS, to know what was said")
            )
        return path, None
    from stepmark.review import read_codes

    return read_codes(path), _corpus(corpus, "auto")


def _golds(paths: list[Path], corpus: Path | None) -> tuple[Any, Corpus | None]:
    """The coded turns of all files, or one codes table with its corpus."""
    from stepmark.annotate import coded_turns
    from stepmark.errors import Fault, InputError

    if corpus is None:
        return [turn for path in paths for turn in coded_turns(_gold(path, None)[0])], None
    if len(paths) > 1:
        raise InputError(Fault("--corpus", f"{len(paths)} codes tables", "one, of that corpus"))
    return _gold(paths[0], corpus)


def _weights(given: list[str]) -> dict[str, float]:
    """SOURCE=N as a number by source."""
    weights, faults = {}, []
    for each in given:
        source, _, number = each.rpartition("=")
        try:
            weights[source] = float(number)
        except ValueError:
            faults.append(Fault("--weight", each, "a source and a number, such as chat=2"))
    if faults:
        raise InputError(faults)
    return weights


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
