"""Energy calibration from a scan's own peaks, line families present, and element maps."""

import lazy_loader

# scipy's optimisers are imported only when something that needs them is asked for
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
