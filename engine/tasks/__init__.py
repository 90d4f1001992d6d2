"""The registry of downstream tasks."""

from engine.registry import Registry
from engine.tasks.base import DownstreamTask

TASKS: Registry[DownstreamTask] = Registry("task", {
    "intent": ("engine.tasks.intent:INTENT", "Which of 151 intents a single user utterance has, or none of them."),
    "dialogue_act": ("engine.tasks.dialogue_act:DIALOGUE_ACT", "Which acts the next system turn carries."),
    "response_selection": ("engine.tasks.response_selection:RESPONSE_SELECTION", "Which of 100 responses follows the history."),
    "state_tracking": ("engine.tasks.state_tracking:STATE_TRACKING", "Which value each of 30 slots has after a user turn."),
})
