"""The JSON API, and the one process that serves it beside the pages and the talk demo."""
