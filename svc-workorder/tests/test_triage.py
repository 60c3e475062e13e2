"""Triage from files to proposals: it learns from few, rambling, masked rows and says when it does not know."""

import json
import zipfile
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from citizen_messages import DEPARTMENTS, MATTERS, messages

from chassis.workbooks import write_csv, write_json_lines, write_xlsx
from workorder.triage.__main__ import main
from workorder.triage.evaluating import evaluate
from workorder.triage.model import ModelUnreadableError, load_model
from workorder.triage.reading import ColumnsMissingError, read_examples
from workorder.triage.training import Example, TooFewRowsError, train
from workorder.triage.words import normalised, words_of

NOW = datetime(2026, 11, 24, tzinfo=UTC)
COLUMNS = ("text", "label", "department")


@pytest.fixture(scope="module")
def model():
    return train(messages(280, seed=1, judged=False), at=NOW)


def write_rows(path, rows, columns=COLUMNS):
    values = [{name: getattr(row, name) for name in columns} for row in rows]
    writer = {".csv": write_csv, ".xlsx": write_xlsx, ".jsonl": write_json_lines}[path.suffix]
    made = writer(list(columns), values)
    path.write_bytes(made if isinstance(made, bytes) else b"".join(made))
    return path


def test_it_beats_plain_baselines_on_sentences_it_never_saw(model):
    found = evaluate(model, messages(210, seed=2, judged=True))
    assert found.top1 >= 0.7
    assert found.top3 >= found.top1
    assert found.keyword <= found.top1 - 0.3
    assert found.majority <= found.top1 - 0.3
    assert found.department_top1 >= 0.7
    assert sum(one.rows for one in found.by_label) == found.rows == 210
    assert sum(sum(row.values()) for row in found.confusion.values()) == 210


def test_few_rows_a_label_are_enough_to_be_of_use():
    found = evaluate(
        train(messages(70, seed=3, judged=False), at=NOW), messages(140, seed=4, judged=True)
    )
    assert found.top1 >= 0.75
    assert found.top3 >= 0.9


def test_what_it_is_not_sure_of_it_does_not_propose(model):
    assert model.propose("您好，请问这个怎么弄？谢谢") is None
    assert model.propose("") is None
    found = evaluate(model, messages(210, seed=2, judged=True))
    assert found.right_when_spoken >= found.top1


def test_a_proposal_says_by_which_words_it_came_about(model):
    best = model.rank("楼下饭店的油烟很大，环保部门来过，噪声和废气还是老样子")[0]
    assert best.label == "环境保护"
    assert {"废气", "油烟", "噪声"} & set(best.reasons)
    assert sum(one.confidence for one in model.rank("公交车不来")) == pytest.approx(1.0, abs=0.01)


def test_no_lone_character_is_given_as_a_reason_unless_it_is_a_word(model):
    for row in messages(70, seed=6, judged=True):
        words = set(words_of(normalised(row.text)))
        for proposal in model.rank(row.text)[:3]:
            assert all(len(reason) > 1 or reason in words for reason in proposal.reasons)


def test_it_is_no_surer_than_it_is_right(model):
    rows = messages(210, seed=2, judged=True)
    surest = [model.rank(row.text)[0] for row in rows]
    right = sum(one.label == row.label for one, row in zip(surest, rows, strict=True))
    told = sum(one.confidence for one in surest)
    assert told <= right


def test_masks_numbers_and_greetings_say_nothing():
    plain = normalised(
        "尊敬的张书记：您好！我在A3区*街道，电话１３８****0000，见http://a.cn/x?id=9，请尽快回复，谢谢"
    )
    assert not {"138", "0000", "http", "尊敬", "谢谢", "a3"} & set(words_of(plain))
    assert "街道" in set(words_of(plain))
    one, other = "公交车晚点20分钟", "公交车晚点45分钟"
    assert normalised(one) == normalised(other)


def test_what_an_export_left_in_a_text_says_nothing():
    told = "　　路灯坏了_x000D_\n\t\t<br/>三个月&nbsp;&nbsp;没人修<p class=x>"
    assert normalised(told) == "路灯坏了 三个月 没人修"


