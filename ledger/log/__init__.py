"""The Merkle log over the entries: tiles, signed checkpoints, proofs, export, audit and witnesses."""
