"""What a requirement can have looked at, one check a file, found by its name. The schema of packs lists them all."""
