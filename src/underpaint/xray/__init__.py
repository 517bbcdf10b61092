"""X-ray physics: atomic tables, tube, fluorescence, scatter, detector, the forward model."""

import lazy_loader

# torch is imported only when something that needs it is asked for
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
