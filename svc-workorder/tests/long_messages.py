"""Made-up messages that are hard to tell apart: long, with digressions into other matters, masks and dialect words.

Every message has one matter that it asks about and up to three asides about something else; the asides come from
the matters of other labels. What is judged shares no matter with what is learnt from. Few rows of some labels.
"""

import random

from citizen_messages import DEPARTMENTS, MATTERS

from workorder.triage.training import Example

MORE = {
    "城乡建设": (
        "阮厝前面的水沟被人填了盖店面，落大雨水就浸入厝内",
        "旧改项目停在那里，围挡占了半条路，厝主都不知何时回迁",
        "村里的祠堂边上有人违建三层楼，挡了别人的采光",
        "小区消防栓没水，物业说维修基金提不出来",
        "公共厕所坏了半年都没人修，游客只能憋着",
    ),
    "环境保护": (
        "溪里的水近来黑得像墨，鱼仔都浮起来",
        "隔壁做陶瓷的窑日夜烧，烟尘落得满阳台都是",
        "楼顶的信号塔嗡嗡响，大家担心辐射",
        "屠宰场的味道一阵一阵飘过来，窗都不敢开",
        "山上在偷挖稀土，泥水把溪流都染黄了",
    ),
    "交通运输": (
        "摩托车跟三轮车在桥头乱停，上下班塞得走不动",
        "渡口的船好久不开，对岸的老人过不来",
        "过村的路晚上大车轰轰过，限重牌形同虚设",
        "动车站下来没有接驳的车，拉客的人拦住不让走",
        "停车场一小时收三十，也没有明码",
    ),
    "教育文体": (
        "我的孥仔今年升初中，摇号的名单一直不公布",
        "学校周边开满小摊和网吧，放学后孩子都围在那里",
        "代课老师教了十几年，没有编制也没有说法",
        "文化站的灯谜馆锁着，老人没处去",
        "校服三百多一套，指定一家店买",
    ),
    "劳动社保": (
        "做散工的钱年底都没结，包工头讲等过年",
        "阿嬷的养老金认证老是刷不出脸，两个月没领到",
        "转到外地做工，保险关系转不过去，来回跑",
        "单位说我是劳务派遣，产假工资一分不发",
        "人才引进的补贴申报了，网站一直显示审核中",
    ),
    "商贸旅游": (
        "古城里的店卖单丛茶以次充好，一斤叫价三千",
        "牌坊街的民宿临时加价，订单说取消就取消",
        "市场里卖的猪肉注水，煮出来都是泡沫",
        "买的手拉壶标的是名家，鉴定出来是机制",
        "会员卡里还有八百多，店换了老板说不认",
    ),
    "卫生计生": (
        "阿公半夜喘不过气，叫急救车等了快一个钟头",
        "镇上的医院拍片机坏了，要去市里拍",
        "给孩子打针的人没有证，打完手臂肿了一大块",
        "体检报告拿错了人，白白担心半个月",
        "生育登记一个窗口推一个窗口，跑断腿",
    ),
}
_OPENINGS = (
    "领导好，我是***人，现年六十有余，字写得不好请多包涵。",
    "您好，我在*镇*村住了三十年，今日鼓起勇气写这封信，",
    "尊敬的***同志：见字如面。",
    "网友您好！首先感谢贵平台提供反映的渠道，",
    "咱是老实人，本来不想麻烦政府，",
    "",
)
_RAMBLES = (
    "讲起来话长，从二〇一*年讲起，那时候阿爸还在。",
    "我也去问过别的地方，别处都不是这样做的，邻市早就弄好了，政策明明白白写着。",
    "邻居阿伯也讲，他儿子在***单位，说这事上头有规定。",
    "当时来了两个人，一个姓*，拍了相片，讲回去研究，研究到今日。",
    "疫情三年大家都不容易，生意难做，我理解，可是总要有个说法。",
    "我把照片和录音都留着，微信号***，随时可以提供。",
    "家里老的老小的小，厝边头尾都晓得我们的难处，请体谅。",
    "以前的老书记在的时候，这种事一个礼拜就有人来看。",
    "电话打了不下二十次，转来转去，最后讲不归他们管。",
    "写到这里眼泪都下来了，不是为自己，是为了大家伙。",
)
_ASIDES = (
    "前年{0}，也是拖到最后，那件事就不讲了。",
    "隔壁村更惨，{0}，他们都没有讲话。",
    "这跟上回{0}不一样，上回的已经解决了，谢谢。",
    "有人说我是因为{0}才来闹，不是的。",
)
_REQUESTS = ("以上所讲的主要是：", "归根到底一句话，", "我今天要问的只有一件，", "")
_CLOSINGS = ("盼复。", "跪谢！", "请相关部门调查核实并给予书面答复。", "祝工作顺利！", "")
_WEIGHTS = (30, 12, 10, 14, 20, 9, 10)
"""How often each label comes: some have few rows."""


def matters_of(label: str) -> tuple[str, ...]:
    return (*MATTERS[label], *MORE[label])


def long_messages(
    count: int, *, seed: int, part: int | None = None, parts: int = 3, judged: bool = False
) -> list[Example]:
    """Messages by weight; `judged` ones are about the matters of one `part`, the others about all the rest."""
    chance = random.Random(seed)
    labels = list(MATTERS)
    return [
        _message(chance.choices(labels, weights=_WEIGHTS)[0], chance, part, parts, judged=judged)
        for _ in range(count)
    ]


def _message(
    label: str, chance: random.Random, part: int | None, parts: int, *, judged: bool
) -> Example:
    def some(of: str) -> str:
        told = [
            one
            for place, one in enumerate(matters_of(of))
            if part is None or (place % parts == part) is judged
        ]
        return chance.choice(told)

    others = [one for one in MATTERS if one != label]
    asides = [
        chance.choice(_ASIDES).format(some(chance.choice(others)))
        for _ in range(chance.choice((0, 0, 1, 1, 2)))
    ]
    talk = [*chance.sample(_RAMBLES, k=chance.randint(2, 6)), *asides]
    chance.shuffle(talk)
    cut = chance.randint(0, len(talk))
    said = [some(label) for _ in range(chance.choice((1, 2, 2)))]
    pieces = [
        chance.choice(_OPENINGS),
        *talk[:cut],
        chance.choice(_REQUESTS) + "，".join(dict.fromkeys(said)) + "。",
        *talk[cut:],
        chance.choice(_CLOSINGS),
    ]
    return Example(text="".join(pieces), label=label, department=DEPARTMENTS[label])
