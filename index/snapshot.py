"""The door to snapshots: `build` one from the tables, and read the one in force through `Snapshots`."""

from index.building import build
from index.opening import Snapshot
from index.snapshots import Snapshots

__all__ = ["Snapshot", "Snapshots", "build"]
