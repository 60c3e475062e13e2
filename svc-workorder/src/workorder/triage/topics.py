"""What city matters are about, in the words in which people write of them.

General knowledge, not of any city: where a label has few rows, a text says by these words what it is about even
when none of the rows said it in the same words. Which topic speaks for which label is learnt from the rows.
"""

from collections import Counter
from collections.abc import Mapping

from workorder.triage.words import normalised

_TOPICS = {
    "住房": "房产证 不动产证 办证 产权 商品房 楼盘 开发商 购房 买房 交房 烂尾 退房 首付 房价 公租房 廉租房 经适房 安置房 棚改 公积金 房贷 预售 网签 二手房 拆迁 征收 征地 补偿款 安置 危房 自建房 宅基地",
    "小区物业": "物业 业主 业委会 小区 物业费 电梯 车位 停车位 维修基金 门禁 保安 楼道 绿化带 地下室 漏水 外墙 消防通道 住户 楼上 楼下 邻居 高空抛物 加装电梯 充电桩 飞线",
    "市政": "路灯 下水道 井盖 排水 内涝 积水 自来水 停水 水压 水质 燃气 天然气 煤气 供暖 暖气 管道 管网 路面 坑洼 修路 人行道 公厕 垃圾桶 道路硬化 改造 规划 施工 违建 违章建筑 占道 占道经营 城管 广告牌 公园 绿化",
    "交通": "公交 公交车 公交线路 站台 出租车 的士 网约车 滴滴 地铁 客运 班车 车站 高速 收费站 红绿灯 堵车 拥堵 限行 国道 省道 县道 桥梁 快递 物流 驾校 驾照 驾驶证 货车 超载 校车 停运 票价 通车 公路 航班 铁路 高铁",
    "环境": "污染 噪音 噪声 扰民 异味 臭味 恶臭 废气 废水 污水 排污 排放 粉尘 扬尘 油烟 灰尘 垃圾 垃圾场 焚烧 填埋 养殖场 养猪场 化工厂 矿山 采石场 环评 环保 河道 水源 水库 黑臭 辐射 基站 夜间施工 搅拌站 砂石 尾气",
    "教育": "学校 小学 中学 初中 高中 大学 幼儿园 学生 老师 教师 校长 家长 孩子 学位 入学 招生 学区 上学 读书 补课 补习 培训机构 学费 收费 教材 作业 食堂 宿舍 高考 中考 考试 成绩 毕业 文凭 教育局 支教 特岗 教师编制 职称 绩效 图书馆 体育 体育馆 广场舞 文化 文物 电视 广播 网吧",
    "劳动社保": "工资 拖欠 欠薪 农民工 劳动合同 辞退 解雇 加班 工伤 社保 养老保险 养老金 退休 退休金 医保 医疗保险 失业 失业金 生育津贴 五险一金 缴费 断缴 参保 社保卡 仲裁 劳动 招聘 就业 下岗 买断 工龄 事业单位 编制 公务员 待遇 补贴 人才 津贴 合同工 临时工 劳务 派遣",
    "医疗卫生": "医院 医生 护士 看病 住院 手术 门诊 挂号 药品 药店 医药费 报销 诊所 卫生院 村医 乡村医生 疫苗 接种 体检 误诊 医疗事故 急救 疾控 疫情 隔离 核酸 口罩 卫生 计划生育 计生 独生子女 二胎 生育 准生证 社会抚养费 结扎 产假 避孕 奖励扶助",
    "商贸市场": "商家 消费 消费者 投诉 退款 欺诈 假货 假冒 伪劣 发票 价格 涨价 乱收费 超市 商场 市场 菜市场 农贸市场 营业执照 食品 食品安全 过期 餐馆 餐饮 外卖 电商 网购 充值 会员卡 预付卡 健身房 跑路 传销 直销 非法集资 理财 p0p 贷款 网贷 保险 银行 烟草 酒店 质量 商标 加盟 招商 企业",
    "旅游": "旅游 景区 景点 门票 导游 旅行社 游客 酒店 民宿 古城 度假 山庄 旅行",
    "治安": "派出所 警察 公安 报警 立案 盗窃 小偷 诈骗 赌博 吸毒 打架 斗殴 黑社会 涉黑 户口 户籍 落户 身份证 迁户 居住证 交警 交通事故 酒驾 违章 罚款 扣分 车牌 养狗 烟花 鞭炮 失踪 监控 扰乱",
    "三农": "农村 农民 村民 村委 村委会 村支书 村干部 土地 承包 流转 耕地 农田 水田 山林 林地 退耕还林 种粮 粮食 农药 化肥 种子 农机 水渠 灌溉 抗旱 低保 贫困 扶贫 贫困户 精准扶贫 合作社 养殖 生猪 渔业 乡村振兴 厕所 村道 惠农",
    "民政": "低保 五保 救助 困难 残疾 残疾人 残疾证 老人 养老院 敬老院 孤儿 结婚 离婚 婚姻 殡葬 火化 坟墓 公墓 退伍 军人 老兵 优抚 烈士 社区 居委会 选举 地名 慈善 捐款",
    "通信能源": "停电 电压 电费 电力 供电 变压器 高压线 电线 电表 网络 宽带 信号 移动 电信 联通 话费 有线电视 加油站 充电 光伏 煤矿 石油",
    "司法监督": "法院 判决 执行 起诉 律师 检察院 仲裁 公证 举报 贪污 腐败 受贿 渎职 不作为 乱作为 推诿 信访 上访 纪委 干部 吃拿卡要 公开 政务 窗口 态度 办事",
    "税务": "税 税收 税务 纳税 个税 契税 增值税 发票 偷税 退税 税率 印花税 房产税 车船税",
}

WORD_COUNTS_MAX = 3
"""A word that is said more often than this says no more."""

TOPICS: Mapping[str, tuple[str, ...]] = {
    name: tuple(dict.fromkeys(normalised(words).split())) for name, words in _TOPICS.items()
}


def topics_of(text: str) -> Counter[str]:
    """How often a normalised text speaks of each topic; one with no word of any is empty."""
    found: Counter[str] = Counter()
    for name, words in TOPICS.items():
        count = sum(min(WORD_COUNTS_MAX, text.count(word)) for word in words if word in text)
        if count:
            found[name] = count
    return found


def words_of_topic(text: str, name: str) -> tuple[str, ...]:
    """The words by which a normalised text speaks of a topic, the longest first."""
    return tuple(sorted((word for word in TOPICS[name] if word in text), key=len, reverse=True))
