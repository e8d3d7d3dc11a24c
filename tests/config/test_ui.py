"""The interface's tags and filters say numbers, people and dates as the product promises."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from django import forms
from django.core.paginator import Paginator
from django.template import RequestContext, Template, TemplateSyntaxError
from django.test import RequestFactory, override_settings
from django.utils import translation

from config.templatetags import ui

ROOT = Path(__file__).resolve().parents[2]
WEDNESDAY = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)


def drawn(source: str, **context: Any) -> str:
    request = RequestFactory().get("/w/foam/contacts/", {"q": "dana", "page": "2"})
    return Template("{% load ui %}" + source).render(RequestContext(request, context))


def test_an_icon_points_into_the_sprite_and_is_silent() -> None:
    markup = drawn('{% icon "phone" %}')
    assert 'href="/static/icons.svg#phone"' in markup
    assert 'aria-hidden="true"' in markup


def test_an_icon_without_a_word_beside_it_says_its_label() -> None:
    assert 'role="img" aria-label="A &lt;call&gt;"' in drawn('{% icon "phone" label=words %}', words="A <call>")


def test_an_icon_with_a_direction_is_mirrored_and_a_clock_is_not() -> None:
    assert "icon--mirror" in drawn('{% icon "arrow-right" %}')
    assert "icon--mirror" not in drawn('{% icon "clock" %}')


def test_an_unknown_icon_fails_where_developers_see_it_and_nowhere_else() -> None:
    with pytest.raises(TemplateSyntaxError, match="bin/vendor"):
        drawn('{% icon "unicorn" %}')
    with override_settings(TESTING=False, DEBUG=False):
        assert drawn('{% icon "unicorn" %}') == ""


def test_every_icon_that_a_template_names_is_in_the_sprite() -> None:
    named = set()
    for path in (ROOT / "templates").rglob("*.html"):
        named |= set(re.findall(r'{% icon "([^"]+)"', path.read_text()))
    assert named
    assert named <= ui.icon_names()


def test_every_mirrored_icon_exists() -> None:
    assert not ui.MIRRORED - ui.icon_names()


@pytest.mark.parametrize(
    ("stored", "shown"),
    [("+972501234567", "050-123-4567"), ("+97231234567", "03-123-4567"), ("+14155550100", "+14155550100"), ("", "")],
)
def test_a_phone_is_written_as_israelis_do(stored: str, shown: str) -> None:
    assert ui.phone_text(stored) == shown


def test_a_phone_reads_left_to_right_inside_hebrew() -> None:
    assert drawn("{{ n|phone }}", n="+972501234567") == '<bdi dir="ltr">050-123-4567</bdi>'


def test_money_puts_its_sign_after_the_number() -> None:
    assert ui.money(1250) == "1,250\u00a0₪"
    assert ui.money(89.5, "EUR") == "89.50\u00a0€"
    assert ui.money(None) == "-"


def test_a_share_says_the_number_and_then_of_what() -> None:
    with translation.override("he"):
        assert ui.percent_of(131, 187) == "131 מתוך 187 (70.1%)"
    with translation.override("en"):
        assert ui.percent_of(131, 187) == "131 of 187 (70.1%)"


def test_a_share_of_nothing_has_no_percentage() -> None:
    with translation.override("en"):
        assert ui.percent_of(0, 0) == "0 of 0"
    assert ui.percent(0, 0) == "-"


def test_a_count_opens_its_people_where_there_is_somewhere_to_go() -> None:
    assert drawn('{% number_link 21400 "/people/" %}') == '<a class="m-number" href="/people/">21,400</a>'
    assert drawn("{% number_link 7 %}") == "<b>7</b>"


def test_a_person_without_a_name_is_called_by_phone_then_by_mail() -> None:
    assert "Dana" in drawn("{{ p|person }}", p=SimpleNamespace(name="Dana", phone="+972501234567"))
    assert "050-123-4567" in drawn("{{ p|person }}", p=SimpleNamespace(name="", phone="+972501234567"))
    assert "a@b.test" in drawn("{{ p|person }}", p=SimpleNamespace(name="", phone="", email="a@b.test"))


def test_a_name_cannot_bring_markup() -> None:
    assert "<script>" not in drawn(
        "{{ p|person }}{% avatar p %}{% reach p %}", p=SimpleNamespace(name="<script>", phone="+9725")
    )


def test_an_avatar_keeps_its_colour() -> None:
    someone = SimpleNamespace(pk=7, name="נועה")
    assert drawn("{% avatar p %}", p=someone) == drawn("{% avatar p %}", p=someone)
    assert ">נ</span>" in drawn("{% avatar p %}", p=someone)


@time_machine.travel(WEDNESDAY, tick=False)
def test_a_moment_is_said_in_words_while_it_is_near() -> None:
    with translation.override("en"):
        assert ui.when_text(datetime(2026, 11, 18, 7, 21, tzinfo=UTC)) == "today, 09:21"
        assert ui.when_text(datetime(2026, 11, 17, 18, 12, tzinfo=UTC)) == "yesterday, 20:12"
        assert ui.when_text(date(2026, 11, 19)) == "tomorrow"
        assert ui.when_text(datetime(2026, 11, 16, 9, 0, tzinfo=UTC)) == "16/11/2026"


@time_machine.travel(WEDNESDAY, tick=False)
def test_a_day_begins_at_the_business_midnight() -> None:
    with translation.override("en"):
        assert ui.when_text(datetime(2026, 11, 17, 22, 5, tzinfo=UTC)) == "today, 00:05"


def test_pages_keep_the_rest_of_the_address() -> None:
    markup = drawn('{% pager page target="#people" %}', page=Paginator(range(150), 50).page(2))
    assert 'href="?q=dana&amp;page=3"' in markup
    assert 'hx-target="#people"' in markup
    assert "51" in markup
    assert "150" in markup


def test_one_page_has_no_pager() -> None:
    assert drawn("{% pager page %}", page=Paginator(range(3), 50).page(1)).strip() == ""


class Signup(forms.Form):
    email = forms.EmailField(help_text="Here the link goes.")
    phone = forms.CharField(required=False)
    kind = forms.ChoiceField(widget=forms.RadioSelect, choices=[("a", "All\nEveryone <sees> it"), ("b", "Some")])
    agreed = forms.BooleanField(required=False)


def test_a_fault_stands_beside_its_field_and_is_tied_to_it() -> None:
    markup = str(Signup({"email": "dana@example", "kind": "a"})["email"].as_field_group())
    assert 'aria-invalid="true"' in markup
    described = re.search(r'aria-describedby="([^"]+)"', markup)
    assert described
    for name in described[1].split():
        assert f'id="{name}"' in markup


def test_mail_is_typed_left_to_right() -> None:
    assert 'dir="ltr"' in str(Signup()["email"])
    assert "dir=" not in str(Signup()["phone"])


def test_what_may_be_left_out_says_so() -> None:
    with translation.override("en"):
        assert "(optional)" in str(Signup()["phone"].as_field_group())
        assert "(optional)" not in str(Signup()["email"].as_field_group())


def test_the_second_line_of_a_choice_is_its_reason() -> None:
    markup = str(Signup()["kind"])
    assert "<b>All</b><small>Everyone &lt;sees&gt; it</small>" in markup
    assert "<b>Some</b></span>" in markup


def test_several_faults_are_summed_up_with_links_to_the_fields() -> None:
    markup = str(Signup({}))
    assert 'href="#id_email"' in markup
    assert 'role="alert"' in markup
    assert 'role="alert"' not in str(Signup({"email": "dana@example", "kind": "a"}))
