"""Draws the demo's pictures on the spot. The same number and size always give the same picture."""

import io
import math
import random

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageOps

SIZE = 960, 640
SMOOTH_BELOW = 1000  # pixels: smaller pictures are drawn at twice their size, for smooth edges
TEXTURED_ABOVE = 1000  # pixels: larger ones have the grain of a camera, and so its weight

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
WINDOWS = ["#ffe6a8", "#ffcf7d", "#ff9e6d", "#fff6e4"]


def landscape(number: int, size=SIZE) -> bytes:
    """A JPEG of ridges behind each other under a sky; every second one has a lake."""
    return jpeg(draw_landscape(number, canvas_for(size)), size, number)


def draw_landscape(number, size):
    chance = random.Random(number)
    top, horizon, light, near = PALETTES[number % len(PALETTES)]
    picture = gradient(size, top, horizon)
    shine(picture, light, x=chance.uniform(0.2, 0.8), y=chance.uniform(0.15, 0.4))
    ridges = 5
    for ridge in range(ridges):
        nearness = (ridge + 1) / ridges
        height = 0.40 + 0.12 * ridge + chance.uniform(-0.03, 0.03)
        outline = ridge_outline(chance, size, height, rise=0.2 - 0.11 * nearness)
        ImageDraw.Draw(picture).polygon(outline, fill=mix(horizon, near, nearness**1.3))
        if ridge == 2 and number % 2 == 0:
            mirror(chance, picture, shore=0.72, tint=horizon)
    return picture


def town(number: int, size=SIZE) -> bytes:
    """Houses in rows up a hill, with lit windows, between sunset and night."""
    chance = random.Random(number)
    width, height = canvas = canvas_for(size)
    top, horizon, light, near = PALETTES[1 + number % 2]
    picture = gradient(canvas, top, horizon)
    shine(picture, light, x=chance.uniform(0.2, 0.8), y=0.25)
    draw, unit, rows = ImageDraw.Draw(picture), max(width, height) / 14, 5
    for row in range(rows):
        foot = height * (0.6 + 0.4 * row / (rows - 1))
        colour = mix(horizon, near, 0.45 + 0.55 * row / rows)
        x = -chance.uniform(0, unit)
        while x < width:
            wide, high = unit * chance.uniform(0.8, 1.6), unit * chance.uniform(1.4, 3.2)
            house(chance, draw, (x, foot - high, x + wide, height), colour)
            x += wide * chance.uniform(0.75, 1)
    return jpeg(picture, size, number)


def house(chance, draw, box, colour):
    left, top, right, bottom = box
    wide = right - left
    roof = (left + right) / 2, top - wide * chance.uniform(0.25, 0.7)
    draw.polygon([(left, bottom), (left, top), roof, (right, top), (right, bottom)], fill=colour)
    pane = wide / 7
    for floor in range(4):
        for side in (1.2, 3, 4.8):
            if chance.random() < 0.4:
                x, y = left + side * pane, top + pane * (0.8 + 2.2 * floor)
                draw.rectangle((x, y, x + pane, y + 1.4 * pane), fill=chance.choice(WINDOWS))


def bowl(number: int, size=SIZE) -> bytes:
    chance = random.Random(number)
    width, height = canvas = canvas_for(size)
    soup = SOUPS[number % len(SOUPS)]
    picture = gradient(canvas, mix("#d9c3a3", soup, 0.15), mix("#a98a63", soup, 0.15))
    draw, unit = ImageDraw.Draw(picture), min(canvas) / 1280
    for y in range(0, height, round(160 * unit)):
        draw.line([(0, y), (width, y)], fill="#8f734f", width=round(5 * unit))
    middle = width / 2, height / 2
    draw.circle((middle[0] + 25 * unit, middle[1] + 40 * unit), 520 * unit, fill="#6e5538")
    for radius, colour in ((520, "#f7f3ea"), (455, "#dcd5c6"), (440, soup)):
        draw.circle(middle, radius * unit, fill=colour)
    for _ in range(70):
        angle, distance = chance.uniform(0, math.tau), 380 * unit * math.sqrt(chance.random())
        spot = middle[0] + distance * math.cos(angle), middle[1] + distance * math.sin(angle)
        colour = chance.choice(["#3f7a2c", "#fff4d2", mix(soup, "#ffffff", 0.35)])
        draw.circle(spot, chance.uniform(8, 26) * unit, fill=colour)
    return jpeg(picture, size, number)


def canvas_for(size):
    smooth = 2 if max(size) < SMOOTH_BELOW else 1
    return size[0] * smooth, size[1] * smooth


def gradient(size, top, bottom):
    return ImageOps.colorize(Image.linear_gradient("L").resize(size), top, bottom)


def mix(colour, other, share):
    pairs = zip(bytes.fromhex(colour[1:]), bytes.fromhex(other[1:]), strict=True)
    return "#" + bytes(round(a + (b - a) * share) for a, b in pairs).hex()


def shine(picture, light, *, x, y):
    """Blurred small and then enlarged: a glow has no details."""
    width, height = small = 480, round(480 * picture.height / picture.width)
    radius = min(small) / 19
    glow = Image.new("L", small)
    ImageDraw.Draw(glow).circle((x * width, y * height), radius * 2.6, fill=150)
    mask = glow.filter(ImageFilter.GaussianBlur(radius * 1.8)).resize(picture.size)
    scale = picture.width / width
    disc = (x * width * scale, y * height * scale), radius * scale
    ImageDraw.Draw(mask).circle(*disc, fill=255)
    picture.paste(light, mask=mask)


def ridge_outline(chance, size, height, rise):
    """The corners of a ridge: slow waves carry quick ones, down to single rocks."""
    waves = [
        (2**octave * chance.uniform(0.7, 1.3), chance.uniform(0, math.tau), rise * 0.5**octave)
        for octave in range(1, 8)
    ]
    skyline, step = [], max(1, size[0] // 480)
    for x in range(0, size[0] + step, step):
        part = x / size[0]
        bumps = sum(
            size * (1 - 2 * abs(math.sin(math.pi * speed * part + phase)))
            for speed, phase, size in waves
        )
        skyline.append((x, (height - bumps) * size[1]))
    return [(0, size[1]), *skyline, size]


def mirror(chance, picture, *, shore, tint):
    """Turn what lies below the shore into water that mirrors what stands above it."""
    width, height = picture.size
    line = round(shore * height)
    depth = height - line
    above = picture.crop((0, line - depth, width, line))
    water = ImageOps.flip(above).filter(ImageFilter.BoxBlur((14, 3)))
    noise = Image.frombytes("L", (6, depth), chance.randbytes(6 * depth))
    ripples = noise.point(lambda grey: 64 + grey // 2).resize(water.size)
    water = Image.blend(water, Image.new("RGB", water.size, tint), 0.18)
    picture.paste(ImageChops.soft_light(water, ripples.convert("RGB")), (0, line))


def textured(picture, number):
    """With the grain of a sensor."""
    chance, (width, height) = random.Random(number), picture.size
    grain = Image.frombytes("L", picture.size, chance.randbytes(width * height))
    texture = grain.point(lambda grey: 115 + grey // 10)
    return ImageChops.soft_light(picture, texture.convert("RGB"))


def jpeg(picture, size, number) -> bytes:
    file = io.BytesIO()
    if picture.size != size:
        picture = picture.resize(size, Image.Resampling.LANCZOS)
    if max(size) > TEXTURED_ABOVE:
        picture = textured(picture, number)
    picture.save(file, "JPEG", quality=88)
    return file.getvalue()
