"""All that an auditor needs to check an exported ledger: canonical JSON, the tree, signed notes, and the verifier.

Only the standard library is imported, so that this folder and `ledger/__init__.py` run alone:
`python -S -m ledger.proof FILE`.
"""

from ledger.proof.canonical import SALT_BYTES, CanonicalError, canonical_json, commitment
from ledger.proof.tree import leaf_hash

__all__ = ["SALT_BYTES", "CanonicalError", "canonical_json", "commitment", "leaf_hash"]
