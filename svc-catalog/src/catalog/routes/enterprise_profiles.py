"""The profile that an enterprise keeps of itself: sealed, and read by nobody else.

GET, PUT /enterprise-profiles/own          enterprise_agent   a change with If-Match; matched by a job if it wants to be told
POST     /enterprise-profiles/own/removals enterprise_agent   the profile, and what it was matched with, are gone
"""

from fastapi import APIRouter, Response

from catalog.domain.policy_rules import PROFILE_FIELDS
from catalog.repository.enterprise_policies import MATCHING, KeptProfile, own_profile
from catalog.routes.parameters import EnterpriseAgent
from catalog.schemas.enterprise_policies import KeptProfileIn, KeptProfileOut, PolicyReasonIn
from catalog.use_cases.keep_enterprise_profile import keep_enterprise_profile
from catalog.use_cases.remove_enterprise_profile import remove_enterprise_profile
from chassis.door import answer
from chassis.encryption import mask_phone
from chassis.errors import NotFoundError
from chassis.jobs import enqueue_job

router = APIRouter(prefix="/catalog/v1", tags=["enterprise policies"])


@router.get(
    "/enterprise-profiles/own", response_model=KeptProfileOut, operation_id="get_own_profile"
)
async def get_own(call: EnterpriseAgent) -> Response:
    """The own kept profile; nobody else reads it."""
    async with call.read() as tx:
        profile = await own_profile(tx)
    if profile is None:
        raise _no_profile()
    return answer(_profile_out(profile), etag=profile.version)


@router.put(
    "/enterprise-profiles/own", response_model=KeptProfileOut, operation_id="keep_own_profile"
)
async def put_own(body: KeptProfileIn, call: EnterpriseAgent) -> Response:
    """Keep the own profile, sealed; a change needs `If-Match`. With `wants_to_be_told`, what fits is told once each."""
    said = body.model_dump(mode="json", exclude={"wants_to_be_told"})
    async with call.begin() as tx:
        await keep_enterprise_profile(
            said,
            tx,
            wants=body.wants_to_be_told,
            has_seen="if-match" in call.request.headers,
        )
        if body.wants_to_be_told:
            enqueue_job(
                tx, call.runtime, kind=MATCHING, input={"owner_id": call.principal.owner_id}
            )
        profile = await own_profile(tx)
        assert profile is not None
        tx.answer(_profile_out(profile), etag=profile.version)
    return tx.response


@router.post(
    "/enterprise-profiles/own/removals", status_code=204, operation_id="remove_own_profile"
)
async def post_removal(body: PolicyReasonIn, call: EnterpriseAgent) -> Response:
    """Take the own profile out of the books, with what it was matched with."""
    async with call.begin() as tx:
        await remove_enterprise_profile(tx, reason=body.reason)
        tx.answer(None, status=204)
    return tx.response


def _no_profile() -> NotFoundError:
    return NotFoundError(
        "尚未保存企业档案；请用 PUT /enterprise-profiles/own 填写",
        "No profile is kept yet; PUT /enterprise-profiles/own to keep one",
        code="no-profile",
    )


def _profile_out(profile: KeptProfile) -> KeptProfileOut:
    said = dict(profile.said)
    phone = str(said.get("contact_phone") or "")
    return KeptProfileOut(
        **{**said, "contact_phone": mask_phone(phone) if phone else ""},
        wants_to_be_told=profile.wants_to_be_told,
        kept_at=profile.kept_at,
        lacks=[name for name in PROFILE_FIELDS.values() if said.get(name) is None],
    )
