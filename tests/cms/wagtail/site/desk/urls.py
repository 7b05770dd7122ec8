from django.conf import settings
from django.contrib import admin
from django.contrib.staticfiles.views import serve
from django.urls import include, path

urlpatterns = [path("django-admin/", admin.site.urls), path("static/<path:path>", serve, {"insecure": True})]
if settings.WITH_WAGTAIL:
    from wagtail import urls as pages
    from wagtail.admin import urls as desk

    urlpatterns += [path("admin/", include(desk)), path("", include(pages))]
else:
    from plain import views

    urlpatterns += [path("stories/<int:pk>/", views.story, name="story")]
