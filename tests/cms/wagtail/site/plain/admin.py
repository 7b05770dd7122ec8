from django.contrib import admin

from plain.models import Story

admin.site.register(Story)
