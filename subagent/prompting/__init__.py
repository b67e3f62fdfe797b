"""What the model reads: prompts, inventories of data and tools, envelopes."""
