"""The recipe as its reader meets it: started from a copy, asked what its README says to ask."""
import pathlib
import shutil

from conftest import Sluice, free_port

RECIPE = pathlib.Path(__file__).resolve().parent


def test_the_readme_holds(tmp_path, monkeypatch):
    folder = tmp_path / "quickstart"
    shutil.copytree(RECIPE, folder, ignore=shutil.ignore_patterns("sluice-data"))
    text = (folder / "pipeline.toml").read_text()
    port = free_port()
    pipeline = Sluice(folder, text[:text.index("[server]")], port)
    pipeline.start()
    try:
        pipeline.wait_for(lambda: pipeline.sql("SELECT count(*) FROM office") == [[7267]], 30, "replayed file")
        status, answer = pipeline.post("/ingest/readings",
                                       '{"sensor_id":"mine","timestamp":"2025-10-15T12:00:00Z","temperature":21.5}')
        assert (status, answer) == (202, '{"accepted":1,"dead":0,"errors":[]}')
        pipeline.wait_for(lambda: pipeline.get("/api/streams/readings/by-key/mine"), 10, "own reading")
        assert len(pipeline.get("/data/latest?limit=3")) == 3
        hours = pipeline.get("/api/summaries/office_by_hour?from=2013-07-04T00:00:00Z&to=2013-07-05T00:00:00Z")
        assert len(hours) == 24 and hours[0]["avg_fahrenheit"] == 69.88083514
        pipeline.wait_for(lambda: len(pipeline.get("/api/streams/readings/keys")) >= 51, 30, "all devices")
        pipeline.audit_agrees()
        assert pipeline.stop()[0] == 0
    finally:
        if pipeline.process is not None:
            pipeline.kill()
