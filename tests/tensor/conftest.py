"""Names of files for tensors."""

import pytest


@pytest.fixture(params=["tensor.npy", "tensor.zarr"])
def path(request, tmp_path):
    """A name for a NumPy file, and one for a Zarr store where zarr is installed."""
    if request.param.endswith("zarr"):
        pytest.importorskip("zarr", reason="zarr is not installed; pip install circuitalg[zarr]")
    return tmp_path / request.param
