"""Sample and blank files (样表、空白表): public once a published version names them, until somebody withdraws them."""

from chassis.errors import ConflictError, ForbiddenError, GoneError


class FileGoneError(GoneError):
    code = "file-withdrawn"
    title_zh = "该样表或空白表已由部门撤下，请以现行办事指南所附文件为准，或向窗口索取"
    title_en = "The department has withdrawn this form; take the one of the guide in force, or ask at a window"


class FileWithdrawnError(ConflictError):
    code = "file-withdrawn-already"
    title_zh = "该文件已撤下，无须再撤；如需恢复请用 reinstatements"
    title_en = "The file is withdrawn already; show it again with reinstatements"


class FileNotWithdrawnError(ConflictError):
    code = "file-not-withdrawn"
    title_zh = "该文件没有撤下，无须恢复；请刷新后查看"
    title_en = "The file is not withdrawn; read it again"


class FileWithdrawnElsewhereError(ForbiddenError):
    code = "file-withdrawn-elsewhere"
    title_zh = "该文件由另一部门撤下，只能由该部门恢复；请与其联系或换用新文件"
    title_en = "Another department withdrew this file and alone shows it again; ask it, or take another file"
