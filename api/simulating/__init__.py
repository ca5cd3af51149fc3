"""A made-up county from a seed: tourists, merchants, weather and attackers, with the truth kept aside.

It exists to measure: what being shown causes (`bench/coverage.py`), and what attacks gain (`bench/fraud.py`). Its
events go through the ledger's one append path like any others, and say that they are made up.
"""
