"""What the optimizers refuse, and how they say so."""

import numpy as np
import pytest

import fastgrad as fg

METHODS = ["SGD", "Adam", "AdamW", "RMSprop", "LBFGS"]


def leaf(value):
    return fg.tensor(np.array(value), requires_grad=True)


NO_PARAMETERS = [
    (leaf(1.0), TypeError, "should be an iterable of Tensors or dicts, but got Tensor; write [w]"),
    ([], ValueError, "optimizer got an empty parameter list"),
    ([1.0], TypeError, "optimizer can only optimize Tensors, but one of the params is float"),
    ({"a": leaf(1.0)}, TypeError, "but one of the params is str; make it one with fg.tensor"),
    ([leaf(1.0) * 2.0], ValueError, "can't optimize a non-leaf Tensor; x.detach() is a leaf"),
    ([{"lr": 0.1}], TypeError, "param_group must be a dict with 'params', but got {'lr': 0.1}"),
    ([{"params": {leaf(1.0)}}], TypeError, "need to be organized in ordered collections"),
]


@pytest.mark.parametrize(("params", "kind", "message"), NO_PARAMETERS)
@pytest.mark.parametrize("method", METHODS)
def test_what_is_no_parameter_is_refused(method, params, kind, message):
    with pytest.raises(kind) as error:
        getattr(fg.optim, method)(params)
    assert message in str(error.value)


def test_a_parameter_in_two_groups_is_refused_and_one_listed_twice_is_warned_about():
    p, opt = leaf(1.0), fg.optim.SGD([leaf(2.0)])
    opt.add_param_group({"params": p})
    with pytest.raises(ValueError, match="some parameters appear in more than one parameter group"):
        opt.add_param_group({"params": [p]})
    with pytest.warns(UserWarning, match="a parameter group with duplicate parameters"):
        fg.optim.SGD([p, p])
    with pytest.raises(ValueError, match=r"LBFGS doesn't support per-parameter options"):
        fg.optim.LBFGS([{"params": leaf(1.0)}, {"params": leaf(2.0)}])


def test_a_state_dict_of_other_groups_is_refused():
    one, two = fg.optim.SGD([leaf(1.0)]), fg.optim.SGD([leaf(1.0), leaf(2.0)])
    with pytest.raises(ValueError, match="match the size of optimizer's group"):
        two.load_state_dict(one.state_dict())
    two.add_param_group({"params": leaf(3.0)})
    with pytest.raises(ValueError, match="a different number of parameter groups: 1, not 2"):
        two.load_state_dict(one.state_dict())


def test_adamw_keeps_its_decay_out_of_the_averages_whatever_state_it_loads():
    p = leaf(1.0)
    opt = fg.optim.AdamW([p])
    opt.load_state_dict(fg.optim.Adam([leaf(1.0)]).state_dict())
    assert opt.param_groups[0]["decoupled_weight_decay"] is True
