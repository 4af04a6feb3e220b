"""The hospital's own words, with a preview; and when it does not ring."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from salus.core.door import door
from salus.messaging import services, words_of
from salus.messaging.forms import QuietForm, WordingForm
from salus.messaging.models import CHANNELS, MANAGE
from salus.messaging.queries import wordings as queries
from salus.messaging.rules.kinds import KINDS, is_language
from salus.messaging.rules.wording import Words
from salus.messaging.services.wordings import CannotBeSaid

CHANNEL = dict(CHANNELS)


@door(MANAGE)
def templates(request: Any) -> HttpResponse:
    """Every template in every language, and the quiet hours."""
    return _templates_page(request, None)


@door(MANAGE, methods=("POST",))
def set_quiet_hours(request: Any) -> HttpResponse:
    """Say when the facility does not ring."""
    form = QuietForm(request.POST)
    if not form.is_valid():
        return _templates_page(request, form, 422)
    services.set_quiet_hours(request.act, **form.cleaned_data)
    messages.success(request, _("The quiet hours are kept."))
    return HttpResponseRedirect(reverse("messaging:templates"), status=303)


def _templates_page(request: Any, form: QuietForm | None, status: int = 200) -> HttpResponse:
    since, until = queries.quiet_hours(request.act)
    initial = {"since": f"{since:%H:%M}", "until": f"{until:%H:%M}"}
    context = {
        "rows": queries.templates_of(request.act),
        "names": words_of.TEMPLATES,
        "languages": queries.languages_of(request.act),
        "form": form or QuietForm(initial=initial),
        "channels": CHANNEL,
    }
    return render(request, "messaging/templates.html", context, status=status)


@door(MANAGE, methods=("GET", "POST"))
def change_wording(request: Any, template: str, language: str, channel: str) -> HttpResponse:
    """Give one template the hospital's own words."""
    _known(template, language, channel)
    now = queries.wording_of(request.act, template, language, channel)
    form = WordingForm(request.POST if request.method == "POST" else None, initial=vars_of(now.words))
    if request.method == "POST" and form.is_valid():
        said = {"template": template, "language": language, "channel": channel}
        try:
            services.change_wording(request.act, **said, **form.cleaned_data)
        except CannotBeSaid as error:
            for name, words in error.fields.items():
                form.add_error(name, words)
        else:
            messages.success(request, _("These words are sent from now on."))
            return HttpResponseRedirect(reverse("messaging:templates"), status=303)
    context = _context(template, language, channel) | {"form": form, "is_own": now.is_own}
    context["preview"] = queries.preview(request.act, template, language, channel, now.words)
    return render(request, "messaging/wording.html", context, status=422 if form.errors else 200)


@door(MANAGE, methods=("POST",), effect=False)
def preview_wording(request: Any, template: str, language: str, channel: str) -> HttpResponse:
    """What a message with these words would say, with made-up values."""
    _known(template, language, channel)
    form = WordingForm(request.POST)
    words = Words(form.cleaned_data["body"], form.cleaned_data["subject"]) if form.is_valid() else Words("")
    shown = queries.preview(request.act, template, language, channel, words)
    return render(request, "messaging/_preview.html", {"preview": shown})


@door(MANAGE, methods=("POST",))
def reset_wording(request: Any, template: str, language: str, channel: str) -> HttpResponse:
    """Have the words of Salus said again."""
    _known(template, language, channel)
    services.reset_wording(request.act, template=template, language=language, channel=channel)
    messages.success(request, _("The words that come with Salus are sent again."))
    return HttpResponseRedirect(reverse("messaging:templates"), status=303)


def vars_of(words: Words) -> dict[str, str]:
    """Words as a form has them."""
    return {"subject": words.subject, "body": words.body}


def _known(template: str, language: str, channel: str) -> None:
    if template not in KINDS or not is_language(language) or channel not in ("email", "sms"):
        raise Http404


def _context(template: str, language: str, channel: str) -> dict[str, Any]:
    return {
        "template": template,
        "spoken": language,
        "channel": channel,
        "title": words_of.TEMPLATES[template],
        "of": f"{queries.language_name(language)} · {CHANNEL[channel]}",
        "gaps": " ".join(f"{{{gap}}}" for gap in sorted(KINDS[template].allowed)),
    }
