"""Maps as pictures for print and screen, without a plotting library."""

from .category_picture import write_categories
from .map_picture import CIVIDIS, VIRIDIS, write_picture
from .png_file import indexed_png

__all__ = ["CIVIDIS", "VIRIDIS", "indexed_png", "write_categories", "write_picture"]
