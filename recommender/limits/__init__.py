"""One module for each kind of limit that a sentence can carry. Each reads a `Sentence` and returns `Limit`s."""
