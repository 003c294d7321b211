"""Every id a finding can have, explained: rules by their own modules, what no rule finds by the table here."""

from __future__ import annotations

from collections.abc import Sequence

from mlops_gitops.core import plugins
from mlops_gitops.core.diagnostics import Severity
from mlops_gitops.core.errors import Error
from mlops_gitops.core.frozen import frozen
from mlops_gitops.core.names import did_you_mean
from mlops_gitops.policy.rule import Edit, Rule, Scope
from mlops_gitops.records import project
from mlops_gitops.repository.snapshot import KINDS

# The parts of the catalogue in their order: the name of a kind of file, or another word, and the part's title.
PARTS = {
    "file": "Every file",
    "ModelCard": "Model cards",
    "KPIs": "KPIs",
    "Monitoring": "Monitoring",
    "Retraining": "Retraining",
    "Project": "The project",
    "Release": "Releases",
    "DesiredState": "Desired states",
    "Promotion": "Promotions",
    "Decision": "Decisions",
    "Pack": "Packs",
    "pull": "Pull requests",
    "audit": "The audit",
}
_SCOPES = {
    Scope.FILE: ("on one file", "in `validate`, `validate PATH` and `check`"),
    Scope.TREE: ("on the whole repository", "in `validate` without paths, and in `check`"),
    Scope.BASE: ("with a base", "in `validate --base REV`, in `check`, and for every commit in `audit`"),
    Scope.DATA: ("with the data", "in `check` and `check --push`"),
    Scope.PULL: ("on a pull request", "in `check`"),
}


@frozen
class CatalogueEntry:
    """One id: what it requires, why and what to do (paragraphs), when it runs, and what can let its findings pass.

    `scope` is file, tree, base, data, pull or audit, and `when` and `where` say it in words. `severities` are those its
    findings can have, the gravest first. `ok` and `bad` are edits of a sample repository that it accepts and finds
    fault with. A `standing` answer can change without a push.
    """

    id: str
    summary: str
    explanation: str
    about: str
    scope: str
    when: str
    where: str
    severities: tuple[Severity, ...] = (Severity.ERROR,)
    waivable: bool = False
    ignorable: bool = False
    ok: tuple[tuple[Edit, ...], ...] = ()
    bad: tuple[tuple[Edit, ...], ...] = ()
    standing: bool = False

    @property
    def page(self) -> str:
        """The file in docs/reference/rules that explains it."""
        return f"{PARTS[self.about].lower().removeprefix('the ').replace(' ', '-')}.md"

    def suppression_text(self) -> str:
        """What can let its findings pass, in a sentence or two."""
        sentences = []
        if Severity.ERROR in self.severities:
            sentences.append(
                "A waiver can let its errors pass." if self.waivable else "No waiver lets its errors pass."
            )
        if Severity.WARNING in self.severities:
            comment = "An ignore comment lets" if self.ignorable else "No ignore comment lets"
            sentences.append(f"{comment} its warnings pass.")
        if self.standing:
            sentences.append(
                "Its answer can change without a push: on GitHub the commit status tells it, not the check run."
            )
        return " ".join(sentences)


def catalogue_entries() -> tuple[CatalogueEntry, ...]:
    """The whole catalogue, in the order of its parts, then of the ids."""
    rules: Sequence[Rule] = plugins.all_of("policy.rules", "RULE")
    order = list(PARTS)
    return tuple(sorted([*map(_rule_entry, rules), *_OTHERS], key=lambda entry: (order.index(entry.about), entry.id)))


def find_entry(name: str) -> CatalogueEntry:
    """One id explained; no other rule is imported. Raises Error with the nearest ids."""
    module = name.replace("-", "_")
    if "_" not in name and module in plugins.names("policy.rules"):
        return _rule_entry(plugins.load("policy.rules", module, "RULE"))
    for entry in _OTHERS:
        if entry.id == name:
            return entry
    known = [*(module.replace("_", "-") for module in plugins.names("policy.rules")), *(entry.id for entry in _OTHERS)]
    raise Error(f"there is no rule {name!r}", help=did_you_mean(name, known, "mlops-gitops rules"))


def _rule_entry(rule: Rule) -> CatalogueEntry:
    when, where = _SCOPES[rule.scope]
    return CatalogueEntry(
        rule.id, rule.summary, _unwrapped(rule.explanation), _part(rule), rule.scope.name.lower(), when, where,
        rule.severities, rule.waivable, True, rule.ok, rule.bad, rule.standing,
    )  # fmt: skip


def _part(rule: Rule) -> str:
    if rule.about or rule.scope >= Scope.DATA:
        return rule.about or "pull"
    folders = project.default_folders()
    paths = [edit.path for edit in (rule.bad[0] if rule.bad else ())]
    return next((kind.name for path in paths for kind in KINDS if kind.match(folders, path) is not None), "file")


