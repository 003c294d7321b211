"""The records of retrainings on the branch of monitoring records: read as last fetched, and appended in the remote."""

from __future__ import annotations

from mlops_gitops import __version__
from mlops_gitops.core.errors import Undecided
from mlops_gitops.monitoring.history.append import readme_file
from mlops_gitops.monitoring.history.record import BRANCH
from mlops_gitops.orchestration.monitoring.records_branch import ATTEMPTS, pause_before, records_tree
from mlops_gitops.orchestration.workspace import Workspace
from mlops_gitops.retraining.chain import RetrainingChain, RetrainingChains, is_recorded, read_chain, read_chains
from mlops_gitops.retraining.outcome import BRANCHES, Decision
from mlops_gitops.retraining.record import RetrainingRecord, Run, statement
from mlops_gitops.retraining.tables.history_table import PastRetraining
from mlops_gitops.runtime import clock


def retraining_chain(workspace: Workspace, model: str) -> RetrainingChain:
    """The records of the retrainings of a model, as last fetched. Raises Undecided where the chain is not whole."""
    return read_chain(records_tree(workspace), model)


def retraining_chains(workspace: Workspace) -> RetrainingChains:
    """The records of the retrainings of all models, with their faults, as last fetched."""
    return read_chains(records_tree(workspace))


def past_retrainings(workspace: Workspace, model: str | None) -> list[PastRetraining]:
    """Every record, of all models or of one, in the order of their decisions; each with its pull request, if any.

    Raises Undecided where a chain is not whole, or the forge cannot be asked.
    """
    chains = retraining_chains(workspace)
    models = [name for name in chains.by_model if model in (None, name)]
    records = [found for name in models for found in retraining_chain(workspace, name).records]
    pulls = {}
    if any(found.run and found.run.branch for found in records) and workspace.git.has_remote():
        pulls = {pull.branch: pull.number for pull in workspace.forge.find(f"{BRANCHES}/", ended=True) if not pull.fork}
    past = []
    for found in sorted(records, key=lambda each: (each.decision.now, each.decision.model, each.sequence)):
        number = pulls.get(found.run.branch or "") if found.run else None
        pull = workspace.forge.read(number) if number else None
        past.append(PastRetraining(found, workspace.forge.with_people(pull) if pull else None))
    return past


def write_retraining(workspace: Workspace, decision: Decision, run: Run | None = None) -> RetrainingRecord | None:
    """Records a decision with what followed it, and returns its record; that which is on record is not written again.

    None where nothing is to be recorded: no trigger is met, or it is undecided. Raises Undecided where the remote
    cannot be written, or the chain is not whole, and ValueError for a decision to retrain without a run.
    """
    if not is_recorded(decision):
        return None
    for attempt in range(ATTEMPTS):
        tip = workspace.git.remote_tip(BRANCH) or ""
        chain = retraining_chain(workspace, decision.model)
        if known := chain.holder(decision, run):
            return known
        new = statement(decision, run, chain.newest, f"mlops-gitops {__version__}", clock.now())
        files = {new.path: new.render()} | ({} if tip else readme_file())
        if workspace.forge.extend(BRANCH, files, _message(new), tip):
            return new
        pause_before(attempt)
    reason = f"others wrote to {BRANCH} {ATTEMPTS} times meanwhile, so this retraining is not on record"
    raise Undecided(reason, help="run the same command again")


def _message(found: RetrainingRecord) -> str:
    ended = found.run.outcome if found.run else found.decision.outcome
    return f"{found.path}: {ended}\n\nRetraining-Digest: {found.digest}\n"
