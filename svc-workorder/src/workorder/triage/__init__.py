"""Triage that learns (民意速办): from what a citizen wrote, a proposal of category and department, with its reasons.

words.py       a rambling, masked text, as the words and characters that carry meaning
topics.py      what city matters are about, for texts of labels with few rows
model.py       the model as data (numbers and words, no code), and its proposals
training.py    learns one from rows
evaluating.py  holds one against rows and plain baselines

`make triage-train DATA=rows.csv MODEL=triage.zip`, `make triage-evaluate DATA=rows.csv MODEL=triage.zip`.
"""
