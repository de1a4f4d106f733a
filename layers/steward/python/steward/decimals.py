"""Exact amounts as text: all of their digits, and nothing else."""

from __future__ import annotations

from decimal import Decimal


def plainly(amount: Decimal) -> str:
    """The amount without an exponent and without noughts that say nothing: ``0``, ``-1.07``."""
    text = f"{amount:f}"
    text = (text.rstrip("0").rstrip(".") or "0") if "." in text else text
    return "0" if text == "-0" else text
