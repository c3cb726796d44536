"""Hypothesis's `text`, without its two seconds for a list of what UTF-8 can encode."""

from hypothesis import strategies as st


def any_text(*, min_size: int = 0, max_size: int | None = None) -> st.SearchStrategy[str]:
    """Return strings of all characters but surrogates, which are what UTF-8 can encode."""
    characters = st.characters(exclude_categories=["Cs"])
    return st.text(characters, min_size=min_size, max_size=max_size)
