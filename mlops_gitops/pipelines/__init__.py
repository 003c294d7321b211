"""DVC's files (dvc.yaml, dvc.lock, .dvc, params) read without importing DVC.

Where bytes lie and how they are fetched belongs in `storage`. Read tracked_outputs.py first."""
