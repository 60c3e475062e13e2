"""Lists as files: names that every reader gets right."""

from chassis.exports import ExportColumn, disposition


def test_a_file_has_a_plain_name_for_old_readers_and_its_true_one_beside_it():
    said = disposition('清单"; x=1', "csv")
    assert said.startswith("attachment; filename=\"export.csv\"; filename*=UTF-8''")
    assert said.count('"') == 2
    assert said.isascii()


def test_a_column_reads_by_its_name_unless_told_how():
    class Row:
        code = "A"

    assert ExportColumn(name="code", head="编码").of(Row()) == "A"
    assert ExportColumn(name="x", head="甲", read=lambda row: row.code + "!").of(Row()) == "A!"
