"""Listings, vectors, words and places: what is searched, and the snapshot that it is searched in."""
