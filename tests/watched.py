"""Whether the build that is tested is that of `make sanitize`: slow, and with all memory taken."""

import os

import pytest

IS_WATCHED = "asan" in os.environ.get("LD_PRELOAD", "")

needs_speed = pytest.mark.skipif(IS_WATCHED, reason="measures time, and this build is slow")
