"""Whole guides as sheets: one for the items, one for each kind of part, whose rows name their item by its code.

The template, the export and the import have the same layout; in CSV, where there is one sheet, parts are JSON in
columns of their own.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from catalog.domain.guide_cells import (
    AppliesWhen,
    CellError,
    Choice,
    Choices,
    Code,
    Codec,
    Codes,
    Day,
    File,
    Flag,
    Json,
    MaybeText,
    Number,
    Pairs,
    Shown,
    Text,
    Texts,
)

ITEMS_SHEET = "事项"
FLAT_SHEET = "事项清单"
NOTES_SHEET = "填写说明"
EXAMPLE_MARK = "示例"
"""An item code that begins so marks a row that shows how to fill in the sheet; it is never taken in."""


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column: the field it holds, its head, and what to write into it."""

    field: str
    head: str
    codec: Codec
    note: str = ""
    width: int = 16
    example: str = ""

    @cached_property
    def blank(self) -> Any:
        """What an empty cell says; the most frequent one of all. It is shared, and nobody changes it."""
        return self.codec.read("")


@dataclass(frozen=True, kw_only=True)
class PartSheet:
    """The sheet of one kind of part; `field` of Guide holds the parts."""

    field: str
    name: str
    columns: tuple[Column, ...]
    is_text: bool = False
    """The parts are plain texts, not objects."""
    nested: str = ""
    """A part takes several rows: this field of it holds what each row adds (options of a question)."""
    nested_fields: tuple[str, ...] = ()


TASK_TYPES = {
    "01": "行政许可",
    "02": "行政处罚",
    "03": "行政强制",
    "04": "行政征收",
    "05": "行政给付",
    "06": "行政检查",
    "07": "行政确认",
    "08": "行政奖励",
    "09": "行政裁决",
    "10": "其他行政权力",
    "20": "公共服务",
    "99": "其它",
}
_USE_LEVELS = {
    "nation": "国家级",
    "province": "省级",
    "city": "市级",
    "county": "县级",
    "town": "镇（乡、街道）级",
    "village": "村（社区）级",
}
_POWER_SOURCES = {
    "statutory": "法定本级行使",
    "delegated-from-above": "上级下放",
    "authorized-from-above": "上级授权",
    "authorized-by-peer": "同级授权",
    "entrusted-from-above": "上级委托",
    "entrusted-by-peer": "同级委托",
}
_AGENCY_KINDS = {
    "statutory-organ": "法定机关",
    "authorized-organization": "授权组织",
    "entrusted-organization": "受委托组织",
}
_HANDLING_KINDS = {
    "instant": "即办件",
    "promised": "承诺件",
    "joint": "联办件",
    "reported": "上报件",
}
_HANDLING_FORMS = {"window": "窗口办理", "online": "网上办理", "mail": "快递申请"}
_AUDIENCE = {"person": "个人", "enterprise": "企业"}
_CROSS_REGION = {
    "none": "不通办",
    "town": "全镇",
    "county": "全县",
    "city": "全市",
    "province": "全省",
    "nation": "全国",
}
_DEPTHS = {"1": "Ⅰ级", "2": "Ⅱ级", "3": "Ⅲ级", "4": "Ⅳ级"}
_ROMAN = {"I": "1", "II": "2", "III": "3", "IV": "4", "Ⅰ": "1", "Ⅱ": "2", "Ⅲ": "3", "Ⅳ": "4"}


@dataclass(frozen=True, kw_only=True)
class _Depth(Choice):
    """网办深度: an integer behind its Roman label, however that was typed."""

    def show(self, value: Any) -> Shown:
        return super().show(str(value))

    def read(self, text: str) -> Any:
        given = text.strip().removesuffix("级").upper()
        return int(super().read(_ROMAN.get(given, given)) or "1")


def _days(head: str, name: str, note: str, *, default: int | None = 0) -> Column:
    return Column(
        field=name, head=head, codec=Number(hint="工作日，整数", default=default), note=note
    )


