from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from index.bundled_engines import BUNDLED
from index.encoders import embed_passages, embed_queries, load_encoder
from index.errors import SettingsError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


@pytest.fixture(params=BUNDLED)
def encoder(request: pytest.FixtureRequest) -> "SentenceTransformer":
    return load_encoder(request.param)


def test_every_encoder_is_a_sentence_transformer(encoder: object) -> None:
    from sentence_transformers import SentenceTransformer

    assert isinstance(encoder, SentenceTransformer)


def test_vectors_are_unit_and_single_precision(encoder: "SentenceTransformer") -> None:
    for vectors in (
        embed_queries(encoder, ["安静的民宿", "", "🍜", "a\0b"]),
        embed_passages(encoder, ["茶馆", "x" * 5000]),
    ):
        assert vectors.dtype == np.float32
        assert vectors.shape[1] == encoder.get_embedding_dimension()
        assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_the_short_way_to_a_querys_vector_ends_where_the_long_one_does(encoder: "SentenceTransformer") -> None:
    queries = ["安静的民宿", "", "a quiet guesthouse", "🍜", "a\0b"]
    long_way = encoder.encode_query(queries, normalize_embeddings=True)
    assert np.allclose(embed_queries(encoder, queries), long_way, atol=1e-5)


def test_no_texts_give_no_vectors(encoder: "SentenceTransformer") -> None:
    assert len(embed_queries(encoder, [])) == 0


def test_the_same_text_in_any_company_has_the_same_vector(encoder: "SentenceTransformer") -> None:
    texts = ["茶园里的民宿", "hot pot", "a quiet guesthouse among tea gardens", "竹林鸡"]
    together = embed_passages(encoder, texts)
    alone = np.stack([embed_passages(encoder, [text])[0] for text in texts])
    assert np.allclose(together, alone, atol=1e-4)


def test_meaning_crosses_languages(encoder: "SentenceTransformer") -> None:
    query = embed_queries(encoder, ["a guesthouse among tea gardens"])[0]
    tea, steel = embed_passages(encoder, ["茶园里的民宿", "钢铁厂的会议室"])
    assert query @ tea > query @ steel


def test_only_e5_tells_queries_from_passages() -> None:
    same = {
        name: np.allclose(
            embed_queries(load_encoder(name), ["茶"]), embed_passages(load_encoder(name), ["茶"]), atol=1e-5
        )
        for name in BUNDLED
    }
    assert same == {"use": True, "e5": False}


def test_a_saved_encoder_comes_back_the_same(encoder: "SentenceTransformer", tmp_path: Path) -> None:
    from sentence_transformers import SentenceTransformer

    encoder.save(str(tmp_path), create_model_card=False)
    again = SentenceTransformer(str(tmp_path), device="cpu", trust_remote_code=True)
    assert np.allclose(embed_queries(again, ["茶"]), embed_queries(encoder, ["茶"]), atol=1e-6)


def test_a_model_folder_is_an_encoder_too(tmp_path: Path) -> None:
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace

    tokenizer = Tokenizer(WordLevel({"[UNK]": 0, "tea": 1, "house": 2}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    SentenceTransformer(modules=[StaticEmbedding(tokenizer, embedding_dim=8)], device="cpu").save(
        str(tmp_path / "tiny"), create_model_card=False
    )
    vectors = embed_queries(load_encoder(str(tmp_path / "tiny")), ["tea house", "tea"])
    assert vectors.shape == (2, 8)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_an_encoder_that_cannot_be_loaded_is_an_error_of_one_line(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "modules.json").write_text("{torn")
    with pytest.raises(SettingsError, match="BAICHA_ENCODER") as caught:
        load_encoder(str(tmp_path / "model"))
    assert "\n" not in str(caught.value)
