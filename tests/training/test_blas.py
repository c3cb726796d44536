from threadpoolctl import threadpool_info, threadpool_limits

from cnnviz.training.blas import blas_on_one_thread


def blas_threads() -> list[int]:
    return [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]


def test_blas_is_limited_to_one_thread_inside_the_block_only() -> None:
    with threadpool_limits(2, "blas"):
        assert set(blas_threads()) == {2}
        with blas_on_one_thread():
            assert set(blas_threads()) == {1}
        assert set(blas_threads()) == {2}