ITEM_COLUMNS: tuple[Column, ...] = (
    Column(
        field="item_code",
        head="实施编码",
        codec=Code(is_optional=False, hint="31 位实施编码（GB/T 39554），或本系统给出的编码"),
        note="其他工作表用它指明所属事项",
        width=36,
        example=f"{EXAMPLE_MARK}（本行不会导入）",
    ),
    Column(
        field="original_code",
        head="原编码",
        codec=MaybeText(),
        note="其他系统所用的编码，照原样保留；可空",
        width=36,
    ),
    Column(
        field="basic_code",
        head="基本编码",
        codec=Code(hint="12 位基本编码；可空"),
        note="所实施的基本目录事项",
        example="440118009000",
    ),
    Column(field="handling_code", head="业务办理项编码", codec=MaybeText(), note="可空"),
    Column(
        field="name", head="事项名称", codec=Text(), note="必填", width=40, example="食品经营许可"
    ),
    Column(field="main_item", head="主项名称", codec=Text(), note="可空", width=30),
    Column(
        field="task_type",
        head="事项类型",
        codec=Choice(labels=TASK_TYPES),
        note="必填，国家事项类型",
        example="行政许可",
    ),
    Column(
        field="department",
        head="部门代码",
        codec=Code(is_optional=False, hint="18 位统一社会信用代码"),
        note="必填",
        width=22,
        example="11445102MB2X00020M",
    ),
    Column(
        field="department_name",
        head="部门名称",
        codec=Text(),
        note="必填",
        width=30,
        example="湘桥区市场监督管理局",
    ),
    Column(
        field="division",
        head="区划代码",
        codec=Code(is_optional=False, hint="6、9 或 12 位数字"),
        note="必填",
        example="445102",
    ),
    Column(field="managing_area", head="功能区", codec=Code(), note="代其实施的功能区代码；可空"),
    Column(
        field="use_level",
        head="行使层级",
        codec=Choice(labels=_USE_LEVELS),
        example="县级",
        width=18,
    ),
    Column(
        field="power_source",
        head="权力来源",
        codec=Choice(labels=_POWER_SOURCES),
        example="法定本级行使",
    ),
    Column(
        field="agency_kind",
        head="实施主体性质",
        codec=Choice(labels=_AGENCY_KINDS),
        example="法定机关",
    ),
    Column(
        field="handling_kind",
        head="办件类型",
        codec=Choice(labels=_HANDLING_KINDS),
        example="承诺件",
    ),
    Column(
        field="handling_forms",
        head="办理形式",
        codec=Choices(labels=_HANDLING_FORMS),
        width=24,
        example="窗口办理；网上办理",
    ),
    Column(
        field="audience",
        head="服务对象",
        codec=Choices(labels=_AUDIENCE, default=("person", "enterprise")),
        note="空为个人和企业",
        example="企业",
    ),
    _days("法定时限", "statutory_days", "法律没有规定时限的留空", default=None),
    _days("承诺时限", "promised_days", "0 为当场办结（即办件），不得超过法定时限"),
    Column(field="visits", head="到现场次数", codec=Number(default=0), note="0 至 9", example="0"),
    Column(
        field="visit_reason", head="到现场原因", codec=Text(), note="不需到现场的留空", width=30
    ),
    Column(
        field="online_depth",
        head="网办深度",
        codec=_Depth(labels=_DEPTHS, default="1"),
        note="Ⅳ级为全程网办",
        example="Ⅳ级",
    ),
    Column(field="online_url", head="在线办理网址", codec=Text(), width=30),
    Column(field="pays_online", head="网上支付", codec=Flag()),
    Column(field="quantity_limit", head="数量限制", codec=Text(), note="没有限制的留空"),
    Column(field="channels", head="办理渠道", codec=Codes(), note="渠道代码", width=24),
    Column(
        field="phone",
        head="咨询电话",
        codec=Text(),
        note="含区号，与监督电话不同",
        example="0768-2200000",
    ),
    Column(
        field="supervision_phone",
        head="监督电话",
        codec=Text(),
        note="含区号",
        example="0768-2200001",
    ),
    Column(
        field="hours",
        head="办理时间",
        codec=Text(),
        width=30,
        example="工作日 9:00-12:00，14:30-17:30",
    ),
    Column(
        field="cross_region",
        head="通办范围",
        codec=Choice(labels=_CROSS_REGION, default="none"),
        example="全市",
    ),
    Column(field="takes_bookings", head="可预约", codec=Flag()),
    Column(field="sends_by_mail", head="可寄送", codec=Flag()),
    Column(field="self_service", head="可自助办理", codec=Flag()),
    Column(field="proxy_allowed", head="可帮办代办", codec=Flag()),
    Column(field="one_window", head="综合窗口受理", codec=Flag()),
    Column(field="keywords", head="关键词", codec=Texts(), note="群众常用的叫法", width=24),
    Column(field="themes", head="主题", codec=Codes(), note="主题代码"),
    Column(field="life_events", head="人生事件", codec=Codes(), note="人生事件代码"),
    Column(field="effective_from", head="生效日期", codec=Day(), note="空为立即生效"),
)