def test_a_topic_that_no_row_named_in_these_words_is_still_known(model):
    """Flights and tolls stand in none of the rows that were learnt from; what they are about does."""
    for told in ("航班取消，候车的旅客没人管", "过路费一路收，省道养护的钱去哪里了"):
        assert model.rank(told)[0].label == "交通运输"


def test_the_same_rows_make_the_same_model():
    rows = messages(140, seed=5, judged=False)
    first, second = train(rows, at=NOW), train(rows, at=NOW)
    assert (first.heads["label"].weights == second.heads["label"].weights).all()
    assert first.facts == second.facts


def test_a_model_file_is_data_and_comes_back_the_same(model, tmp_path):
    path = tmp_path / "triage.zip"
    model.save(path)
    again = load_model(path)
    text = "老板拖欠工资三个月"
    assert again.rank(text) == model.rank(text)
    assert again.rank(text, head="department") == model.rank(text, head="department")
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        assert all(name.endswith((".json", ".npy")) for name in names)
        assert all(b"pickle" not in archive.read(name)[:200] for name in names)
    assert [one.name for one in tmp_path.iterdir()] == ["triage.zip"]


def test_a_model_from_before_goes_on_by_the_features_that_it_knows(model, tmp_path):
    """Topics and single characters that came later are none of its features, and change nothing for it."""
    kept = {
        name: place
        for name, place in model.features.items()
        if not (name[0] == "c" and len(name) == 2)
        and name[1:] not in {"噪声", "拖欠工资", "公交地铁"}
    }
    places = list(kept.values())
    before = replace(
        model,
        features={name: place for place, name in enumerate(kept)},
        weights_of_features=model.weights_of_features[places],
        heads={
            name: replace(head, weights=head.weights[:, places])
            for name, head in model.heads.items()
        },
    )
    before.save(tmp_path / "before.zip")
    again = load_model(tmp_path / "before.zip")
    assert again.rank("老板拖欠工资三个月")[0].label == "劳动社保"
    found, values = again.vector("工地半夜打桩，噪声吵得睡不着")
    names = list(again.features)
    words = [v for place, v in zip(found, values, strict=True) if names[place][0] != "t"]
    assert sum(float(value) ** 2 for value in words) == pytest.approx(1.0, abs=1e-4)


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x03\x04 cut off"])
def test_a_broken_model_file_is_refused_in_words(content, tmp_path):
    path = tmp_path / "broken.zip"
    path.write_bytes(content)
    with pytest.raises(ModelUnreadableError):
        load_model(path)


def test_a_model_whose_parts_do_not_fit_is_refused(model, tmp_path):
    path = tmp_path / "triage.zip"
    model.save(path)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    about = json.loads(parts["model.json"])
    about["features"] = about["features"][:-1]
    parts["model.json"] = json.dumps(about).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    with pytest.raises(ModelUnreadableError):
        load_model(path)


def test_too_few_rows_are_refused():
    with pytest.raises(TooFewRowsError):
        train(messages(10, seed=1, judged=False), at=NOW)
    with pytest.raises(TooFewRowsError):
        train([Example(text=f"路灯坏了 {n}", label="城乡建设") for n in range(50)], at=NOW)


