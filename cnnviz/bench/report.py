"""What `cnnviz bench` prints: a table for people, JSON for programs."""

import json
from collections.abc import Mapping, Sequence

from cnnviz.bench.headless import Row

_OURS = "exact gradient"


def table(rows: Sequence[Row], about: Mapping[str, str]) -> str:
    """Return the figures as text, with each time's ratio to the exact gradient's."""
    lines = [f"{name}: {value}" for name, value in about.items()]
    lines += [
        "",
        "One iteration; ms as least, median, most; µs an image and ratios of the medians.",
        "",
        f"{'n':>7}  {'':<28}{'least':>10}{'median':>10}{'most':>10}{'µs/image':>10}{'ratio':>9}",
    ]
    ours = {row.n: row.sample.median for row in rows if row.contender == _OURS}
    for row in rows:
        s = row.sample
        lines.append(
            f"{row.n:>7,}  {row.contender:<28}"
            f"{s.least * 1e3:>10.3f}{s.median * 1e3:>10.3f}{s.most * 1e3:>10.3f}"
            f"{s.median / row.n * 1e6:>10.2f}{s.median / ours[row.n]:>9.2f}"
        )
    return "\n".join(lines) + "\n"


def as_json(rows: Sequence[Row], about: Mapping[str, str]) -> str:
    """Return the figures as JSON; times in seconds."""
    return json.dumps(
        {
            "machine": dict(about),
            "iteration": [
                {
                    "n": row.n,
                    "contender": row.contender,
                    "least": row.sample.least,
                    "median": row.sample.median,
                    "most": row.sample.most,
                    "seconds": list(row.sample.seconds),
                }
                for row in rows
            ],
        },
        indent=2,
    )
