from django.urls import path

from shuangjian.accounts import (
    views,
    views_channels,
    views_county,
    views_grants,
    views_people,
    views_slips,
    views_status,
)

urlpatterns = [
    path("logout/", views.sign_out, name="logout"),
    path("me/", views.me, name="me"),
    path("me/session/", views.own_session, name="me-session"),
    path("me/mail/", views_channels.own_mail, name="me-mail"),
    path("me/post/", views.choose_post, name="me-post"),
    path("me/password/", views.change_password, name="me-password"),
    path("settings/", views_county.settings_page, name="settings"),
    path("settings/status/", views_status.status_page, name="status"),
    path("settings/demo-day/", views_status.demo_day, name="demo-day"),
    path("settings/channels/", views_channels.channel_list, name="channels"),
    path("settings/channels/new/", views_channels.channel_new, name="channel-new"),
    path("settings/channels/<int:pk>/", views_channels.channel_edit, name="channel"),
    path("settings/channels/<int:pk>/<slug:move>/", views_channels.channel_move, name="channel-move"),
    path("settings/slips/", views_slips.slip_list, name="slips"),
    path("settings/slips/units/", views_slips.unit_account_list, name="unit-accounts"),
    path("settings/grants/", views_grants.grant_list, name="grants"),
    path("settings/grants/confirm/", views_grants.grants_confirm, name="grants-confirm"),
    path("settings/grants/<int:pk>/<slug:move>/", views_grants.grant_move, name="grant-move"),
    path("settings/users/", views_people.user_list, name="users"),
    path("settings/users/new/", views_people.user_new, name="user-new"),
    path("settings/users/<str:username>/", views_people.user_page, name="user"),
    path("settings/users/<str:username>/<slug:move>/", views_people.user_move, name="user-move"),
]
