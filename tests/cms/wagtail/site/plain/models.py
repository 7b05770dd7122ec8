"""An article of a site on Django alone."""

from django.db import models
from django.urls import reverse


class Desk(models.Model):
    name = models.CharField(max_length=100)


class Story(models.Model):
    title = models.CharField(max_length=300)
    text = models.TextField(blank=True)
    status = models.CharField(max_length=10, default="draft")
    published_at = models.DateTimeField(null=True, blank=True)
    desk = models.ForeignKey(Desk, models.SET_NULL, null=True, blank=True)

    def get_absolute_url(self):
        return reverse("story", args=[self.pk])
