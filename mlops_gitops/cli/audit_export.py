"""audit export and audit verify: evidence to take away, and whether it is as it was made."""

from __future__ import annotations

import argparse
import os
from typing import Any

from mlops_gitops.audit.package import Period
from mlops_gitops.cli.arguments import add_common_arguments, parse_day
from mlops_gitops.core.canonical import sha256
from mlops_gitops.core.diagnostics import exit_code
from mlops_gitops.core.errors import FAILED, PASSED, UNDECIDED, Error
from mlops_gitops.core.text import visible
from mlops_gitops.orchestration.first_merge import require_merged
from mlops_gitops.orchestration.governance.export import export
from mlops_gitops.orchestration.workspace import open_workspace
from mlops_gitops.reporting.findings import quantity
from mlops_gitops.reporting.report import Report
from mlops_gitops.runtime import clock, verify_export, write_files

_EXPORT = "write records, receipts, cards, policy and a report of a period into a zip file that verifies by itself"
_VERIFY = "say whether an export is as it was made, without network or repository"


def add_verbs(verbs: Any) -> None:
    """Adds `export` and `verify` to the parsers of `audit`."""
    exporting = verbs.add_parser("export", help=_EXPORT, description=_EXPORT)
    exporting.add_argument("--out", required=True, metavar="FILE", help="the zip file; one that is there is replaced")
    exporting.add_argument(
        "--from", dest="since", type=parse_day, metavar="DATE", help="the first UTC day (default: the beginning)"
    )
    exporting.add_argument(
        "--to", dest="until", type=parse_day, metavar="DATE", help="the last UTC day (default: today)"
    )
    exporting.add_argument("--sign", metavar="KEY", help="sign it by this SSH key, as ssh-keygen does")
    exporting.add_argument("--rows", action="store_true", help="with the data files that its releases were judged on")
    exporting.set_defaults(do=_export)
    verifying = verbs.add_parser("verify", help=_VERIFY, description=_VERIFY)
    verifying.add_argument("file", metavar="FILE", help="the zip file")
    verifying.add_argument("--allowed", default="", metavar="FILE", help="who may sign: an allowed_signers file of SSH")
    verifying.add_argument("--identity", default="", metavar="WHO", help="who is expected to have signed")
    verifying.set_defaults(do=_verify)
    for verb in (exporting, verifying):
        add_common_arguments(verb, nested=True)


def _export(args: argparse.Namespace) -> Report:
    """Writes the file even where the audit finds faults: it then says so, and so do the export and the exit code."""
    if args.sign == "":  # as of a variable that is not set: an export that nobody signed would come of it
        raise Error("--sign names no key", help="name its file, or leave --sign out")
    if not os.path.basename(args.out) or os.path.isdir(args.out):
        raise Error(f"--out names no file: {args.out or 'it is empty'}", help="--out FILE.zip")
    workspace = open_workspace(args.repo)
    require_merged(workspace)
    until = args.until or clock.today()
    period = Period(args.since, until, is_running=until >= clock.today())
    if period.since and period.since > period.until:
        raise Error(
            f"the period ends on {period.until}, before it begins on {period.since}", help="change --from or --to"
        )
    made = export(workspace, period, args.sign, rows=args.rows)
    folder, name = os.path.split(os.path.abspath(args.out))
    write_files.write(folder, {name: made.data})
    faults = len(made.diagnostics)
    lines = [
        f"wrote {args.out}: {quantity(made.records, 'promotion record')}, up to commit {made.commit[:10]}",
        f"sha256:{sha256(made.data)}: keep it where nobody who can change the file can change it too",
    ]
    lines += [period.remark()] if period.is_running else []
    lines += [f"not in it, though --rows asks for it: {absent}" for absent in made.absent]
    lines += [] if args.sign else ["it is not signed: --sign KEY lets others see who made it"]
    lines += [f"the audit of this history has {quantity(faults, 'finding')}: report.html lists them"] if faults else []
    data = {
        "version": 1, "file": args.out, "sha256": sha256(made.data), "commit": made.commit, "records": made.records,
        "signed": bool(args.sign), "to_is_over": not period.is_running, "rows_absent": list(made.absent),
        "findings": [found.to_json() for found in made.diagnostics],
    }  # fmt: skip
    code = exit_code(made.diagnostics) or (UNDECIDED if made.absent else PASSED)
    return Report(data, made.diagnostics, (), tuple(map(visible, lines)), code)


def _verify(args: argparse.Namespace) -> Report:
    if bool(args.allowed) != bool(args.identity):
        raise Error("--allowed and --identity belong together", help="name the file and who is expected to have signed")
    if not os.path.isfile(args.file):
        raise Error(f"there is no file {args.file}")
    _require_readable(args.file)
    wrong, unknown = verify_export.faults(args.file, args.allowed, args.identity)
    code = FAILED if wrong else UNDECIDED if unknown else PASSED
    outcome = {FAILED: "failed", UNDECIDED: "could not tell", PASSED: "passed"}[code]
    verdict = {
        FAILED: f"failed: {quantity(len(wrong), 'fault')}",
        UNDECIDED: "could not tell who made it; every file is as the export lists it",
        PASSED: f"passed: every file is as {args.identity} signed it",
    }[code]
    lines = (*map(visible, (*wrong, *unknown)), verdict)
    return Report({"version": 1, "outcome": outcome, "faults": wrong, "unknown": unknown}, (), (), lines, code)


def _require_readable(path: str) -> None:
    """Raises Error for a file that may not be read: nothing shows that it is another than the export."""
    try:
        with open(path, "rb"):
            pass
    except OSError as error:
        raise Error(f"{path} cannot be read: {error.strerror}", help="name a file that you may read") from error
