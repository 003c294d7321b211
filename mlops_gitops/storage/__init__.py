"""EDGE: bytes by digest, from DVC's caches and remotes, in verified copies.

DVC is imported here alone, and late. Read data_store.py first, then dvc_settings.py."""
