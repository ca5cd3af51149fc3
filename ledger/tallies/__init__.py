"""Counts kept beside the events, in the transaction that appends them: by listing, quarter-hour, kind and part.

They are small, additive and derived: `keeping.rebuild` makes them anew from the events, `keeping.first_difference`
finds one that is not what the events say. What is not additive (visitors, weights, referral) is read from the visits
themselves; `docs/decisions/0006-tallies.md` says why.
"""
