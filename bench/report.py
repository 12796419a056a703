"""From figures of single runs to ratios, verdicts and tables. Pure functions; the tests are tests/e2e/bench_report_test.py.

A row is a dict: id, what, unit, goal (None: none), lower (True: small is good), key (which figure of a run counts),
ours and bare (figures of the runs, in turns; bare is empty when the row is a figure of its own)."""

BEGIN = "<!-- figures: ./dev bench --write -->"
END = "<!-- /figures -->"


def row(name, what, unit, goal, runs, key="per_second", lower=False):
    ours, bare = runs
    return {"id": name, "what": what, "unit": unit, "goal": goal, "lower": lower, "key": key, "ours": ours, "bare": bare}


def median(values):
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def ratios(row):
    """One for each turn: ours by the comparator that ran just before it, so that a machine that changes pace counts less."""
    return [ours[row["key"]] / bare[row["key"]] for ours, bare in zip(row["ours"], row["bare"])]


def per_million(runs, key="cpu_seconds"):
    """CPU seconds for a million readings; None where a side carries none."""
    known = [run[key] / run["readings"] * 1e6 for run in runs if run.get("readings") and key in run]
    return median(known) if known else None


def peak(runs):
    known = [run["peak_mib"] for run in runs if "peak_mib" in run]
    return max(known) if known else None


def summary(row):
    """What is said of a row: value is the ratio, or the figure itself where there is no comparator."""
    values = ratios(row) if row["bare"] else [run[row["key"]] for run in row["ours"]]
    value = median(values)
    goal = row["goal"]
    met = None if goal is None else value <= goal if row["lower"] else value >= goal
    return {"value": value, "low": min(values), "high": max(values), "met": met,
            "ours": median([run[row["key"]] for run in row["ours"]]),
            "bare": median([run[row["key"]] for run in row["bare"]]) if row["bare"] else None,
            "cpu_ours": per_million(row["ours"]), "cpu_bare": per_million(row["bare"]),
            "database_ours": per_million(row["ours"], "database_seconds"),
            "database_bare": per_million(row["bare"], "database_seconds"),
            "peak_ours": peak(row["ours"]), "peak_bare": peak(row["bare"])}


def number(value):
    if value is None:
        return ""
    if abs(value) >= 1e6:
        return f"{value / 1e6:.2f} M"
    if abs(value) >= 1e4:
        return f"{value / 1e3:.0f} k"
    if abs(value) >= 100:
        return f"{value:.0f}"
    return f"{value:.2f}"


def pair(left, right):
    return "" if left is None else number(left) if right is None else f"{number(left)} / {number(right)}"


def cells(row):
    said = row["summary"]
    bound = "≤" if row["lower"] else "≥"
    goal = "" if row["goal"] is None else f"{bound} {number(row['goal'])}"
    met = {None: "", True: "met", False: "missed"}[said["met"]]
    value = f"{number(said['value'])} ({number(said['low'])}–{number(said['high'])})"
    sides = f"{pair(said['ours'], said['bare'])} {row['unit']}"
    return [row["id"], row["what"], value, goal, met, sides, pair(said["cpu_ours"], said["cpu_bare"]),
            pair(said.get("database_ours"), said.get("database_bare")), pair(said["peak_ours"], said["peak_bare"])]


HEADINGS = ["", "ours ÷ comparator, or ours", "median (range)", "goal", "", "ours / comparator",
            "CPU-s per M readings", "… of PostgreSQL", "peak MiB"]


def markdown(results):
    """The table that bench/README.md holds, with the machine it is of."""
    machine = results["machine"]
    lines = [f"{results['date']}, commit {machine['commit']}, {machine['cpu']}, {machine['cores']} cores, "
             f"{machine['memory_gib']:.0f} GiB, {machine['filesystem']}, Linux {machine['kernel']}; "
             f"load before the run {machine['load_before']:.1f}, {results['rounds']} turns"
             f"{', a smoke run of no meaning' if results['quick'] else ''}.", "",
             "| " + " | ".join(HEADINGS) + " |", "|" + "---|" * len(HEADINGS)]
    lines += ["| " + " | ".join(cells(row)) + " |" for row in results["rows"]]
    failed = [f"{name}: {why}" for name, why in results["failed"].items()]
    return "\n".join(lines + ([""] + failed if failed else []))


def plain(results):
    """The same table for a terminal."""
    table = [HEADINGS] + [cells(row) for row in results["rows"]]
    widths = [max(len(line[i]) for line in table) for i in range(len(HEADINGS))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in table)


def merged(old, new, order):
    """`new`, with the rows of `old` that it did not measure, if they are of the same commit and kind of run."""
    same = all(old[key] == new[key] for key in ("rounds", "quick")) and old["machine"]["commit"] == new["machine"]["commit"]
    measured = {row["id"] for row in new["rows"]} | set(new["failed"])
    kept = [row for row in old["rows"] if row["id"] not in measured] if same else []
    failed = {name: why for name, why in old["failed"].items() if same and name not in measured} | new["failed"]
    return {**new, "rows": sorted(kept + new["rows"], key=lambda row: order.index(row["id"])), "failed": failed}


def between_markers(page, text):
    """The page with `text` between the two markers."""
    before, found, rest = page.partition(BEGIN)
    _, ended, after = rest.partition(END)
    if not found or not ended:
        raise ValueError("the page lacks the markers of the figures")
    return f"{before}{BEGIN}\n{text}\n{END}{after}"