_MATERIAL_COLUMNS = (
    Column(field="code", head="材料代码", codec=Code(is_optional=False), example="licence"),
    Column(field="name", head="材料名称", codec=Text(), width=36, example="营业执照"),
    Column(
        field="kind",
        head="材料类型",
        codec=Choice(
            labels={"certificate": "证件证书证明", "form": "申请表格文书", "other": "其他"},
            default="other",
        ),
        example="证件证书证明",
    ),
    Column(field="proof", head="证明代码", codec=Code(), note="证明清单中的代码；不是证明的留空"),
    Column(
        field="necessity",
        head="必要性",
        codec=Choice(
            labels={"required": "必要", "optional": "非必要", "later": "容缺后补"},
            default="required",
        ),
        example="必要",
    ),
    Column(
        field="source",
        head="来源渠道",
        codec=Choice(
            labels={"applicant": "申请人自备", "government": "政府部门核发", "other": "其他"},
            default="applicant",
        ),
        example="政府部门核发",
    ),
    Column(
        field="form",
        head="材料形式",
        codec=Choice(
            labels={"paper": "纸质", "electronic": "电子化", "both": "纸质/电子化"}, default="both"
        ),
        example="纸质/电子化",
    ),
    Column(field="originals", head="原件份数", codec=Number(default=0)),
    Column(field="copies", head="复印件份数", codec=Number(default=0)),
    Column(
        field="certificate_type",
        head="可替代的电子证照",
        codec=Code(),
        note="证照类型代码（免带证照）",
        example="business-licence",
    ),
    Column(
        field="data_resource",
        head="可替代的数据资源",
        codec=Code(),
        note="数据资源代码（数据共享）",
    ),
    Column(field="exempt_seal", head="免用印章", codec=Flag()),
    Column(field="exempt_signature", head="免手写签名", codec=Flag()),
    Column(field="prefilled", head="系统代填", codec=Flag(), note="少填免填"),
    Column(
        field="prefilled_from",
        head="代填字段及来源",
        codec=Pairs(names=("field", "source")),
        width=30,
    ),
    Column(field="commitment", head="告知承诺", codec=Flag()),
    Column(field="department_check", head="部门核验", codec=Flag()),
    Column(
        field="exemption_ground",
        head="免交说明",
        codec=Text(),
        width=30,
        example="电子营业执照已归集，免于提交",
    ),
    Column(field="issuer", head="出具单位", codec=Text(), width=24),
    Column(field="basis", head="要求依据", codec=Text(), width=30),
    Column(field="fill_note", head="填报须知", codec=Text(), width=30),
    Column(field="acceptance_standard", head="受理标准", codec=Text(), width=30),
    Column(field="sample", head="样表", codec=File(), width=30),
    Column(field="blank", head="空白表格", codec=File(), width=30),
    Column(field="applies_when", head="适用情形", codec=AppliesWhen(), width=30),
)

