"""Every table of every room, imported so that SQLModel's metadata is whole."""

from importlib import import_module

#: Modules that define tables.
TABLE_MODULES = (
    "index.changes",
    "index.listing",
    "index.overlay",
    "index.places",
    "ledger.tables",
    "ledger.payments_tables",
    "api.accounts.tables",
    "api.credit_consents",
    "api.alerting",
    "api.weekly",
    "api.listing_drafts",
)

for _module in TABLE_MODULES:
    import_module(_module)
