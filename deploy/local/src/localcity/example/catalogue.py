"""Certificate types (证照目录) and data resources (数据资源目录) of the example city."""

from dataclasses import dataclass
from typing import Literal

from localcity.example.departments import Department, department
from localcity.example.divisions import CITY, NAMES, XIANGQIAO
from localcity.example.people import ExampleCompany, ExamplePerson

RESIDENT_ID = "resident-id"
BUSINESS_LICENCE = "business-licence"
FOOD_BUSINESS_PERMIT = "food-business-permit"
HOUSEHOLD_REGISTER = "household-register"

_XIANGQIAO_TYPES = (BUSINESS_LICENCE, FOOD_BUSINESS_PERMIT)
"""Issued by the department of the tokens, so that issuer and seal keeper can be shown at work."""

# code, name, kind of department, holder, years (0: for good), fields
_TYPES = """
resident-id 居民身份证 police person 20 sex:性别,nation:民族,address:住址
business-licence 营业执照 market enterprise 0 kind:类型,legal_person:法定代表人,scope:经营范围
food-business-permit 食品经营许可证 market enterprise 5 premises:经营场所,projects:经营项目
food-production-permit 食品生产许可证 market enterprise 5 premises:生产地址,projects:食品类别
food-workshop-registration 食品小作坊登记证 market enterprise 3 premises:生产地址
drug-retail-permit 药品经营许可证 market enterprise 5 premises:经营地址
medical-device-permit 医疗器械经营许可证 market enterprise 5 premises:经营场所
equipment-operator 特种设备作业人员证 market person 4 projects:作业项目
residence-permit 居住证 police person 1 address:居住地址
hotel-permit 特种行业许可证 police enterprise 0 premises:经营地址
driving-licence 机动车驾驶证 traffic-police person 10 projects:准驾车型
vehicle-licence 机动车行驶证 traffic-police person 0 plate:号牌号码
social-security-card 社会保障卡 human-resources person 10 bank:服务银行
labour-dispatch-permit 劳务派遣经营许可证 human-resources enterprise 3 premises:住所
human-resources-permit 人力资源服务许可证 human-resources enterprise 5 premises:住所
marriage-certificate 结婚证 civil-affairs person 0 spouse:配偶
social-body-licence 社会团体法人登记证书 civil-affairs enterprise 5 premises:住所
real-estate-certificate 不动产权证书 natural-resources person 0 location:坐落
construction-permit 建筑工程施工许可证 housing enterprise 0 project:工程名称
presale-permit 商品房预售许可证 housing enterprise 0 project:项目名称
gas-permit 燃气经营许可证 housing enterprise 5 premises:经营地址
public-place-permit 公共场所卫生许可证 health enterprise 4 premises:经营地址
medical-institution-permit 医疗机构执业许可证 health enterprise 5 premises:地址
doctor-registration 医师执业证书 health person 0 projects:执业范围
nurse-registration 护士执业证书 health person 5 projects:执业地点
teacher-qualification 教师资格证书 education person 0 projects:任教学科
private-school-permit 民办学校办学许可证 education enterprise 5 premises:校址
road-freight-permit 道路运输经营许可证 transport enterprise 4 projects:经营范围
driver-qualification 网络预约出租汽车驾驶员证 transport person 3 projects:从业资格类别
animal-health-permit 动物防疫条件合格证 agriculture enterprise 0 premises:地址
pesticide-permit 农药经营许可证 agriculture enterprise 5 premises:营业场所
water-permit 取水许可证 water enterprise 5 premises:取水地点
pollution-permit 排污许可证 ecology enterprise 5 premises:生产经营场所
fireworks-permit 烟花爆竹经营许可证 emergency enterprise 2 premises:经营地址
hazardous-goods-permit 危险化学品经营许可证 emergency enterprise 3 premises:经营地址
special-operator 特种作业操作证 emergency person 6 projects:作业类别
internet-cafe-permit 网络文化经营许可证 culture enterprise 3 premises:地址
entertainment-permit 娱乐经营许可证 culture enterprise 2 premises:地址
travel-agency-permit 旅行社业务经营许可证 culture enterprise 0 premises:地址
lawyer-licence 律师执业证 justice person 0 firm:执业机构
fuel-retail-permit 成品油零售经营批准证书 commerce enterprise 5 premises:地址
bookkeeping-permit 代理记账许可证书 finance enterprise 0 premises:住所
waste-permit 城市建筑垃圾处置核准证 city-management enterprise 1 project:工程名称
fire-safety 公众聚集场所消防安全检查合格证 fire enterprise 0 premises:场所地址
tobacco-permit 烟草专卖零售许可证 tobacco enterprise 5 premises:经营地址
disability-card 残疾人证 disabled person 10 kind:残疾类别
sea-area-permit 海域使用权证书 ocean enterprise 0 location:用海位置
publication-permit 出版物经营许可证 press enterprise 6 premises:地址
institution-licence 事业单位法人证书 establishment enterprise 5 premises:住所
courier-permit 快递业务经营许可证 post enterprise 5 premises:地址
"""