_STEP_LABELS = {
    "intake": "收件",
    "acceptance": "受理",
    "review": "审查",
    "decision": "决定",
    "making": "制证",
    "delivery": "送达",
}

PART_SHEETS: tuple[PartSheet, ...] = (
    PartSheet(field="materials", name="材料", columns=_MATERIAL_COLUMNS),
    PartSheet(
        field="situations",
        name="情形",
        nested="options",
        nested_fields=("option_code", "option_text"),
        columns=(
            Column(
                field="code",
                head="情形代码",
                codec=Code(is_optional=False),
                note="同一情形的各个选项各占一行，情形代码和问题相同",
                example="premises",
            ),
            Column(
                field="text",
                head="问题",
                codec=Text(),
                width=36,
                example="经营场所是否为自有房产？",
            ),
            Column(
                field="option_code", head="选项代码", codec=Code(is_optional=False), example="own"
            ),
            Column(field="option_text", head="选项", codec=Text(), width=30, example="自有"),
        ),
    ),
    PartSheet(
        field="steps",
        name="步骤",
        columns=(
            Column(field="code", head="环节", codec=Choice(labels=_STEP_LABELS), example="受理"),
            Column(field="name", head="步骤名称", codec=Text(), example="受理"),
            _days("办理时限", "working_days", "各步骤之和不超过承诺时限", default=None),
            Column(field="handler", head="办理人", codec=Text()),
            Column(field="standard", head="审查标准", codec=Text(), width=30),
            Column(field="result", head="办理结果", codec=Text(), width=30),
        ),
    ),
    PartSheet(
        field="fees",
        name="收费",
        columns=(
            Column(field="name", head="收费项目", codec=Text(), width=30, example="工本费"),
            Column(
                field="amount_fen",
                head="金额（分）",
                codec=Number(hint="以分为单位的整数"),
                note="1 元填 100",
            ),
            Column(field="basis", head="收费依据", codec=Text(), width=30),
            Column(field="standard", head="收费标准", codec=Text(), width=30),
            Column(field="reducible", head="可减免", codec=Flag()),
            Column(field="reduction_note", head="减免说明", codec=Text(), width=30),
        ),
    ),
    PartSheet(
        field="legal_basis",
        name="法律依据",
        columns=(
            Column(
                field="law",
                head="法律法规名称",
                codec=Text(),
                width=36,
                example="中华人民共和国食品安全法",
            ),
            Column(field="number", head="文号", codec=Text()),
            Column(field="article", head="条款", codec=Text(), example="第三十五条"),
            Column(field="text", head="条文内容", codec=Text(), width=40),
            Column(field="issuer", head="颁布机关", codec=Text(), width=24),
            Column(field="effective_on", head="实施日期", codec=Day()),
        ),
    ),
    PartSheet(
        field="windows",
        name="窗口",
        columns=(
            Column(field="hall", head="大厅代码", codec=Code(is_optional=False)),
            Column(field="name", head="窗口名称", codec=Text(), width=30, example="综合窗口"),
            Column(field="address", head="地址", codec=Text(), width=36),
            Column(field="hours", head="办公时间", codec=Text(), width=30),
            Column(field="phone", head="电话", codec=Text()),
        ),
    ),
    PartSheet(
        field="results",
        name="结果",
        columns=(
            Column(field="name", head="结果名称", codec=Text(), width=30, example="食品经营许可证"),
            Column(
                field="certificate_type", head="证照类型", codec=Code(), note="证照类型代码；可空"
            ),
            Column(field="validity_years", head="有效期（年）", codec=Number()),
            Column(
                field="kind",
                head="结果类型",
                codec=Choice(
                    labels={"certificate": "证照", "approval": "批文", "other": "其他"},
                    default="certificate",
                ),
                example="证照",
            ),
            Column(field="sample", head="结果样本", codec=File(), width=30),
        ),
    ),
    PartSheet(
        field="questions",
        name="常见问题",
        columns=(
            Column(field="question", head="问题", codec=Text(), width=40, example="多久可以办好？"),
            Column(
                field="answer",
                head="解答",
                codec=Text(),
                width=60,
                example="材料齐全的，2 个工作日办结。",
            ),
        ),
    ),
    PartSheet(
        field="special_procedures",
        name="特别程序",
        columns=(
            Column(field="name", head="程序名称", codec=Text(), width=30, example="现场核查"),
            _days("所需时限", "working_days", "不计入办理时限", default=None),
            Column(field="basis", head="依据", codec=Text(), width=30),
        ),
    ),
    PartSheet(
        field="intermediary_services",
        name="中介服务",
        columns=(
            Column(field="name", head="服务名称", codec=Text(), width=30, example="检验检测"),
            Column(field="basis", head="依据", codec=Text(), width=30),
            Column(field="fee_note", head="收费说明", codec=Text(), width=30),
        ),
    ),
    PartSheet(
        field="cross_region_modes",
        name="跨域方式",
        columns=(
            Column(
                field="scope",
                head="范围",
                codec=Choice(
                    labels={
                        "same-city": "市内通办",
                        "cross-city": "跨城通办",
                        "cross-province": "跨省通办",
                    }
                ),
            ),
            Column(
                field="mode",
                head="方式",
                codec=Choice(
                    labels={
                        "online": "全程网办",
                        "self-service": "自助办",
                        "separate-intake": "收受分离",
                        "proxy-intake": "代收代办",
                        "joint": "多地联办",
                    }
                ),
            ),
            Column(
                field="divisions", head="可递交的区划", codec=Codes(hint="区划代码，以“；”分隔")
            ),
            Column(
                field="taken_in_by",
                head="收件方",
                codec=Text(),
                width=24,
                example="湘桥区政务服务中心",
            ),
            Column(field="decided_by", head="审批方", codec=Text(), width=24),
            Column(field="delivered_by", head="送达方", codec=Text(), width=24),
            Column(
                field="materials_travel",
                head="材料流转",
                codec=Choice(
                    labels={
                        "electronic": "电子流转",
                        "courier": "邮寄",
                        "both": "电子和邮寄",
                        "none": "不流转",
                    },
                    default="electronic",
                ),
            ),
            Column(field="agreement", head="协议", codec=Text(), width=24),
        ),
    ),
    PartSheet(
        field="conditions",
        name="受理条件",
        is_text=True,
        columns=(
            Column(
                field="condition", head="受理条件", codec=Text(), width=80, example="已取得营业执照"
            ),
        ),
    ),
)

