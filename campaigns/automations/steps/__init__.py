"""The kinds of step, each registered by its module."""
