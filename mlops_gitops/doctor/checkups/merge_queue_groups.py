"""A merge queue takes one pull request at a time.

`check` judges the change of one pull request against the base it will be merged into. In a group of several, the
commit that is tested holds the promotions of all of them, and each would be judged together with changes that nobody
has approved for it.

In the ruleset on the branch, under "Require merge queue": "Build concurrency" 1, minimum and maximum group size 1.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.doctor.checkup import Case, Checkup
from mlops_gitops.doctor.facts import Facts, requires_settings
from mlops_gitops.doctor.finding import Finding, fault, not_needed, ok, unverified
from mlops_gitops.forges.settings import Queue, Settings, Unknown


@requires_settings
def examine(facts: Facts, settings: Settings) -> Iterator[Finding]:
    """One finding, where there is a queue."""
    queue = settings.queue
    if isinstance(queue, Unknown):
        yield unverified(f"could not tell whether {facts.branch} has a merge queue: {queue.reason}")
    elif queue is None:
        yield not_needed(f"{facts.branch} has no merge queue")
    elif max(queue.max_build, queue.min_merge, queue.max_merge) > 1:
        sizes = f"builds {queue.max_build} and merges {queue.min_merge} to {queue.max_merge} at a time"
        fix = 'under "Require merge queue": build concurrency 1, minimum and maximum group size 1'
        yield fault(f"the merge queue {sizes}, and check judges one pull request at a time", fix)
    else:
        yield ok("the merge queue takes one pull request at a time")


CHECKUP = Checkup(
    "merge-queue-groups",
    __doc__,
    examine,
    ok=(Case(settings={"queue": Queue(1, 1, 1)}),),
    bad=(
        Case(settings={"queue": Queue(2, 1, 1)}),
        Case(settings={"queue": Queue(1, 2, 2)}),
        Case(settings={"queue": Queue(1, 1, 5)}),
    ),
    unsure=(Case(settings={"queue": Unknown("the server does not tell")}),),
)
