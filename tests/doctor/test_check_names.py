"""The names of the checks that a workflow makes."""

from __future__ import annotations

from cases import cases
from workflows import PATH, read

from mlops_gitops.doctor.check_names import CheckNames, check_names
from mlops_gitops.doctor.workflow_runs import all_jobs


def _checks(job: str, **others: str) -> CheckNames:
    every = read(f"on: pull_request\njobs: {{ {job} }}\n", **others)
    return check_names(every[PATH], every)


CALLED = "on: workflow_call\njobs: {ruff: {name: Ruff}, mypy: {strategy: {matrix: {v: [1]}}}}\n"


@cases(
    "job, expected",
    [
        ("test: {}", {"test"}),
        ("test: {name: All tests}", {"All tests"}),
        ("test: {name: 7}", {"7"}),
        ("test: {strategy: {matrix: {v: [3.10, '3.10', true]}}}", {"test (3.1)", "test (3.10)", "test (true)"}),
        ("t: {strategy: {matrix: {os: [a, b], v: [1, 2]}}}", {"t (a, 1)", "t (a, 2)", "t (b, 1)", "t (b, 2)"}),
        ("test: {strategy: {matrix: {os: [a, b], exclude: [{os: a}]}}}", {"test (b)"}),
        ("test: {name: Test, strategy: {matrix: {os: [a]}}}", {"Test (a)"}),
        ("test: {name: 'On ${{ matrix.os }}', strategy: {matrix: {os: [a, b]}}}", {"On a", "On b"}),
        ("lint: {uses: ./.github/workflows/called.yml}", {"lint / Ruff", "lint / mypy (1)"}),
        ("lint: {name: Lint, strategy: {matrix: {x: [p]}}, uses: ./.github/workflows/called.yml}",
         {"Lint (p) / Ruff", "Lint (p) / mypy (1)"}),
        (f"{'x' * 90}: {{strategy: {{matrix: {{os: [{'y' * 20}]}}}}}}", {f"{'x' * 90} (yyyyy..."}),
    ],
)  # fmt: skip
def test_the_names_of_checks(job: str, expected: set[str]) -> None:
    assert _checks(job, called=CALLED) == CheckNames(frozenset(expected))


@cases(
    "job, maybe, never",
    [
        ("test: {strategy: {matrix: '${{ fromJSON(vars.x) }}'}}", "test (1)", "tests"),
        ("test: {strategy: {matrix: {v: '${{ fromJSON(vars.x) }}'}}}", "test (1)", "lint"),
        ("test: {strategy: {matrix: {v: [1], include: [{v: 2}]}}}", "test (2)", "lint"),
        ("test: {strategy: {matrix: {v: ['${{ vars.x }}']}}}", "test (2)", "lint"),
        ("test: {strategy: {matrix: {v: [{a: 1}]}}}", "test (1)", "lint"),
        ("test: {name: 'Test ${{ inputs.x }}'}", "Test anything", "test"),
        ("test: {name: 'Test ${{ matrix.y }}', strategy: {matrix: {x: [1]}}}", "Test anything", "test"),
        ("lint: {uses: example/shared/.github/workflows/lint.yml@v1}", "lint / ruff", "ruff"),
        ("lint: {uses: ./.github/workflows/gone.yml}", "lint / ruff", "lint"),
    ],
)
def test_what_an_expression_or_another_repository_decides_cannot_be_told(job: str, maybe: str, never: str) -> None:
    checks = _checks(job)
    assert (checks.makes(maybe), checks.makes(never)) == (None, False)


def test_workflows_that_call_themselves_or_call_many_come_to_an_end() -> None:
    itself = "on: workflow_call\njobs: {a: {uses: ./.github/workflows/ci.yml}}\n"
    every = read(itself)
    assert check_names(every[PATH], every).makes("a / x") is None
    assert list(all_jobs(every[PATH], every)) == []
    fan = ", ".join(f"j{n}: {{uses: ./.github/workflows/NEXT.yml}}" for n in range(20))
    deep = {f"w{n}": f"on: workflow_call\njobs: {{ {fan.replace('NEXT', f'w{n + 1}')} }}\n" for n in range(20)}
    every = read(f"on: push\njobs: {{ {fan.replace('NEXT', 'w0')} }}\n", **deep, w20="on: push\njobs: {last: {}}\n")
    assert check_names(every[PATH], every).makes("j1 / j2 / j3 / j4 / x") is None
    assert [job.id for _, job in all_jobs(every[PATH], every)] == ["last"]
