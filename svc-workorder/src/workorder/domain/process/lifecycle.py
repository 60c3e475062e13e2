"""A version of a definition from draft to force to rest: what may follow what, and who may put it in force."""

from chassis.errors import ConflictError, ForbiddenError


class DefinitionStateError(ConflictError):
    code = "definition-state"
    title_zh = "流程定义当前状态不能进行此操作，请刷新后查看"
    title_en = "Not possible in the definition's present state; read it again"


class SecondPersonError(ForbiddenError):
    code = "second-person"
    title_zh = "起草人不能启用自己起草的流程定义，请由另一位管理员启用"
    title_en = "Who drafted it cannot put it in force; a second person does"


class StillNeededError(ConflictError):
    code = "still-needed"
    title_zh = "系统自身用此流程登记工作，不能没有生效版本；请启用新版本，旧版本会自动停用"
    title_en = "The service itself begins such work and needs a version in force; activate another one instead"


def check_state(state: str, *, wanted: str) -> None:
    """Raise DefinitionStateError unless it is in the state that a step needs."""
    if state != wanted:
        raise DefinitionStateError(
            f"流程定义处于“{_NAMES[state]}”状态，此操作需要“{_NAMES[wanted]}”状态，请刷新后查看",
            f"The definition is {state}; this needs {wanted}",
        )


def check_second_person(drafted_by: str, subject: str) -> None:
    if drafted_by == subject:
        raise SecondPersonError


_NAMES = {"draft": "草稿", "active": "生效", "retired": "停用"}
