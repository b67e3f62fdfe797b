"""Recorded runs executed again, without model and tools."""

from subagent.replay.programs import Difference, ProgramReplay, replay
from subagent.replay.resume import continue_from

__all__ = ["Difference", "ProgramReplay", "continue_from", "replay"]
