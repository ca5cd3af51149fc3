"""What an import did: how many rows went in, and why the others did not."""

from dataclasses import dataclass, field
from pathlib import Path

#: Exit codes of `baicha import`: every row went in, nothing could be read, some rows were rejected.
EXIT_ALL, EXIT_NOTHING, EXIT_SOME = 0, 2, 3


@dataclass(frozen=True, slots=True)
class Rejection:
    """One row that did not go in. `line` counts from 1 and is where the row begins; `fault` names the reason's kind."""

    line: int
    reason: str
    fault: str = ""


@dataclass(slots=True)
class ImportReport:
    """Counts of rows of one file; `closed` are stored listings that the file no longer has."""

    path: Path
    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    closed: int = 0
    rejected: list[Rejection] = field(default_factory=list)

    @property
    def accepted(self) -> int:
        """How many rows of the file are now stored."""
        return self.inserted + self.updated + self.unchanged

    @property
    def exit_code(self) -> int:
        """0 when every row went in, 3 when some were rejected, 2 when none could be read."""
        if not self.rejected:
            return EXIT_ALL
        return EXIT_SOME if self.accepted else EXIT_NOTHING

    def lines(self) -> list[str]:
        """Return the rejections as `file:line: reason`, in the order of the file."""
        return [f"{self.path}:{rejection.line}: {rejection.reason}" for rejection in self.rejected]
