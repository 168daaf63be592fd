"""W6: bundle adjustment: the 2 x 15 Jacobian of the two residuals of each of many observations.

The objective of the ADBench collection. Parameters: the camera's rotation (axis times angle),
centre, focal length, principal point and two radial distortions; the point; the weight. 65
operations an observation.
"""

from functools import cached_property

import numpy as np


def residuals(m, parameters, feature):
    """Return both residuals, with functions of any engine: sqrt, sin and cos."""
    a, b, c, cx, cy, cz, focal, px, py, near, far, x, y, z, weight = parameters
    x, y, z = x - cx, y - cy, z - cz
    angle = m.sqrt(a * a + b * b + c * c)
    cos, sin, scale = m.cos(angle), m.sin(angle), 1.0 / angle
    a, b, c = a * scale, b * scale, c * scale
    along = (a * x + b * y + c * z) * (1.0 - cos)
    x, y, z = (
        x * cos + (b * z - c * y) * sin + a * along,
        y * cos + (c * x - a * z) * sin + b * along,
        z * cos + (a * y - b * x) * sin + c * along,
    )
    u, v = x / z, y / z
    r = u * u + v * v
    bent = (1.0 + near * r + far * r * r) * focal
    return weight * (u * bent + px - feature[0]), weight * (v * bent + py - feature[1])


def cross(x):
    """Return the matrices of the products x times a vector."""
    matrices = np.zeros((*x.shape, 3))
    for i, j, k in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
        matrices[:, i, j], matrices[:, j, i] = -x[:, k], x[:, k]
    return matrices


def jacobian(parameters, features):
    """Return the Jacobians [observations][2][15], written out with matrices.

    The rotation of x by the angle t about the unit vector n is cos t x + sin t (n x) + (1 - cos t)
    n (n . x), with derivatives by x, t and n that are put together by the chain rule.
    """
    turn, centre, inner, point, weight = np.split(parameters, [3, 6, 11, 14], axis=1)
    focal, _, _, near, far = inner.T
    angle = np.sqrt((turn * turn).sum(1))[:, None, None]
    axis, x = turn[:, :, None] / angle, (point - centre)[:, :, None]
    cos, sin, outer = np.cos(angle), np.sin(angle), axis @ axis.transpose(0, 2, 1)
    along = axis.transpose(0, 2, 1) @ x
    by_x = cos * np.eye(3) + sin * cross(axis[:, :, 0]) + (1.0 - cos) * outer
    by_angle = -sin * x + cos * (cross(axis[:, :, 0]) @ x) + sin * along * axis
    by_axis = (1.0 - cos) * (axis @ x.transpose(0, 2, 1) + along * np.eye(3))
    by_axis -= sin * cross(x[:, :, 0])
    by_turn = by_angle @ axis.transpose(0, 2, 1) + by_axis @ (np.eye(3) - outer) / angle
    seen = (by_x @ x)[:, :, 0]
    flat, depth = seen[:, :2] / seen[:, 2:], seen[:, 2]
    r = (flat * flat).sum(1)
    bend, slope = 1.0 + near * r + far * r * r, near + 2.0 * far * r
    by_flat = np.eye(2) * bend[:, None, None] + 2.0 * slope[:, None, None] * (
        flat[:, :, None] * flat[:, None, :]
    )
    by_flat *= (weight[:, 0] * focal)[:, None, None]
    by_seen = np.concatenate([by_flat, -by_flat @ flat[:, :, None]], 2) / depth[:, None, None]
    scaled = weight * flat
    result = np.zeros((len(parameters), 2, 15))
    result[:, :, 0:3] = by_seen @ by_turn
    result[:, :, 11:14] = by_seen @ by_x
    result[:, :, 3:6] = -result[:, :, 11:14]
    result[:, :, 6] = scaled * bend[:, None]
    result[:, :, 7:9] = weight[:, :, None] * np.eye(2)
    result[:, :, 9] = scaled * (focal * r)[:, None]
    result[:, :, 10] = scaled * (focal * r * r)[:, None]
    result[:, :, 14] = flat * (focal * bend)[:, None] + inner[:, 1:3] - features
    return result


class BundleAdjustment:
    """One case: how many observations."""

    KEY = "w6"
    PREPARED = True
    TOLERANCE = 1e-10  # the depth is a difference

    def __init__(self, observations, goals=()):
        n, random = observations, np.random.default_rng(7)
        self.TITLE = f"W6: bundle adjustment, Jacobians 2 x 15 of {n:,} observations"
        self.ROW = f"bundle adjustment, {n:,} Jacobians 2 x 15"
        self.NODES = 65 * n
        self.GOALS = goals
        self.PARAMETERS = np.concatenate(
            [
                random.normal(0.0, 0.3, (n, 3)),
                random.normal(0.0, 1.0, (n, 3)),
                random.uniform(500.0, 1000.0, (n, 1)),
                random.uniform(300.0, 500.0, (n, 2)),
                random.normal(0.0, 0.01, (n, 2)),
                random.uniform(-1.0, 1.0, (n, 2)),
                random.uniform(5.0, 9.0, (n, 1)),
                random.uniform(0.5, 1.5, (n, 1)),
            ],
            axis=1,
        )
        self.FEATURES = random.uniform(0.0, 1000.0, (n, 2))

    function = staticmethod(residuals)

    def by_hand(self):
        """Return the Jacobians, written out."""
        return jacobian(self.PARAMETERS, self.FEATURES)

    @cached_property
    def GRADIENT(self):
        """The Jacobians [observations][2][15]."""
        return self.by_hand()


CASES = [
    BundleAdjustment(1000),
    BundleAdjustment(20_000, [("W6: at most 1/4 of jax", "time", "jax", 1 / 4)]),
]
