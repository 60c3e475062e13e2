"""Photographs and papers of work orders through the HTTP door.

POST /work-orders/{id}/attachments              whoever takes steps on it    PDF, PNG or JPEG, at most 20 MB
GET  /work-orders/{id}/attachments, /{sha256}   readers of the order
"""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Response, UploadFile
from sqlalchemy import select

from chassis.door import Call, allow, answer
from chassis.errors import NotFoundError
from chassis.uploads import pieces_of
from workorder.queries.work_orders import work_order_row
from workorder.routes.attachments import ATTACHMENT_BYTES_MAX, ATTACHMENT_TYPES
from workorder.routes.policies import STEP_TAKERS, WORK_ORDER_READERS
from workorder.schemas.applications import AttachmentOut
from workorder.schemas.seats import OrderAttachmentOut, OrderAttachmentsOut
from workorder.tables import work_order_attachments
from workorder.use_cases.attach_to_order import attach_to_order

router = APIRouter(prefix="/workorder/v1/work-orders/{work_order_id}", tags=["work orders"])


@router.post(
    "/attachments",
    status_code=201,
    response_model=AttachmentOut,
    operation_id="attach_to_work_order",
)
async def post_attachment(
    work_order_id: UUID, file: UploadFile, call: Annotated[Call, allow(STEP_TAKERS)]
) -> Response:
    """A photograph or a paper; what is not what it says is refused."""
    async with call.read() as tx:
        await work_order_row(tx, work_order_id)
    blob = await call.runtime.blobs.put(
        pieces_of(file), limit_bytes=ATTACHMENT_BYTES_MAX, allowed=ATTACHMENT_TYPES
    )
    call.covers(blob.sha256)
    async with call.begin() as tx:
        await attach_to_order(work_order_id, blob, tx)
        out = AttachmentOut(
            sha256=blob.sha256, size_bytes=blob.size_bytes, media_type=blob.media_type
        )
        tx.answer(out, status=201)
    return tx.response


@router.get(
    "/attachments", response_model=OrderAttachmentsOut, operation_id="list_work_order_attachments"
)
async def list_attachments(
    work_order_id: UUID, call: Annotated[Call, allow(WORK_ORDER_READERS)]
) -> Response:
    """What goes with an order, oldest first."""
    t = work_order_attachments.c
    async with call.read() as tx:
        await work_order_row(tx, work_order_id)
        rows = await tx.all(
            select(work_order_attachments).where(t.work_order_id == work_order_id).order_by(t.id)
        )
    return answer(
        OrderAttachmentsOut(results=[OrderAttachmentOut.model_validate(row) for row in rows])
    )


@router.get(
    "/attachments/{sha256}", response_class=Response, operation_id="get_work_order_attachment"
)
async def get_attachment(
    work_order_id: UUID,
    sha256: Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")],
    call: Annotated[Call, allow(WORK_ORDER_READERS)],
) -> Response:
    """One file of an order within reach."""
    t = work_order_attachments.c
    async with call.read() as tx:
        media_type = await tx.scalar(
            select(t.media_type).where(t.work_order_id == work_order_id, t.sha256 == sha256)
        )
    if media_type is None:
        raise NotFoundError
    return Response(
        content=await call.runtime.blobs.get(sha256),
        media_type=str(media_type),
        headers={
            "Content-Disposition": f'attachment; filename="{sha256[:16]}"',
            "X-Content-Type-Options": "nosniff",
        },
    )
