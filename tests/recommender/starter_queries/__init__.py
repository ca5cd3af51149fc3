"""What tourists type over the starter data, what must come of it, and the checks that hold the two together."""
