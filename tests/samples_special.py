"""Samples of scipy.special: rows that borrow, distributions, sums of exponentials."""

import numpy as np
from sampling import S
from scipy import special

P = np.linspace(0.3, 4.7, 12).reshape(3, 4)  # positive
Q = np.linspace(3.9, 0.4, 4)  # broadcasts against it
U = np.linspace(0.08, 0.93, 12).reshape(3, 4)  # between 0 and 1
R = np.linspace(-2.3, 2.6, 12).reshape(2, 2, 3)  # of both signs, not 0
N = np.array([[0.0], [1.0], [3.0]])  # orders
F32 = P.astype(np.float32)


def of_one(names, x):
    return [S(f"scipy.special.{name}", x) for name in names.split()]


def of_an_order(names, n, x):
    """Functions without a derivative by their first operand."""
    found = [S(f"scipy.special.{name}", n, x) for name in names.split()]
    return [s.keep(0) for s in found] if n.dtype.kind == "f" else found


SAMPLES = [
    # ----- rows -----
    *of_one("gamma gammaln loggamma rgamma psi digamma", P),
    *of_one("gamma gammaln rgamma psi", np.array([-2.5, -1.4, -0.5, 0.5, 1.6])),
    *of_one("rgamma", np.array([-3.0, 0.0])),
    *of_one("erf erfc", R),
    *of_one("gammaln", np.array(2.5)),
    *of_one("gammaln", np.zeros((0, 3))),
    *of_one("gammaln", P[::-1, ::2]),
    *of_one("gammaln digamma erfcx i0 ndtri_exp", F32 - 5.0),
    *of_one("erfinv ndtri", U),
    *of_one("erfcinv", 2 * U),
    *of_one("erfcx erfi dawsn ndtr log_ndtr cosm1 wrightomega expit", R),
    *of_one("ndtri_exp", -P),
    *of_one("erfcx dawsn", np.array([18.0, 25.0, 300.0])),
    *of_one("log_ndtr", np.array([-60.0, -4.0, 3.0, 9.0])),
    *of_one("i0 i0e i1 i1e j0 j1", R),
    *of_one("k0 k0e k1 k1e y0 y1 expi exp1", P),
    *of_one("ellipk ellipe", np.array([-3.0, -0.009, 0.0, 0.011, 0.6])),
    *of_one("ellipkm1", np.array([0.2, 0.995, 1.0, 1.02, 3.0])),
    *of_one("spence", np.array([0.2, 0.995, 1.0, 1.02, 3.0])),
    *of_an_order("iv ive kv kve jv jve yv yve", N, P),
    *of_an_order("iv kv jv yv", np.array([0.5, -1.5, 2.25, 7.5]), P),
    *of_an_order("kn yn expn", np.array([0, 1, 2]), P[:, :3]),
    *of_an_order("polygamma", N, P),
    *of_an_order("zeta", N + 1.5, P),
    S("scipy.special.zetac", P + 1.1).to(0),
    S("scipy.special.polygamma", 1, np.array([-1.5, -0.5, 0.5])),
    S("scipy.special.beta", P, Q),
    S("scipy.special.betaln", P, Q),
    S("scipy.special.binom", P + 4.0, Q),
    S("scipy.special.poch", P, Q),
    S("scipy.special.powm1", P, R.reshape(3, 4)),
    S("scipy.special.xlogy", R, np.array(2.5)),
    S("scipy.special.xlog1py", R, np.array(2.5)),
    S("scipy.special.owens_t", R, np.array([0.5, -1.2, 2.0])),
    *of_an_order("gammainc gammaincc", Q, P),
    *of_an_order("gammaincinv gammainccinv", Q, U),
    *of_an_order("stdtr", Q, R.reshape(3, 4)),
    S("scipy.special.stdtrit", Q + 2.0, U).keep(0).within(1e-10, 1e-6),
    *(
        S(f"scipy.special.{name}", Q, np.array(1.7), U).keep(0, 1)
        for name in "betainc betaincc betaincinv betainccinv".split()
    ),
    # ----- other ufuncs -----
    *of_one("entr exprel exp10 sindg cosdg tandg cotdg", P),
    *of_one("log_expit exprel", R),
    *of_one("logit", U),
    S("scipy.special.rel_entr", P, Q),
    S("scipy.special.kl_div", P, Q),
    S("scipy.special.boxcox", P, np.array([0.0, 0.5, -1.0, 2.0])),
    S("scipy.special.boxcox1p", P, np.array([0.0, 0.5, -1.0, 2.0])),
    S("scipy.special.huber", np.array(1.1), R),
    S("scipy.special.pseudo_huber", P, Q),
    *of_an_order("chdtr chdtrc", Q, P),
    *of_an_order("chdtri", Q, U),
    *of_an_order("pdtr pdtrc", np.array([0, 1, 4, 2]), P),
    *(s.to(0) for s in of_an_order("pdtr pdtrc", np.array([-1.0, -0.5, 0.5, 2.0]), P)),
    S("scipy.special.gdtr", P, Q, np.array(1.3)).keep(1),
    S("scipy.special.gdtrc", P, Q, np.array(1.3)).keep(1),
    S("scipy.special.fdtr", Q, np.array(2.0), P).keep(0, 1),
    S("scipy.special.fdtrc", Q, np.array(2.0), P).keep(0, 1),
    S("scipy.special.fdtr", np.array([0.0, 2.0, 2.0]), 2.0, np.array([1.0, np.inf, 0.0]))
    .to(0)
    .since("scipy", 1, 17),
    *(
        S(f"scipy.special.{name}", a, b, np.array([-np.inf, -1.0, 0.0, 2.0])).to(0)
        for name in ("fdtr", "fdtrc")
        for a, b in ((0.0, 2.0), (1.0, 0.0), (1.0, np.inf), (np.inf, 2.0))
    ),
    *(
        S(f"scipy.special.{name}", k, 5, np.array([-0.1, 0.0, 1.0, 1.1, np.nan])).to(0)
        for name in ("bdtr", "bdtrc")
        for k in (-1, 5)
    ),
    *(
        S(f"scipy.special.{name}", np.array([0, 1, 3, 5]), 5, U)
        for name in "bdtr bdtrc nbdtr nbdtrc".split()
    ),
    *(
        S(f"scipy.special.{name}", [-1, 0, 5, 6], [5, 5, 5, 0], U).to(0)  # some count nothing
        for name in "bdtr bdtrc nbdtr nbdtrc".split()
    ),
    # ----- functions that are no ufuncs -----
    S("scipy.special.multigammaln", P + 1.0, 3),
    S("scipy.special.comb", P + 4.0, Q),
    S("scipy.special.comb", P + 4.0, np.array(2.0), repetition=True).keep(1),
    S("scipy.special.comb", np.array([3.0, -1.0, 2.0]), np.array([5.0, 1.0, -1.0])).to(0),
    S(
        "scipy.special.comb",
        np.array([0.0, 0.5, -1.5, 3.0]),
        np.array([0.0, 2.0, 1.0, 0.0]),
        repetition=True,
    )
    .to(0)
    .since("scipy", 1, 17),
    S("scipy.special.perm", P + 4.0, np.array(2.0)).keep(1),
    S("scipy.special.factorial", P),
    S("scipy.special.factorial", np.array([-2.0, 0.0, 3.0])).to(0),
    S("scipy.special.diric", np.array([-3.0, 0.0, 1.2, 2 * np.pi, 7.0]), 5),
    S("scipy.special.diric", np.array([2 * np.pi, 9.0]), 4),
    S("scipy.special.sinc", R),
    S("scipy.special.softmax", R, axis=1),
    S("scipy.special.log_softmax", R, axis=(0, 2)),
    S("scipy.special.logsumexp", R, axis=1, keepdims=True),
    *(
        S("fastgrad.scipy.special.logsumexp", P, b=b, **options).like(special.logsumexp)
        for b, options in [
            (Q, {"axis": 1}),
            (np.array([1.0, -0.1, 0.2, -0.1]), {"return_sign": True}),
            (np.array([0, 1, 0, 2]), {"axis": 1, "keepdims": True}),
            (np.array([-1, 1, 0, -2]), {"axis": (0, 1), "return_sign": True}),
        ]
    ),
    *(
        S("fastgrad.scipy.special.logsumexp", np.zeros((0, 3)), axis=axis, b=2.0)
        .like(special.logsumexp)
        .to(0)
        .since("scipy", 1, 17)
        for axis in (0, 1)
    ),
]