# code, name, kind of department, share type, update cycle, the law, fields with their level
_RESOURCES = """
household-register 户籍人口信息 police conditional daily 中华人民共和国户口登记条例 household_number:户号:L3,registered_address:户籍地址:L3,relation:与户主关系:L3,household_kind:户别:L2
marriage 婚姻登记信息 civil-affairs conditional daily 婚姻登记条例 status:婚姻状况:L3,registered_on:登记日期:L3
social-insurance 社会保险参保信息 human-resources conditional monthly 中华人民共和国社会保险法 status:参保状态:L3,months:累计缴费月数:L3
medical-insurance 医疗保险参保信息 medical-insurance conditional monthly 中华人民共和国社会保险法 status:参保状态:L3,kind:险种:L3
real-estate 不动产登记信息 natural-resources conditional daily 不动产登记暂行条例 count:不动产套数:L3,location:坐落:L3
education-record 学籍学历信息 education conditional yearly 中华人民共和国教育法 school:学校:L3,level:学历:L3
disability 残疾人证信息 disabled conditional monthly 残疾人保障条例 level:残疾等级:L4
vehicle 机动车登记信息 traffic-police conditional daily 中华人民共和国道路交通安全法 count:机动车数量:L3
enterprise-registration 企业登记信息 market unconditional realtime 企业信息公示暂行条例 name:企业名称:L1,status:登记状态:L1,scope:经营范围:L1
tax-payment 纳税信用信息 tax conditional yearly 中华人民共和国税收征收管理法 level:纳税信用级别:L2
health-archive 居民健康档案 health none daily 中华人民共和国基本医疗卫生与健康促进法 summary:健康摘要:L4
"""


@dataclass(frozen=True, kw_only=True)
class CertificateTypeEntry:
    code: str
    name: str
    department: Department
    holder_kind: Literal["person", "enterprise"]
    validity_years: int | None
    fields: tuple[tuple[str, str], ...]
    """Name and label."""


@dataclass(frozen=True, kw_only=True)
class ResourceEntry:
    code: str
    name: str
    department: Department
    share_type: Literal["unconditional", "conditional", "none"]
    update_cycle: str
    law: str
    fields: tuple[tuple[str, str, str], ...]
    """Name, label and level."""


def certificate_types() -> tuple[CertificateTypeEntry, ...]:
    """Every type that a guide of the city names."""
    return tuple(_certificate_type(line.split()) for line in _TYPES.strip().splitlines())


def resources() -> tuple[ResourceEntry, ...]:
    """Every resource that a guide of the city names, and one that no law lets anybody share."""
    return tuple(_resource(line.split()) for line in _RESOURCES.strip().splitlines())


def _certificate_type(words: list[str]) -> CertificateTypeEntry:
    code, name, kind, holder, years, fields = words
    place = XIANGQIAO if code in _XIANGQIAO_TYPES else CITY
    return CertificateTypeEntry(
        code=code,
        name=name,
        department=department(kind, place),
        holder_kind="person" if holder == "person" else "enterprise",
        validity_years=int(years) or None,
        fields=tuple((field.split(":")[0], field.split(":")[1]) for field in fields.split(",")),
    )


def _resource(words: list[str]) -> ResourceEntry:
    code, name, kind, share, cycle, law, fields = words
    parts = (field.split(":") for field in fields.split(","))
    return ResourceEntry(
        code=code,
        name=name,
        department=department(kind, CITY),
        share_type=(
            "unconditional"
            if share == "unconditional"
            else "none"
            if share == "none"
            else "conditional"
        ),
        update_cycle=cycle,
        law=law,
        fields=tuple((name, label, level) for name, label, level in parts),
    )


def resident_id_of(person: ExamplePerson) -> dict[str, str]:
    """The fields of a citizen's ID certificate."""
    is_man = int(person.id_number[16]) % 2 == 1
    return {
        "sex": "男" if is_man else "女",
        "nation": "汉",
        "address": registered_address(person),
    }


def business_licence_of(company: ExampleCompany) -> dict[str, str]:
    return {
        "kind": "有限责任公司",
        "legal_person": company.legal_person,
        "scope": "食品销售；餐饮服务",
    }


def household_record_of(person: ExamplePerson) -> dict[str, str]:
    """What the police keep on a citizen's household, as the resource names it."""
    return {
        "household_number": f"HK{person.sub[-8:]}",
        "registered_address": registered_address(person),
        "relation": "户主",
        "household_kind": "家庭户",
    }


def registered_address(person: ExamplePerson) -> str:
    """An address of the right division; the street is made up."""
    return f"广东省潮州市{NAMES[person.division]}示例路{int(person.sub[-4:], 16) % 900 + 1}号"
