"""The colours of the stages can be told apart by colour-blind people, and stand out from the paper.

Colour vision deficiency is simulated with the matrices of Machado, Oliveira and Fernandes (2009), "A physiologically-based
model for simulation of color vision deficiency", IEEE TVCG 15(6), severity 1.0; distances are CIE 1976 (Lab), contrast is
that of WCAG 2.2.
"""

from __future__ import annotations

import re
from itertools import combinations

import numpy as np
import pytest

from stepmark.figures.bubbles import GLYPHS, style_sheet

SIGHT = {
    "all colours": np.eye(3),
    "no red": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "no green": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "no blue": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
PAPER = {"light": "#ffffff", "dark": "#111111"}


def palette(theme: str) -> dict[str, str]:
    """The colour of each stage in the style sheet; the light theme is written first, the dark one second."""
    return {
        stage: re.findall(rf"--sm-{stage}: (#[0-9a-f]{{6}});", style_sheet())[theme == "dark"]
        for stage in GLYPHS
    }


def linear(colour: str) -> np.ndarray:
    c = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def lab(rgb: np.ndarray) -> np.ndarray:
    x = TO_XYZ @ np.clip(rgb, 0, 1) / np.array([0.95047, 1, 1.08883])
    f = np.where(x > 216 / 24389, np.cbrt(x), (24389 / 27 * x + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def luminance(colour: str) -> float:
    return float(TO_XYZ[1] @ linear(colour))


def test_the_simulation_knows_red_from_green_only_where_people_do():
    red, green = linear("#ff0000"), linear("#00b000")
    seen = {
        who: np.linalg.norm(lab(np.array(m) @ red) - lab(np.array(m) @ green)) for who, m in SIGHT.items()
    }
    assert seen["all colours"] > 2 * seen["no green"]
    assert np.allclose(lab(linear("#ffffff")), [100, 0, 0], atol=0.02)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("who", SIGHT)
def test_any_two_stages_differ_clearly_in_colour(theme: str, who: str):
    seen = {stage: lab(np.array(SIGHT[who]) @ linear(colour)) for stage, colour in palette(theme).items()}
    closest = min((float(np.linalg.norm(seen[a] - seen[b])), a, b) for a, b in combinations(seen, 2))
    assert closest[0] > 15, closest


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_stage_stands_out_from_the_paper(theme: str):
    paper = luminance(PAPER[theme])
    for stage, colour in palette(theme).items():
        low, high = sorted([paper, luminance(colour)])
        assert (high + 0.05) / (low + 0.05) >= 4.4, stage
