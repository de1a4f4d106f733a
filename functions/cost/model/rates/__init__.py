"""Rates between currencies: as files and feeds state them, by day, in editions, and what is made of them.

An amount is multiplied by one rate, a decimal of 50 digits (half even) that is crossed through the base of
whoever stated it. Products and sums are exact. The whole is rounded once, half even, to 18 digits behind
the point, and its parts are rounded up or down so that they add up to it, the greatest remainders first.
"""
