"""The commands of the room `annotate`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["register"]

GuideName = Annotated[str, typer.Option("--guide", "-g", help="A shipped guide's name, or a path.")]

guide_app = typer.Typer(help="Check and tune a guide.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add this room's commands to `app`."""
    app.command()(evaluate)
    app.add_typer(guide_app, name="guide")


def evaluate(
    gold: Annotated[Path, typer.Argument(help="Coded turns, as JSON Lines.")],
    guide: GuideName = "difficult-customers",
    json: Annotated[Path | None, typer.Option("--json", help="Write the result here as JSON.")] = None,
    seed: Annotated[int, typer.Option(help="Of the draws for the intervals.")] = 0,
) -> None:
    """Score a guide against people's codes: precision, recall, F1 and kappa for each step."""
    from stepmark.annotate import evaluate as run
    from stepmark.annotate.printing import print_evaluation

    result = run(gold, guide, seed=seed)
    if json is not None:
        json.write_text(result.to_json(), "utf-8")
    print_evaluation(result)


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
