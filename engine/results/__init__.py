"""Results: the papers' published numbers, our appended rows, and the arithmetic that lays them side by side (no torch)."""
