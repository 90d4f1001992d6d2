"""One bounded, fair queue and one worker per device, around a predictor; requests that meet are answered together (no torch here)."""
