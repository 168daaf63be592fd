"""SciPy's distributions whose log densities have derivatives; others are SciPy's own.

>>> import fastgrad as fg
>>> from fastgrad.scipy import stats
>>> mu = fg.tensor(1.5, requires_grad=True)
>>> stats.poisson.logpmf([2, 0], mu).sum().backward()
>>> mu.grad
tensor(-0.6667)
"""

from scipy import stats as _stats

from .. import stats as _ours

globals().update({name: getattr(_ours, name) for name in _ours.__all__})

__all__ = list(_stats.__all__)


def __getattr__(name: str) -> object:
    return getattr(_stats, name)


def __dir__() -> list[str]:
    return sorted({*dir(_stats), *globals()})