_BELONGS = "事项的实施编码，与“事项”表一致"
KEY_COLUMNS: tuple[Column, ...] = (
    Column(
        field="item_code",
        head="实施编码",
        codec=Code(is_optional=False),
        note=_BELONGS,
        width=36,
        example=f"{EXAMPLE_MARK}（本行不会导入）",
    ),
    Column(
        field="division",
        head="区划代码",
        codec=Code(is_optional=False),
        note="同一实施编码有多个区划时必填，否则可空",
    ),
    Column(
        field="department",
        head="部门代码",
        codec=Code(is_optional=False),
        note="同一实施编码有多个部门时必填，否则可空",
        width=22,
    ),
)
"""What the rows of every part begin with: whose part it is."""

CSV_COLUMNS: tuple[Column, ...] = (
    *ITEM_COLUMNS,
    *(
        Column(field=sheet.field, head=sheet.name, codec=Json(hint="JSON 列表"))
        for sheet in PART_SHEETS
    ),
)
"""Whole guides in one sheet."""

Key = tuple[str, str, str]
"""Item code, division, department."""


@dataclass(kw_only=True)
class Decoded:
    """What the cells of one row say: values by field, and the cells that say nothing we know."""

    values: dict[str, Any] = field(default_factory=dict)
    errors: list[tuple[int, CellError]] = field(default_factory=list)
    """Place of the column in the row, and what is wrong."""
    broken: set[str] = field(default_factory=set)


