"""Words that people and robots type: odd, broken, hostile. Our own list; each says what it tries."""

from __future__ import annotations

WORDS = {
    "nothing but spaces": "   \t ",
    "marks of direction": "\u202eשלום\u202c \u200fabc\u200e",
    "zero width": "a\u200bb\u200c\u200d\ufeff",
    "NUL": "a\x00b",
    "control letters": "a\x01\x08\x1b[31m\x7f\x85b",
    "line break": "first\r\nBcc: evil@evil.test",
    "line separators": "a\u2028b\u2029c\x0bd\x0ce",
    "emoji": "👩‍👩‍👧‍👦🏳️‍🌈🇮🇱",
    "combining": "Z" + "\u0300\u0336" * 60,
    "a template": "{{13*77}} {% debug %} ${13*77} #{13*77} <%= 13*77 %>",
    "broken merge tag": "{{ first_name | default: ",
    "script": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "out of an attribute": "\"'><svg/onload=alert(1)>",
    "sql": "'; DROP TABLE crm_contact; -- %s %(a)s \\",
    "a path": "../../../../etc/passwd%00",
    "formula": '=HYPERLINK("http://evil.test";"x")',
    "number-like": "1e999",
    "ids": "9" * 30,
    "json": '{"all": [{"list": null}]}',
    "very long": "א" * 10_000,
    "not a letter": "\ufffe\uffff\U0010ffff",
}
SURROGATE = "a\ud800b"  # only JSON can say it
ACTIVE = ("<script>alert(1)", "<img src=x", "<svg/onload", "1001 ")  # what none of them may become in a page
TOGETHER = {
    "hostile": WORDS["out of an attribute"] + WORDS["script"] + WORDS["a template"],
    "over two lines": WORDS["line break"],
}
