"""The waves of a desired state: what they must bring every target to, and how a state is written while they run."""

from __future__ import annotations

import json
from datetime import timedelta

from cases import cases
from house import desired
from targeted import ROLLOUT, TARGETS

from mlops_gitops.documents import schema_validation
from mlops_gitops.documents.read_document import parse
from mlops_gitops.records import desired_state
from mlops_gitops.records.desired_state import DesiredState, with_release
from mlops_gitops.records.rollout import Rolling

STATE = "environments/staging/churn.yaml"


def _read(text: str) -> DesiredState | str:
    """The desired state of a text; why it is none."""
    document = parse(STATE, text.encode())
    if problems := schema_validation.check(document, "desired-state"):
        return problems[0].message
    try:
        return desired_state.read(document)
    except ValueError as error:
        return str(error)


def test_waves_are_read_in_order() -> None:
    state = _read(desired("1.0.0") + TARGETS + ROLLOUT.replace("traffic: 10", "traffic: 10, hold: 24h"))
    assert isinstance(state, DesiredState) and state.rollout
    first, second, *_, last = state.rollout.waves
    assert (first.traffic, first.hold, first.approvals) == (10, timedelta(hours=24), {})
    assert (second.targets, second.traffic, second.approvals) == (("eu-api", "web"), 100, {"data-science": 1})
    assert state.rollout.after("canary") == second and state.rollout.after("fleet") is None
    assert [wave.name for wave in state.rollout.until("pilot")] == ["canary", "cloud", "pilot"]
    assert last.hold == timedelta() and state.rosters == ("fleets/tills.csv",)


_FALLING = """half, targets: [tills], percent: 50}
    - {name: fifth, targets: [tills], percent: 20}
    - {name: fleet, targets: [tills]}"""


def test_a_share_is_a_whole_number_however_it_is_written() -> None:
    """{traffic} is filled in as it is read, and a cluster takes no 10.0."""
    written = ROLLOUT.replace("traffic: 10", "traffic: 10.0").replace("data-science: 1", "data-science: 1.0")
    state = _read(desired("1.0.0") + TARGETS + written)
    assert isinstance(state, DesiredState) and state.rollout
    first, second, *_ = state.rollout.waves
    assert (repr(first.traffic), repr(dict(second.approvals))) == ("10", "{'data-science': 1}")


SETS_TRAFFIC = '          spec.predictor.canaryTrafficPercent: "{traffic}"\n'
WRONG = [
    ("an unknown target", "[tills], groups", "[tils], groups", "names tils"),
    ("a name twice", "name: fleet", "name: pilot", "two waves are called pilot"),
    ("approvals of the first", "traffic: 10", "traffic: 10, approvals: {operations: 1}", "of its environment"),
    ("traffic of a roster", "groups: [pilot]", "traffic: 50", "traffic is for files alone"),
    ("groups of files", "traffic: 10", "groups: [pilot]", "groups is for roster alone"),
    ("a share of files", "traffic: 10", "percent: 10", "percent is for roster alone"),
    ("traffic that shrinks", "traffic: 10", "traffic: 100", "must grow from wave to wave: 100, 100"),
    ("traffic that does not end with 100", "[eu-api, web]", "[web]", "must end with 100"),
    ("a target that no wave names", "[eu-api, web]", "[eu-api]", "no wave names the target web"),
    ("devices left out", "fleet, targets: [tills]}", "fleet, targets: [tills], percent: 50}", "leaves devices"),
    ("a share that falls", "fleet, targets: [tills]}", _FALLING, "must not fall from wave to wave"),
    ("a target without traffic", SETS_TRAFFIC, "", "no field to {traffic}"),
    ("a wave that asks files", "traffic: 10", "traffic: 10, require: {failed: 1}", "require is for roster alone"),
    ("a wave that nobody sees", "groups: [pilot]", "groups: [pilot], require: {failed: 1}", "nobody observes tills"),
    ("numbers that nobody brings", "groups: [pilot]", "groups: [pilot], watches: [{name: a, value: {at_most: 1}}]",
     "nobody observes tills"),
    ("a rate above one", "groups: [pilot]", "groups: [pilot], watches: [{name: a, rate: {at_most: 2}}]", "0 to 1"),
    ("looks at no rate", "groups: [pilot]", "groups: [pilot], looks: 5", "no rate among its watches"),
    ("an extension of no rate", "groups: [pilot]", "groups: [pilot], hold: 1h, extend: 1h", "no rate among"),
    ("an extension of no hold", "traffic: 10", "traffic: 10, extend: 1h", "no hold that it extends"),
    ("trust in nobody", "  owner: operations\n", "  owner: operations\n  evidence: forge\n", "nobody observes eu-api"),
    ("an abort by nobody", "  owner: operations\n", "  owner: operations\n  abort: automatic\n", "nobody observes"),
    ("signatures of files", "  owner: operations\n", "  owner: operations\n  evidence: signed\n", "nobody observes"),
    ("devices that are files", "  web:\n", "    observe: devices\n  web:\n", "any but devices"),
    ("files that are devices", "fleets/tills.csv}", "fleets/tills.csv, observe: kserve}", "it is devices"),
    ("traffic that nobody sees", "  web:\n", "    observe: kubernetes\n  web:\n", "kserve or sagemaker"),
    ("no name", "    mutable: accepted\n", "    mutable: accepted\n    observe: argocd\n", "needs name"),
    ("an App without a name", "    mutable: accepted\n",
     "    mutable: accepted\n    observe: {by: github, name: prod}\n", "needs app"),
    ("no owner", "  owner: operations\n", "", "owner"),
    ("a hold of no unit", "traffic: 10", "traffic: 10, hold: 24", "hold"),
    ("a name of an environment it could not be", "name: canary", "name: ca_nary", "name"),
    ("no targets", TARGETS, "", "targets"),
]  # fmt: skip


