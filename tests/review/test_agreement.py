"""Agreement equals published worked examples, named in each test; formulas equal the libraries."""

from __future__ import annotations

import krippendorff
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.inter_rater import cohens_kappa

from stepmark.errors import CodingError
from stepmark.review import agree
from stepmark.review.additive import alpha, fleiss, interval, percent
from stepmark.review.masi import distances, masi_distance
from stepmark.review.unitizing import Stretch, merged, shared_spans, unitizing_alpha

# Fleiss (1971), "Measuring nominal scale agreement among many raters", Psychological Bulletin 76, 378-382, table 1:
# 30 patients, 6 psychiatrists, diagnoses depression, personality disorder, schizophrenia, neurosis, other.
FLEISS_1971 = [
    "00060",
    "03003",
    "01401",
    "00006",
    "03030",
    "20400",
    "00402",
    "20310",
    "20040",
    "00006",
    "10050",
    "11040",
    "03300",
    "10050",
    "02031",
    "00501",
    "30012",
    "51000",
    "02040",
    "10203",
    "00006",
    "01050",
    "02013",
    "20040",
    "10041",
    "05010",
    "40002",
    "02040",
    "10500",
    "00006",
]
DIAGNOSES = ("depression", "personality_disorder", "schizophrenia", "neurosis", "other")

# Krippendorff (2011), "Computing Krippendorff's alpha-reliability", section A: two observers, binary data; alpha = .095.
BEN_AND_GERRY = ("0100000010", "1110010000")


def codes_from(columns: dict[str, str], step: str = "s") -> pd.DataFrame:
    """A codes table from one string a coder, one character a turn: 1 yes, 0 no, . not coded."""
    rows = [
        {
            "interaction_id": f"i{turn}",
            "turn": 0,
            "step": step,
            "coder": coder,
            "decision": "yes" if said == "1" else "no",
        }
        for coder, line in columns.items()
        for turn, said in enumerate(line)
        if said != "."
    ]
    return pd.DataFrame(rows)


def diagnoses() -> pd.DataFrame:
    """Fleiss' patients as turns, each psychiatrist deciding yes or no on each diagnosis."""
    rows = []
    for patient, counts in enumerate(FLEISS_1971):
        given_ = [DIAGNOSES[k] for k, n in enumerate(counts) for _ in range(int(n))]
        for rater, diagnosis in enumerate(given_):
            rows += [
                {"interaction_id": f"p{patient}", "turn": 0, "step": step, "coder": f"rater{rater}",
                 "decision": "yes" if step == diagnosis else "no"}
                for step in DIAGNOSES
            ]  # fmt: skip
    return pd.DataFrame(rows)


def test_fleiss_kappa_of_each_code_equals_fleiss_1971() -> None:
    found = agree(diagnoses(), n_boot=20)
    published = {
        "depression": 0.245,
        "personality_disorder": 0.245,
        "schizophrenia": 0.520,
        "neurosis": 0.471,
        "other": 0.566,
    }
    assert {step: round(found.of("kappa_fleiss", step), 3) for step in DIAGNOSES} == published


def test_fleiss_kappa_of_several_categories_equals_fleiss_1971() -> None:
    counts = np.array([[int(n) for n in line] for line in FLEISS_1971])
    measure = fleiss(counts, np.arange(30), 30)
    assert round(measure.estimate, 3) == 0.430
    assert measure.formula(measure.sums.sum(0)) == pytest.approx(measure.estimate)


def test_alpha_of_two_coders_equals_krippendorff_2011() -> None:
    found = agree(codes_from(dict(zip(["ben", "gerry"], BEN_AND_GERRY, strict=True))), n_boot=20)
    assert round(found.of("alpha", "s"), 3) == 0.095
    assert found.of("percent", "s") == 0.6


def test_alpha_with_missing_data_equals_krippendorff_2011() -> None:
    # section C: four observers, nominal data; a point where one did not code
    data = ("123321412...", "1233224125.3", ".3332342251.", "12332441251.")
    counts = np.array([[sum(line[u] == str(c) for line in data) for c in range(1, 6)] for u in range(12)])
    measure = alpha(counts, 1 - np.eye(5), np.arange(12), 12)
    assert round(measure.estimate, 3) == 0.743
    assert measure.formula(measure.sums.sum(0)) == pytest.approx(measure.estimate)


def test_cohens_kappa_of_one_code_equals_its_formula_on_cohens_table() -> None:
    # Cohen (1960), Educational and Psychological Measurement 20, 37-46, table 2: 200 cases, kappa = .492.
    assert (
        round(
            float(cohens_kappa(np.array([[88, 14, 18], [10, 40, 10], [2, 6, 12]]), return_results=False)), 3
        )
        == 0.492
    )
    # the first category against the two others: p_o = .78, p_e = .50, by hand from the same table
    ana = "1" * 120 + "0" * 80
    ben = "1" * 88 + "0" * 32 + "1" * 12 + "0" * 68
    found = agree(codes_from({"ana": ana, "ben": ben}), n_boot=20)
    assert found.of("percent", "s") == pytest.approx(0.78)
    assert found.of("kappa_cohen", "s") == pytest.approx((0.78 - 0.50) / (1 - 0.50))


