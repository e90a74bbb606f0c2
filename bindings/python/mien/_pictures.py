"""NumPy arrays as pictures of the library, without a copy where the layout allows."""
from __future__ import annotations

from typing import Any, Tuple

import numpy as np
from numpy.typing import NDArray

from ._errors import SettingError
from ._library import BGR24, GRAY8, Picture, lib

Pixels = NDArray[np.uint8]
ORDERS = ("bgr", "rgb")


def check_order(order: str) -> str:
    if order not in ORDERS:
        raise SettingError(f"order: there is no {order!r}; use \"bgr\" or \"rgb\"", -2, "MIEN_EINVAL")
    return order


def _refuse(array: Any) -> SettingError:
    return SettingError(
        f"a picture of shape {array.shape} and type {array.dtype} is not usable; it needs type uint8 and "
        "the shape (height, width), (height, width, 3) or (height, width, 4)", -2, "MIEN_EINVAL")


def wrap(p: Picture, array: Any, order: str) -> Pixels:
    """Fills p. Returns the array that must stay alive as long as the picture is used: the given one, or
    a copy where the layout of its bytes is not one of the library's."""
    if type(array) is not np.ndarray:
        array = np.asarray(array)
    shape = array.shape
    if array.dtype != np.uint8 or len(shape) not in (2, 3) or 0 in shape:
        raise _refuse(array)
    if len(shape) == 3 and shape[2] == 1:
        array, shape = array[:, :, 0], shape[:2]
    p.height, p.width = shape[0], shape[1]
    if len(shape) == 2:
        return _grey(p, array)
    if shape[2] not in (3, 4):
        raise _refuse(array)
    return _colour(p, array, order)


def _grey(p: Picture, array: Pixels) -> Pixels:
    row, column = array.strides
    if column != 1 or row < p.width:
        array = np.ascontiguousarray(array)
        row = p.width
    p.format = GRAY8
    p.plane[0] = array.__array_interface__["data"][0]
    p.stride[0] = row
    return array


def _colour(p: Picture, array: Pixels, order: str) -> Pixels:
    row, column, channel = array.strides
    first = array.__array_interface__["data"][0]
    if order == "rgb": # seen from its last channel, R G B is B G R
        first, channel = first + 2 * channel, -channel
    p.format = BGR24
    if channel == 1 and column == 3 and row >= 3 * p.width:
        p.plane[0] = first
        p.stride[0] = row
        return array
    packed = np.empty((p.height, p.width, 3), np.uint8)
    p.plane[0] = packed.ctypes.data
    p.stride[0] = 3 * p.width
    lib.mien_python_pack(p.plane[0], first, p.width, p.height, row, column, channel)
    return packed


def as_bgr(array: Any, order: str) -> Tuple[Pixels, Picture, Pixels]:
    """A copy of the picture as contiguous B G R bytes; the picture itself; what keeps it alive."""
    p = Picture()
    kept = wrap(p, array, order)
    pixels = np.asarray(array)
    if pixels.ndim == 2 or pixels.shape[2] == 1:
        return np.repeat(pixels.reshape(p.height, p.width, 1), 3, axis=2), p, kept
    pixels = pixels[:, :, :3] if order == "bgr" else pixels[:, :, 2::-1]
    return np.array(pixels, order="C"), p, kept
