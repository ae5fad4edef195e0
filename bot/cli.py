"""``loa …``: the command line. Each group of commands has a file in ``bot/commands``."""

from __future__ import annotations

import sys

import typer
from pydantic import ValidationError

from bot.commands import bench, content, data, digest, directive, inbox, nlu, report, serve, simulate, talk, user
from bot.commands.console import fail, words
from bot.config import SettingsError
from content.files import ContentError
from handlers.digests.refusals import DigestError

app = typer.Typer(
    name="loa",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    help=words("cli.help"),
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("serve", help=words("cli.serve"))(serve.serve)
app.command("chat", help=words("cli.chat"))(talk.chat)
app.command("simulate", help=words("simulate.cli"))(simulate.simulate)
app.command("ask", help=words("cli.ask"))(nlu.ask)
app.command("bench", help=words("cli.bench"))(bench.bench)
app.command("doctor", help=words("cli.doctor"))(data.doctor)
app.add_typer(nlu.app, name="nlu", help=words("cli.nlu"))
app.add_typer(content.app, name="content", help=words("cli.content"))
app.add_typer(directive.app, name="directive", help=words("cli.directive"))
app.add_typer(digest.app, name="digest", help=words("cli.digest"))
app.add_typer(report.app, name="report", help=words("cli.report"))
app.add_typer(user.app, name="user", help=words("cli.user"))
app.add_typer(inbox.app, name="inbox", help=words("cli.inbox"))
app.add_typer(data.app, name="db", help=words("cli.db"))


def main() -> None:
    """Run the command line; faults people can mend end in a sentence and exit code 1, not in a trace."""
    try:
        app()
    except ContentError as error:
        fail("cli.content_faults", faults=str(error), count=len(error.faults))
    except SettingsError as error:
        fail("cli.settings_unsafe", names=", ".join(error.names))
    except ValidationError as error:
        names = ", ".join(str(problem["loc"][0]).upper() for problem in error.errors() if problem["loc"])
        fail("cli.settings_invalid", names=names or "?")
    except DigestError as error:
        fail(error.key, **error.params)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
