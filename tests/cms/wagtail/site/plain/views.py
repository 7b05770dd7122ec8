from django.shortcuts import get_object_or_404, render

from plain.models import Story


def story(request, pk):
    return render(request, "plain/story.html", {"story": get_object_or_404(Story, pk=pk, status="published")})
