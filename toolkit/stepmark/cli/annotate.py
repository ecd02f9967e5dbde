"""The commands of the room `annotate`: mark, score, and teach a second reader. Those that tune a guide are in `guide`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from stepmark.cli.coded import Coded, Gold, GuideName, read_corpus, read_gold, read_golds
from stepmark.cli.options import CorpusPath, FormatOption, TableOption, save_table
from stepmark.errors import Fault, InputError

__all__ = ["register"]

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


def register(app: typer.Typer) -> None:
    """Add this room's commands to `app`."""
    app.command("annotate")(annotate)
    app.command("evaluate")(evaluate)
    app.command("learn")(learn)
    app.command("adapt")(adapt)


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
    source = read_corpus(corpus, format)
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

    codes, source = read_gold(gold, corpus)
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

    gold, source = read_golds(codes, corpus)
    model = run(
        gold,
        guide,
        unseen=read_golds(unseen, None)[0] if unseen else None,
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
    epochs: Annotated[
        int | None,
        typer.Option(min=1, help="How many times each turn is shown; 4 to 10, the fewer they are."),
    ] = None,
    about: Annotated[str, typer.Option(help="Where the coded turns come from, for its card.")] = "",
    seed: Annotated[
        int, typer.Option(help="Of first weights, order, and the interactions kept from training.")
    ] = 0,
) -> None:
    """Adapt a small language model to a guide's steps (extra `encoder`); READER+encoder reads with that beside READER's file."""
    from stepmark.annotate import adapt as run
    from stepmark.annotate.printing import print_encoder

    gold, source = read_golds(codes, corpus)
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
