"""The registry of upload formats."""

from engine.dialogue.formats.base import Format
from engine.registry import Registry

FORMATS: Registry[Format] = Registry("upload format", {
    "transcript": ("engine.dialogue.formats.transcript:TRANSCRIPT", "Lines such as `User: hello` and `System: hi`."),
    "csv_long": ("engine.dialogue.formats.csv_long:CSV_LONG", "A table with one utterance a row: speaker, text."),
    "openai_chat": ("engine.dialogue.formats.openai_chat:OPENAI_CHAT", "Chat messages with role and content, JSON or JSON lines."),
    "sgd": ("engine.dialogue.formats.sgd:SGD", "Schema-guided dialogues: turns with frames."),
    "multiwoz": ("engine.dialogue.formats.multiwoz:MULTIWOZ", "MultiWOZ 2.0, 2.1, 2.4: goal and log."),
    "multiwoz22": ("engine.dialogue.formats.multiwoz22:MULTIWOZ22", "MultiWOZ 2.2: numbered turns with frames."),
    "convlab3": ("engine.dialogue.formats.convlab3:CONVLAB3", "ConvLab-3 unified: turns with speaker and utterance."),
    "dialogstudio": ("engine.dialogue.formats.dialogstudio:DIALOGSTUDIO", "DialogStudio: a log of user utterances and system responses."),
    "gsim": ("engine.dialogue.formats.gsim:GSIM", "Simulated dialogues (M2M): turns with user and system utterance."),
    "dstc2": ("engine.dialogue.formats.dstc2:DSTC2", "DSTC 2 and 3 calls: log.json, and label.json beside it in an archive."),
    "sharegpt": ("engine.dialogue.formats.sharegpt:SHAREGPT", "ShareGPT: conversations with from and value."),
    "lmsys": ("engine.dialogue.formats.lmsys:LMSYS", "LMSYS-Chat and WildChat: conversation with role and content."),
    "chatgpt": ("engine.dialogue.formats.chatgpt:CHATGPT", "ChatGPT's data export: a tree of messages, read along the branch shown last."),
    "whatsapp": ("engine.dialogue.formats.whatsapp:WHATSAPP", "WhatsApp's exported chat: date, time, name, text."),
    "parlai": ("engine.dialogue.formats.parlai:PARLAI", "ParlAI text: `text:` and `labels:` fields, or numbered lines with tabs."),
    "gradio": ("engine.dialogue.formats.gradio:GRADIO", "Gradio's Dialogue component: a list of speaker and text."),
    "clinc": ("engine.dialogue.formats.clinc:CLINC", "CLINC150: single utterances with an intent, by split."),
})
