"""Model releases by pull request: validate, gate, promote, record and audit, driven by files in a Git repository."""

__version__ = "0.1.0"
HOMEPAGE = "https://github.com/mlops-gitops/mlops-gitops"
GUIDES = f"{HOMEPAGE}/blob/main/docs"  # messages are read in repositories that have no such folder

# What programs import, and where it is. It is loaded when it is first used: what start-up imports, every hook pays for.
_PUBLIC = {
    "released": "mlops_gitops.orchestration.serving.released",
    "Released": "mlops_gitops.orchestration.serving.released",
    "Error": "mlops_gitops.core.errors",
    "Undecided": "mlops_gitops.core.errors",
}
__all__ = ["Error", "Released", "Undecided", "released"]


def __getattr__(name):  # type: ignore[no-untyped-def]  # the types are in __init__.pyi
    if name not in _PUBLIC:
        import sys  # the traceback looks there for the name that was meant

        raise AttributeError(f"module 'mlops_gitops' has no attribute {name!r}", name=name, obj=sys.modules[__name__])
    from importlib import import_module

    return getattr(import_module(_PUBLIC[name]), name)


def __dir__():  # type: ignore[no-untyped-def]
    return [*globals(), *__all__]
