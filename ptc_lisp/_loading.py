"""Loading what a program needs when the first one comes, in hosts that fork beside their threads.

A thread that loads a module holds the lock of that module. When another thread forks meanwhile, nobody in the child would release
it. So a fork waits until the loading is over.
"""

from __future__ import annotations

import os
from _thread import RLock

LOADING = RLock()
"""Is held while a first use loads modules. What they load in turn does not ask for it, else two threads could wait for each
other."""

os.register_at_fork(before=LOADING.acquire, after_in_parent=LOADING.release, after_in_child=LOADING.release)
