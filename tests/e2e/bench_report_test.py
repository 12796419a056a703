"""Ratios, verdicts and tables of ./dev bench; no test asserts a time."""
import sys

import pytest

from running import ROOT

sys.path.insert(0, str(ROOT / "bench"))
import measures  # noqa: E402
import report  # noqa: E402


def run(value, readings=1e6, cpu=1.0, peak=10.0):
    return {"per_second": value, "readings": readings, "cpu_seconds": cpu, "peak_mib": peak}


def row(ours, bare, goal=0.5, lower=False, name="P6"):
    made = measures.row(name, "store ÷ appender", "readings/s", goal, ([run(v) for v in ours], [run(v) for v in bare]),
                        lower=lower)
    return {**made, "summary": report.summary(made)}


def results(*rows, commit="abc", rounds=5, failed=None):
    machine = {"commit": commit, "cpu": "a cpu", "cores": 2, "memory_gib": 24, "filesystem": "ext4", "kernel": "6.1",
               "load_before": 0.1}
    return {"date": "2026-01-02", "machine": machine, "rounds": rounds, "quick": False, "rows": list(rows),
            "failed": failed or {}}


def test_median_of_even_and_odd():
    assert report.median([3, 1, 2]) == 2
    assert report.median([4, 1, 2, 3]) == 2.5


def test_a_ratio_is_taken_within_each_turn():
    assert report.ratios(row([50, 10], [100, 40])) == [0.5, 0.25]


def test_the_verdict_follows_the_direction():
    assert row([60], [100])["summary"]["met"]
    assert not row([40], [100])["summary"]["met"]
    assert not row([60], [100], lower=True)["summary"]["met"]
    assert row([60], [100], goal=None)["summary"]["met"] is None


def test_a_row_without_comparator_is_its_own_figure():
    said = row([900_000, 700_000, 800_000], [], goal=800_000)["summary"]
    assert said["value"] == 800_000 and said["met"] and said["bare"] is None


def test_cpu_is_told_for_a_million_readings_and_peak_at_its_highest():
    runs = [run(1, readings=2e6, cpu=4, peak=5), run(1, readings=2e6, cpu=4, peak=7)]
    assert report.per_million(runs) == 2
    assert report.peak(runs) == 7
    assert report.per_million([{"seconds": 2}]) is None


def test_cpu_of_the_database_is_told_beside_it():
    row = measures.row("P3", "commit ÷ copy", "readings/s", None, ([{**run(1), "database_seconds": 3}], [run(1)]))
    said = report.summary(row)
    assert said["database_ours"] == 3 and said["database_bare"] is None
    assert "| 3.00 |" in "| " + " | ".join(report.cells({**row, "summary": said})) + " |"


def test_a_later_run_keeps_the_other_rows_of_the_same_commit():
    old = results(row([1], [2], name="P2"), row([1], [2], name="P6"), failed={"P8": "no"})
    new = results(row([3], [4], name="P6"), row([5], [4], name="P8"))
    merged = report.merged(old, new, list(measures.MEASURES))
    assert [(r["id"], r["summary"]["ours"]) for r in merged["rows"]] == [("P2", 1), ("P6", 3), ("P8", 5)]
    assert merged["failed"] == {}
    assert len(report.merged(results(*old["rows"], commit="other"), new, list(measures.MEASURES))["rows"]) == 2


def test_the_table_stands_between_the_markers_of_the_page():
    page = (ROOT / "bench/README.md").read_text()
    table = report.markdown(results(row([60], [100]), failed={"P9": "not measured: no disk"}))
    assert "| P6 | store ÷ appender | 0.60 (0.60–0.60) | ≥ 0.50 | met |" in table and "P9: not measured" in table
    once = report.between_markers(page, table)
    assert report.between_markers(once, table) == once and table in once
    with pytest.raises(ValueError):
        report.between_markers("no markers", table)
