"""Draws the demo's pictures on the spot. The same number always gives the same picture."""

import io
import math
import random

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageOps

SIZE = WIDTH, HEIGHT = 960, 640
SMOOTH = 2  # everything is drawn this much larger: scaling down smooths the edges
LARGE = LARGE_WIDTH, LARGE_HEIGHT = WIDTH * SMOOTH, HEIGHT * SMOOTH

# The sky from top to horizon, the light in it, and the nearest ridge.
PALETTES = [
    ("#2f6fa8", "#cfe8ee", "#fffbe6", "#12372f"),  # a clear morning
    ("#3b2a63", "#ff9e6d", "#ffe6a8", "#1d1436"),  # sunset
    ("#0b1433", "#35568f", "#f4f1dc", "#060b1c"),  # moonlight
    ("#7fb2a5", "#f6ecc9", "#fffdf2", "#20442f"),  # spring haze
    ("#9a4f3c", "#f9d29b", "#fff3d6", "#3b1f1c"),  # desert
    ("#8ea3b8", "#eef2f5", "#ffffff", "#2d3d4d"),  # snow
    ("#d0708c", "#fbe3d3", "#fff7ea", "#3a2746"),  # dawn
]
SOUPS = ["#c8501e", "#d9962b", "#6f8a3a", "#8d2f3c"]  # tomato, pumpkin, pea, beetroot


def landscape(number: int) -> bytes:
    """A JPEG of ridges behind each other under a sky; every second one has a lake."""
    chance = random.Random(number)
    top, horizon, light, near = PALETTES[number % len(PALETTES)]
    picture = gradient(LARGE, top, horizon)
    shine(picture, light, x=chance.uniform(0.2, 0.8), y=chance.uniform(0.15, 0.4))
    ridges = 5
    for ridge in range(ridges):
        nearness = (ridge + 1) / ridges
        height = 0.40 + 0.12 * ridge + chance.uniform(-0.03, 0.03)
        outline = ridge_outline(chance, height, rise=0.2 - 0.11 * nearness)
        ImageDraw.Draw(picture).polygon(outline, fill=mix(horizon, near, nearness**1.3))
        if ridge == 2 and number % 2 == 0:
            mirror(chance, picture, shore=0.72, tint=horizon)
    return jpeg(picture)


def bowl(number: int) -> bytes:
    chance = random.Random(number)
    soup = SOUPS[number % len(SOUPS)]
    picture = gradient(LARGE, mix("#d9c3a3", soup, 0.15), mix("#a98a63", soup, 0.15))
    draw = ImageDraw.Draw(picture)
    for y in range(0, LARGE_HEIGHT, 160):
        draw.line([(0, y), (LARGE_WIDTH, y)], fill="#8f734f", width=5)
    middle = LARGE_WIDTH / 2, LARGE_HEIGHT / 2
    draw.circle((middle[0] + 25, middle[1] + 40), 520, fill="#6e5538")
    draw.circle(middle, 520, fill="#f7f3ea")
    draw.circle(middle, 455, fill="#dcd5c6")
    draw.circle(middle, 440, fill=soup)
    for _ in range(70):
        angle, distance = chance.uniform(0, math.tau), 380 * math.sqrt(chance.random())
        spot = middle[0] + distance * math.cos(angle), middle[1] + distance * math.sin(angle)
        colour = chance.choice(["#3f7a2c", "#fff4d2", mix(soup, "#ffffff", 0.35)])
        draw.circle(spot, chance.uniform(8, 26), fill=colour)
    return jpeg(picture)


def gradient(size, top, bottom):
    return ImageOps.colorize(Image.linear_gradient("L").resize(size), top, bottom)


def mix(colour, other, share):
    pairs = zip(bytes.fromhex(colour[1:]), bytes.fromhex(other[1:]), strict=True)
    return "#" + bytes(round(a + (b - a) * share) for a, b in pairs).hex()


def shine(picture, light, *, x, y):
    glow = Image.new("L", SIZE)
    draw = ImageDraw.Draw(glow)
    draw.circle((x * WIDTH, y * HEIGHT), 90, fill=150)
    glow = glow.filter(ImageFilter.GaussianBlur(60))
    ImageDraw.Draw(glow).circle((x * WIDTH, y * HEIGHT), 34, fill=255)
    picture.paste(light, mask=glow.resize(LARGE))


def ridge_outline(chance, height, rise):
    """The corners of a ridge: slow waves carry quick ones, down to single rocks."""
    waves = [
        (2**octave * chance.uniform(0.7, 1.3), chance.uniform(0, math.tau), rise * 0.5**octave)
        for octave in range(1, 8)
    ]
    skyline = []
    for x in range(0, LARGE_WIDTH + 4, 4):
        part = x / LARGE_WIDTH
        bumps = sum(
            size * (1 - 2 * abs(math.sin(math.pi * speed * part + phase)))
            for speed, phase, size in waves
        )
        skyline.append((x, (height - bumps) * LARGE_HEIGHT))
    return [(0, LARGE_HEIGHT), *skyline, (LARGE_WIDTH, LARGE_HEIGHT)]


def mirror(chance, picture, *, shore, tint):
    """Turn what lies below the shore into water that mirrors what stands above it."""
    line = round(shore * LARGE_HEIGHT)
    depth = LARGE_HEIGHT - line
    above = picture.crop((0, line - depth, LARGE_WIDTH, line))
    water = ImageOps.flip(above).filter(ImageFilter.BoxBlur((14, 3)))
    noise = Image.frombytes("L", (6, depth), chance.randbytes(6 * depth))
    ripples = noise.point(lambda grey: 64 + grey // 2).resize(water.size)
    water = Image.blend(water, Image.new("RGB", water.size, tint), 0.18)
    picture.paste(ImageChops.soft_light(water, ripples.convert("RGB")), (0, line))


def jpeg(picture) -> bytes:
    file = io.BytesIO()
    picture.resize(SIZE, Image.Resampling.LANCZOS).save(file, "JPEG", quality=85)
    return file.getvalue()
