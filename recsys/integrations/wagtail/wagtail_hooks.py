"""Wagtail's admin: search stories, pin and block them."""

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
    """Filters stories by part of their headline or URL."""

    q = forms.CharField(
        label=_("Search term"), required=False, widget=forms.TextInput(attrs={"placeholder": _("Search")})
    )

    def filter(self, objects: Any) -> Any:
        """Return the public stories that match the search term."""
        query = self.cleaned_data.get("q")
        stories = super().filter(objects).filter(is_shown=True)
        if query:
            self.is_searching, self.search_query = True, query
            stories = stories.filter(Q(headline__icontains=query) | Q(url__icontains=query))
        return stories


class _Choose(ChooseView):
    filter_form_class = StoryFilterForm


class _ChooseResults(ChooseResultsView):
    filter_form_class = StoryFilterForm


class StoryChooser(ChooserViewSet):
    """Chooses one of the site's stories."""

    model = Story
    icon = "doc-full"
    choose_one_text = _("Choose a story")
    choose_another_text = _("Choose another story")
    choose_view_class = _Choose
    choose_results_view_class = _ChooseResults


class PinViewSet(ModelViewSet):
    """Pinned stories, in one list or in all."""

    model = Pin
    icon = "pin"
    form_fields: ClassVar = ["story", "beside", "position", "until"]
    list_display: ClassVar = ["story", "position", "beside", "until"]
    add_to_reference_index = False


class BlockViewSet(ModelViewSet):
    """Blocked stories."""

    model = Block
    icon = "circle-xmark"
    form_fields: ClassVar = ["story"]
    list_display: ClassVar = ["story"]
    add_to_reference_index = False


class OverridesGroup(ModelViewSetGroup):
    """The menu with pinned and blocked stories."""

    menu_label = _("Related stories")
    menu_icon = "list-ul"
    items = (PinViewSet("recsys_pins"), BlockViewSet("recsys_blocks"))


@hooks.register("register_admin_viewset")
def register_stories() -> StoryChooser:
    """Register the story chooser."""
    return StoryChooser("recsys_stories")


@hooks.register("register_admin_viewset")
def register_overrides() -> OverridesGroup:
    """Register the menu."""
    return OverridesGroup()
