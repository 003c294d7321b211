# The set-up is kept in .venv and made again only when pyproject.toml changes.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test act soak lint docs wheel bench clean

demo: .venv/demo
	$(BIN)/mlops-gitops demo

test: .venv/dev
	$(BIN)/pytest -n auto --dist worksteal

# The runner of workflows, which the tests would build by themselves: once, into .act, where Go is on the machine.
act: .venv/dev
	command -v go > /dev/null || { echo "no Go here: what needs act is skipped"; exit 0; }; \
	PYTHONPATH=tests $(BIN)/python -c 'from ground import act; print(act.found())'

# Hostile inputs, 100,000 of them: about a quarter of an hour on two cores.
soak: .venv/dev
	$(BIN)/pytest tests/fuzz -m soak -n auto --dist worksteal

lint: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

docs: .venv/dev
	$(BIN)/mlops-gitops rules --page > docs/rules.md
	$(BIN)/mlops-gitops doctor --page > docs/doctor.md

# Beside its peers, which it installs into benchmarks/.cache; prints ratios, judges nothing.
bench: .venv/bin/python
	$(BIN)/python benchmarks/validate.py

wheel: .venv/dev
	rm -rf dist
	$(BIN)/python -m build --wheel --outdir dist

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, not " + sys.version) if sys.version_info < (3, 11) else 0'
	$(PYTHON) -m venv .venv

.venv/demo: pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install --quiet --editable '.[demo]'
	touch $@

.venv/dev: pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	touch $@ .venv/demo

clean:
	rm -rf .venv .node .act benchmarks/.cache dist build .pytest_cache .mypy_cache .ruff_cache
