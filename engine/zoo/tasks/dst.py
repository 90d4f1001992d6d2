"""DST: a dialogue becomes the slots that the user has filled so far."""

from __future__ import annotations

from engine.zoo.base import ZooTask
from engine.zoo.outputs import STATE

DST = ZooTask(
    name="dst", title="Dialogue state tracking", content="multiple turns", knowledge="semi-structured description", output=STATE, metric="joint_accuracy",
    longest=120,
    definition="Name the value of each of these slots that the user has asked for so far.")
