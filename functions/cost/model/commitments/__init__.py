"""Which commitments to buy: savings plans, reservations and committed use, over hours as they were.

`offers` says what can be bought and what is held, `covering` who pays what in each hour, `linear` solves
the small programs, and `buying` chooses.
"""
