"""The registry of upload formats."""

from engine.dialogue.formats.base import Format
from engine.registry import Registry

FORMATS: Registry[Format] = Registry("upload format", {
    "transcript": ("engine.dialogue.formats.transcript:TRANSCRIPT", "Lines such as `User: hello` and `System: hi`."),
    "csv_long": ("engine.dialogue.formats.csv_long:CSV_LONG", "A table with one utterance a row: speaker, text."),
    "openai_chat": ("engine.dialogue.formats.openai_chat:OPENAI_CHAT", "Chat messages with role and content, JSON or JSON lines."),
    "sgd": ("engine.dialogue.formats.sgd:SGD", "Schema-guided dialogues: turns with frames."),
    "multiwoz": ("engine.dialogue.formats.multiwoz:MULTIWOZ", "MultiWOZ 2.0, 2.1, 2.4 (goal and log) or 2.2 (frames)."),
    "convlab3": ("engine.dialogue.formats.convlab3:CONVLAB3", "ConvLab-3 unified: turns with speaker and utterance."),
})
