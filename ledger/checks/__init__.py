"""Checks on visits: each finds what honest guests hardly ever do, says why in words, and weighs it down.

Nothing is deleted: a doubtful visit is kept, shown as doubtful, and may be disputed. The checks read only what is in
the log, so that an auditor comes to the same weights from an export. `docs/visits.md` lists them with their limits.
"""
