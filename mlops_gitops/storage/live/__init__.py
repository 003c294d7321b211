"""Live data by its path: copied while it is hashed, from the repository or a DVC remote. Begin with live_file.py."""
