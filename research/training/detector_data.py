"""Training pictures for the detector: rendered scenes and heads, photographs without people.

Every picture is a random composition on one canvas: the pasted objects, their sources and sizes, and the
distortions of the camera are random. The true boxes are those of the renders with the top lowered by TOP
of the height, which is the average position of RetinaFace's top on renders (its scatter is 4.5 %).
"""
import glob
import os

import cv2
import numpy as np

from data import RenderedSet

TOP = 0.035
MIN_SEEN = 0.35  # a face that is less visible than this is neither face nor background
FLIP = [1, 0, 2, 4, 3]


class Face:
    __slots__ = ("box", "points", "seen")

    def __init__(self, box, points, seen):
        self.box, self.points, self.seen = box, points, seen


def truth(s, k):
    box = s.box[k].copy()
    box[1] += TOP * (box[3] - box[1])
    return Face(box, s.points5[k].reshape(5, 2).copy(), float(s.seen[k, 0]))


class Source:
    """A rendered set with the faces of each picture."""

    def __init__(self, folder):
        self.set = RenderedSet(folder)
        n = len(self.set.frames)
        order = np.argsort(self.set.picture, kind="stable")
        bounds = np.searchsorted(self.set.picture[order], np.arange(n + 1))
        self.of = [order[bounds[i]:bounds[i + 1]] for i in range(n)]
        turned = (np.abs(self.set.head_rad[:, 1]) > 0.65) & (self.set.seen[:, 0] > 0.5)
        self.turned = np.unique(self.set.picture[turned])

    def __len__(self):
        return len(self.of)

    def get(self, i):
        image = np.ascontiguousarray(self.set.frames[i][:, :, ::-1])
        return image, [truth(self.set, k) for k in self.of[i]]


def load_photos(folder, held_out):
    """Photographs and stamps for training or for validation, which alone uses every eighth picture."""
    def take(pattern, flags):
        files = sorted(glob.glob(os.path.join(folder, pattern)))
        return [cv2.imread(f, flags) for i, f in enumerate(files) if (i % 8 == 7) == held_out]
    return take("photos/*.jpg", cv2.IMREAD_COLOR), take("stamps/*.png", cv2.IMREAD_UNCHANGED)


def matrix(scale, angle, flip, centre, to):
    """Map from source pixels to the canvas; `centre` is mapped to `to`."""
    c, s = np.cos(angle) * scale, np.sin(angle) * scale
    m = np.array([[c, -s], [s, c]])
    if flip:
        m = m @ np.diag([-1.0, 1.0])
    return np.concatenate([m, (np.asarray(to) - m @ np.asarray(centre))[:, None]], 1)


