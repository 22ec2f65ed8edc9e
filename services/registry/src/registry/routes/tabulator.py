"""Tables over the files of packages, and switches of the instance."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path

from registry.db.tabulator import SwitchStore, TabulatorStore
from registry.errors import BucketNotFound, TableExists, TableNotFound, TableRefused, UnknownRule
from registry.routes.deps import BucketInPath, BucketsInTransaction, Res, Session
from registry.services.queries.tabulator import SwitchService, TabulatorService
from shared.errors import Forbidden, Unauthenticated
from shared.schemas.tabulator import (
    InstanceSettings,
    InstanceSettingsUpdate,
    TabulatorConfigSet,
    TabulatorRename,
    TabulatorTables,
)
from shared.web.auth import Admin, Viewer
from shared.web.routing import CallerFirst

router = APIRouter(prefix="/api/v1", tags=["tabulator"], responses=Unauthenticated.response(), route_class=CallerFirst)

_WRITING = {**BucketNotFound.response(), **Forbidden.response()}
_TABLES_PATH = "/buckets/{bucket}/tabulator-tables"

TableInPath = Annotated[str, Path(max_length=255, pattern=r"^[^\x00]*$", examples=["gene_expression"])]


async def tabulator_service(buckets: BucketsInTransaction, session: Session, res: Res) -> TabulatorService:
    return TabulatorService(buckets, TabulatorStore(session), res.trail)


async def instance_service(session: Session, res: Res) -> SwitchService:
    return SwitchService(SwitchStore(session), res.trail)


Tables = Annotated[TabulatorService, Depends(tabulator_service)]
Instance = Annotated[SwitchService, Depends(instance_service)]


@router.get(_TABLES_PATH, summary="List a bucket's tables", responses=BucketNotFound.response())
async def list_tabulator_tables(bucket: BucketInPath, viewer: Viewer, tables: Tables) -> TabulatorTables:
    return TabulatorTables(tables=await tables.list(viewer, bucket))


@router.put(
    _TABLES_PATH + "/{table}",
    status_code=204,
    summary="Set the configuration of a table",
    responses={**_WRITING, **TableRefused.response()},
)
async def set_tabulator_table(
    bucket: BucketInPath, table: TableInPath, wanted: TabulatorConfigSet, viewer: Viewer, tables: Tables
) -> None:
    await tables.set(viewer, bucket, table, wanted.config)


@router.delete(_TABLES_PATH + "/{table}", status_code=204, summary="Remove a table", responses=_WRITING)
async def delete_tabulator_table(bucket: BucketInPath, table: TableInPath, viewer: Viewer, tables: Tables) -> None:
    await tables.set(viewer, bucket, table, None)


@router.post(
    _TABLES_PATH + "/{table}/rename",
    status_code=204,
    summary="Rename a table",
    responses={**_WRITING, **TableNotFound.response(), **TableExists.response()},
)
async def rename_tabulator_table(
    bucket: BucketInPath, table: TableInPath, wanted: TabulatorRename, viewer: Viewer, tables: Tables
) -> None:
    await tables.rename(viewer, bucket, table, wanted.name)


@router.get("/settings", summary="Get the switches of the instance", responses=Forbidden.response())
async def get_instance_settings(_: Admin, instance: Instance) -> InstanceSettings:
    return await instance.get()


@router.patch(
    "/settings",
    summary="Turn switches of the instance on or off",
    responses={**Forbidden.response(), **UnknownRule.response()},
)
async def update_instance_settings(wanted: InstanceSettingsUpdate, _: Admin, instance: Instance) -> InstanceSettings:
    return await instance.update(wanted)
