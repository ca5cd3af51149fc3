"""Listings, vectors, words and places: what is searched, and the snapshot that it is searched in."""

import os

# FAISS's and torch's threads would wait for each other at full speed, which on busy cores costs many times the work
# itself; asleep they cost nothing. What it gains is in docs/benchmarks.md.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
