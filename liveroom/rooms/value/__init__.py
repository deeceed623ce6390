"""What is worth money in a room: how facts are ruled on, kept and told (docs/value.md).

One area each: coupons (docs/coupons.md), gifts and orders (docs/gifts.md).
"""
