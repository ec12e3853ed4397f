"""The versions of the store, applied by `service.store.migrate`.

A version is written once and never changed, so it has its own picture of the tables; `tables.py` is how they are now.
To change a table: change `tables.py`, add a file to `versions/` and its number to `migrate.VERSIONS`.
"""
