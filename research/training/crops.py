"""Crops as in src/stage/landmarks.c and src/stage/gaze.c, and their augmentation for training.

Coordinates follow OpenCV: the centre of the first pixel is (0, 0). A crop is one affine map, so that
rotation, squeezing and shifting cost one resampling. Without these it equals the crop of the C code up
to the rounding of its integer square.
"""
import cv2
import numpy as np

cv2.setNumThreads(1)

# Point i of the mirror image is point MIRROR[i] of the picture.
MIRROR = np.array(list(range(16, -1, -1)) + list(range(26, 16, -1)) + [27, 28, 29, 30] +
                  [35, 34, 33, 32, 31] + [45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40] +
                  [54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55, 64, 63, 62, 61, 60, 67, 66, 65])
GROWTH = 1.1


def square(box, share=1):
    """The square that src/stage/landmarks.c crops: x, y, side, integers truncated as in C. share: side
    relative to the usual one."""
    x1, y1 = int(box[0]), int(box[1])
    w, h = int(box[2]) - x1, int(box[3]) - y1
    side = int(share * GROWTH * max(w, h))
    return int(x1 + w / 2.0) - side // 2, int(y1 + h / 2.0) - side // 2, side


def cut(picture, x, y, w, h, size):
    """A rectangle of the picture, black outside the picture, resized to `size` (width, height)."""
    height, width = picture.shape[:2]
    padded = np.zeros((h, w, 3), np.uint8)
    x1, y1, x2, y2 = max(x, 0), max(y, 0), min(x + w, width), min(y + h, height)
    if x2 > x1 and y2 > y1:
        padded[y1 - y:y2 - y, x1 - x:x2 - x] = picture[y1:y2, x1:x2]
    return cv2.resize(padded, size, interpolation=cv2.INTER_LINEAR)


def cut_square(picture, box, side, share=1):
    """(crop, (x, y, size)) as in landmarks.c."""
    x, y, size = square(box, share)
    return cut(picture, x, y, size, size, (side, side)), (x, y, size)


EYES = 96, 72  # width, height


def eyes(points):
    """Centre and width of the crop of src/stage/gaze.c around the eyes of 68 points. The scale is the
    greater of two distances, because yaw of the head shortens one and pitch the other."""
    eyes_at, mouth_at = points[36:48].mean(0), (points[48] + points[54]) / 2
    scale = max(np.hypot(*(points[45] - points[36])), 1.3 * np.hypot(*(mouth_at - eyes_at)))
    return eyes_at + np.array([0, 0.18 * scale]), 1.5 * scale


def cut_eyes(picture, points):
    """The crop as in gaze.c."""
    center, width = eyes(points)
    w, h = int(np.floor(width + .5)), int(np.floor(width * EYES[1] / EYES[0] + .5))
    x, y = (int(np.floor(c - n / 2 + 1)) for c, n in zip(center, (w, h)))
    return cut(picture, x, y, w, h, EYES)


def affine(center, size, side, angle=0.0, squeeze=1.0, shear=0.0, flip=False):
    """2 x 3 matrix from the picture to a crop of `side` (or width, height) pixels. size: width and height
    of the rectangle in the picture, which is then rotated by `angle` degrees (clockwise on the screen)
    around its centre."""
    w, h = size
    side = np.broadcast_to(side, 2)
    a = np.radians(angle)
    turn = np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]])
    bend = np.array([[squeeze, shear], [0, 1 / squeeze]])
    scale = np.diag([-side[0] / w if flip else side[0] / w, side[1] / h])
    m = scale @ turn @ bend
    middle = (side - 1) / 2  # the centre of the crop, pixel centres being integers
    return np.hstack([m, (middle - m @ np.asarray(center, float))[:, None]])


def moved(points, m):
    return points @ m[:, :2].T + m[:, 2]


_GRID = {}