@cases("name, old, new, fact", WRONG)
def test_waves_that_leave_anything_out_are_refused(name: str, old: str, new: str, fact: str) -> None:
    text = desired("1.0.0") + TARGETS + ROLLOUT
    assert old in text
    found = _read(text.replace(old, new))
    assert isinstance(found, str) and fact in found, found


CANARY = Rolling("1.1.0", "canary")
LINE = 'rolling: {release: "1.1.0", wave: "canary"}'


@cases("end", ["\n", "\r\n"])
def test_what_is_rolling_is_one_line_below_the_release(end: str) -> None:
    text = (desired("1.0.0") + "targets: {tills: {roster: a.csv}}  # ours\n").replace("\n", end)
    rolling = with_release(parse(STATE, text.encode()), "1.0.0", CANARY)
    assert rolling.decode() == text.replace(f'release: "1.0.0"{end}', f'release: "1.0.0"{end}{LINE}{end}')
    later = with_release(parse(STATE, rolling), "1.0.0", Rolling("1.1.0", "cloud"))
    assert later == rolling.replace(b"canary", b"cloud")
    settled = with_release(parse(STATE, later), "1.1.0", None)
    assert settled.decode() == text.replace("1.0.0", "1.1.0")
    assert with_release(parse(STATE, settled), "1.1.0", None) == settled


def test_a_state_without_a_release_gets_and_loses_its_lines_alone() -> None:
    planned = desired("1.0.0").replace('release: "1.0.0"\n', "") + "# ours\n" + TARGETS + ROLLOUT
    state = _read(planned)
    assert isinstance(state, DesiredState) and state.release is None
    rolling = with_release(parse(STATE, planned.encode()), None, CANARY)
    assert rolling.decode() == planned.replace("# ours\n", f"{LINE}\n# ours\n")
    assert with_release(parse(STATE, rolling), None, None).decode() == planned
    settled = with_release(parse(STATE, rolling), "1.0.0", None).decode()
    assert settled == planned.replace("# ours\n", 'release: "1.0.0"\n# ours\n')
    assert isinstance(_read(desired("1.0.0").replace('release: "1.0.0"\n', "")), str)  # it would say nothing at all


def test_a_layout_that_cannot_be_edited_alone_is_refused() -> None:
    block = desired("1.0.0").replace("release", "rolling:\n  release: '1.1.0'\n  wave: canary\nrelease")
    gone = with_release(parse(STATE, block.encode()), "1.0.0", None)
    assert gone.decode() == desired("1.0.0")
    flow = json.dumps(parse(STATE, desired("1.0.0").encode()).data)
    try:
        with_release(parse(STATE, flow.encode()), "1.0.0", CANARY)
    except ValueError as error:
        assert "rolling: cannot be written" in str(error)
    else:
        raise AssertionError("a mapping on one line was edited")


def test_a_file_without_a_last_line_break_gets_one() -> None:
    text = desired("1.0.0").rstrip("\n")
    assert with_release(parse(STATE, text.encode()), "1.0.0", CANARY).decode() == f"{text}\n{LINE}\n"