def sheet_columns(sheet: PartSheet) -> tuple[Column, ...]:
    return (*KEY_COLUMNS, *sheet.columns)


def shown_row(columns: Sequence[Column], values: Mapping[str, Any]) -> list[Shown]:
    """One row of cells; `values` are plain (dates as text), as a guide in JSON holds them."""
    # What was kept before a field was there says nothing of it: an empty cell is the field's default.
    return [
        column.codec.show(values[column.field]) if column.field in values else None
        for column in columns
    ]


def shown_parts(sheet: PartSheet, guide: Mapping[str, Any]) -> Iterator[list[Shown]]:
    """The rows of one kind of part of one guide."""
    key = [guide["item_code"], guide["division"], guide["department"]]
    for part in guide[sheet.field]:
        for values in _rows_of(sheet, part):
            yield [*key, *shown_row(sheet.columns, values)]


def _rows_of(sheet: PartSheet, part: Any) -> Iterator[Mapping[str, Any]]:
    if sheet.is_text:
        yield {sheet.columns[0].field: part}
    elif sheet.nested:
        code, text = sheet.nested_fields
        for each in part[sheet.nested]:
            yield {**part, code: each["code"], text: each["text"]}
    else:
        yield part


class CellReader:
    """Reads rows of one sheet; a column that is None is not ours, and a cell that is missing is empty."""

    def __init__(self, columns: Sequence[Column | None]) -> None:
        # Most cells of most rows are empty: what those say is copied, and only the others are read.
        self._blanks = {column.field: column.blank for column in columns if column is not None}
        self._reads = [
            None if column is None else (column.field, column.codec.read) for column in columns
        ]

    def read(self, cells: Iterable[str]) -> Decoded:
        """The values of a row."""
        values = dict(self._blanks)
        found = Decoded(values=values)
        for place, (known, text) in enumerate(zip(self._reads, cells, strict=False)):
            if not text or known is None:
                continue
            name, read = known
            try:
                values[name] = read(text)
            except CellError as error:
                del values[name]
                found.errors.append((place, error))
                found.broken.add(name)
        return found


def join_parts(sheet: PartSheet, rows: Sequence[Mapping[str, Any]]) -> tuple[list[Any], list[int]]:
    """The parts that a guide's rows of one sheet make, and of each the place of the row it begins with.

    Options of one question stand under each other or apart; a question's words are those of its first row.
    """
    if sheet.is_text:
        return [row[sheet.columns[0].field] for row in rows], list(range(len(rows)))
    if not sheet.nested:
        return [dict(row) for row in rows], list(range(len(rows)))
    code, text = sheet.nested_fields
    parts: dict[str, dict[str, Any]] = {}
    begins: list[int] = []
    for place, row in enumerate(rows):
        if row["code"] not in parts:
            parts[row["code"]] = {"code": row["code"], "text": row["text"], sheet.nested: []}
            begins.append(place)
        parts[row["code"]][sheet.nested].append({"code": row[code], "text": row[text]})
    return list(parts.values()), begins


def columns_by_head(columns: Sequence[Column], heads: Sequence[str]) -> list[Column | None]:
    """The column of each head, named in Chinese or by its field; None where we know none."""
    known = {column.head: column for column in columns}
    # Where a head of one column is the field of another, the head counts: people see heads.
    known = {**{column.field: column for column in columns}, **known}
    return [known.get(head) for head in heads]


FAULT_HEAD = "问题（导入时忽略）"
"""A column that our lists of refused rows add; it may stay when the rows are sent again."""
