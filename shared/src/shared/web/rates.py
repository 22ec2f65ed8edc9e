"""The dependency of routes that are expensive, whatever they are asked: their callers are limited."""

from typing import Annotated

from fastapi import Depends, Request

from shared.caller import current
from shared.rates import RequestRates
from shared.web.auth import viewer


def charge(request: Request, cost: float = 1.0) -> None:
    """Charge the caller, who is known by now. Raises RateExceeded."""
    rates: RequestRates = request.app.state.rates
    rates.charge(current(), cost)


async def charge_once(request: Request, _: Annotated[object, Depends(viewer)] = None) -> None:
    """Charge for the request, once: before its body is read if it has one."""
    if not getattr(request.state, "charged", False):
        request.state.charged = True
        charge(request)


Charged = Depends(charge_once)
