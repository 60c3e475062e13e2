"""How the domain says that a field is bad."""

from chassis.errors import FieldFault


def field_fault(pointer: str, code: str, zh: str, en: str) -> FieldFault:
    """`pointer`: a JSON Pointer into the body; `code`: stable; words in both languages."""
    return FieldFault(pointer=pointer, code=code, zh=zh, en=en)
