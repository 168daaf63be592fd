"""Log densities with the signatures of `scipy.stats`, differentiable in value and parameters.

Each family has `logpdf` and `pdf`, or `logpmf` and `pmf`, and takes its shape parameters, then
``loc`` and ``scale``, by position or by name. Called, it keeps them: ``norm(1.0, 2.0).logpdf(x)``.

>>> import fastgrad as fg
>>> from fastgrad import stats
>>> data = [0.5, 1.5, 1.0]
>>> loss = fg.value_and_grad(lambda loc, scale: -stats.norm.logpdf(data, loc, scale).sum(), (0, 1))
>>> value, (by_loc, by_scale) = loss(0.0, 1.0)
>>> by_loc, by_scale
(-3.0, -0.5)
"""

from ._densities import CONTINUOUS as _CONTINUOUS
from ._densities_discrete import DISCRETE as _DISCRETE
from ._densities_joint import Covariance as Covariance
from ._densities_joint import dirichlet as dirichlet
from ._densities_joint import multinomial as multinomial
from ._densities_joint import multivariate_normal as multivariate_normal

_families = {family.name: family for family in [*_CONTINUOUS, *_DISCRETE]}
globals().update(_families)

__all__ = [*_families, "Covariance", "dirichlet", "multinomial", "multivariate_normal"]
