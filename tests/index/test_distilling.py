from pathlib import Path

import numpy as np
import pytest

from index.distilling import distil, texts_of
from index.encoders import embed_passages, load_encoder
from index.errors import UsageError
from tests.index.builders import a_listing

_KINDS = ("茶馆", "火锅店", "民宿", "古镇", "guesthouse", "noodle house", "swimming pool", "bamboo forest")
_HAS = ("停车场", "无线网络", "泳池", "garden", "terrace", "quiet rooms", "river view", "breakfast")


def test_what_the_index_says_is_told_once() -> None:
    listings = [a_listing(id=name, name="竹林人家", subtype="茶馆", dishes=["竹林鸡", "茶"]) for name in "ab"]
    assert texts_of(listings) == ["餐馆; 茶馆; 竹林鸡 茶", "竹林人家", "茶馆", "竹林鸡", "茶"]


def test_the_student_is_an_encoder_near_its_teacher(tmp_path: Path) -> None:
    texts = [f"{kind} {one} {other}" for kind in _KINDS for one in _HAS for other in _HAS if one < other]
    teacher = load_encoder("use")
    student = distil(teacher, texts, tmp_path / "student")
    assert student.texts == len(texts)
    assert student.cosine > 0.8
    made = embed_passages(load_encoder(str(tmp_path / "student")), texts[:50])
    assert np.allclose(np.linalg.norm(made, axis=1), 1, atol=1e-5)
    assert np.mean(np.sum(made * embed_passages(teacher, texts[:50]), axis=1)) > 0.8


def test_too_few_texts_say_so(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="import listings first"):
        distil(load_encoder("use"), ["茶"], tmp_path / "student")
