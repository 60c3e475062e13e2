import pytest

from catalog.domain.ranking import Candidate, Weights, ask, score, spans
from catalog.domain.words import (
    character_grams,
    index_grams,
    latin_grams,
    plain,
    sound_grams,
    split_syllables,
)


def test_width_case_and_punctuation_do_not_count():
    assert plain("ＧＭＰ 认证（复查）") == "gmp认证复查"


def test_grams_do_not_cross_punctuation():
    assert character_grams("户口（迁移）") == ["户口", "迁移"]
    assert character_grams("A类 许可") == ["a", "类", "许可"]


@pytest.mark.parametrize(
    ("pinyin", "syllables"),
    [
        ("hukou", ["hu", "kou"]),
        ("shebaoka", ["she", "bao", "ka"]),
        ("yingyezhizhao", ["ying", "ye", "zhi", "zhao"]),
        ("nvxing", ["nv", "xing"]),
        ("sbk", []),
        ("qwrt", []),
    ],
)
def test_pinyin_is_split_into_syllables(pinyin, syllables):
    assert split_syllables(pinyin) == syllables


def test_homophones_and_southern_sounds_meet():
    assert sound_grams("户口") == sound_grams("护口") == latin_grams("hukou")[1:]
    assert sound_grams("执照") == sound_grams("执造")


def test_an_index_holds_characters_pairs_sounds_and_initials():
    assert index_grams(["户口"]) == sorted(["户", "口", "户口", "~hu kou", "^hk"])


def test_text_without_words_has_no_grams():
    assert index_grams(["，。 ！", ""]) == []


def candidate(name: str, **fields: str) -> Candidate:
    texts = {"main_item": "", "keywords": "", "department": "", **fields}
    return Candidate(name=plain(name), **texts)


def ranked(q: str, names: list[str], everyday: dict[str, list[str]] | None = None) -> list[str]:
    counts: dict[str, int] = {}
    for name in names:
        for gram in index_grams([name]):
            counts[gram] = counts.get(gram, 0) + 1
    weights = Weights(total=1000, counts=counts)
    question = ask(q, everyday or {})
    scored = [(score(question, candidate(name), weights), name) for name in names]
    return [name for value, name in sorted(scored, reverse=True) if value > 0]


def test_exact_begins_contains_shares_in_this_order():
    names = ["许可食品", "食品经营许可证核发", "关于食品经营", "食品经营", "经营食品"]
    assert ranked("食品经营", names)[:3] == ["食品经营", "食品经营许可证核发", "关于食品经营"]


def test_who_names_no_later_phase_wants_the_beginning():
    names = ["医师执业注销注册", "医师执业首次注册"]
    assert ranked("医生注册", names)[0] == "医师执业首次注册"
    assert ranked("医师注销", names)[0] == "医师执业注销注册"


def test_words_that_say_nothing_are_left_out_unless_they_are_all_there_is():
    assert ask("我想办户口", {"我想办": []}).grams == ("户口",)
    assert ask("我想办", {"我想办": []}).grams == ("我想", "想办")


def test_an_everyday_word_counts_like_its_official_one():
    found = ranked("开饭店", ["食品经营许可", "店铺登记"], {"开饭店": ["食品经营"]})
    assert found[0] == "食品经营许可"


def test_matches_are_marked_and_merged():
    question = ask("食品许可", {"食品": []})
    assert spans(ask("食品经营", {}), "食品经营许可") == [(0, 4)]
    assert spans(question, "食品经营许可") == [(4, 6)]
    assert spans(ask("量子", {}), "食品经营许可") == []
