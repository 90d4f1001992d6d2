"""The talk demo: a story told step by step, answered by the models, joined by phones."""
