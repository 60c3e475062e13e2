import pytest

from chassis.masking import mask_text


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("电话13800138000打不通", "电话138********打不通"),
        ("电话 0768-2345678", "电话 076*********"),
        ("身份证44510219900101123X号", "身份证445***************号"),
        ("请发到a.b+c@example.com.cn谢谢", "请发到***@***谢谢"),
        ("三号楼二单元 501", "三号楼二单元 501"),
        ("单号 20260302", "单号 20260302"),
    ],
)
def test_numbers_and_addresses_that_name_a_person_are_masked(said, shown):
    assert mask_text(said) == shown


@pytest.mark.parametrize("piece", ["大", "a", "a.", "1", "a@", "@", "-1"])
def test_a_long_text_takes_time_in_step_with_its_length(piece):
    """Two million signs of the worst kinds: a pattern that looks back at each place would not end in this run."""
    assert len(mask_text(piece * (2_000_000 // len(piece)))) > 0