def bend(img, points, rng, strength):
    """Changes proportions: a smooth field moves picture and points by about `strength` of the side."""
    side = img.shape[0]
    if side not in _GRID:
        x = np.arange(side, dtype=np.float32)
        _GRID[side] = np.stack(np.meshgrid(x, x), 2)
    cells = int(rng.integers(3, 6))
    small = rng.standard_normal((cells, cells, 2), np.float32) * strength * side
    field = cv2.resize(small, (side, side), interpolation=cv2.INTER_CUBIC)
    where = _GRID[side] + field
    img = cv2.remap(img, where, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    new = points
    for _ in range(3):  # solves new + field(new) = points
        i = np.clip(np.rint(new), 0, side - 1).astype(int)
        new = points - field[i[:, 1], i[:, 0]]
    return img, new


# ------------------------------------------------------------------------------ photographs ----

def _field(rng, img, low, cells):
    """A smooth random field between `low` and 1."""
    small = rng.random((cells, cells), np.float32)
    return low + (1 - low) * cv2.resize(small, img.shape[1::-1], interpolation=cv2.INTER_CUBIC).clip(0, 1)


def _shape(rng, img, least, most):
    """Mask (0 or 255) of a random ellipse, box or polygon; sizes in shares of the sides."""
    sides = np.array(img.shape[1::-1])
    mask = np.zeros(img.shape[:2], np.uint8)
    x, y = rng.random(2) * sides
    w, h = (least + (most - least) * rng.random(2)) * sides
    if rng.random() < 0.5:
        cv2.ellipse(mask, (int(x), int(y)), (int(w / 2) + 1, int(h / 2) + 1), rng.random() * 180, 0,
                    360, 255, -1)
    else:
        n = int(rng.integers(3, 8))
        at = np.sort(rng.random(n)) * 2 * np.pi
        poly = np.stack([x + w / 2 * np.cos(at), y + h / 2 * np.sin(at)], 1)
        cv2.fillPoly(mask, [poly.astype(np.int32)], 255)
    if rng.random() < 0.4:
        mask = cv2.GaussianBlur(mask, (0, 0), 0.5 + 2.5 * rng.random())
    return mask


def _blend(img, other, mask):
    share = mask.astype(np.float32)[:, :, None] * (1 / 255)
    return (img + (other - img.astype(np.float32)) * share).astype(np.uint8)


def _material(rng, img, other):
    """Texture of an occluder: a colour, stripes or noise, or a piece of another picture."""
    kind = rng.random()
    if kind < 0.45 and other is not None:
        h, w = other.shape[:2]
        size = int(rng.integers(min(h, w) // 4, min(h, w) + 1))
        x, y = int(rng.integers(0, w - size + 1)), int(rng.integers(0, h - size + 1))
        return cv2.resize(other[y:y + size, x:x + size], img.shape[1::-1]).astype(np.float32)
    colour = rng.random(3).astype(np.float32) * 255
    if kind < 0.8:
        return np.broadcast_to(colour, img.shape).astype(np.float32)
    cells = int(rng.integers(3, 40))
    noise = (rng.random((cells, cells, 1), np.float32) - 0.5) * 120 * np.ones(3, np.float32)
    return (cv2.resize(noise, img.shape[1::-1]) + colour).clip(0, 255)


def occlude(img, rng, other):
    """Puts an occluder in front of the face, which covers a moderate share of the crop."""
    for _ in range(1 + (rng.random() < 0.3)):
        img = _blend(img, _material(rng, img, other), _shape(rng, img, 0.1, 0.55))
    return img


def surround(img, rng, other, points):
    """Replaces the background: all pixels farther from the face's landmarks than hair usually reaches."""
    side = img.shape[0]
    low, high = points.min(0), points.max(0)
    cx, cy = (low + high) / 2
    w, h = high - low
    mask = np.zeros((side, side), np.uint8)
    at = np.array([cx, cy - 0.22 * h])
    cv2.ellipse(mask, (int(at[0]), int(at[1])), (int(0.78 * w) + 2, int(0.95 * h) + 2), 0, 0, 360,
                255, -1)
    mask = 255 - cv2.GaussianBlur(mask, (0, 0), 1 + 3 * rng.random())
    return _blend(img, _material(rng, img, other), mask)


_RAMP = np.arange(256, dtype=np.float32) / 255


def photograph(img, rng, much=1.0):
    """Simulates the effects of cameras, coders and light. uint8 RGB in and out. much: factor of the
    frequency of each effect but the tone."""
    height, width = img.shape[:2]
    roll = rng.random(16) / much
    if roll[0] < 0.35:  # shadow or patch of light with a soft or hard edge
        field = _field(rng, img, 0.25 + 0.5 * rng.random(), int(rng.integers(2, 6)))
        if roll[1] < 0.4:
            field = np.where(_shape(rng, img, 0.3, 1.2) > 127, 0.35 + 0.5 * rng.random(), 1)
            field = cv2.GaussianBlur(field.astype(np.float32), (0, 0), 0.6 + 4 * rng.random())
        tint = 1 + 0.12 * rng.standard_normal(3).astype(np.float32)
        img = np.clip(img * (field[:, :, None] * tint), 0, 255).astype(np.uint8)
    if roll[2] < 0.15:  # other textures: a random filter keeps the shape and changes the surface
        kernel = rng.standard_normal((3, 3)).astype(np.float32) * 0.25
        kernel[1, 1] += 1
        kernel /= max(kernel.sum(), 0.35)
        img = cv2.filter2D(img, -1, kernel)
    if roll[3] < 0.25:  # edge enhancement, as in most cameras
        soft = cv2.GaussianBlur(img, (0, 0), 0.7 + 1.2 * rng.random())
        amount = 0.3 + 1.5 * rng.random()
        img = cv2.addWeighted(img, 1 + amount, soft, -amount, 0)
    if roll[4] < 0.25:
        img = cv2.GaussianBlur(img, (0, 0), 0.3 + 1.5 * rng.random() ** 2)
    if roll[5] < 0.25:  # low resolution, enlarged; reduced with and without smoothing
        share = 0.25 + 0.6 * rng.random()
        small = [max(16, int(n * share)) for n in (width, height)]
        how = cv2.INTER_AREA if roll[6] < 0.5 else cv2.INTER_LINEAR
        back = (cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_NEAREST)[int(rng.integers(0, 3))]
        img = cv2.resize(cv2.resize(img, small, interpolation=how), (width, height),
                         interpolation=back)
    # tone: gamma, contrast, brightness and colour cast in one table per channel
    gamma = np.exp(0.35 * rng.standard_normal())
    contrast = np.exp(0.25 * rng.standard_normal())
    table = ((_RAMP ** gamma - 0.5) * contrast + 0.5 + 0.10 * rng.standard_normal())[:, None]
    cast = np.exp((0.22 if roll[7] < 0.3 else 0.08) * rng.standard_normal(3))
    table = (table * cast * 255).clip(0, 255).astype(np.uint8)
    img = cv2.LUT(img, table.reshape(256, 1, 3))
    if roll[8] < 0.2:
        img = cv2.cvtColor(cv2.cvtColor(img, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    elif roll[8] < 0.45:  # saturation
        grey = cv2.cvtColor(cv2.cvtColor(img, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
        amount = 0.3 + 1.2 * rng.random()
        img = cv2.addWeighted(img, amount, grey, 1 - amount, 0)
    elif roll[8] < 0.5:
        img = img[:, :, rng.permutation(3)]
    if roll[9] < 0.3:
        noise = rng.standard_normal((height, width, 1 if roll[10] < 0.5 else 3), np.float32)
        if roll[11] < 0.3:
            noise = cv2.GaussianBlur(noise, (0, 0), 0.8).reshape(height, width, -1) * 2
        img = (img + noise * (2 + 14 * rng.random() ** 2)).clip(0, 255).astype(np.uint8)
    if roll[12] < 0.35:
        quality = int(20 + 75 * rng.random())
        _, code = cv2.imencode(".jpg", img, [cv2.IMWRITE_JPEG_QUALITY, quality])
        img = cv2.imdecode(code, cv2.IMREAD_COLOR)
    if roll[13] < 0.03:
        img = 255 - img if roll[14] < 0.1 else cv2.equalizeHist(
            cv2.cvtColor(img, cv2.COLOR_RGB2GRAY))[:, :, None] * np.ones(3, np.uint8)
    return np.ascontiguousarray(img)
