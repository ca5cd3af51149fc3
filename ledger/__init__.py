"""Append-only events, and what is counted from them: attribution, statistics, credit signals, indicators."""
