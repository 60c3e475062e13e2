"""What a verification says, in one word, with its reasons: the page, the file and the books judged together."""

from dataclasses import dataclass
from enum import StrEnum

from certificate.domain.certificate import CertificateState


class Verdict(StrEnum):
    VALID = "valid"
    CHANGED = "changed"
    REVOKED = "revoked"
    EXPIRED = "expired"
    UNTRUSTED = "untrusted"
    UNKNOWN = "unknown"
    INVALID = "invalid"


@dataclass(frozen=True, kw_only=True)
class Reason:
    """Why: a stable code, and words in two languages."""

    code: str
    zh: str
    en: str


REASONS = {
    reason.code: reason
    for reason in (
        Reason(
            code="in-books-and-valid", zh="证照登记在册，当前有效", en="In the books and valid now"
        ),
        Reason(code="revoked", zh="证照已被吊销或撤销", en="The certificate was revoked"),
        Reason(code="cancelled", zh="证照已注销", en="The certificate was cancelled"),
        Reason(
            code="suspended", zh="证照已暂扣，暂不可使用", en="The certificate is suspended for now"
        ),
        Reason(
            code="replaced",
            zh="证照已被新版本取代，请出示新证",
            en="A newer version replaced it; ask for that one",
        ),
        Reason(code="expired", zh="证照已过有效期", en="The certificate is past its last day"),
        Reason(
            code="not-in-books",
            zh="登记簿中没有这份证照，请向签发部门核实",
            en="The books hold no such certificate; ask the issuing department",
        ),
        Reason(
            code="status-unreachable",
            zh="暂时查不到证照状态，请稍后再核验",
            en="The status cannot be read now; try again later",
        ),
        Reason(
            code="code-not-ours",
            zh="不是本市签发的证照码，或码已被改动",
            en="Not a code of this city, or it was changed",
        ),
        Reason(
            code="code-mistyped",
            zh="核验码有误，请逐字核对后重新输入",
            en="The code is mistyped; check every sign and enter it again",
        ),
        Reason(code="not-a-pdf", zh="不是可读取的 PDF 文件", en="Not a PDF file that can be read"),
        Reason(
            code="no-signature",
            zh="文件没有电子签章，可能是打印或另存的副本",
            en="The file carries no signature; it may be a printed or re-saved copy",
        ),
        Reason(
            code="unreadable-signature",
            zh="文件的电子签章无法读取",
            en="The signature of the file cannot be read",
        ),
        Reason(
            code="content-changed",
            zh="文件内容在签章后被改动",
            en="The file was changed after it was sealed",
        ),
        Reason(
            code="added-after-sealing",
            zh="签章后又有内容被添加到文件中",
            en="Something was added to the file after it was sealed",
        ),
        Reason(
            code="unknown-signer",
            zh="签章不是本市签发机构所盖",
            en="The seal is not of an issuer of this city",
        ),
    )
}

_BY_FINDING = {
    "not-a-pdf": Verdict.INVALID,
    "no-signature": Verdict.INVALID,
    "unreadable-signature": Verdict.INVALID,
    "content-changed": Verdict.CHANGED,
    "added-after-sealing": Verdict.CHANGED,
    "unknown-signer": Verdict.UNTRUSTED,
    "code-not-ours": Verdict.INVALID,
    "code-mistyped": Verdict.INVALID,
}

_BY_STATE = {
    CertificateState.VALID: (Verdict.VALID, "in-books-and-valid"),
    CertificateState.EXPIRED: (Verdict.EXPIRED, "expired"),
    CertificateState.REVOKED: (Verdict.REVOKED, "revoked"),
    CertificateState.CANCELLED: (Verdict.REVOKED, "cancelled"),
    CertificateState.SUSPENDED: (Verdict.REVOKED, "suspended"),
    CertificateState.REPLACED: (Verdict.REVOKED, "replaced"),
}


def verdict_on_finding(code: str) -> tuple[Verdict, Reason]:
    """For a code or a file that is not sound by itself: the books are not asked."""
    return _BY_FINDING[code], REASONS[code]


def verdict_on_state(state: CertificateState | None) -> tuple[Verdict, Reason]:
    """For what the books say; None: they hold no such certificate. A draft has not been issued."""
    verdict, code = (
        _BY_STATE.get(state, (Verdict.UNKNOWN, "not-in-books"))
        if state
        else (
            Verdict.UNKNOWN,
            "not-in-books",
        )
    )
    return verdict, REASONS[code]


def verdict_unreachable() -> tuple[Verdict, Reason]:
    """The books cannot be read: never "valid" (architecture: a status nobody could read is unknown)."""
    return Verdict.UNKNOWN, REASONS["status-unreachable"]