def test_kappa_of_three_coders_is_the_mean_over_pairs() -> None:
    # Light (1971), Psychological Bulletin 76, 365-377
    lines = {"ana": "1100110010", "ben": "1000111010", "cem": "1110100010"}
    found = agree(codes_from(lines), n_boot=20)
    pairs = [agree(codes_from({a: lines[a], b: lines[b]}), n_boot=2).of("kappa_cohen") for a, b in
             (("ana", "ben"), ("ana", "cem"), ("ben", "cem"))]  # fmt: skip
    assert found.of("kappa_cohen") == pytest.approx(np.mean(pairs))


@pytest.mark.parametrize(
    ("a", "b", "distance"),
    [
        ({"probe"}, {"probe"}, 0),
        (set(), set(), 0),
        ({"probe"}, {"probe", "apologize"}, 1 - 1 / 2 * 2 / 3),
        ({"probe", "explain"}, {"probe", "apologize"}, 1 - 1 / 3 * 1 / 3),
        ({"probe"}, {"apologize"}, 1),
        (set(), {"apologize"}, 1),
    ],
)
def test_masi_is_jaccard_times_monotonicity(a: set[str], b: set[str], distance: float) -> None:
    # Passonneau (2006), section 3: monotonicity 1, 2/3, 1/3 and 0 for equal, nested, overlapping and disjoint sets
    assert masi_distance(a, b) == pytest.approx(distance)
    assert masi_distance(b, a) == pytest.approx(distance)


def test_alpha_of_sets_equals_the_library_with_masi_distance() -> None:
    codes = pd.concat([
        codes_from({"ana": "110010101", "ben": "100110101", "cem": "11.010001"}, "probe"),
        codes_from({"ana": "010010111", "ben": "110010001", "cem": "01.010101"}, "explain"),
    ])  # fmt: skip
    sets = codes.assign(step=codes["step"].where(codes["decision"] == "yes"))
    sets = sets.groupby(["interaction_id", "coder"])["step"].agg(lambda s: frozenset(s.dropna()))
    known = sorted(set(sets), key=sorted)
    table = sets.map(known.index).unstack().T.to_numpy(dtype=float)  # noqa: PD010 - a plain turn of the index
    apart = distances(known)
    expected = krippendorff.alpha(
        table, value_domain=range(len(known)),
        level_of_measurement=lambda v1, v2, i1, i2, n_v, dtype: apart[i1, i2].astype(dtype),
    )  # fmt: skip
    assert agree(codes, n_boot=5).of("alpha_masi") == pytest.approx(expected)


def test_unitizing_alpha_equals_krippendorff_2004() -> None:
    # Krippendorff (2004), "Measuring the reliability of qualitative text analysis data", Quality & Quantity 38,
    # 787-800: two observers, a continuum from 150 to 450, categories c (alpha .7286) and k (alpha 1).
    c = Stretch(300, [(75, 145), (220, 250)], [(70, 150), (205, 225), (250, 270)])
    k = Stretch(300, [(30, 90), (150, 200)], [(30, 90), (150, 200)])
    assert round(float(unitizing_alpha([c])[0]), 4) == 0.7286
    assert unitizing_alpha([k])[0] == 1


def test_unitizing_alpha_of_resamples_is_that_of_the_repeated_text() -> None:
    one = Stretch(30, [(0, 5), (10, 12)], [(0, 7)], group=0)
    two = Stretch(20, [(3, 9)], [(4, 9), (15, 16)], group=1)
    weighted = unitizing_alpha([one, two], np.array([[2.0, 1.0], [0.0, 3.0]]))
    repeated = [unitizing_alpha([one, one, two])[0], unitizing_alpha([two] * 3)[0]]
    assert weighted == pytest.approx(repeated)


def test_spans_agree_where_they_are_equal_or_overlap() -> None:
    assert shared_spans([(0, 5), (8, 9)], [(0, 5), (20, 25)]) == (2, 2)
    assert shared_spans([(0, 5)], [(4, 9)]) == (0, 2)
    assert shared_spans([(0, 5)], [(5, 9)]) == (0, 0)
    assert merged([(4, 9), (0, 5), (12, 13)]) == [(0, 9), (12, 13)]


def test_span_measures_stand_in_the_table() -> None:
    codes = codes_from({"ana": "111", "ben": "111"}, "probe")
    turns = pd.DataFrame(
        {"interaction_id": ["i0", "i1", "i2"], "turn": 0, "speaker": "agent", "text": "x" * 40}
    )
    at = {"ana": [(0, 5), (3, 9), (10, 20)], "ben": [(0, 5), (4, 9), (25, 30)]}
    spans = pd.DataFrame([
        {"interaction_id": f"i{i}", "turn": 0, "step": "probe", "start_char": s, "end_char": e, "source": f"human:{coder}"}
        for coder, places in at.items() for i, (s, e) in enumerate(places)
    ])  # fmt: skip
    found = agree(codes, spans=spans, turns=turns, n_boot=50)
    assert found.of("span_exact", "probe") == pytest.approx(1 / 3)
    assert found.of("span_overlap", "probe") == pytest.approx(2 / 3)
    assert found.of("alpha_unitizing", "probe") < 0.9


