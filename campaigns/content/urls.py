"""The routes of this room: `members` under /w/<workspace>/, `public` at the root of the public origin."""

from __future__ import annotations

from django.urls import URLPattern, path, register_converter

from campaigns.content import views


class BlockId:
    regex = "[a-z0-9]{8}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(BlockId, "block")

members: list[URLPattern] = [
    path("documents/<int:pk>/blocks/", views.blocks, name="editor_blocks"),
    path("documents/<int:pk>/order/", views.order, name="editor_order"),
    path("documents/<int:pk>/undo/", views.undo, name="editor_undo"),
    path("documents/<int:pk>/blocks/<block:block>/", views.block, name="editor_block"),
    path("documents/<int:pk>/blocks/<block:block>/place/", views.block_place, name="editor_place"),
    path("documents/<int:pk>/blocks/<block:block>/copies/", views.block_copies, name="editor_copies"),
    path("documents/<int:pk>/blocks/<block:block>/deletion/", views.block_deletion, name="editor_deletion"),
    path("documents/<int:pk>/blocks/<block:block>/audience/", views.block_audience, name="editor_audience"),
    path("documents/<int:pk>/blocks/<block:block>/pair/", views.block_pair, name="editor_pair"),
    path("documents/<int:pk>/preview/", views.preview, name="preview"),
]
public: list[URLPattern] = []
