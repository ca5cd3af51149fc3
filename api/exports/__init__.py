"""A merchant's own figures and visits as tables to keep: CSV and XLSX."""
