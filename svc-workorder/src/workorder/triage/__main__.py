"""python -m workorder.triage train DATA MODEL | evaluate DATA MODEL. The last line of an evaluation is JSON."""

import argparse
import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from chassis.errors import ProblemError
from workorder.triage.evaluating import Evaluation, evaluate
from workorder.triage.model import load_model
from workorder.triage.reading import Reading, read_examples
from workorder.triage.training import train

LEFT_OUT_SHOWN = 10


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="triage", description=__doc__)
    parser.add_argument("verb", choices=("train", "evaluate"))
    parser.add_argument("data", type=Path)
    parser.add_argument("model", type=Path)
    told = parser.parse_args(arguments)
    try:
        reading = read_examples(told.data)
        _say_left_out(reading)
        return (_train if told.verb == "train" else _evaluate)(reading, told.model)
    except ProblemError as error:
        print(f"{error.zh} / {error.en}", file=sys.stderr)
    except OSError as error:
        print(f"文件无法读写 / cannot read or write: {error}", file=sys.stderr)
    return 1


def _train(reading: Reading, path: Path) -> int:
    model = train(reading.examples, at=datetime.now(UTC))
    model.save(path)
    held_out = model.facts["held_out"]
    head = model.heads["label"]
    print(f"已学习 {model.facts['rows']} 行，{len(head.labels)} 个标签；模型保存于 {path}")
    print(f"learnt {model.facts['rows']} rows, {len(head.labels)} labels; the model is {path}")
    print(f"held out: accuracy {held_out['accuracy']:.3f}, macro F1 {held_out['macro_f1']:.3f}")
    print(f"speaks from a confidence of {head.threshold:.2f} on")
    print(json.dumps({**model.facts, "keywords": None}, ensure_ascii=False))
    return 0


def _evaluate(reading: Reading, path: Path) -> int:
    found = evaluate(load_model(path), reading.examples)
    print(_table(found))
    print(json.dumps(found.as_json(), ensure_ascii=False))
    return 0


def _table(found: Evaluation) -> str:
    lines = [
        f"{found.rows} 行 rows",
        f"top-1 {_shown(found.top1)}  top-3 {_shown(found.top3)}  macro F1 {_shown(found.macro_f1)}",
        f"baselines: majority {_shown(found.majority)}  keyword {_shown(found.keyword)}",
        f"speaks for {_shown(found.spoken)} of them, right {_shown(found.right_when_spoken)}",
        "",
        "rows  precision  recall  F1     label",
    ]
    lines += [
        f"{one.rows:>4}  {_shown(one.precision):>9}  {_shown(one.recall):>6}  {_shown(one.f1):<5}  {one.label}"
        for one in found.by_label
    ]
    lines += ["", "confusion (真实 true → 建议 proposed)"]
    for truth, row in sorted(found.confusion.items()):
        told = "，".join(
            f"{label} {count}" for label, count in sorted(row.items(), key=lambda p: (-p[1], p[0]))
        )
        lines.append(f"  {truth} → {told}")
    return "\n".join(lines)


def _shown(share: float | None) -> str:
    return "-" if share is None else f"{share:.3f}"


def _say_left_out(reading: Reading) -> None:
    for number, why in reading.left_out[:LEFT_OUT_SHOWN]:
        print(f"第 {number} 行未用 row {number} left out: {why}", file=sys.stderr)
    more = len(reading.left_out) - LEFT_OUT_SHOWN
    if more > 0:
        print(f"另有 {more} 行未用 and {more} more", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
