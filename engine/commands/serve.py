"""``serve``: pages, talk demo and API in one process, on one set of models."""

from __future__ import annotations

import argparse
import logging
import os
import secrets
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path

from engine.errors import InputError
from engine.paths import REPOSITORY
from engine.serve.base import Predictor
from engine.serve.shared import LazyZoo
from engine.serve.zoo.base import ZooModel

_ANY = ("0.0.0.0", "::")
"""Addresses that mean every network of this machine."""


class Serve:
    """The one server for many people."""

    def add(self, parser: argparse.ArgumentParser) -> None:
        """Where to listen, and to whom."""
        parser.add_argument("--host", default="localhost", help="address to listen at (default: localhost, this machine alone)")
        parser.add_argument("--port", type=int, default=8501)
        parser.add_argument("--allow-host", action="append", default=[], metavar="NAME",
                            help="a name by which browsers address this server, beside localhost; may be given several times")
        parser.add_argument("--proxy", action="append", default=[], metavar="ADDRESS", help="a reverse proxy whose word on a client's address is believed")
        parser.add_argument("--story", type=Path, default=REPOSITORY / "samples" / "talk" / "abilities.yaml", metavar="STORY.yaml",
                            help="what is told at /talk (default: samples/talk/abilities.yaml)")
        parser.add_argument("--no-app", action="store_true", help="the API alone, without pages and talk demo")
        parser.add_argument("--rate", type=float, default=50.0, metavar="N", help="API requests per second of one client, 0: any number (default: 50)")
        parser.add_argument("--ray", metavar="ADDRESS", help="have replicas on a Ray cluster answer: `local` starts one here, else HOST:PORT")
        parser.add_argument("--replicas", default="1-4", metavar="LEAST-MOST", help="with --ray: how many; more are begun while many ask (default: 1-4)")
        parser.add_argument("--held", type=int, default=9, metavar="N", help="with --ray: variants that a replica holds at once (default: 9)")

    def run(self, arguments: argparse.Namespace) -> None:
        """Open, listen, answer until interrupted."""
        from engine.serve.http.process import bound, build, serve
        from engine.serve.http.settings import LOCAL_HOSTS, Settings

        if arguments.rate < 0:
            raise InputError(f"{arguments.rate:g} is no rate", where="--rate", remedy="give a number above zero, or 0 for no limit")
        own = [] if arguments.host in _ANY else [f"[{arguments.host}]" if ":" in arguments.host else arguments.host]
        named = [name.strip().lower().removesuffix(".") for name in arguments.allow_host]
        settings = Settings(token=os.environ.get("DIALATLAS_TOKEN") or None, hosts=(*LOCAL_HOSTS, *own, *named), proxies=tuple(arguments.proxy),
                            rate=arguments.rate, burst=4 * arguments.rate)
        logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
        settings = replace(settings, room=secrets.token_urlsafe(9)) if settings.token and not arguments.no_app else settings
        listening = bound(arguments.host, arguments.port)
        address = f"http://{arguments.host}:{listening.getsockname()[1]}"
        phones = "" if named or arguments.host in _ANY else f"{address}/talk"
        try:
            with _models(arguments) as (predictor, zoo):
                predictor.warm()
                talk, key = (None, "") if arguments.no_app else _talk(predictor, zoo, arguments.story, phones, settings.room)
                server = build(predictor, zoo, settings, app=None if arguments.no_app else REPOSITORY / "app.py", talk=talk)
                print(f"DialAtlas listens at {address} (stop it with Ctrl+C)",
                      *([f"Talk, for its presenter alone: {address}/talk/?key={key}"] if key else []), sep="\n", flush=True)
                serve(server, listening, settings)
        except KeyboardInterrupt:  # the usual end of a server
            return


def _models(arguments: argparse.Namespace) -> AbstractContextManager[tuple[Predictor, LazyZoo]]:
    """The models, here or on Ray."""
    if not arguments.ray:
        from engine.serve.http.process import opened

        return nullcontext(opened())
    from engine.serve.ray.opened import Scale, on_ray

    least, _, most = str(arguments.replicas).rpartition("-")
    if not most.isdecimal() or not (least or most).isdecimal():
        raise InputError(f"{arguments.replicas!r} is no number of replicas", where="--replicas", remedy="write it as MOST or LEAST-MOST, e.g. 4 or 2-8")
    return on_ray(arguments.ray, Scale(least=int(least or 1), most=int(most), held=arguments.held))


def _talk(predictor: Predictor, zoo: ZooModel, path: Path, address: str, entry: str) -> tuple[object, str]:
    """The talk's page, and its presenter's key; without an address phones open what the presenter's browser has."""
    from engine.serve.talk.blocks import build
    from engine.serve.talk.opened import open_room
    from engine.serve.talk.story import read_story

    story = read_story(path)
    room = open_room(predictor, zoo, story)
    return build(predictor, zoo, story, room=room, address=address, entry=entry), room.key


SERVE = Serve()
