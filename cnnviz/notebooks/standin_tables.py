"""Stand-ins for the tables of pandas."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from cnnviz.notebooks.anything import Anything, Array


class Series:
    """One column of a table, as far as notebooks of this kind use it."""

    def __init__(self, data: Iterable[Any], **_options: object) -> None:
        self.values = np.asarray(data if isinstance(data, np.ndarray) else list(data))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:  # noqa: ANN401
        return np.array(self.values, dtype=dtype)

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, key: Any) -> Any:  # noqa: ANN401
        return self.values[key]

    def __gt__(self, other: Any) -> "Series":  # noqa: ANN401
        return Series(self.values > other)

    def astype(self, dtype: Any) -> "Series":  # noqa: ANN401
        """Convert the values."""
        return Series(self.values.astype(dtype))

    def to_numpy(self) -> Array:
        """Return the values."""
        return self.values

    def value_counts(self, **_options: object) -> dict[Any, int]:
        """Count each value, the commonest first."""
        values, counts = np.unique(self.values, return_counts=True)
        order = np.argsort(-counts, kind="stable")
        return {values[index].item(): int(counts[index]) for index in order}


class DataFrame:
    """A table of columns, as far as notebooks of this kind use it."""

    def __init__(self, columns: Any = (), **_options: object) -> None:  # noqa: ANN401
        self._columns = {name: np.asarray(column) for name, column in dict(columns).items()}

    def __getitem__(self, name: str) -> Series:
        return Series(self._columns[name])

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        columns = self.__dict__.get("_columns", {})
        return Series(columns[name]) if name in columns else Anything()

    def __len__(self) -> int:
        return self.shape[0]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:  # noqa: ANN401
        return np.array(self.values, dtype=dtype)

    @property
    def columns(self) -> list[str]:
        """Names of the columns."""
        return list(self._columns)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.values.shape[0], len(self._columns)

    @property
    def values(self) -> Array:
        """All of it, a row for each image."""
        return np.stack(list(self._columns.values()), axis=1)

    def to_numpy(self) -> Array:
        """Return all of it, a row for each image."""
        return self.values

    def drop(self, labels: Any = None, *, columns: Any = None, **_: object) -> "DataFrame":  # noqa: ANN401
        """Return the table without some columns."""
        names = labels if columns is None else columns
        names = [names] if isinstance(names, str) else names
        return DataFrame({n: c for n, c in self._columns.items() if n not in names})

    def head(self, count: int = 5) -> "DataFrame":
        """Return the first rows."""
        return DataFrame({name: column[:count] for name, column in self._columns.items()})
