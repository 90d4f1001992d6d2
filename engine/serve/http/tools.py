"""Tools for language models over the Model Context Protocol, at ``/mcp``: predict, zoo_answer, convert, models."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeVar

from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.transport_security import TransportSecuritySettings
from starlette.applications import Starlette

from engine.serve.http.forms import Converted, Predicted, PredictRequest, ZooAnswers, ZooRequest
from engine.serve.http.work import Job, Tell, as_problem
from engine.serve.http.works import Conversion, Engine, described, predicted, zoo_answered
from engine.serve.wire import Models

Found = TypeVar("Found")


def build_tools(engine: Engine) -> tuple[MCPServer, Starlette]:
    """The server, whose ``session_manager`` must run while it answers, and its application with the one route ``/mcp``.

    Names and origins were judged by `engine.serve.http.guard` before.
    """
    server = MCPServer("DialAtlas", log_level="WARNING", instructions="Dialogue models: what they answer, and dialogues from any file format.")

    async def ask(context: Context, work: Callable[[Engine, Tell], Found]) -> Found:
        request = context.request_context.request
        visitor = request.scope["visitor"] if request is not None else "mcp"
        try:
            return await Job(engine.crew, lambda tell: work(engine, tell), visitor=visitor, seconds=engine.settings.seconds).outcome()
        except Exception as error:
            raise ToolError(as_problem(error)[1].sentence) from None

    @server.tool()
    async def predict(asked: PredictRequest, context: Context) -> list[Predicted]:
        """Intent, dialogue acts, responses and dialogue state, by every variant of the model, at every turn of dialogues."""
        return await ask(context, lambda engine, tell: predicted(engine, asked, tell))

    @server.tool()
    async def zoo_answer(asked: ZooRequest, context: Context) -> ZooAnswers:
        """DialogZoo's text-to-text tasks (summary, rewriting, state, ...) asked of one dialogue."""
        return await ask(context, lambda engine, tell: zoo_answered(engine, asked, tell))

    @server.tool()
    async def convert(text: str, context: Context, roles: dict[str, Literal["user", "system", "skip"]] | None = None) -> Converted:
        """The dialogues in the text of a file of any usual format; `roles` says who stands behind a speaker's name."""
        return await ask(context, lambda engine, tell: Conversion(roles=roles or {}).read(engine, text.encode(), tell))

    @server.tool()
    async def models(context: Context) -> Models:
        """Which variants, tasks and objectives there are."""
        return await ask(context, described)

    return server, server.streamable_http_app(stateless_http=True, json_response=True, max_request_body_size=engine.settings.asked.bytes,
                                              transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False))
