"""The local forge: pull requests and issues as references of the repository's own remote.

Each kind has a module for what its references hold. Read forge.py first."""
