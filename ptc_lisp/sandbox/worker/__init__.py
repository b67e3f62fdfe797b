"""The worker side of the sandbox: the zygote, the lockdown, and the loop that evaluates programs."""
