"""The HTTP interface, grouped by who asks. Routes translate; the rooms below decide."""