def _unwrapped(text: str) -> str:
    """Paragraphs as one line each, with an empty line between them."""
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in text.split("\n\n"))


def _file_entry(
    name: str, summary: str, explanation: str, *, about: str = "file", severity: Severity = Severity.ERROR
) -> CatalogueEntry:
    return CatalogueEntry(name, summary, _unwrapped(explanation), about, "file", *_SCOPES[Scope.FILE], (severity,))


def _audit_entry(name: str, summary: str, explanation: str, where: str) -> CatalogueEntry:
    return CatalogueEntry(name, summary, _unwrapped(explanation), "audit", "audit", "in the audit", where)


_OTHERS: tuple[CatalogueEntry, ...] = (
    _file_entry(
        "schema",
        "A file has the keys, types and forms that the JSON Schema of its kind asks for.",
        """A key that nothing reads seems to count and does not: a misspelt gate would stop no release. So
        unknown keys are errors too, save among the Hub's own keys of a model card, and a date must be one of the
        calendar. `mlops-gitops schema KIND` prints the schema.

        Fix the key it points at; the help line offers the nearest name. `validate --fix` puts quotes round a value
        that must be text and reads as a number.""",
    ),
    _file_entry(
        "syntax",
        "A file is YAML, JSON, or Markdown with front matter, written so that every reader reads it alike.",
        """What cannot be parsed cannot be judged, and what two parsers read differently is judged by neither. YAML is
        read by the core schema of YAML 1.2: one document a file, and no tags, no keys but plain text, no numbers
        that are not finite or not exact. Nesting and aliases are bounded.

        Fix the place it points at. Quote a value that is meant as text.""",
    ),
    _file_entry(
        "duplicate-key",
        "No key appears twice in one mapping.",
        """Most parsers silently keep the last of two equal keys, so a reviewer may read one threshold while the tool
        uses the other. It points at the second key and names the place of the first; in a JSON file a repeated key
        is reported as `syntax`.

        Keep one of them.""",
    ),
    _file_entry(
        "unreadable",
        "A file can be read as it lies there: text in UTF-8, no symbolic link, and not too large.",
        """A link may lead out of the repository or show other content elsewhere, and bytes that are not UTF-8 look
        different in every editor. Whatever the tool does not read, it does not judge, so it says so. Files may
        have 4 MiB.

        Put the file itself in its place, save it as UTF-8, and move what is large to DVC.""",
    ),
    _file_entry(
        "card-dialect",
        "A model card is of the kind this tool reads.",
        """Cards come with the front matter of other tools, or with none, and would be at fault in every key. Such a
        card is recognised, and reported in one finding instead of fifty.

        `mlops-gitops card adopt FILE` gives it front matter with an `mlops:` block and keeps its text; then fill in
        the blanks.""",
        about="ModelCard",
    ),
    _file_entry(
        "ignore-comment",
        "An ignore comment is complete, names a rule there is, and lets a warning pass.",
        """A comment that ignores nothing misleads its readers: the warning is gone, or was an error that no
        comment lets pass. It looks at each comment of the form `# mlops-gitops: ignore[rule-id] because …` in the
        files that are judged, for the rules that ran.

        Complete it, or remove it. For an error, fix it, or write a decision of type waiver where the rule
        allows one.""",
        severity=Severity.WARNING,
    ),
    CatalogueEntry(
        "gate",
        "The gates of a model whose KPIs or evaluation files a push changes pass.",
        _unwrapped("""The author of a model learns of a missed threshold before others look at it. `check --push`,
        which the pre-push hook runs, measures what the pushed commit tracks, as `mlops-gitops gate MODEL --rev`
        does. A gate that only warns gives a warning, and one that cannot be decided is undecided (exit code 3).

        Fix the model, or run `dvc pull` where its data are missing; `--allow-unavailable` lets such a gate pass
        with a warning, and never one that failed."""),
        "pull",
        "data",
        "with the data",
        "in `check --push`",
        (Severity.ERROR, Severity.WARNING),
    ),
    CatalogueEntry(
        "governance",
        "A model meets the requirements of the packs that the base's mlops.yaml names.",
        _unwrapped("""A pack holds a regulation, or rules of the organisation, as requirements. Each is looked at by its
        checks, by the risk class and the flags of the card, from the day on which it applies; one that is not met gives
        a warning where something can be done about it. In the check of a promotion to an environment of
        `governance.enforce`, a requirement of severity error gives an error, and one whose evidence is out of reach is
        undecided (exit code 3).

        Do what the help line says. `mlops-gitops governance MODEL` shows every requirement with its evidence."""),
        "Pack",
        "tree",
        "on the whole repository",
        "in `validate` and `check`",
        (Severity.ERROR, Severity.WARNING),
    ),
    _audit_entry(
        "receipt",
        "Every record on the branch has its receipt: unmoved, of that very content, its approvals met.",
        """The receipt is an annotated tag that `mlops-gitops record` writes after a merge, and the only proof of who
        approved. One that is absent, moved, of other content or of people who could not approve proves nothing,
        and whatever depends on it is not proven either.

        For an absent one, fetch the tags or run `mlops-gitops record`; approvals that are not known are undecided
        (exit code 3). Anything else was changed behind the tool's back: find out by whom.""",
        "in `audit`",
    ),
    _audit_entry(
        "policy-receipt",
        "Every change of the policy has a receipt of its approvals, or a decision has stated the policy since.",
        """A lax mlops.yaml can be pushed past review, used for a promotion, and taken back: then the files look as they
        should. After a change of mlops.yaml, FREEZE, KPIs, monitoring.yaml, retraining.yaml, a pack or DVC's settings,
        or of a card that lowers what packs judge it by, without a receipt, the policy is unproven, and so is every
        promotion and relaxing decision that it judges. A receipt that says the approvals were not met, or that does not
        fit the history, is a fault.

        For an absent receipt, fetch the tags or run `mlops-gitops record`. To prove the policy from now on, merge a
        decision of type policy with its approvals; it clears the change too, if nothing was judged in between.""",
        "in `audit`",
    ),
    _audit_entry(
        "monitoring-record",
        "The branch of monitoring records only grows; each record follows the one before it, and agrees with itself.",
        """A record that could be removed, edited or written twice would let a model decay unseen. It reads the branch
        `mlops-gitops/monitoring` from its first commit on: each commit adds records and does nothing else; each record
        names the digest of the one before it; no watch judges a window twice; outcomes are derived again from values,
        bounds, levels and limits, and the numbers of drift from the counts on record; no measurement is repeated. The
        promotion, the profile, the monitoring.yaml and the mutes that a record names must be those of the branch where
        merging promotes. A promotion record or receipt that names a monitoring record needs it there.

        Compare the branch with a clone from before, and find out who pushed what. Where the branch is not in the clone,
        what names it is undecided (exit code 3): fetch it.""",
        "in `audit`",
    ),
    _audit_entry(
        "retraining-record",
        "The records of retrainings only grow, and each was decided by the files and the records that it names.",
        """Each record says why a model was retrained, or what held it up. It reads them on the branch
        `mlops-gitops/monitoring`: each names the digest of the one before it, and its outcome follows from what its
        triggers found. The commit that it names must be one of the branch where merging promotes, the retraining.yaml
        and the monitoring.yaml those of that commit, and the release the one in force; its limits must be theirs, and
        no run may have started within the cooldown or over the budget. Monitoring records that it names must be there.

        Compare the branch with a clone from before, and find out who pushed what.""",
        "in `audit`",
    ),
    _audit_entry(
        "observation-record",
        "Observations of targets only grow; each is about a wave there was, and agrees with its plan and its roster.",
        """By these records a rollout goes on, so none may be forged or removed later. It reads them on the branch
        `mlops-gitops/monitoring`: each names the digest of the one before it, was brought by a commit of its time, and
        was never changed. The promotion record that it names must be there, and its observer, its wave, its trust and
        the number of its units those of the plan and the roster by which that rollout was opened. An observation that a
        promotion record depends on must be on the branch.

        Compare the branch with a clone from before, and find out who pushed what. The reports are kept nowhere: what
        was counted in them is not counted again.""",
        "in `audit`",
    ),
    _audit_entry(
        "checkpoint",
        "A checkpoint keeps what an audit of everything finds up to its commit.",
        """An audit that goes on from a checkpoint believes it, so a forged one hides what was found in the past. An
        audit of everything compares the newest checkpoint that fits, of the same program, folders and receipts, with
        what it finds itself.

        Find out who wrote the tag, delete it, and let the ruleset of receipts guard `mlops-gitops/checkpoint/*`.""",
        "in `audit`",
    ),
    _audit_entry(
        "anchor",
        "What an anchor holds that is kept elsewhere, this history still holds.",
        """A history that was rewritten as a whole, receipts and all, looks sound from within. It compares tip, records,
        receipts and packs with a file kept out of the repository's reach, which `mlops-gitops audit anchor` writes. A
        history that only grew has all of them.

        When one is missing, compare this branch with a clone from before, and find out who pushed what. Receipts that
        this clone merely lacks come with `git fetch --tags`.""",
        "in `audit --anchor FILE`",
    ),
)
