"""DialAtlas: further pre-training tasks for task-oriented dialogue, trained, measured and served."""
