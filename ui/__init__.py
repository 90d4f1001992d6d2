"""Drawn things: functions of (data, key) that the pages put together."""
