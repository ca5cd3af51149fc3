"""What an operator does to the data folder as a whole: its status, backups, restoring."""
