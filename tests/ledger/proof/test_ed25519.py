import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.proof.ed25519 import verifies

_ORDER = 2**252 + 27742317777372353535851937790883648493

#: RFC 8032 section 7.1: public key, message, signature (tests 1, 2, 3 and SHA(abc)).
VECTORS = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        (
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
            "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
        ),
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        (
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
            "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        ),
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        (
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
            "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
        ),
    ),
    (
        "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
        (
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
            "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
        ),
        (
            "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b589"
            "09351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704"
        ),
    ),
]


@pytest.mark.parametrize(("key", "message", "signature"), VECTORS)
def test_the_signatures_of_rfc_8032_hold(key: str, message: str, signature: str) -> None:
    assert verifies(bytes.fromhex(key), bytes.fromhex(message), bytes.fromhex(signature))


@settings(deadline=None, max_examples=30)
@given(st.binary(min_size=32, max_size=32), st.binary(max_size=200), st.integers(0, 63), st.integers(0, 7))
def test_it_agrees_with_cryptography_and_no_single_changed_bit_passes(
    seed: bytes, message: bytes, at: int, bit: int
) -> None:
    private = Ed25519PrivateKey.from_private_bytes(seed)
    public, signature = private.public_key().public_bytes_raw(), private.sign(message)
    changed = bytearray(signature)
    changed[at] ^= 1 << bit

    assert verifies(public, message, signature)
    assert not verifies(public, message, bytes(changed))
    assert not verifies(public, message + b"x", signature)


def test_a_second_form_of_a_signature_is_refused() -> None:
    key, message, signature = map(bytes.fromhex, VECTORS[1])
    beyond = (int.from_bytes(signature[32:], "little") + _ORDER).to_bytes(32, "little")

    assert not verifies(key, message, signature[:32] + beyond)


@pytest.mark.parametrize(
    "key",
    [
        b"",
        bytes(31),
        (2**255 - 18).to_bytes(32, "little"),  # y is 1 + p
        bytes([1]) + bytes(30) + bytes([0x80]),  # x is 0 with the sign of an odd one
        bytes([2]) + bytes(31),  # no point has this y
    ],
)
def test_what_encodes_no_point_verifies_nothing(key: bytes) -> None:
    assert not verifies(key, b"", bytes.fromhex(VECTORS[0][2]))


@pytest.mark.parametrize("length", [0, 63, 65])
def test_a_signature_of_another_length_is_refused(length: int) -> None:
    key, message, signature = map(bytes.fromhex, VECTORS[0])
    assert not verifies(key, message, (signature + b"x")[:length])
