"""Dialogues: the model, its text form, upload formats and edits."""
