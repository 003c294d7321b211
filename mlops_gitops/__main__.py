"""`python -m mlops_gitops`."""

import sys

from mlops_gitops.cli import main

if __name__ == "__main__":
    sys.exit(main())
