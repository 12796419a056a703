"""Rows, summaries and statistics read by DuckDB's own package and recomputed by pandas over the same input (rules D3, D11, D13).

Equal where integers and extremes allow; within 1e-9 of the largest magnitude where floats are summed.
"""
import json
import pathlib

import duckdb
import numpy as np
import pandas as pd
import pytest

OFFICE = pathlib.Path(__file__).resolve().parents[2] / "recipes/quickstart/data/ambient_temperature.csv"

PIPELINE = f"""
data_dir = "data"
[stream.office]
key = "sensor_id"
time = "timestamp"
fields = {{ sensor_id = "string", timestamp = "timestamp", fahrenheit = "double" }}
[source.replay]
kind = "file"
stream = "office"
path = "{OFFICE}"
map = {{ fahrenheit = "value" }}
set = {{ sensor_id = "office" }}
time_format = "%Y-%m-%d %H:%M:%S"
[summary.by_day]
stream = "office"
every = "1d"
by = ["sensor_id"]
values = {{ mean = "avg(fahrenheit)", lo = "min(fahrenheit)", hi = "max(fahrenheit)", n = "count(*)", sd = "stddev(fahrenheit)", total = "sum(fahrenheit)", opened = "first(fahrenheit)", closed = "last(fahrenheit)" }}
"""


@pytest.fixture
def office():
    table = pd.read_csv(OFFICE, parse_dates=["timestamp"], float_precision="round_trip")
    table["timestamp"] = table["timestamp"].dt.tz_localize("UTC")
    return table


def close(ours, theirs):
    scale = max(1.0, np.nanmax(np.abs(theirs)))
    return np.allclose(ours, theirs, rtol=0, atol=1e-9 * scale, equal_nan=True)


def by_day(table):
    table = table.sort_values("timestamp", kind="stable")
    days = table.groupby(table["timestamp"].dt.floor("D"))["value"]
    return days.agg(["mean", "min", "max", "count", "std", "sum", "first", "last"])


def test_a_real_file_is_stored_row_for_row_with_its_summary(sluice, tmp_path, office):
    pipeline = sluice(PIPELINE)
    pipeline.start("--until-done", wait=False)
    assert pipeline.process.wait(timeout=60) == 0, pipeline.log.read_text()
    pipeline.process = None

    with duckdb.connect(str(tmp_path / "data/store/sluice.duckdb"), read_only=True) as store:
        store.execute("SET TimeZone = 'UTC'")
        rows = store.execute("SELECT timestamp, fahrenheit FROM office ORDER BY _position").df()
        days = store.execute("SELECT * FROM by_day ORDER BY interval_start").df()
    assert len(rows) == len(office)
    assert (rows["fahrenheit"].to_numpy() == office["value"].to_numpy()).all()
    assert (rows["timestamp"].dt.tz_convert("UTC").to_numpy() == office["timestamp"].to_numpy()).all()

    theirs = by_day(office)
    assert (days["n"].to_numpy() == theirs["count"].to_numpy()).all()
    for ours, name in [("lo", "min"), ("hi", "max"), ("opened", "first"), ("closed", "last")]:
        assert (days[ours].to_numpy() == theirs[name].to_numpy()).all(), ours
    for ours, name in [("mean", "mean"), ("sd", "std"), ("total", "sum")]:
        assert close(days[ours].to_numpy(dtype=float), theirs[name].to_numpy()), ours


def test_statistics_of_the_api_equal_pandas(sluice, office):
    pipeline = sluice(PIPELINE).start()
    pipeline.wait_for(lambda: pipeline.sql("SELECT count(*) FROM office")[0][0] == len(office), 30, "replayed file")
    span = "from=2013-07-01T00:00:00Z&to=2014-07-01T00:00:00Z"
    ours = pipeline.get(f"/api/streams/office/stats?{span}")["fields"]["fahrenheit"]
    values = office["value"]
    assert ours["count"] == len(values)
    assert (ours["min"], ours["max"]) == (values.min(), values.max())
    assert close([ours["avg"], ours["stddev"]], np.array([values.mean(), values.std()]))

    newest = pipeline.get("/data/latest?limit=5")
    expected = office.sort_values("timestamp", ascending=False).head(5)
    assert [row["fahrenheit"] for row in newest] == list(expected["value"])


def test_late_and_repeated_readings_give_the_summary_of_all_of_them(sluice, office):
    """The same rows shuffled, with a tenth sent twice, over HTTP: as if they had come in order."""
    pipeline = sluice(PIPELINE.replace('kind = "file"', 'kind = "http"').replace(f'path = "{OFFICE}"\n', "")).start()
    mixed = pd.concat([office, office.sample(frac=0.1, random_state=1)]).sample(frac=1, random_state=2)
    mixed = mixed.reset_index(drop=True)
    for start in range(0, len(mixed), 1000):
        lines = "".join(json.dumps({"timestamp": f"{row.timestamp:%Y-%m-%d %H:%M:%S}", "value": row.value}) + "\n"
                        for row in mixed.iloc[start:start + 1000].itertuples())
        assert pipeline.post("/ingest/office", lines, "application/x-ndjson")[0] == 202
    pipeline.wait_drained()
    days = pd.DataFrame(pipeline.get("/api/summaries/by_day"))
    theirs = by_day(mixed)
    assert (days["n"].to_numpy() == theirs["count"].to_numpy()).all()
    assert (days["hi"].to_numpy() == theirs["max"].to_numpy()).all()
    assert close(days["mean"].to_numpy(dtype=float), theirs["mean"].to_numpy())
    pipeline.audit_agrees()
