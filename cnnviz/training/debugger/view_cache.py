"""Caches the views of an iteration's tensors."""

from collections.abc import Iterable
from dataclasses import replace

from cnnviz.numerics.network import Floats
from cnnviz.training.debugger.previous_values import Changed
from cnnviz.training.debugger.view import ImageChanges, TensorView, tensor_view


class TensorViews:
    """Returns the same view of a tensor until something in it changes.

    One image's part of a tensor has a view of its own.
    """

    def __init__(self) -> None:
        self._views: dict[tuple[str, bool], TensorView] = {}

    def of(
        self,
        name: str,
        values: Floats,
        *,
        image: int | None = None,
        stale: bool = False,
        fresh: bool = False,
        changed: Changed = None,
    ) -> TensorView:
        """Return the view of a tensor; the arguments are those of `TensorView`."""
        key = name, image is None
        view = self._views.get(key)
        if view is None or view.values is not values or view.image != image:
            view = tensor_view(name, values, image)
        mask = None if isinstance(changed, ImageChanges) else changed
        own = changed if isinstance(changed, ImageChanges) else None
        is_alike = view.stale == stale and view.fresh == fresh
        if not (is_alike and view.changed is mask and view.image_changes is own):
            view = replace(view, stale=stale, fresh=fresh, changed=mask, image_changes=own)
        self._views[key] = view
        return view

    def forget_all_but(self, names: Iterable[str]) -> None:
        """Forget the views of the other tensors."""
        kept = frozenset(names)
        self._views = {key: view for key, view in self._views.items() if key[0] in kept}
