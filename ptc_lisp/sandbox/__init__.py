"""Running programs in processes that can reach nothing. The host side never evaluates what a model wrote."""
