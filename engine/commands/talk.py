"""``talk``: a story told with the models live, on its own port; recorded and checked beforehand."""

from __future__ import annotations

import argparse
import os
import socket
import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from engine import provenance
from engine.commands.base import Ticker, count
from engine.serve import PREDICTORS
from engine.serve.shared import LazyZoo
from engine.serve.zoo import ZOO_MODELS

if TYPE_CHECKING:  # a list of verbs shall import nothing heavy
    from engine.serve.talk.answers import Models
    from engine.serve.talk.story import Story

PATH = "/talk"


class Talk:
    """The speaker's command."""

    def add(self, parser: argparse.ArgumentParser) -> None:
        """The story, and where it is told."""
        parser.add_argument("story", metavar="STORY.yaml", type=Path)
        parser.add_argument("--host", default="127.0.0.1", help="0.0.0.0 lets phones in (default: this machine alone)")
        parser.add_argument("--port", type=count, default=7860)
        parser.add_argument("--address", default="", help="what phones open, e.g. behind a proxy (default: found from --host)")
        parser.add_argument("--allow-host", action="append", default=[], metavar="NAME",
                            help="a further name by which phones address this server, beside that in their address; may be given several times")
        parser.add_argument("--record", action="store_true", help="ask every question and write the answers beside the story, then stop")
        parser.add_argument("--check", action="store_true", help="read the story, tell its steps, then stop")
        parser.add_argument("--predictor", default=os.environ.get("DIALATLAS_PREDICTOR", "local"), help=f"one of {', '.join(PREDICTORS)}")
        parser.add_argument("--zoo", default=os.environ.get("DIALATLAS_ZOO", "local"), help=f"one of {', '.join(ZOO_MODELS)}")

    def run(self, arguments: argparse.Namespace) -> None:
        """Check, record or serve."""
        from engine.serve.talk.answers import Models
        from engine.serve.talk.story import read_story

        story = read_story(arguments.story)
        if arguments.check:
            print(checked(story))
        elif arguments.record:
            _record(story, Models(PREDICTORS[arguments.predictor](), LazyZoo(arguments.zoo)))
        else:
            _serve(story, arguments)


def checked(story: Story) -> str:
    """A line for every step: what it asks, and whether its answers are recorded."""
    from engine.serve.talk.recorded import questions, read_recorded, recorded_path

    recorded = read_recorded(recorded_path(story.path))
    known = {index: question.mark in recorded for index, question in questions(story)}
    words = {True: " (recorded)", False: " (not recorded)", None: ""}
    lines = [f"{index + 1:>3}  {step.title}: {', '.join(step.ask.names) if step.ask else 'asks nothing'}{words[known.get(index)]}"
             for index, step in enumerate(story.steps)]
    return "\n".join([f"{story.title}: {len(story.steps)} steps, {story.minutes:g} minutes", *lines])


def _record(story: Story, models: Models) -> None:
    from engine.serve.talk.recorded import questions, record, recorded_path, write

    ticker, entries = Ticker(every=0), []
    total = len(questions(story))
    for index, entry in record(models, story, datetime.now(UTC).date().isoformat()):
        entries.append(entry)
        ticker(f"{len(entries)} of {total}: {story.steps[index].title}", last=len(entries) == total)
    path = recorded_path(story.path)
    about: dict[str, Any] = {"predictor": models.predictor.card.name, "commit": provenance.commit(),
                             "hardware": provenance.hardware(), "versions": dict(provenance.versions())}
    write(path, entries, about)
    print(f"{path}: {len(entries)} questions answered")


def _serve(story: Story, arguments: argparse.Namespace) -> None:
    import uvicorn
    from fastapi import FastAPI
    from fastapi.responses import RedirectResponse

    from engine.serve.http.guard import Hosts, hostname
    from engine.serve.http.process import bound
    from engine.serve.http.settings import LOCAL_HOSTS
    from engine.serve.talk.blocks import build
    from engine.serve.talk.mounted import mount
    from engine.serve.talk.opened import open_room

    listening = bound(arguments.host, arguments.port)
    predictor, zoo = PREDICTORS[arguments.predictor](), LazyZoo(arguments.zoo)
    predictor.warm()
    room = open_room(predictor, zoo, story)
    address = arguments.address.rstrip("/") or f"http://{_reachable(arguments.host)}:{arguments.port}{PATH}"
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    named = [hostname(name) for name in (urlsplit(address).netloc, *arguments.allow_host)]
    app.add_middleware(Hosts, hosts=(*LOCAL_HOSTS, *named))
    app.get("/")(lambda: RedirectResponse(PATH))
    mount(app, build(predictor, zoo, story, room=room, address=address), PATH)
    print(f"Presenter (keep this address to yourself): {address}?key={room.key}\nAudience: {address}\nStop with Ctrl+C.", flush=True)
    with suppress(KeyboardInterrupt):  # the usual end of a server
        uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listening])


def _reachable(host: str) -> str:
    """What a phone in the same network can call this machine; a UDP socket learns it from the routing table without sending anything."""
    if host not in ("0.0.0.0", "::"):
        return f"[{host}]" if ":" in host else host
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("10.255.255.255", 1))
            return str(probe.getsockname()[0])
        except OSError:
            print("No network was found, so the audience's address is this machine's own.", file=sys.stderr)
            return "127.0.0.1"


TALK = Talk()
