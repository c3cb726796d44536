"""What is written of a tensor."""

import numpy as np

from cnnviz.app.debugger.tensors.tensor_contents import tensor_contents
from cnnviz.app.widgets.save_dialog import TABLE
from cnnviz.training.debugger.view import Statistics, TensorView


def test_the_part_of_one_image_has_the_index_of_that_image() -> None:
    values = np.array([[0.25]])
    statistics = Statistics(0.25, 0.25, 0.25, saturated=None, zero=0.0)
    tensor = TensorView("o", values, 3, statistics, None)

    parts = tensor_contents(tensor)[TABLE]()

    assert not isinstance(parts, bytes)
    assert b"".join(parts) == b"index 0,image k,value\n0,3,0.25\n"
