"""The score of the Numenta Anomaly Benchmark, on cases whose score follows from its paper."""

from __future__ import annotations

import json
import math
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.harness import BenchmarkError
from benchmarks.nab_corpus import PROFILES, recorded, recordings, score, unusual
from benchmarks.nab_scores import Recording, Weights, best, probation, sigmoid

STANDARD = Weights(hit=1.0, miss=1.0, false=1.0)
LOW_FALSE = Weights(hit=1.0, miss=0.5, false=2.0)
ROWS = 100
WINDOW = (50, 59)
NOON = datetime.fromisoformat("2014-02-14 12:00:00")


def alarms(*rows: tuple[int, float], windows: tuple[tuple[int, int], ...] = (WINDOW,)) -> Recording:
    """A recording that is unusual on these rows, each so much, and at nothing else."""
    scores = np.zeros(ROWS)
    for row, unusual_ in rows:
        scores[row] = unusual_
    return Recording(scores, windows)


def of_paper(position: float) -> float:
    """The scaled sigmoid as the paper writes it."""
    return 2 / (1 + math.exp(5 * position)) - 1


@pytest.mark.parametrize(
    ("position", "worth"), [(-1, 0.98661), (-0.5, 0.84828), (0, 0.0), (1, -0.98661), (3, -1.0)]
)
def test_an_alarm_is_worth_what_the_paper_says(position: float, worth: float) -> None:
    assert sigmoid(position) == pytest.approx(worth, abs=1e-5)


@pytest.mark.parametrize("weights", [STANDARD, LOW_FALSE])
def test_no_alarm_is_nothing_and_one_at_each_windows_first_row_is_a_hundred(
    weights: Weights,
) -> None:
    assert best([alarms(), alarms()], weights) == (0.0, None)
    perfect = [alarms((50, 1.0)), alarms((20, 1.0), (70, 1.0), windows=((20, 22), (70, 80)))]
    found = best(perfect, weights)
    assert (round(found.score, 9), found.threshold) == (100.0, 1.0)


def test_a_later_alarm_in_the_window_is_worth_less() -> None:
    found = of_paper(-6 / 10) / of_paper(-1)
    assert best([alarms((54, 1.0))], STANDARD).score == pytest.approx(100 * (found + 1) / 2)


def test_the_earliest_alarm_of_a_window_counts_alone() -> None:
    once, often = alarms((52, 1.0)), alarms((52, 1.0), (53, 1.0), (59, 1.0))
    assert best([often], STANDARD) == best([once], STANDARD)


@pytest.mark.parametrize("weights", [STANDARD, LOW_FALSE])
def test_a_false_alarm_counts_the_less_the_closer_it_follows_a_window(weights: Weights) -> None:
    def with_false(row: int) -> float:
        return best([alarms((50, 1.0), (row, 1.0))], weights).score

    span = weights.hit + weights.miss
    wrong = weights.false * of_paper(3 / 9)
    assert with_false(62) == pytest.approx(100 * (weights.hit + wrong + weights.miss) / span)
    assert with_false(40) == pytest.approx(
        max(0.0, 100 * (weights.hit - weights.false + weights.miss) / span)
    )


def test_rows_of_the_probation_count_for_nothing() -> None:
    assert (probation(100), probation(4032), probation(20_000)) == (15, 604, 750)
    assert best([alarms((50, 1.0), (14, 1.0))], STANDARD).score == pytest.approx(100)
    assert best([alarms((50, 1.0), (15, 1.0))], STANDARD).score < 100


@pytest.mark.parametrize(
    ("weights", "worth", "threshold"), [(STANDARD, 75, 0.5), (LOW_FALSE, 50, 0.9)]
)
def test_one_threshold_counts_for_all_recordings(
    weights: Weights, worth: float, threshold: float
) -> None:
    found = best([alarms((50, 0.9)), alarms((50, 0.5), (30, 0.7))], weights)
    assert found.score == pytest.approx(worth)
    assert found.threshold == threshold


@given(st.lists(st.tuples(st.integers(15, 99), st.floats(0.1, 9)), max_size=8))
@settings(max_examples=50)
def test_the_best_score_is_between_none_and_perfect_whatever_alarms(
    rows: list[tuple[int, float]],
) -> None:
    found = best([alarms(*rows)], STANDARD)
    assert 0 <= found.score <= 100 + 1e-9
    doubled = best([alarms(*((row, 2 * value) for row, value in rows))], STANDARD)
    assert doubled.score == found.score


def checkout(folder: Path, *, spike: float) -> Path:
    """A corpus of one file, five minutes a row, with a spike in its window."""
    values = 50 + np.random.default_rng(1).normal(0, 1, 400)
    values[300] += spike
    times = [NOON + timedelta(minutes=5 * place) for place in range(400)]
    rows = [f"{time},{value}" for time, value in zip(times, values, strict=True)]
    (folder / "data" / "real").mkdir(parents=True)
    (folder / "data" / "real" / "cpu.csv").write_text("\n".join(["timestamp,value", *rows]))
    (folder / "labels").mkdir()
    window = [f"{times[place]}.000000" for place in (297, 310)]
    labels = {"real/cpu.csv": [window]}
    (folder / "labels" / "combined_windows.json").write_text(json.dumps(labels))
    (folder / "config").mkdir()
    matrix = {"tpWeight": 1.0, "fnWeight": 1.0, "fpWeight": 1.0, "tnWeight": 1.0}
    profiles = {name: {"CostMatrix": matrix} for name in PROFILES}
    (folder / "config" / "profiles.json").write_text(json.dumps(profiles))
    return folder


def test_a_corpus_is_read_and_scored_beside_what_is_published(tmp_path: Path) -> None:
    def ours(spike: float) -> float:
        folder = checkout(tmp_path / str(spike), spike=spike)
        (file,) = recordings(folder)
        recording = recorded(folder, file)
        assert recording.windows == ((297, 310),)
        answer = score(folder, [recording])
        assert answer["published"]["Null"] == [0.0, 0.0, 0.0]
        return float(answer["steward"][0])

    assert ours(20.0) == pytest.approx(100 * (of_paper(-11 / 14) / of_paper(-1) + 1) / 2, abs=0.1)
    assert ours(0.0) < ours(20.5)


def test_what_comes_every_day_at_the_same_time_is_usual() -> None:
    values = 10 + np.random.default_rng(2).normal(0, 0.1, 48 * 12)
    values[20::48] += 5
    seen = unusual(values, 48)
    blind = unusual(values, 1)
    assert seen[20 + 48 * 9] < 4 < blind[20 + 48]


def test_what_is_no_checkout_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(BenchmarkError, match=r"data/\*/\*\.csv; name a checkout"):
        recordings(tmp_path)
    folder = checkout(tmp_path / "one", spike=1.0)
    (folder / "labels" / "combined_windows.json").write_text("{}")
    with pytest.raises(BenchmarkError, match=r"real/cpu\.csv: has no entry"):
        recorded(folder, recordings(folder)[0])
