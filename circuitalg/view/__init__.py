"""Pictures of networks; Matplotlib is imported when the first one is drawn."""

from circuitalg.view.draw import draw

__all__ = ["draw"]
