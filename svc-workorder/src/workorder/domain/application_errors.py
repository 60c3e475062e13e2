"""Why a step on an application is refused, in words that say what to do next."""

from chassis.errors import ConflictError, ForbiddenError, InvalidError


class ApplicationStateError(ConflictError):
    """The step does not belong to the present state; the words name the state."""

    code = "application-state"
    title_zh = "办件当前状态不能办理此步骤，请刷新后查看"
    title_en = "Not possible in the application's present state; read it again"


class OwnMatterError(ForbiddenError):
    """Nobody decides on their own matter (回避)."""

    code = "own-matter"
    title_zh = "不能办理本人的申请，请转交其他工作人员"
    title_en = "Nobody handles their own application; hand it to a colleague"


class CorrectionAskedBeforeError(ConflictError):
    """一次性告知: everything missing is told once, all at once."""

    code = "correction-asked-before"
    title_zh = "补正只能一次性告知，本环节已告知过；请据现有材料作出决定"
    title_en = "A correction is asked for once in each stage, and was; decide on what is there"


class CorrectionTooLateError(ConflictError):
    """Not told in time: the law takes the application as accepted on the day it was received."""

    code = "correction-too-late"
    title_zh = "已超过补正告知期限，依法自收到之日起即为受理，请直接受理"
    title_en = "The time for asking is over: by law it counts as accepted on receipt; accept it"


class CorrectionIncompleteError(InvalidError):
    code = "correction-incomplete"
    title_zh = "仍有要求补正的材料未提交，见 errors，请一次补齐"
    title_en = "Some materials asked for are still missing, see errors; hand in all of them"


class RefusalUnreasonedError(InvalidError):
    code = "reason-missing"
    title_zh = "不予批准须说明理由"
    title_en = "A refusal states its reason"


class ResultsMissingError(ConflictError):
    code = "results-missing"
    title_zh = "审批结果尚未全部制作完成，暂不能送达"
    title_en = "Not every result has been made yet; deliver when all are there"


class SuspensionOverError(InvalidError):
    """A procedure that is planned to end before it begins stops nothing."""

    code = "suspension-over"
    title_zh = "特别程序的预计结束日期早于今天，请重新填写"
    title_en = "The procedure would have ended before today; give a later day"
