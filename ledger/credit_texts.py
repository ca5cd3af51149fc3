"""The terms of the credit formula in words: what each is called, how it is defined, and what would raise it."""

from ledger.bilingual import Bilingual

TERM_LABELS = {
    "visits": Bilingual("核实的到访", "Verified visits"),
    "active_months": Bilingual("有客人的月份", "Months with guests"),
    "growth": Bilingual("比去年同期增长", "Growth on the year before"),
    "tenure": Bilingual("记录时长", "Length of record"),
    "referred": Bilingual("在这里找到您的访客", "Visitors who found you here"),
    "outside": Bilingual("外地访客", "Visitors from outside the county"),
    "returning": Bilingual("回头客", "Returning visitors"),
    "payments": Bilingual("月均收款档位", "Band of monthly takings"),
    "bills": Bilingual("按时缴的账单", "Bills paid on time"),
}
TERM_UNITS = {
    "visits": Bilingual("次到访", "visits"),
    "active_months": Bilingual("个月", "months"),
    "growth": Bilingual("比例", "share"),
    "tenure": Bilingual("个月", "months"),
    "referred": Bilingual("比例", "share"),
    "outside": Bilingual("比例", "share"),
    "returning": Bilingual("比例", "share"),
    "payments": Bilingual("档（0 至 5）", "band (0 to 5)"),
    "bills": Bilingual("张账单", "bills"),
}
#: Terms whose value is a share, shown as a percentage.
SHARES = frozenset({"growth", "referred", "outside", "returning"})
TERM_DEFINITIONS = {
    "visits": Bilingual(
        "最近 24 个月（按当地自然月，含本月）等级 A 至 C 的到访，存疑的按权重计。",
        "Visits of grades A to C in the last 24 local calendar months, the present one included, doubtful ones by "
        "their weight.",
    ),
    "active_months": Bilingual(
        "这 24 个月里，可信到访（权重不低于 0.5）至少 4 次的月份数。",
        "How many of the 24 months have at least 4 credible visits (weight 0.5 or more).",
    ),
    "growth": Bilingual(
        "最近三个整月的到访比一年前同样三个月多多少；一年前不足 10 次就不计算，下降不扣分。",
        "By how much the visits of the last three whole months exceed those of the same three a year before; not "
        "computed when those were fewer than 10, and a fall takes nothing.",
    ),
    "tenure": Bilingual(
        "从 24 个月内第一个有可信到访、或有支付机构或开票方证明的收款或账单的月份到本月，过了几个月。",
        "Months since the first of the 24 that has a credible visit, or takings or a bill that their issuer attests.",
    ),
    "referred": Bilingual(
        "24 个月内的访客中在这里找到您的比例，按权重计；有效人数不足 10 就不计算。",
        "The weighted share of the visitors of the 24 months who found you here; not computed below 10 effective "
        "visitors.",
    ),
    "outside": Bilingual(
        "说了从哪里来的访客中，不是本县的比例；不足 10 位就不计算。",
        "Of the visitors who said where they come from, the share from outside the county; not computed below 10.",
    ),
    "returning": Bilingual(
        "同意被记住的访客中，在不止一天来过的比例；不足 10 位就不计算。",
        "Of the visitors who agreed to be remembered, the share who came on more than one day; not computed below 10.",
    ),
    "payments": Bilingual(
        "最近 12 个月由支付机构签名证明的人民币收款，按月平均：从 1,000、5,000、20,000、50,000、100,000 元起各为一档。",
        "Takings in CNY of the last 12 months that a payment's issuer attests by signature, a month on average: bands "
        "begin at 1,000, 5,000, 20,000, 50,000 and 100,000 yuan.",
    ),
    "bills": Bilingual(
        "由开票方证明按时缴的账单，每种服务每月最多算一张；连续 6 个月内有 3 张才计。没有账单、迟缴都不扣分。",
        "Bills whose issuer attests that they were paid on time, one for each service and month at most; they count "
        "where 3 fall within 6 months in a row. An absent or a late bill takes nothing.",
    ),
}
#: Why the score is what it is: `{value}` and `{points}` are filled in.
TERM_REASONS = {
    "visits": Bilingual("{value} 次核实的到访（+{points}）", "verified visits: {value} (+{points})"),
    "active_months": Bilingual("{value} 个月有客人（+{points}）", "months with guests: {value} (+{points})"),
    "growth": Bilingual("比去年同期多 {value}（+{points}）", "{value} more than a year before (+{points})"),
    "tenure": Bilingual("记录已有 {value} 个月（+{points}）", "months on record: {value} (+{points})"),
    "referred": Bilingual("{value} 的访客在这里找到您（+{points}）", "{value} of visitors found you here (+{points})"),
    "outside": Bilingual("{value} 的访客来自外地（+{points}）", "{value} of visitors are from outside (+{points})"),
    "returning": Bilingual("{value} 的访客再来过（+{points}）", "{value} of visitors came again (+{points})"),
    "payments": Bilingual("月均收款在第 {value} 档（+{points}）", "monthly takings in band {value} (+{points})"),
    "bills": Bilingual("{value} 张账单按时缴（+{points}）", "bills paid on time: {value} (+{points})"),
}
#: What a merchant can do; `{step}` and `{points}` are filled in.
TERM_RAISES = {
    "visits": Bilingual(
        "请客人扫柜台的码：再有 {step} 次核实的到访，+{points}",
        "Ask guests to scan your counter's code: {step} more verified visits, +{points}",
    ),
    "active_months": Bilingual(
        "每个月都请客人扫码：{month}有至少 4 次可信到访，+{points}",
        "Ask guests in every month: at least 4 credible visits {month}, +{points}",
    ),
    "returning": Bilingual(
        "请熟客在隐私页选择“记住我”：满 10 位起计算，回头客比例每高 {step}，+{points}",
        "Invite regulars to choose to be remembered: counted from 10 on, +{points} for each {step} who come again",
    ),
    "payments": Bilingual(
        "请支付机构把收款证明接入这里：每升一档，+{points}",
        "Have your payment provider attest your takings here: +{points} for each band",
    ),
    "bills": Bilingual(
        "请供电、供水等开票方证明按时缴费：6 个月内有 3 张起计，每种服务每月一张，本月再有 {step} 张，+{points}",
        "Have the issuers of your bills attest that you pay on time: counted from 3 within 6 months on, one for each "
        "service and month; {step} more this month, +{points}",
    ),
}
THIS_MONTH = Bilingual("本月", "this month")
NEXT_MONTH = Bilingual("下个月", "next month")
NOT_A_VERDICT = Bilingual(
    "这是您自己持有的依据，不是结论：分数是底分加各项之和，没有的数据记 0，不会扣分。",
    "This is evidence that you hold, not a verdict: the score is the base and the sum of the terms. What is absent "
    "gives 0 and takes nothing.",
)


def shown(term: str, value: float) -> str:
    """Return a value as people read it: a share as a percentage, other values as whole numbers, rounded down."""
    return f"{value:.0%}" if term in SHARES else f"{int(value):,}"
