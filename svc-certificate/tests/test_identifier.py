import pytest

from certificate.domain.identifier import CertificateIdentifier, IdentifierUnsoundError

SOUND = [
    "1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U",
    "1.2.156.3005.2.11100000MB03271699022.340100.000000016.001.9",
    "1.2.156.3005.2.11100000000013338W009.11330105002500287C.2025052201.002.0",
    "1.2.156.3005.2.11445100MB2X00012X001.11445100MB2X00012X.2023000000001.001.4",
]
UNSOUND = [
    # The sample of a manual: its check character should be D.
    "1.2.156.3005.2.11100000000013661B006.113700000045046442.209FA4E88F9E4C878F3E9BED2CE7EA49.001.M",
    "1.2.156.3005.3.11100000000013338W011.11430000006122244L.20230000403.001.U",
    "1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001",
    "１.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U",
    "",
]


@pytest.mark.parametrize("text", SOUND)
def test_identifiers_met_in_the_world_are_read_and_written_alike(text):
    assert str(CertificateIdentifier.parse(text)) == text


@pytest.mark.parametrize("text", UNSOUND)
def test_an_unsound_identifier_is_refused(text):
    with pytest.raises(IdentifierUnsoundError):
        CertificateIdentifier.parse(text)


def test_every_single_wrong_sign_is_found():
    text = SOUND[0]
    for place, sign in enumerate(text):
        if sign == ".":
            continue
        wrong = text[:place] + ("7" if sign != "7" else "8") + text[place + 1 :]
        with pytest.raises(IdentifierUnsoundError):
            CertificateIdentifier.parse(wrong)


def test_a_new_one_is_sound_and_differs_from_the_next():
    make = [
        CertificateIdentifier.new(
            type_identifier="11445100MB2X00012X001", issuer="11445100MB2X00012X"
        )
        for _ in range(2)
    ]
    assert str(make[0]) != str(make[1])
    assert CertificateIdentifier.parse(str(make[0])) == make[0]


@pytest.mark.parametrize("issuer", ["340100", "11445100mb2x00012x", "11445100MB2X00012XX", ""])
def test_none_is_given_to_an_issuer_without_a_sound_code(issuer):
    with pytest.raises(IdentifierUnsoundError):
        CertificateIdentifier.new(type_identifier="11445100MB2X00012X001", issuer=issuer)
