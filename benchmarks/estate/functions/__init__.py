"""The shipped functions, and one more that the embedded runtime is measured with."""

import pkgutil

__path__ = pkgutil.extend_path(__path__, __name__)
