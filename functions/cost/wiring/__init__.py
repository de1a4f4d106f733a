"""The composition root, a module for each kind of handler: what they work with, from one Work.

A function imports the one that it needs, so that none starts with what another's work takes.
"""
