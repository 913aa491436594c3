"""Facts: all entities of a world at its instant, from which every mart is computed."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from oracle.accounts import Follower, find_followers
from oracle.interactions import Interaction, interactions_in_effect
from oracle.posts import Content, Counted, Post, find_contents, find_posts, find_reported
from oracle.world import PostKey, World


@dataclass(frozen=True)
class Facts:
    """All entities of a world as of its instant."""

    gross: tuple[Interaction, ...]
    net: tuple[Interaction, ...]
    posts: Mapping[PostKey, Post]
    contents: tuple[Content, ...]
    content_of_post: Mapping[PostKey, uuid.UUID]
    reported: Mapping[tuple[str, str, str], Counted]  # platform, post id, type -> the latest
    followers: tuple[Follower, ...]


def find_facts(world: World) -> Facts:
    """Return everything the marts are made of."""
    gross = interactions_in_effect(world)
    contents = find_contents(world)
    return Facts(
        gross=tuple(gross),
        net=tuple(interaction for interaction in gross if not interaction.is_retracted),
        posts=find_posts(world, contents),
        contents=tuple(contents),
        content_of_post={
            post: content.content_id for content in contents for post in content.posts
        },
        reported=find_reported(world),
        followers=tuple(find_followers(world, gross)),
    )
