"""Label images: pictures whose pixel values name what lies there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from underpaint.errors import ConfigError

MODES = ("L", "P", "1")
"""8-bit grey, 8-bit palette and black-and-white, as Pillow names them."""


def read_label_image(path: Path) -> NDArray[np.uint8]:
    """The values of a PNG or TIFF image, (y, x) uint8: greys, or places in its palette.

    Raises
    ------
    ConfigError : where the file is missing, is no image, or has colours instead of values
    """
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path) as image:
            if image.format not in ("PNG", "TIFF"):
                raise ConfigError(
                    f"{path}: {image.format} does not keep values; save the label image as PNG or "
                    "TIFF"
                )
            if image.mode not in MODES:
                raise ConfigError(
                    f"{path}: the label image has colours or more than 8 bits ({image.mode}); save "
                    "it as 8-bit greyscale, or with a palette"
                )
            return np.asarray(image).astype(np.uint8)
    except UnidentifiedImageError as error:
        raise ConfigError(f"{path} is no image; save the labels as PNG or TIFF") from error
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ConfigError(f"{path}: the label image cannot be read ({reason})") from error