def test_a_label_with_one_row_is_left_out_and_counted():
    rows = [*messages(70, seed=1, judged=False), Example(text="独一无二的事", label="其他")]
    learnt = train(rows, at=NOW)
    assert "其他" not in learnt.heads["label"].labels
    assert learnt.facts["rows_left_out"] == 1
    found = evaluate(learnt, [Example(text="独一无二的事", label="其他")])
    assert (found.top1, found.unknown_labels) == (0.0, ("其他",))


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".jsonl"])
def test_one_command_trains_and_another_evaluates(suffix, tmp_path, capsys):
    data = write_rows(tmp_path / f"rows{suffix}", messages(140, seed=1, judged=False))
    judged = write_rows(tmp_path / f"judged{suffix}", messages(70, seed=2, judged=True))
    path = tmp_path / "triage.zip"
    assert main(["train", str(data), str(path)]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["rows"] == 140
    assert main(["evaluate", str(judged), str(path)]) == 0
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert told["rows"] == 70
    assert set(told) >= {"top1_accuracy", "top3_accuracy", "macro_f1", "labels", "confusion"}
    assert set(told["baselines"]) == {"majority", "keyword"}
    assert set(told["labels"]) <= set(MATTERS)
    assert told["department_top1_accuracy"] is not None


def test_without_departments_none_is_proposed(tmp_path, capsys):
    rows = messages(70, seed=1, judged=False)
    data = write_rows(tmp_path / "rows.csv", rows, columns=("text", "label"))
    path = tmp_path / "triage.zip"
    assert main(["train", str(data), str(path)]) == 0
    learnt = load_model(path)
    assert learnt.propose(rows[0].text, head="department") is None
    assert evaluate(learnt, rows).department_top1 is None
    assert len(DEPARTMENTS) == len(MATTERS)
    capsys.readouterr()


def test_rows_that_say_nothing_are_named_and_a_file_without_columns_is_refused(tmp_path, capsys):
    rows = [*messages(70, seed=1, judged=False), Example(text="  ", label="交通运输")]
    data = write_rows(tmp_path / "rows.csv", rows)
    assert main(["train", str(data), str(tmp_path / "triage.zip")]) == 0
    assert "第 72 行未用" in capsys.readouterr().err
    (tmp_path / "other.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    assert main(["train", str(tmp_path / "other.csv"), str(tmp_path / "triage.zip")]) == 1
    assert "text" in capsys.readouterr().err
    assert main(["evaluate", str(tmp_path / "gone.csv"), str(tmp_path / "triage.zip")]) == 1


HEADS = ("留言编号", "留言用户", "留言主题", "留言时间", "留言详情", "一级标签")
DETAIL = "\n\t\t\t\t\t\n\t\t　　尊敬的领导：A3区的公交车***路半小时不来一趟。\n"


def foreign_rows():
    return [
        dict(
            zip(
                HEADS,
                ("24", "A0007", "公交车总晚点", "2020/1/6", DETAIL, " 交通运输 "),
                strict=True,
            )
        ),
        dict(zip(HEADS, ("25", "A0008", "", "", "老板拖欠工资", "劳动和 社会保障"), strict=True)),
        dict(zip(HEADS, ("26", "A0009", "路灯坏了", "", "nan", "城乡建设\u200b"), strict=True)),
        dict.fromkeys(HEADS, ""),
        dict(zip(HEADS, ("27", "A0010", "没有标签的", "", "正文", "NaN"), strict=True)),
    ]


def test_an_export_of_another_city_is_read_by_the_columns_that_it_has(tmp_path):
    told = b"".join(write_csv(HEADS, foreign_rows()))
    files = {
        "marked.csv": told,
        "plain.csv": told.removeprefix(b"\xef\xbb\xbf"),
        "gbk.csv": told.decode("utf-8-sig").replace("\u200b", "").encode("gbk"),
        "rows.xlsx": write_xlsx(HEADS, foreign_rows()),
        "rows.jsonl": b"".join(write_json_lines(HEADS, foreign_rows())),
    }
    for name, content in files.items():
        path = tmp_path / name
        path.write_bytes(content)
        read = read_examples(path)
        first, second, third = read.examples
        assert first.text.startswith("公交车总晚点\n"), name
        assert "公交车***路半小时不来一趟" in first.text
        assert (first.label, second.label, third.label) == (
            "交通运输",
            "劳动和 社会保障",
            "城乡建设",
        )
        assert (second.text, third.text) == ("老板拖欠工资", "路灯坏了")
        assert [why for _, why in read.left_out][-1:] == ["缺少文本或标签"]


def test_a_subject_that_begins_the_message_is_not_said_twice(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("Title,TEXT,Label\n路灯坏了,路灯坏了三个月,城乡建设\n", encoding="utf-8")
    assert read_examples(path).examples == (Example(text="路灯坏了三个月", label="城乡建设"),)


def test_a_line_without_a_label_is_left_out_and_the_others_stay(tmp_path):
    path = tmp_path / "rows.jsonl"
    lines = [{"text": "路灯坏了"}, {"text": "公交不来", "label": "交通运输"}, {"label": "交通运输"}]
    path.write_text("\n".join(json.dumps(one) for one in lines), encoding="utf-8")
    read = read_examples(path)
    assert [row.text for row in read.examples] == ["公交不来"]
    assert [number for number, _ in read.left_out] == [1, 3]
    path.write_text('{"text": "路灯坏了"}', encoding="utf-8")
    with pytest.raises(ColumnsMissingError):
        read_examples(path)
