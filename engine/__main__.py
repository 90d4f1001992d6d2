"""``python -m engine VERB``: every step of the papers as one command."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from engine.commands import COMMANDS
from engine.errors import DialAtlasError, Interrupted


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb; 0, or the error's exit code (2: something given cannot be used; 130: interrupted)."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        if not given or given[0] in ("-h", "--help"):
            print(overview())
            return 0
        command = COMMANDS[given[0]]
        parser = argparse.ArgumentParser(prog=f"python -m engine {given[0]}", description=COMMANDS.note(given[0]))
        command.add(parser)
        command.run(parser.parse_args(given[1:]))
    except KeyboardInterrupt:
        error = Interrupted("interrupted", remedy="the same command goes on where it stopped")
        print(f"\n{error}", file=sys.stderr)
        return error.exit_code
    except DialAtlasError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:
        sys.stderr.close()
    return 0


def overview() -> str:
    """All verbs, a line each."""
    verbs = "\n".join(f"  {name:<10}{COMMANDS.note(name)}" for name in COMMANDS)
    return f"usage: python -m engine VERB ...  (python -m engine VERB --help tells more)\n\n{verbs}"


if __name__ == "__main__":
    sys.exit(main())
