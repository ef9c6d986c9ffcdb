"""The command line: each command is a few lines over one flow.

Answers go to stdout (``--format table|json|csv``), logs and progress to stderr. Exit codes: 0 done or yes, 1 the answer
is no, 2 usage or configuration, 3 evidence, 4 data or law, 5 service. Heavy libraries are imported inside commands.
Each module holds one group of commands; a new group is one module and one line at the end of this file.
"""

import sys

import click

from pipeline.cli import (
    assessments,
    audit,
    clauses,
    consents,
    corpus,
    dossier,
    duplicates,
    export,
    import_sources,
    labeling,
    ledger,
    people,
    policy,
    proofs,
    report,
    serve,
    snapshot,
    sources,
    subject,
    verify,
)
from pipeline.errors import ConfigurationError, PipelineError


class _Commands(click.Group):
    """Commands in the order a newcomer needs them, not by alphabet."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order they were added."""
        _ = ctx
        return list(self.commands)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.option("--project", metavar="FOLDER", help="Project folder; default: LAIYUAN_PROJECT, else the folder you stand in or one above it.")
@click.version_option(package_name="laiyuan")
@click.pass_context
def main(context: click.Context, project: str | None) -> None:
    """Laiyuan 来源: training data whose every document shows where it came from and why it may be used.

    Example: laiyuan init my-corpus && cd my-corpus && laiyuan sources check
    """
    from pipeline.logs import configure_logs

    configure_logs()
    context.obj = project


def run_main() -> None:
    """Run the command line and end with the exit code of the error that stopped it, if one did."""
    try:
        main(standalone_mode=False)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except click.Abort:
        sys.exit(130)
    except PipelineError as error:
        click.echo(f"{type(error).__name__}: {error}", err=True)
        sys.exit(error.exit_code)
    except OSError as error:
        click.echo(f"{ConfigurationError.__name__}: {error.filename or 'a file'}: {error.strerror}; mend it and run it again", err=True)
        sys.exit(ConfigurationError.exit_code)


for _command in (
    corpus.init,
    sources.sources,
    consents.consents,
    policy.policy,
    corpus.run,
    corpus.ask,
    corpus.explain,
    corpus.why_not,
    corpus.account,
    duplicates.duplicates,
    people.people,
    labeling.labeling,
    verify.verify,
    snapshot.snapshot,
    proofs.prove,
    audit.rebuild,
    report.report,
    clauses.clauses,
    dossier.dossier,
    export.export,
    ledger.ledger,
    audit.audit,
    proofs.keys,
    serve.serve,
    subject.subject,
    assessments.pi,
    corpus.maintain,
):
    main.add_command(_command)
for _command in (import_sources.sources_import, assessments.sources_sample, assessments.sources_verdicts):
    sources.sources.add_command(_command)
