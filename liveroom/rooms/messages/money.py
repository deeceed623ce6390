"""Money on the wire: an amount in minor units beside its currency.

Promise: amounts and sums are integers (cents, 分, coins); nothing here is ever a fraction or negative, and every bound
can be read exactly by a client in JavaScript.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

LARGEST_AMOUNT = 10**12
LARGEST_SUM = 2**53 - 1

Amount = Annotated[int, Field(ge=0, le=LARGEST_AMOUNT, description="in minor units of the currency")]
Price = Annotated[int, Field(ge=1, le=LARGEST_AMOUNT, description="in minor units of the currency, not zero")]
Sum = Annotated[int, Field(ge=0, le=LARGEST_SUM, description="sum of amounts, in minor units of the currency")]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$", description="ISO 4217 code, as CNY")]
