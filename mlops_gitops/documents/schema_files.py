"""Where the JSON Schemas lie: in the package as it is installed, beside it in a checkout of this project."""

import os

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def folder(package: str = _PACKAGE) -> str:
    """The folder of the schemas that belong to a package's folder; the current folder has no say."""
    packaged = os.path.join(package, "schemas")
    return packaged if os.path.isdir(packaged) else os.path.join(os.path.dirname(package), "schemas")
