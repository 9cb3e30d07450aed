"""What the demo's people share: sessions, and slides that are drawn when they are needed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from joip.demo.clips import TALL, WIDE, clip
from joip.demo.landscapes import bowl, landscape, town

STAFF, AUTHOR, SAVER, BROKE = "demo-staff", "ines", "noor", "theo"
CREATORS = {"mika": "Mika", "yara": "يارا", "tomas": "Tomás 🏔️"}  # nobody signs in as them
CATEGORIES = {"landscapes": "Landscapes", "travel": "Travel", "recipes": "Recipes"}

# Of cameras and phones. Small sizes are for tests, which have no time for others.
CAMERA, UPRIGHT, PANORAMA = (3000, 2000), (2000, 3000), (6000, 1500)
PHONE, PHONE_UPRIGHT, SQUARE = (2048, 1536), (1536, 2048), (1800, 1800)
OF_A_DAY, DAYS = (1200, 800), 60
SMALL, FEW = 64, 2  # pixels of the shorter side; slides of a session


class Slide(NamedTuple):
    caption: str
    draw: Callable[[int, tuple[int, int]], bytes]
    number: int
    size: tuple[int, int] = CAMERA

    def data(self, *, full: bool) -> bytes:
        width, height = self.size
        if full:
            return self.draw(self.number, self.size)
        if self.draw is clip:
            return clouds()
        scale = SMALL / min(self.size)
        return self.draw(self.number, (round(width * scale), round(height * scale)))


class Plan(NamedTuple):
    owner: str
    title: str
    category: str
    slides: list[Slide]
    fields: dict[str, Any]
    is_featured: bool = False
    allow_saves: bool = True
    savers: tuple[str, ...] = ()


def clouds(number: int = 0, size: tuple[int, int] = WIDE) -> bytes:
    return (Path(__file__).parent / "clouds.mp4").read_bytes()


def plans(*, full: bool) -> list[Plan]:
    """Of little, the session that the demo's story is about has all its slides, others have FEW."""
    story, *others = PLANS
    if not full:
        others = [plan._replace(slides=plan.slides[:FEW]) for plan in others]
    return [story, *others]


FJORDS = [
    Slide("The first morning, and nobody else on the water", landscape, 0),
    Slide("Up before the light", landscape, 1, PHONE),
    Slide("The same bay at midnight", landscape, 2),
    Slide("Birches by the path", landscape, 3, PHONE_UPRIGHT),
    Slide("Last light on the far shore", landscape, 8, PANORAMA),
    Slide("Fog came in from the sea", landscape, 10, UPRIGHT),
    Slide("Clouds over the lake, until we had to go", clouds, 0, WIDE),
]
TRAIN = [
    Slide("Leaving at dawn", landscape, 6),
    Slide("Snow until the second tunnel", landscape, 5, PHONE),
    Slide("From the window, after the tunnel", clip, 19, WIDE),
    Slide("Red hills after lunch", landscape, 4, PHONE),
    Slide("A lake that was not on the map", landscape, 12, PHONE),
    Slide("Nearly there", landscape, 13, PHONE),
]
SOUPS = [
    Slide("Monday: tomato, with basil 🍅", bowl, 0, SQUARE),
    Slide("Tuesday: pumpkin, with ginger 🎃", bowl, 1, SQUARE),
    Slide("Wednesday: peas, with mint 🌿", bowl, 2, SQUARE),
    Slide("Thursday: beetroot, with cream", bowl, 3, SQUARE),
]
LANTERNS = [
    Slide("أول مساء: أضاءوا الفوانيس واحدًا تلو الآخر 🏮", town, 2, UPRIGHT),
    Slide("من سطح البيت، والقمر فوق المدينة كلها 🌙", town, 1, PHONE_UPRIGHT),
    Slide("The last tram 🚋 climbs to the upper town", clip, 22, TALL),
    Slide("בוקר בשוק, לפני שהחנויות נפתחות", town, 4, PHONE_UPRIGHT),
    Slide("👨‍👩‍👧‍👦 كلنا هنا، تقريبًا", town, 5, PHONE),
]
BREAD = [
    Slide(
        "Day one, in the evening. Flour, water, salt, and a spoon of the starter that has lived in "
        "the fridge since spring. Stir until there is no dry flour left, and not one turn more: it "
        "looks wrong now, and that is right. Cover it and go to bed.",
        bowl,
        5,
        PHONE,
    ),
    Slide(
        "Day two. The dough has slept in the cold, and smells of apples. Fold it four times, a "
        "quarter turn each, and leave it alone for as long as a walk around the block takes.\n\n"
        "If it sticks, wet your hands. If it still sticks, it is not ready, and neither are you: "
        "make a cup of tea and read a page. Nobody has ever ruined a loaf by waiting ten minutes.",
        bowl,
        9,
        PHONE,
    ),
    Slide("Out of the oven. Wait an hour. (Nobody waits an hour.)", bowl, 13, SQUARE),
]
DUNES = [
    Slide("Seen from the road, all of it at once", landscape, 11, PANORAMA),
    Slide("The rain had stopped an hour before", landscape, 18, PHONE),
    Slide("", landscape, 25, PHONE_UPRIGHT),
    Slide("Warm stones, cold wind", landscape, 32, PHONE),
]
HILLS = [
    Slide("Up 🥾", landscape, 7, PHONE),
    Slide("The hut, and the whole valley behind it", landscape, 14, PHONE),
    Slide("🌄", landscape, 15, PHONE_UPRIGHT),
    Slide("Down again, with a blister each", landscape, 17, PHONE),
]
WINDOW = [Slide(f"Day {day}", landscape, 100 + day, OF_A_DAY) for day in range(1, DAYS + 1)]
# The first is the first share, whose number README names, and has the first place at home.
PLANS = [
    Plan(
        AUTHOR,
        "Fjords in May",
        "landscapes",
        FJORDS,
        {"transition": "fade", "subreddits": ["landscape", "hiking"]},
        is_featured=True,
    ),
    Plan(
        AUTHOR,
        "By slow train to the coast",
        "travel",
        TRAIN,
        {"transition": "slide", "subreddits": ["travel"]},
        is_featured=True,
    ),
    Plan("yara", "مدينة الفوانيس", "travel", LANTERNS, {"transition": "flip"}, is_featured=True),
    Plan(
        AUTHOR,
        "Four soups for a cold week",
        "recipes",
        SOUPS,
        {"transition": "zoom", "subreddits": ["soup"]},
        is_featured=True,
    ),
    Plan(
        "mika",
        "Sixty days from the same window",
        "landscapes",
        WINDOW,
        {"transition": "fade", "interval_min": 1, "interval_max": 2},
        is_featured=True,
    ),
    Plan(
        "yara",
        "Dunes after rain",
        "landscapes",
        DUNES,
        {"transition": "zoom"},
        savers=(AUTHOR,),
    ),
    Plan("mika", "Bread, slowly", "recipes", BREAD, {"transition": "none"}, allow_saves=False),
    Plan(
        "tomas",
        "A weekend above the trees",
        "travel",
        HILLS,
        {"transition": "slide", "subreddits": ["hiking"]},
        savers=(SAVER, AUTHOR),
    ),
]
