"""Documents shaped like the files that parsers are usually compared on: made, not copied."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benches import words

if TYPE_CHECKING:
    from random import Random

LINK = "http://example.com/"


def twitter(random: Random) -> Any:
    """A page of search results: wide nested objects, much text outside ASCII, many nulls."""
    return {
        "statuses": [_status(random, number) for number in range(200)],
        "search_metadata": {
            "completed_in": 0.087,
            "max_id": 505874924095815700,
            "max_id_str": "505874924095815681",
            "next_results": "?max_id=505874847260352512&q=%E4%B8%80&count=200",
            "query": "%E4%B8%80",
            "count": 200,
            "since_id": 0,
        },
    }


def _status(random: Random, number: int) -> dict[str, Any]:
    identity = 505874924095815681 + number
    return {
        "metadata": {"result_type": "recent", "iso_language_code": "ja"},
        "created_at": "Sun Aug 31 00:29:15 +0000 2014",
        "id": identity,
        "id_str": str(identity),
        "text": words.japanese(random, random.randint(20, 120)) + "\n" + LINK,
        "source": f'<a href="{LINK}" rel="nofollow">Twitter for iPhone</a>',
        "truncated": False,
        "in_reply_to_status_id": None,
        "in_reply_to_user_id": words.maybe(random, 866260188),
        "in_reply_to_screen_name": words.maybe(random, "aym0566x"),
        "user": _user(random),
        "geo": None,
        "coordinates": None,
        "place": None,
        "retweet_count": random.randint(0, 999),
        "favorite_count": random.randint(0, 999),
        "entities": _entities(random),
        "favorited": False,
        "retweeted": False,
        "possibly_sensitive": False,
        "lang": "ja",
    }


def _user(random: Random) -> dict[str, Any]:
    identity = random.randint(10**8, 10**9)
    image = f"{LINK}profile_images/{random.getrandbits(60)}/{words.ascii_name(random)}_normal.jpeg"
    return {
        "id": identity,
        "id_str": str(identity),
        "name": words.japanese(random, 8),
        "screen_name": random.choice(words.WORDS) + str(identity),
        "location": words.japanese(random, 4),
        "description": words.japanese(random, random.randint(10, 100)),
        "url": None,
        "entities": {"description": {"urls": []}},
        "protected": False,
        "followers_count": random.randint(0, 9999),
        "friends_count": random.randint(0, 9999),
        "listed_count": random.randint(0, 99),
        "created_at": "Sat Mar 12 09:02:57 +0000 2011",
        "favourites_count": random.randint(0, 9999),
        "utc_offset": words.maybe(random, 32400),
        "time_zone": words.maybe(random, "Tokyo"),
        "geo_enabled": False,
        "verified": False,
        "statuses_count": random.randint(0, 99999),
        "lang": "ja",
        "contributors_enabled": False,
        "is_translator": False,
        "profile_background_color": "C0DEED",
        "profile_background_image_url": f"{LINK}images/themes/theme1/bg.png",
        "profile_background_image_url_https": f"{LINK}images/themes/theme1/bg.png",
        "profile_background_tile": False,
        "profile_image_url": image,
        "profile_image_url_https": image,
        "profile_link_color": "0084B4",
        "profile_sidebar_border_color": "C0DEED",
        "profile_use_background_image": True,
        "default_profile": True,
        "following": False,
        "notifications": False,
    }


def _entities(random: Random) -> dict[str, Any]:
    return {
        "hashtags": [
            {"text": words.japanese(random, 6), "indices": [3, 10]}
            for _ in range(random.randint(0, 3))
        ],
        "symbols": [],
        "urls": [
            {
                "url": LINK,
                "expanded_url": f"{LINK}{random.getrandbits(40):x}",
                "indices": [31, 53],
            }
            for _ in range(random.randint(0, 2))
        ],
        "user_mentions": [
            {
                "screen_name": "aym0566x",
                "name": words.japanese(random, 6),
                "id": 866260188,
                "id_str": "866260188",
                "indices": [0, 9],
            }
            for _ in range(random.randint(0, 2))
        ],
    }


def citm_catalog(random: Random) -> Any:
    """A season of concerts: maps keyed by number, many small objects and integers."""
    areas = {str(205705993 + 7 * n): words.sentence(random, 3) for n in range(17)}
    topics = {str(107888604 + n): words.sentence(random, 2) for n in range(20)}
    events = [138586341 + 4 * n for n in range(184)]
    return {
        "areaNames": areas,
        "audienceSubCategoryNames": {"337100890": "Abonné"},
        "blockNames": {},
        "events": {str(event): _event(random, event) for event in events},
        "performances": [_performance(random, event, list(areas)) for event in events],
        "seatCategoryNames": {str(338937235 + n): f"{n}ème catégorie" for n in range(60)},
        "subTopicNames": topics,
        "topicSubTopics": {"107888604": [int(topic) for topic in topics]},
        "venueNames": {"PLEYEL_PLEYEL": "Salle Pleyel"},
    }


def _event(random: Random, event: int) -> dict[str, Any]:
    return {
        "description": None,
        "id": event,
        "logo": words.maybe(random, f"/images/UE0AAAAACEKo6QAAAAZDSVRN{event}"),
        "name": words.sentence(random, 4),
        "subTopicIds": [107888604 + random.randint(0, 19) for _ in range(3)],
        "subjectCode": None,
        "subtitle": None,
        "topicIds": [324846099, 107888604],
    }


def _performance(random: Random, event: int, areas: list[str]) -> dict[str, Any]:
    return {
        "eventId": event,
        "id": event + 339,
        "logo": None,
        "name": None,
        "prices": [
            {
                "amount": random.randint(10, 200) * 500,
                "audienceSubCategoryId": 337100890,
                "seatCategoryId": 338937235 + number,
            }
            for number in range(5)
        ],
        "seatCategories": [
            {
                "areas": [
                    {"areaId": int(area), "blockIds": []}
                    for area in random.sample(areas, random.randint(1, 10))
                ],
                "seatCategoryId": 338937235 + number,
            }
            for number in range(5)
        ],
        "seatMapImage": None,
        "start": 1372701600000 + event,
        "venueCode": "PLEYEL_PLEYEL",
    }


def canada(random: Random) -> Any:
    """The outline of a country: 111,000 coordinates of 15 to 18 digits."""
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {"name": "Canada"},
                "geometry": {
                    "type": "Polygon",
                    "coordinates": [
                        [
                            [-141 + 88 * random.random(), 41 + 42 * random.random()]
                            for _ in range(random.randint(20, 220))
                        ]
                        for _ in range(463)
                    ],
                },
            }
        ],
    }
