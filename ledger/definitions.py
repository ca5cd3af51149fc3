"""What each signal and indicator is called and how it is defined, in Chinese and in English, as pages show it."""

from ledger.bilingual import Bilingual

VISITS_UNIT = Bilingual("次到访", "visits")
VISITOR_DAYS_UNIT = Bilingual("人天", "visitor-days")
DAYS_UNIT = Bilingual("天", "days")
SHARE_UNIT = Bilingual("比例，0 至 1", "share, 0 to 1")
RATIO_UNIT = Bilingual("比值", "ratio")
INDEX_UNIT = Bilingual("指数，0 至 1", "index, 0 to 1")

SIGNAL_LABELS = {
    "verified_visits": Bilingual("核实的到访", "Verified visits"),
    "active_weeks": Bilingual("有到访的周", "Weeks with a visit"),
    "weekly_variation": Bilingual("每周起伏", "Week-to-week variation"),
    "tenure_days": Bilingual("记录时长", "Length of record"),
    "share_referred": Bilingual("在这里找到您的访客", "Visitors who found you here"),
}
SIGNAL_UNITS = {
    "verified_visits": VISITS_UNIT,
    "active_weeks": SHARE_UNIT,
    "weekly_variation": RATIO_UNIT,
    "tenure_days": DAYS_UNIT,
    "share_referred": SHARE_UNIT,
}
SIGNAL_DEFINITIONS = {
    "verified_visits": Bilingual(
        "过去 730 天内，等级为 A 至 C 的到访次数，存疑的到访按其权重计；只由访客自述的（D 级）不计。",
        "Visits of grades A to C in the last 730 days, doubtful ones by their weight; those that visitors only "
        "state (grade D) are not counted.",
    ),
    "active_weeks": Bilingual(
        "从第一次核实的到访起，到今天为止的完整周（倒数每 7 天）中，至少有一次可信的核实到访（权重不低于 0.5）的周所"
        "占比例；满 4 周才计算。",
        "Of the whole weeks since the first verified visit (seven days each, counted back from today), the share "
        "with at least one credible verified visit (weight 0.5 or more); computed from four weeks on.",
    ),
    "weekly_variation": Bilingual(
        "同样这些周里，每周核实到访次数（按权重）的标准差除以平均值（变异系数）；越小越稳定；满 4 周才计算。",
        "Over the same weeks, the standard deviation of verified visits a week (weighted) divided by their mean "
        "(coefficient of "
        "variation); smaller is steadier; computed from four weeks on.",
    ),
    "tenure_days": Bilingual(
        "从过去 730 天内第一次可信的核实到访到今天的整天数。",
        "Whole days since the first credible verified visit of the last 730 days.",
    ),
    "share_referred": Bilingual(
        "过去 730 天内有核实到访的访客中，到访前 7 天内在这里打开过、或前 1 天内在这里看到过该商户的访客所占比例（期"
        "限可设置），按权重计算，附以 Kish 有效人数计算的 95% 威尔逊区间。",
        "Of the visitors with a verified visit in the last 730 days, the share who had opened the listing here at "
        "most seven days before a visit, or had been shown it at most one day before (both by setting), weighted, "
        "with Wilson's 95% interval for Kish's effective number.",
    ),
}

SUPPRESSED = Bilingual(
    "少于 10 位访客或 3 家商户（或会由此推算出来），不显示",
    "Not shown: fewer than 10 visitors or 3 merchants, or it would give such a figure away",
)
WEEKDAYS = (
    Bilingual("周一", "Monday"),
    Bilingual("周二", "Tuesday"),
    Bilingual("周三", "Wednesday"),
    Bilingual("周四", "Thursday"),
    Bilingual("周五", "Friday"),
    Bilingual("周六", "Saturday"),
    Bilingual("周日", "Sunday"),
)
NOT_STATED = Bilingual("未注明", "Not stated")
REFERRAL_SLICES = {
    "referred": Bilingual("在这里找到的", "Found it here"),
    "others": Bilingual("其他", "Others"),
}
INDICATOR_LABELS = {
    "visits_by_day": Bilingual("每日到访", "Visits by day"),
    "visitor_days": Bilingual("游客人天", "Visitor-days"),
    "share_referred": Bilingual("在这里找到商户的访客", "Visitors who found a merchant here"),
    "weekend_share": Bilingual("周末集中度", "Weekend concentration"),
    "visits_by_township": Bilingual("各乡镇到访", "Visits by township"),
}
INDICATOR_DEFINITIONS = {
    "visits_by_day": Bilingual(
        "期间内每天可信的核实到访次数（等级 A 至 C，权重不低于 0.5），按当地日期。",
        "Credible verified visits (grades A to C, weight 0.5 or more) on each local day of the period.",
    ),
    "visitor_days": Bilingual(
        "期间内有核实到访的访客，每人每天计一次；访客编号默认每天更换，所以多日停留的人按天计。",
        "Visitors with a verified visit, counted once for each local day; as ids change daily unless a visitor asks to "
        "be remembered, this is the honest unit.",
    ),
    "share_referred": Bilingual(
        "期间内有核实到访的访客中，至少有一次到访之前 7 天内在这里打开过、或前 1 天内在这里看到过该商户的访客所占比"
        "例（期限可设置），附 95% 威尔逊区间；扫码的人不是全部客人的样本，只说明有记录的访客。",
        "Of the visitors with a verified visit, the share who had opened that listing here at most seven days "
        "before one of their visits, or had been shown it at most one day before (both by setting), with Wilson's "
        "95% interval. Who scans is no "
        "sample of all guests: it is of those recorded.",
    ),
    "weekend_share": Bilingual(
        "周六和周日的核实到访占全部核实到访的比例（平均分布时为 2/7，约 0.29）；期间须满一周。",
        "The share of verified visits that fell on Saturday or Sunday (2/7, about 0.29, if days were alike); needs a "
        "period of a week.",
    ),
    "visits_by_township": Bilingual(
        "按商户所在乡镇统计的核实到访次数；集中度为各乡镇占比的平方和（赫芬达尔–赫希曼指数），未显示的乡镇合并为一项。",
        "Verified visits by the listing's township; the index is the sum of squared shares (Herfindahl-Hirschman), "
        "where townships not shown count as one.",
    ),
}
