"""The registry of command-line verbs; listing them imports nothing heavy."""

from engine.commands.base import Command
from engine.registry import Registry

COMMANDS: Registry[Command] = Registry("command", {
    "ls": ("engine.commands.ls:LS", "List variants, objectives, tasks, corpora, formats, extractors."),
    "data": ("engine.commands.data:DATA", "Fetch, check and count corpora."),
    "entities": ("engine.commands.entities:ENTITIES", "Train an entity extractor, or run one on text."),
    "pretrain": ("engine.commands.pretrain:PRETRAIN", "Further pre-train a variant and ship it with its objective heads."),
    "finetune": ("engine.commands.finetune:FINETUNE", "Fine-tune a variant on a downstream task."),
    "evaluate": ("engine.commands.evaluate:EVALUATE", "Score a shipped model on a split and append a result row."),
    "sweep": ("engine.commands.sweep:SWEEP", "Train and score a matrix of variants, tasks, corpora and seeds."),
    "zoo": ("engine.commands.zoo:ZOO", "Build, count, train, evaluate and ask DialogZoo."),
    "abilities": ("engine.commands.abilities:ABILITIES", "Probe frozen variants and score cells without fine-tuning."),
    "coverage": ("engine.commands.coverage:COVERAGE", "Make the statistics that tell whether a dialogue is like the training data."),
    "predict": ("engine.commands.predict:PREDICT", "Answer tasks for the dialogues of a file."),
    "talk": ("engine.commands.talk:TALK", "Tell a story with live models to a room of phones."),
    "capsule": ("engine.commands.capsule:CAPSULE", "Ask a capsule's questions again and compare every number."),
    "convert": ("engine.commands.convert:CONVERT", "Bring dialogues from one format to another."),
    "serve": ("engine.commands.serve:SERVE", "Serve pages, talk demo and JSON API in one process."),
    "tables": ("engine.commands.tables:TABLES", "Print the paper's tables, reported and measured side by side."),
    "cards": ("engine.commands.cards:CARDS", "Write model cards and the README's score table."),
})
