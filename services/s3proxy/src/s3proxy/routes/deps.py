"""Dependencies of the routes."""

from typing import Annotated

from fastapi import Depends, Request

from s3proxy.resources import S3ProxyResources


def resources(request: Request) -> S3ProxyResources:
    held: S3ProxyResources = request.app.state.resources
    return held


Res = Annotated[S3ProxyResources, Depends(resources)]
