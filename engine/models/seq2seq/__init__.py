"""Text-to-text models: the compact one that comes with the repository, and T5 or BART from the hub or a folder."""