def warp(image, m, size, border=cv2.BORDER_CONSTANT, value=0):
    scale = np.sqrt(abs(np.linalg.det(m[:, :2])))
    while scale < 0.6:  # average first, because fine texture would become noise
        h, w = image.shape[:2]
        small = cv2.resize(image, (max(1, w // 2), max(1, h // 2)), interpolation=cv2.INTER_AREA)
        sx, sy = small.shape[1] / w, small.shape[0] / h
        m = np.concatenate([m[:, :2] @ np.diag([1 / sx, 1 / sy]), m[:, 2:]], 1)
        image, scale = small, scale * 2
    return cv2.warpAffine(image, m, size, flags=cv2.INTER_LINEAR, borderMode=border, borderValue=value)


def moved(face, m, flip):
    """The box is scaled but not rotated: the bounding box of a rotated box would be too large."""
    scale = np.sqrt(abs(np.linalg.det(m[:, :2])))
    centre = m[:, :2] @ ((face.box[:2] + face.box[2:]) / 2) + m[:, 2]
    half = (face.box[2:] - face.box[:2]) / 2 * scale
    points = face.points @ m[:, :2].T + m[:, 2]
    return Face(np.concatenate([centre - half, centre + half]).astype(np.float32),
                (points[FLIP] if flip else points).astype(np.float32), face.seen)


class Canvas:
    def __init__(self, width, height):
        self.w, self.h = width, height
        self.image = np.zeros((height, width, 3), np.uint8)
        self.faces = []

    def lay(self, image, mask, faces, m, flip):
        # Only the affected part of the canvas: the mapped corners of the mask's bounding box.
        rows, cols = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
        if len(rows) == 0:
            return
        corners = np.array([[x, y] for x in (cols[0] - 1, cols[-1] + 1) for y in (rows[0] - 1, rows[-1] + 1)])
        corners = corners @ m[:, :2].T + m[:, 2]
        x0, y0 = np.maximum(np.floor(corners.min(0)), 0).astype(int)
        x1, y1 = np.minimum(np.ceil(corners.max(0)) + 1, (self.w, self.h)).astype(int)
        if x1 <= x0 or y1 <= y0:
            return
        local, size = m.copy(), (int(x1 - x0), int(y1 - y0))
        local[:, 2] -= x0, y0
        a = warp(mask, local, size)
        for f in self.faces:  # earlier faces below the mask are covered
            bx0, by0 = np.maximum(f.box[:2], 0).astype(int)
            bx1, by1 = np.minimum(f.box[2:], (self.w, self.h)).astype(int)
            if bx1 > bx0 and by1 > by0:
                part = a[max(0, by0 - y0):max(0, by1 - y0), max(0, bx0 - x0):max(0, bx1 - x0)]
                f.seen *= 1 - (part > 127).sum() / ((bx1 - bx0) * (by1 - by0))
        layer = warp(image, local, size, cv2.BORDER_REPLICATE)
        under = self.image[y0:y1, x0:x1]
        if a.min() == 255:
            under[:] = layer
        else:
            alpha = cv2.merge([a, a, a])
            over = cv2.multiply(layer, alpha, scale=1 / 255)
            under[:] = cv2.add(cv2.multiply(under, 255 - alpha, scale=1 / 255), over)
        for f in faces:
            self.faces.append(moved(f, m, flip))


class Composer:
    def __init__(self, scenes, heads, photos, stamps, size=256, seed=0):
        self.scenes, self.heads, self.photos, self.stamps = scenes, heads, photos, stamps
        self.size = size
        self.rng = np.random.default_rng(seed)

    # -- pieces ---------------------------------------------------------------------------------
    def pick(self, sources):
        r = self.rng
        weights = np.array([len(s) for s in sources], float)
        s = sources[r.choice(len(sources), p=weights / weights.sum())]
        # Only one head in twelve is turned by more than 37 degrees; a detector must be trained on more.
        if r.random() < 0.3:
            return s.get(s.turned[r.integers(len(s.turned))])
        return s.get(r.integers(len(s)))

    def angle(self, most=15):
        return np.radians(np.clip(self.rng.normal(0, most / 2), -most, most))

    def fill_photo(self, c):
        r = self.rng
        p = self.photos[r.integers(len(self.photos))]
        h, w = p.shape[:2]
        fit = max(c.w / w, c.h / h)
        scale = fit * np.exp(r.uniform(0, np.log(max(1.01, min(4.0, 1.5 / fit)))))
        to = (c.w / 2, c.h / 2)
        room = np.maximum(0, np.array([w, h]) / 2 - np.array(to) / scale)
        centre = np.array([w, h]) / 2 + r.uniform(-1, 1, 2) * room
        cut = np.array(to) / scale
        x0, y0 = np.maximum(np.floor(centre - cut), 0).astype(int)
        x1, y1 = np.ceil(centre + cut).astype(int)
        c.image = cv2.resize(p[y0:y1, x0:x1], (c.w, c.h),
                             interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
        if r.random() < 0.5:
            c.image = np.ascontiguousarray(c.image[:, ::-1])
        if r.random() < 0.25:
            c.image = cv2.GaussianBlur(c.image, (0, 0), r.uniform(0.5, 4))

    def fill_plain(self, c):
        r = self.rng
        a, b = r.uniform(0, 255, 3), r.uniform(0, 255, 3)
        t = np.linspace(0, 1, c.h)[:, None, None] if r.random() < 0.5 else np.linspace(0, 1, c.w)[None, :, None]
        c.image = np.broadcast_to(a + (b - a) * t, (c.h, c.w, 3)).astype(np.uint8)

    def fill(self, c):
        (self.fill_photo if self.rng.random() < 0.8 else self.fill_plain)(c)

    def stamp(self, c):
        r = self.rng
        s = self.stamps[r.integers(len(self.stamps))]
        image = s[:, :, :3]
        if r.random() < 0.5:  # in the colour of skin, or in any colour
            tint = np.array([120, 150, 200]) * r.uniform(0.3, 1.2) if r.random() < 0.5 else r.uniform(30, 255, 3)
            grey = image.mean(2, keepdims=True) / 255
            image = np.clip(image * 0.4 + grey * tint * 0.6, 0, 255).astype(np.uint8)
        scale = np.exp(r.uniform(np.log(12), np.log(0.9 * self.size))) / max(image.shape[:2])
        flip = r.random() < 0.5
        m = matrix(scale, self.angle(40), flip, np.array(image.shape[1::-1]) / 2,
                   r.uniform(0, 1, 2) * (c.w, c.h))
        c.lay(image, s[:, :, 3], [], m, flip)

    def limb(self, c):
        """A round object in the colour of skin: a hand with fingers, or an arm."""
        r = self.rng
        n = 128
        m = np.zeros((n, n), np.uint8)
        lines = np.zeros((n, n), np.uint8)
        palm = r.uniform(30, 60, 2)
        middle = np.array([n / 2, n / 2])
        toward = r.uniform(0, 2 * np.pi)
        cv2.ellipse(m, (tuple(middle), tuple(palm), np.degrees(toward)), 255, -1)
        thick = int(r.integers(8, 15))
        for k in range(r.integers(0, 6)):
            a = toward + (k - 2) * r.uniform(0.15, 0.4)
            knuckle = middle + 0.35 * palm.mean() * np.array([np.cos(a), np.sin(a)])
            tip = middle + palm.mean() * r.uniform(0.6, 1.1) * np.array([np.cos(a), np.sin(a)])
            a, b = tuple(knuckle.astype(int).tolist()), tuple(tip.astype(int).tolist())
            cv2.line(m, a, b, 255, thick)
            cv2.line(lines, a, b, 255, max(1, thick // 5))
        if r.random() < 0.6:
            end = middle - n * np.array([np.cos(toward), np.sin(toward)])
            cv2.line(m, (n // 2, n // 2), tuple(end.astype(int).tolist()), 255, int(r.integers(18, 40)))
        light, dark = np.array([175, 200, 238.0]), np.array([45, 65, 100.0])  # B, G, R
        skin = dark + (light - dark) * r.random() + r.normal(0, 12, 3)
        round_ = cv2.GaussianBlur(m, (0, 0), r.uniform(3, 9)).astype(np.float32) / 255
        ramp = (np.mgrid[0:n, 0:n] * r.normal(0, 0.004, (2, 1, 1))).sum(0)
        shade = 0.35 + 0.65 * round_ + ramp - 0.3 * cv2.GaussianBlur(lines, (0, 0), 1.5) / 255 * r.random()
        image = np.clip(shade[:, :, None] * skin, 0, 255).astype(np.uint8)
        scale = np.exp(r.uniform(np.log(0.1), np.log(1.6))) * self.size / 256
        flip = r.random() < 0.5
        c.lay(image, cv2.GaussianBlur(m, (0, 0), 1), [],
              matrix(scale, 0, flip, middle, r.uniform(0, 1, 2) * (c.w, c.h)), flip)

    def mask(self, image, box):
        """The pasted part of a rendered head: the whole picture, an ellipse, or head and shoulders."""
        r = self.rng
        h, w = image.shape[:2]
        kind = r.random()
        if kind < 0.35:
            pad = r.uniform(0.15, 1.0)
            bw, bh = box[2] - box[0], box[3] - box[1]
            m = np.zeros((h, w), np.uint8)
            x0, x1 = int(max(0, box[0] - pad * bw)), int(min(w, box[2] + pad * bw))
            y0, y1 = int(max(0, box[1] - pad * bh * 0.8)), int(min(h, box[3] + pad * bh))
            m[y0:y1, x0:x1] = 255
            return m
        m = np.zeros((h, w), np.uint8)
        cx, cy = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        bw, bh = box[2] - box[0], box[3] - box[1]
        grow = r.uniform(1.0, 1.25)
        cv2.ellipse(m, ((cx, cy - 0.08 * bh), (1.15 * bw * grow, 1.22 * bh * grow), 0), 255, -1)
        if kind > 0.55:
            neck, wide = 0.35 * bw, r.uniform(0.9, 1.6) * bw
            y = box[3] + 0.25 * bh
            shape = np.array([[cx - neck, cy], [cx + neck, cy], [cx + neck * 1.2, y], [cx + wide, y + 0.4 * bh],
                              [cx + wide * 1.1, h], [cx - wide * 1.1, h], [cx - wide, y + 0.4 * bh],
                              [cx - neck * 1.2, y]], np.int32)
            cv2.fillPoly(m, [shape], 255)
        return cv2.GaussianBlur(m, (0, 0), r.uniform(0.5, 0.04 * bh + 0.6))

    def place(self, c, face, target):
        """A random transform that makes the face `target` high, mostly inside the canvas."""
        r = self.rng
        height = face.box[3] - face.box[1]
        centre = (face.box[:2] + face.box[2:]) / 2
        edge = min(target * (0.5 if r.random() < 0.8 else 0.2), 0.45 * min(c.w, c.h))
        to = np.array([r.uniform(edge, c.w - edge), r.uniform(edge, c.h - edge)])
        flip = r.random() < 0.5
        return matrix(np.clip(target / height, 0.08, 3.2), self.angle(), flip, centre, to), flip

    def target(self, c, least=9):
        return np.exp(self.rng.uniform(np.log(least), np.log(0.95 * min(c.w, c.h))))

    def head(self, c, decoy=False):
        r = self.rng
        image, faces = self.pick(self.heads if r.random() < 0.7 else self.scenes)
        faces = [f for f in faces if f.seen > 0.3 and f.box[3] - f.box[1] > 30 and f.box[0] > 0 and
                 f.box[1] > 0 and f.box[2] < image.shape[1] and f.box[3] < image.shape[0]]
        if not faces:
            return
        face = faces[r.integers(len(faces))]
        mask = self.mask(image, face.box)
        if decoy:  # the same skin, edges and size, but not a face
            image = self.spoil(image, face)
        target = min(self.target(c), (face.box[3] - face.box[1]) * 2.5)
        m, flip = self.place(c, face, target)
        c.lay(image, mask, [] if decoy else [face], m, flip)

    def spoil(self, image, face):
        r = self.rng
        image = image.copy()
        x0, y0, x1, y1 = (max(0, int(v)) for v in face.box)
        part = image[y0:y1, x0:x1]
        h, w = part.shape[:2]
        how = r.random()
        if how < 0.4 and h > 8:  # halves swapped
            part = np.concatenate([part[h // 2:], part[:h // 2]])
        elif how < 0.6 and w > 8:
            part = np.concatenate([part[:, w // 2:], part[:, :w // 2]], 1)
        elif how < 0.8:  # cheek everywhere
            px, py = face.points[2] + (face.points[3] - face.points[2]) * r.uniform(0.4, 0.6)
            px, py = int(np.clip(px, 4, image.shape[1] - 5)), int(np.clip(py, 4, image.shape[0] - 5))
            part = cv2.resize(image[py - 4:py + 5, px - 4:px + 5], (w, h), interpolation=cv2.INTER_CUBIC)
        else:
            p = self.photos[r.integers(len(self.photos))]
            y, x = r.integers(p.shape[0] - 40), r.integers(p.shape[1] - 40)
            part = cv2.resize(p[y:y + 40, x:x + 40], (w, h))
        soft = np.zeros((h, w), np.float32)
        cv2.ellipse(soft, ((w / 2, h / 2), (0.95 * w, 0.97 * h), 0), 1, -1)
        soft = cv2.GaussianBlur(soft, (0, 0), 0.03 * h + 0.5)[:, :, None]
        image[y0:y1, x0:x1] = (image[y0:y1, x0:x1] * (1 - soft) + part * soft).astype(np.uint8)
        return image

    # -- whole pictures -------------------------------------------------------------------------
    def scene(self, c):
        r = self.rng
        image, faces = self.pick(self.scenes)
        good = [f for f in faces if f.seen > MIN_SEEN]
        if good:
            m, flip = self.place(c, good[r.integers(len(good))], self.target(c))
        else:
            flip = r.random() < 0.5
            m = matrix(r.uniform(0.6, 2.5), self.angle(), flip, r.uniform(0, 1, 2) * (320, 240),
                       (c.w / 2, c.h / 2))
        if np.sqrt(abs(np.linalg.det(m[:, :2]))) * 320 < 0.7 * c.w or r.random() < 0.1:
            return self.mosaic(c)
        self.fill(c)
        c.lay(image, np.full(image.shape[:2], 255, np.uint8), faces, m, flip)
        for _ in range(r.choice(3, p=[0.6, 0.3, 0.1])):
            self.limb(c)

    def mosaic(self, c):
        """Many small faces in one picture, because the training learns more from it."""
        r = self.rng
        nx, ny = r.integers(2, 4), r.integers(1, 4)
        for y in range(ny):
            for x in range(nx):
                w, h = c.w // nx, c.h // ny
                part = Canvas(w, h)
                image, faces = self.pick(self.scenes if r.random() < 0.8 else self.heads)
                good = [f for f in faces if f.seen > MIN_SEEN]
                fit = max(w / image.shape[1], h / image.shape[0])
                if good:
                    f = good[r.integers(len(good))]
                    m, flip = self.place(part, f, max(8, min(self.target(part), 0.7 * h)))
                    if np.sqrt(abs(np.linalg.det(m[:, :2]))) < 0.7 * fit:
                        good = None
                if not good:
                    flip = r.random() < 0.5
                    m = matrix(fit * r.uniform(1, 1.3), 0, flip, np.array(image.shape[1::-1]) / 2, (w / 2, h / 2))
                part.lay(image, np.full(image.shape[:2], 255, np.uint8), faces, m, flip)
                x0, y0 = x * w, y * h
                c.image[y0:y0 + h, x0:x0 + w] = part.image
                shift = np.array([x0, y0, x0, y0], np.float32)
                for f in part.faces:
                    lo, hi = np.array([0, 0]), np.array([w, h])
                    whole = np.prod(f.box[2:] - f.box[:2])
                    box = np.concatenate([np.clip(f.box[:2], lo, hi), np.clip(f.box[2:], lo, hi)])
                    share = np.prod(box[2:] - box[:2]) / max(1e-6, whole)
                    if share > 0.02:
                        c.faces.append(Face(box.astype(np.float32) + shift, f.points + shift[:2],
                                            f.seen * (share if share < 0.6 else 1)))

    def pasted(self, c):
        r = self.rng
        self.fill(c)
        for _ in range(r.integers(0, 4)):
            self.stamp(c)
        for _ in range(r.integers(0, 3)):
            self.limb(c)
        for _ in range(r.integers(0, 3)):
            self.head(c, decoy=True)
        for _ in range(r.choice([1, 2, 3, 5], p=[0.4, 0.3, 0.2, 0.1])):
            self.head(c)
        if r.random() < 0.3:
            (self.stamp if r.random() < 0.5 else self.limb)(c)

    def empty(self, c):
        r = self.rng
        self.fill_photo(c)
        for _ in range(r.integers(0, 6)):
            self.stamp(c)
        for _ in range(r.integers(0, 4)):
            self.limb(c)
        for _ in range(r.integers(0, 4)):
            self.head(c, decoy=True)

    def compose(self):
        r, n = self.rng, self.size
        w, h = n, n
        shape = r.random()
        if shape < 0.35:
            h = int(n * r.choice([9 / 16, 3 / 4, 2 / 3]))
        elif shape < 0.5:
            w = int(n * r.choice([9 / 16, 3 / 4, 2 / 3]))
        c = Canvas(w, h)
        kind = r.random()
        if kind < 0.34:
            self.scene(c)
        elif kind < 0.46:
            self.mosaic(c)
        elif kind < 0.78:
            self.pasted(c)
        else:
            self.empty(c)
        image = np.zeros((n, n, 3), np.uint8)
        image[:h, :w] = self.spoil_camera(c.image)
        faces, ignore = [], []
        for f in c.faces:
            box = np.concatenate([np.clip(f.box[:2], 0, (w, h)), np.clip(f.box[2:], 0, (w, h))])
            whole = np.prod(f.box[2:] - f.box[:2])
            share = np.prod(box[2:] - box[:2]) / max(1e-6, whole)
            if share < 0.05:
                continue
            ok = f.seen > MIN_SEEN and share > 0.5 and box[3] - box[1] > 7.5
            if ok:
                faces.append((box, f.points))
            elif f.seen > 0.08 or share < 1:
                ignore.append(box)
        return image, faces, ignore

    def spoil_camera(self, x):
        """Tone and colour use tables, for speed; later steps use bytes."""
        r = self.rng
        h, w = x.shape[:2]
        table = np.repeat(np.arange(256, dtype=np.float32)[:, None], 3, 1)
        if r.random() < 0.7:  # light and white balance
            table = np.clip(table * np.exp(r.normal(0, 0.12, 3)) * np.exp(r.normal(0, 0.25)), 0, 255)
        if r.random() < 0.5:
            table = 255 * (table / 255) ** np.exp(r.normal(0, 0.35))
        if r.random() < 0.5:
            mean = r.uniform(60, 160)
            table = mean + (table - mean) * r.uniform(0.4, 1.5)
        x = cv2.LUT(x, np.clip(table, 0, 255).astype(np.uint8)[None])
        s = r.random()
        if s < 0.5:
            grey = cv2.cvtColor(cv2.cvtColor(x, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
            k = 0 if s < 0.12 else r.uniform(0.2, 1.7)
            x = cv2.addWeighted(x, k, grey, 1 - k, 0)
        if r.random() < 0.15:  # a lamp from one side
            ramp = np.linspace(*r.uniform(0.3, 1.3, 2), w, dtype=np.float32)[None, :, None]
            x = np.minimum(x * ramp, 255).astype(np.uint8)
        b = r.random()
        if b < 0.2:
            x = cv2.GaussianBlur(x, (0, 0), r.uniform(0.3, 1.8))
        elif b < 0.3:
            k = int(r.integers(2, 8))
            kernel = np.zeros((k, k), np.float32)
            cv2.line(kernel, (0, int(r.integers(k))), (k - 1, int(r.integers(k))), 1)
            x = cv2.filter2D(x, -1, kernel / kernel.sum())
        elif b < 0.5:
            s = r.uniform(0.35, 0.9)
            x = cv2.resize(cv2.resize(x, (max(1, int(w * s)), max(1, int(h * s))), interpolation=cv2.INTER_AREA),
                           (w, h), interpolation=cv2.INTER_LINEAR if r.random() < 0.7 else cv2.INTER_NEAREST)
        elif b < 0.65:
            k = r.uniform(0.3, 1.5)
            x = cv2.addWeighted(x, 1 + k, cv2.GaussianBlur(x, (0, 0), 1.2), -k, 0)
        if r.random() < 0.4:
            x = cv2.add(x, self.noise(h, w) * np.float32(r.uniform(1, 14)), dtype=cv2.CV_8U)
        if r.random() < 0.4:
            _, code = cv2.imencode(".jpg", x, [cv2.IMWRITE_JPEG_QUALITY, int(r.integers(15, 90))])
            x = cv2.imdecode(code, cv2.IMREAD_COLOR)
        return x

    def noise(self, h, w):
        if not hasattr(self, "grain"):
            self.grain = self.rng.standard_normal((512, 512, 3)).astype(np.float32)
        y, x = self.rng.integers(512 - h + 1), self.rng.integers(512 - w + 1)
        return self.grain[y:y + h, x:x + w]
