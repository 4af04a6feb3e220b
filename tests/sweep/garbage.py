"""What no form expects: each kind of garbage once, with a name that says what it is."""

from uuid import uuid4

GARBAGE: dict[str, str] = {
    "nothing": "",
    "NUL": "a\0b",
    "emoji": "👩‍⚕️💊\u202e\ufeff",
    "huge text": "x" * 100_000,
    "huge number": "9" * 40,
    "beyond int4": "2147483648",
    "beyond int8": "9223372036854775808",
    "a float beyond all": "1e309",
    "many places": "0." + "3" * 60,
    "not a number": "NaN",
    "negative": "-1",
    "Arabic digits": "١٢٣",
    "no uuid": "not-a-uuid",
    "nobody's uuid": str(uuid4()),
    "a date before dates": "0000-00-00",
    "a date beyond dates": "99999-12-31",
    "far past": "0001-01-01",
    "far future": "9999-12-31",
    "SQL": "'; DROP TABLE patients_patient; --",
    "markup": "<script>alert(1)</script>{{7*7}}",
    "percent": "%s %(x)s %n",
    "JSON": '{"a": [1]}',
    "lines": "a\r\nLocation: https://evil.example/\r\n\r\nb",
    "elsewhere": "https://evil.example/",
    "two slashes": "//evil.example/",
}
