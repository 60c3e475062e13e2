"""Attachments (附件) through the HTTP door: uploaded before they are handed in, read with their application.

POST /attachments                                  own                     a file of the applicant's
GET  /applications/{id}/attachments/{sha256}       readers of the form     one file of an application
"""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Response, UploadFile

from chassis.blobs import JPEG, PDF, PNG
from chassis.door import Call, allow
from chassis.errors import NotFoundError
from chassis.uploads import pieces_of
from workorder.queries import applications as queries
from workorder.repository.applications import application_of
from workorder.routes.policies import APPLICANTS, FORM_READERS
from workorder.schemas.applications import AttachmentOut
from workorder.use_cases.keep_attachment import keep_attachment

ATTACHMENT_BYTES_MAX = 20 * 1024 * 1024
ATTACHMENT_TYPES = frozenset({PDF, PNG, JPEG})
_BEGINNINGS = {b"%PDF": PDF, b"\x89PNG": PNG}

router = APIRouter(prefix="/workorder/v1", tags=["attachments"])


@router.post(
    "/attachments", status_code=201, response_model=AttachmentOut, operation_id="keep_attachment"
)
async def post_attachment(file: UploadFile, call: Annotated[Call, allow(APPLICANTS)]) -> Response:
    """Upload a PDF, PNG or JPEG of at most 20 MB; hand it in by its `sha256`."""
    blob = await call.runtime.blobs.put(
        pieces_of(file), limit_bytes=ATTACHMENT_BYTES_MAX, allowed=ATTACHMENT_TYPES
    )
    call.covers(blob.sha256)
    async with call.begin() as tx:
        await keep_attachment(blob, tx)
        out = AttachmentOut(
            sha256=blob.sha256, size_bytes=blob.size_bytes, media_type=blob.media_type
        )
        tx.answer(out, status=201)
    return tx.response


@router.get(
    "/applications/{application_id}/attachments/{sha256}",
    response_class=Response,
    operation_id="get_attachment",
)
async def get_attachment(
    application_id: UUID,
    sha256: Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")],
    call: Annotated[Call, allow(FORM_READERS)],
) -> Response:
    """One file that was handed in with this application."""
    async with call.read() as tx:
        application = application_of(await queries.application_row(tx, application_id))
    if sha256 not in {material.attachment_sha256 for material in application.materials}:
        raise NotFoundError
    content = await call.runtime.blobs.get(sha256)
    return Response(
        content=content,
        media_type=_BEGINNINGS.get(content[:4], JPEG),
        headers={
            "Content-Disposition": f'attachment; filename="{sha256[:16]}"',
            "X-Content-Type-Options": "nosniff",
        },
    )
