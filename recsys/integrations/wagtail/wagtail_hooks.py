"""The desk in Wagtail's admin: stories are searched, pinned and blocked."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.forms.choosers import BaseFilterForm
from wagtail.admin.views.generic.chooser import ChooseResultsView, ChooseView
from wagtail.admin.viewsets.chooser import ChooserViewSet
from wagtail.admin.viewsets.model import ModelViewSet, ModelViewSetGroup

from recsys.integrations.django.models import Block, Pin, Story


class StoryFilterForm(BaseFilterForm):
    """Finds stories by a part of their headline or address."""

    q = forms.CharField(
        label=_("Search term"), required=False, widget=forms.TextInput(attrs={"placeholder": _("Search")})
    )

    def filter(self, objects: Any) -> Any:
        """Those that are public, and have what was typed."""
        typed = self.cleaned_data.get("q")
        found = super().filter(objects).filter(is_shown=True)
        if typed:
            self.is_searching, self.search_query = True, typed
            found = found.filter(Q(headline__icontains=typed) | Q(url__icontains=typed))
        return found


class _Choose(ChooseView):
    filter_form_class = StoryFilterForm


class _ChooseResults(ChooseResultsView):
    filter_form_class = StoryFilterForm


class StoryChooser(ChooserViewSet):
    """Chooses one of the stories that the site told of."""

    model = Story
    icon = "doc-full"
    choose_one_text = _("Choose a story")
    choose_another_text = _("Choose another story")
    choose_view_class = _Choose
    choose_results_view_class = _ChooseResults


class PinViewSet(ModelViewSet):
    """Stories on a place of one list, or of all."""

    model = Pin
    icon = "pin"
    form_fields: ClassVar = ["story", "beside", "position", "until"]
    list_display: ClassVar = ["story", "position", "beside", "until"]
    add_to_reference_index = False


class BlockViewSet(ModelViewSet):
    """Stories that are never shown."""

    model = Block
    icon = "circle-xmark"
    form_fields: ClassVar = ["story"]
    list_display: ClassVar = ["story"]
    add_to_reference_index = False


class Desk(ModelViewSetGroup):
    """Both, in the menu."""

    menu_label = _("Related stories")
    menu_icon = "list-ul"
    items = (PinViewSet("recsys_pins"), BlockViewSet("recsys_blocks"))


@hooks.register("register_admin_viewset")
def register_stories() -> StoryChooser:
    """Where a story is chosen."""
    return StoryChooser("recsys_stories")


@hooks.register("register_admin_viewset")
def register_desk() -> Desk:
    """Pins and blocks."""
    return Desk()