lines = st.integers(3, 12).flatmap(
    lambda n: st.lists(st.text("01", min_size=n, max_size=n), min_size=2, max_size=4)
)


@settings(max_examples=60, deadline=None)
@given(lines)
def test_formulas_over_sums_equal_the_estimates_of_the_libraries(said: list[str]) -> None:
    from stepmark.review.agreement import _measures

    codes = codes_from({f"c{i}": line for i, line in enumerate(said)})
    for _, _, name, measure in _measures(codes, codes["interaction_id"].nunique()):
        from_sums = measure.formula(measure.sums.sum(0))
        assert np.allclose(from_sums, measure.estimate, equal_nan=True), name


def test_an_interval_holds_its_estimate_and_is_the_same_with_the_same_seed() -> None:
    found = agree(diagnoses(), n_boot=200, seed=3)
    again = agree(diagnoses(), n_boot=200, seed=3)
    assert found.table.equals(again.table)
    table = found.table
    assert (table["conf_low"] <= table["estimate"]).all()
    assert (table["estimate"] <= table["conf_high"]).all()
    assert not agree(diagnoses(), n_boot=200, seed=4).table.equals(table)


def test_bootstrap_intervals_cover_the_truth() -> None:
    # two coders who each err in 10 % of 60 turns in 30 interactions; with half of all turns showing the step they
    # agree in .9^2 + .1^2 = .82 of them by construction
    rng = np.random.default_rng(8)
    weights = rng.multinomial(30, np.full(30, 1 / 30), size=300).astype(float)
    covered = 0
    for _ in range(300):
        truth = rng.random(60) < 0.5
        ana, ben = (np.where(rng.random(60) < 0.1, ~truth, truth) for _ in range(2))
        pairs = pd.DataFrame({"a": ana, "b": ben, "group": np.arange(60) // 2})
        low, high = interval(percent(pairs, 30), weights, 0.95)
        covered += low <= 0.82 <= high
    assert 0.90 <= covered / 300 <= 0.98


def test_a_coder_is_compared_with_herself_on_turns_that_came_back() -> None:
    first, later = codes_from({"ana": "1100"}), codes_from({"ana": "1000"})
    codes = pd.concat([first.assign(occasion=0), later.assign(occasion=1)])
    found = agree(codes, n_boot=20)
    assert found.of("percent", comparison="self") == 0.75
    with pytest.raises(KeyError):
        found.of("percent", comparison="coders")


def test_blind_is_compared_with_suggested_and_the_pull_of_suggestions_is_measured() -> None:
    ana = codes_from({"ana": "11110000"}).assign(blind=[True] * 4 + [False] * 4)
    ben = codes_from({"ben": "11000011"}).assign(blind=[False] * 4 + [True] * 4)
    codes = pd.concat([ana, ben]).assign(suggested=[True, True, False, False, False, False, False, False] * 2)
    found = agree(codes, n_boot=20)
    assert found.of("percent", comparison="blind") == 0.5
    assert found.of("pull", comparison="blind") == pytest.approx(1.0 - 0.5)


def test_a_measure_that_is_not_defined_is_missing_not_one() -> None:
    found = agree(codes_from({"ana": "0000", "ben": "0000"}), n_boot=20)
    assert found.of("percent") == 1
    assert np.isnan(found.of("kappa_cohen"))
    assert np.isnan(found.of("kappa_fleiss"))
    assert np.isnan(found.of("alpha"))


def test_codes_without_overlap_are_told() -> None:
    with pytest.raises(CodingError, match="no turn with two decisions on a step; expected some coded twice"):
        agree(codes_from({"ana": "11..", "ben": "..11"}))
    with pytest.raises(CodingError, match="no column 'coder'"):
        agree(codes_from({"ana": "11"}).drop(columns="coder"))
    with pytest.raises(CodingError, match="column 'decision': 'maybe'; expected yes or no"):
        agree(codes_from({"ana": "11"}).assign(decision="maybe"))


def test_the_printed_result_says_what_pull_is() -> None:
    assert (
        "\npull: how much more often coders say what the rules say where they see the rules' marks; 0 is none.\n"
        in repr(agree(codes_from({"ana": "11..", "ben": "11.1"}), n_boot=20))
    )


def test_the_printed_result_is_short_and_stable() -> None:
    found = agree(codes_from(dict(zip(["ben", "gerry"], BEN_AND_GERRY, strict=True))), n_boot=50)
    assert repr(found) == repr(
        agree(codes_from(dict(zip(["ben", "gerry"], BEN_AND_GERRY, strict=True))), n_boot=50)
    )
    assert repr(found).startswith(
        "Agreement of 2 coders (ben, gerry); 95% intervals by interaction, 50 resamples"
    )
