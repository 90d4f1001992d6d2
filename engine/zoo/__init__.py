"""The registry of DialogZoo's tasks: fifteen with gold answers in the order of paper 2's Table 1, and two that supervise themselves."""

from engine.registry import Registry
from engine.zoo.base import ZooTask

ZOO_TASKS: Registry[ZooTask] = Registry("zoo task", {
    "rew": ("engine.zoo.tasks.rew:REW", "An utterance that depends on what was said before becomes one that stands alone."),
    "nlg": ("engine.zoo.tasks.nlg:NLG", "Dialogue acts become an utterance."),
    "sum": ("engine.zoo.tasks.sum:SUM", "A dialogue becomes a few sentences."),
    "fill": ("engine.zoo.tasks.fill:FILL", "An utterance becomes slots with the words that fill them."),
    "intent": ("engine.zoo.tasks.intent:INTENT", "An utterance is given one of the known intents."),
    "dst": ("engine.zoo.tasks.dst:DST", "A dialogue becomes the slots that the user has filled so far."),
    "comm": ("engine.zoo.tasks.comm:COMM", "A question is answered by common sense."),
    "emo": ("engine.zoo.tasks.emo:EMO", "An utterance is given one of the known emotions."),
    "docqa": ("engine.zoo.tasks.docqa:DOCQA", "A conversation about a document is continued with an answer."),
    "dialqa": ("engine.zoo.tasks.dialqa:DIALQA", "A question about a dialogue is answered."),
    "chat": ("engine.zoo.tasks.chat:CHAT", "A conversation is continued, in a persona or a situation."),
    "kgdial": ("engine.zoo.tasks.kgdial:KGDIAL", "A conversation is continued with facts of a graph."),
    "txt2sql": ("engine.zoo.tasks.txt2sql:TXT2SQL", "A question about a database becomes a query."),
    "sim": ("engine.zoo.tasks.sim:SIM", "The user's next utterance, given what the user wants."),
    "tod": ("engine.zoo.tasks.tod:TOD", "The system's next utterance, given the state so far."),
    "reo": ("engine.zoo.tasks.reo:REO", "Turns in a random order are put back into theirs."),
    "clo": ("engine.zoo.tasks.clo:CLO", "Masked entities are put back where they stood."),
})
