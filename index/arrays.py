"""Arrays of a snapshot, an `.npy` file each, memory-mapped: opening reads nothing, and worker processes share them."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


def save_arrays(folder: Path, **arrays: NDArray[Any]) -> None:
    """Write each array as `<name>.npy` into a new folder."""
    folder.mkdir()
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array, allow_pickle=False)


def load_array(path: Path) -> NDArray[Any]:
    """Map one array, read-only.

    Raises:
        ValueError: The file is torn.
        OSError: It cannot be read.
    """
    stored = np.load(path, mmap_mode="r", allow_pickle=False) if path.stat().st_size > _HEADER else None
    if stored is None or not stored.size:
        return np.asarray(np.load(path, allow_pickle=False))
    # The class that numpy maps files with slows each operation down; the array over the same memory does not.
    return np.asarray(stored)


def load_arrays(folder: Path) -> dict[str, NDArray[Any]]:
    """Map all arrays of a folder, by name."""
    return {path.stem: load_array(path) for path in sorted(folder.glob("*.npy"))}


#: An `.npy` file of this size is all header: there is nothing to map.
_HEADER = 128
