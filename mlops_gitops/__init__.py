"""Model releases by pull request: validate, gate, promote, record and audit, driven by files in a Git repository."""

__version__ = "0.1.0"
HOMEPAGE = "https://github.com/mlops-gitops/mlops-gitops"
GUIDES = f"{HOMEPAGE}/blob/main/docs"  # messages are read in repositories that have no such folder
