from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row

from catalog.domain.policy_rules import Verdict, judge
from catalog.repository.enterprise_policies import KeptProfile, add_matches
from chassis.transaction import Transaction
from contracts.events.catalog import EnterprisePolicyMatched


async def match_profiles(
    profiles: Sequence[KeptProfile], policies: Sequence[Row[Any]], tx: Transaction, *, on: date
) -> int:
    """Hold policies against profiles; what fits for the first time is told once. Returns how many are new."""
    found = [
        (profile, policy)
        for profile in profiles
        for policy in policies
        if judge(policy.content["rules"], profile.said, on=on).verdict is Verdict.FITS
    ]
    fresh = await add_matches(tx, found)
    places = {policy.policy_id: policy for policy in policies}
    for match in fresh:
        policy = places[match.policy_id]
        tx.tell(
            EnterprisePolicyMatched(
                match_id=match.id,
                policy_id=match.policy_id,
                policy_code=match.policy_code,
                matched_at=tx.now,
            ),
            aggregate_id=match.id,
            sequence=1,
            division=policy.division,
            department=policy.department,
        )
    return len(fresh)
