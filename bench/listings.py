"""Made-up listings for benchmarks that need words: towns as in `bench.index_data`, descriptions of 40 words. Seeded.

Half of them speak English, half Chinese. What is embedded of a listing depends on its number modulo `distinct`, so that
a large country can be indexed without embedding a million passages: the vector cache tells them by their content.
"""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from bench.index_data import PLACES_A_TOWN

WORDS = 40
_INVENTED, _SYLLABLES = (
    4_000,
    ("ba", "de", "gi", "ko", "lu", "ma", "ni", "po", "ra", "su", "ta", "ve", "wi", "xo", "yu", "za"),
)
_WORDS_EN = """
quiet old stone wooden bright family garden tea bamboo river valley hill village courtyard kitchen
terrace breakfast noodles chicken fish mushrooms spring water path bridge temple lake boat museum market
street corner roof window fireplace bath bicycle parking children dogs music evening morning harvest
fresh slow local handmade spicy sweet grilled steamed roasted friendly owner view sunset stars forest
waterfall swimming hiking painting pottery rooms beds
"""
_WORDS_ZH = """
安静 老屋 石头 木头 明亮 家庭 花园 茶园 竹林 小溪 山谷 山坡 村庄 院子 厨房 露台 早餐
面条 土鸡 河鱼 蘑菇 泉水 步道 石桥 古寺 湖边 游船 展馆 集市 老街 拐角 屋顶 窗边 壁炉
浴池 单车 停车 孩子 宠物 音乐 傍晚 清晨 丰收 新鲜 慢活 本地 手工 香辣 清甜 炭烤 清蒸
红烧 热情 老板 风景 日落 星空 森林 瀑布 泳池 徒步 绘画 陶艺 客房
"""
WORDS_EN, WORDS_ZH = _WORDS_EN.split(), _WORDS_ZH.split()
_KINDS = (
    ("restaurant", "农家乐", "farmhouse restaurant"),
    ("restaurant", "面馆", "noodle house"),
    ("restaurant", "茶馆", "tea house"),
    ("restaurant", "火锅店", "hot pot restaurant"),
    ("hotel", "民宿", "guesthouse"),
    ("hotel", "度假酒店", "resort"),
    ("attraction", "公园", "park"),
    ("attraction", "古镇", "old town"),
)
_FACILITIES = (("停车场", "car park"), ("无线网络", "wi-fi"), ("泳池", "pool"), ("儿童乐园", "playground"))


def write_listings(path: Path, rows: int, *, distinct: int | None = None, seed: int = 11) -> None:
    """Write JSON lines; `distinct` is how many passages differ, all of them when it is not given."""
    rng = np.random.default_rng(seed)
    towns = max(1, rows // PLACES_A_TOWN)
    centres = np.stack([rng.uniform(27, 31, towns), rng.uniform(118, 122, towns)], axis=1)
    spots = centres[rng.integers(0, towns, rows)] + rng.normal(0, 0.02, (rows, 2))
    prices = np.exp(rng.uniform(np.log(10), np.log(1000), rows)).round()
    ratings = rng.uniform(2.5, 5, rows).round(1)
    said_again = lru_cache(maxsize=distinct or 1)(said_of)
    with path.open("w", encoding="utf-8") as file:
        for row in range(rows):
            said = said_again(row % (distinct or rows), seed)
            own = {
                "id": f"made-{row}",
                "name": f"{said['subtype']}{row}号",
                "name_en": f"{said['subtype_en'].title()} No. {row}",
                "lat": round(float(spots[row, 0]), 6),
                "lon": round(float(spots[row, 1]), 6),
                "price": float(prices[row]),
                "rating": float(ratings[row]),
                "hours": ("Mo-Su 10:00-22:00", "Tu-Su 09:00-17:00", "")[row % 3],
                "made_up": True,
            }
            file.write(json.dumps(own | said, ensure_ascii=False) + "\n")


def said_of(number: int, seed: int = 11) -> dict[str, Any]:
    """Return what is embedded of a listing."""
    rng = np.random.default_rng((seed, number))
    category, subtype, subtype_en = _KINDS[rng.integers(0, len(_KINDS))]
    words = rng.integers(0, min(len(WORDS_EN), len(WORDS_ZH)), WORDS)
    has = [_FACILITIES[at] for at in np.flatnonzero(rng.random(len(_FACILITIES)) < 0.4)]
    in_english = number % 2 == 0
    return {
        "category": category,
        "subtype": subtype,
        "subtype_en": subtype_en,
        "description_en" if in_english else "description": (" " if in_english else "").join(
            (WORDS_EN if in_english else WORDS_ZH)[word] for word in words
        ),
        "facilities": [zh for zh, _ in has],
        "facilities_en": [en for _, en in has],
    }


def invented_words(rng: np.random.Generator, count: int) -> list[str]:
    """Return words that no language has, the first of 4,000 often, the last seldom, as words are."""
    ranks = (_INVENTED ** rng.random(count)).astype(np.int64)
    return ["".join(_SYLLABLES[rank >> shift & 15] for shift in (0, 4, 8)) for rank in ranks.tolist()]
