"""The only SQL: schema and migrations, what is recorded how it is found again; evidence lies beside it."""

from domainscan.store.base import Store
from domainscan.store.errors import StoreBusy, StoreError, StoreFailed
from domainscan.store.schema import NewerSchema, NotAStore, open_store

__all__ = ["NewerSchema", "NotAStore", "Store", "StoreBusy", "StoreError", "StoreFailed", "open_store"]
