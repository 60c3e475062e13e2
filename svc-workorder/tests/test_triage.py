"""Triage from files to proposals: it learns from few, rambling, masked rows and says when it does not know."""

import json
import zipfile
from datetime import UTC, datetime

import pytest
from citizen_messages import DEPARTMENTS, MATTERS, messages

from chassis.workbooks import write_csv, write_json_lines, write_xlsx
from workorder.triage.__main__ import main
from workorder.triage.evaluating import evaluate
from workorder.triage.model import ModelUnreadableError, load_model
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
    assert found.top1 >= 0.6


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


def test_masks_numbers_and_greetings_say_nothing():
    plain = normalised(
        "尊敬的张书记：您好！我在A3区*街道，电话１３８****0000，见http://a.cn/x?id=9，请尽快回复，谢谢"
    )
    assert not {"138", "0000", "http", "尊敬", "谢谢", "a3"} & set(words_of(plain))
    assert "街道" in set(words_of(plain))
    one, other = "公交车晚点20分钟", "公交车晚点45分钟"
    assert normalised(one) == normalised(other)


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
