"""Encoders, heads and checkpoints: the only room that knows transformers and PEFT."""
