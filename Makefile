# The set-up is kept in .venv and made again only when pyproject.toml changes.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test soak lint docs lock wheel dist bench bench-install clean

demo: .venv/demo
	$(BIN)/mlops-gitops demo

test: .venv/dev
	$(BIN)/pytest -n auto --dist worksteal

# Hostile inputs, 100,000 of them: about a quarter of an hour on two cores.
soak: .venv/dev
	$(BIN)/pytest tests/fuzz -m soak -n auto --dist worksteal

lint: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python .ci/changelog.py

docs: .venv/dev
	$(BIN)/mlops-gitops rules --page > docs/rules.md
	$(BIN)/mlops-gitops doctor --page > docs/doctor.md

# Beside its peers, which it installs into benchmarks/.cache; prints ratios, judges nothing.
bench: .venv/bin/python
	$(BIN)/python benchmarks/validate.py

# How long the Action takes to install itself, with caches and without.
bench-install: .venv/bin/python
	$(BIN)/python benchmarks/install.py

# What the Action installs: the newest releases that pyproject.toml allows and that are a week old, with hashes.
# Kept as they are: make lock UPGRADE=
UPGRADE := --upgrade
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-strip-extras $(UPGRADE)
lock: .venv/uv
	$(BIN)/uv lock --quiet $(UPGRADE)
	$(COMPILE) --custom-compile-command 'make lock' --output-file requirements/build.txt requirements/build.in
	$(COMPILE) --custom-compile-command 'make lock' --output-file requirements/uv.txt requirements/uv.in

wheel: .venv/dev
	rm -rf dist
	$(BIN)/python -m build --wheel --outdir dist

# What is published: built by locked tools, and the same bytes wherever and whenever it is built.
dist: .venv/uv
	rm -rf dist
	$(BIN)/uv build --quiet --build-constraints requirements/build.txt --require-hashes --out-dir dist

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, not " + sys.version) if sys.version_info < (3, 11) else 0'
	$(PYTHON) -m venv .venv

.venv/uv: requirements/uv.txt | .venv/bin/python
	$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements/uv.txt
	touch $@

.venv/demo: pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install --quiet --editable '.[demo]'
	touch $@

.venv/dev: pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	touch $@ .venv/demo

clean:
	rm -rf .venv .node benchmarks/.cache dist build .pytest_cache .mypy_cache .ruff_cache
