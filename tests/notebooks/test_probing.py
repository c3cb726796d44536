"""What probes do to a script."""

from tests.notebooks.hands import DATA
from tests.notebooks.running import recorded

_KEYS = """
keys = iter(range(9))
rows = np.zeros(9)
for i in range(3):
    rows[next(keys) + 0] = i
    dict(i=i)["new"] = i
left = len(list(keys))
"""


def test_a_probe_of_an_item_calls_nothing_a_second_time() -> None:
    recording = recorded(DATA + _KEYS)

    left = [
        int(array)
        for probe, _, array in recording.executions
        if recording.probes[probe].name == "left"
    ]
    assert left == [6]
