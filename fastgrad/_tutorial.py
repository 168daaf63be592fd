"""The engine a tutorial writes: pure Python, the baseline of `fastgrad bench`."""

from __future__ import annotations

import math


class Value:
    """A number that remembers the values it was made of, and its local gradients."""

    def __init__(self, data, operands=(), local_gradients=()):
        self.data, self.grad = data, 0.0
        self.operands, self.local_gradients = operands, local_gradients

    def __add__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data + other.data, (self, other), (1.0, 1.0))

    def __mul__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data * other.data, (self, other), (other.data, self.data))

    def __pow__(self, n):
        return Value(self.data**n, (self,), (n * self.data ** (n - 1),))

    def exp(self):
        v = math.exp(self.data)
        return Value(v, (self,), (v,))

    def __neg__(self):
        return self * -1.0

    def __sub__(self, other):
        return self + -other

    def __rsub__(self, other):
        return -self + other

    __radd__, __rmul__ = __add__, __mul__

    def backward(self):
        """Go through the graph from the end, and add to `grad` by the chain rule."""
        order, seen = [], set()

        def visit(value):
            if value not in seen:
                seen.add(value)
                for operand in value.operands:
                    visit(operand)
                order.append(value)

        visit(self)
        self.grad = 1.0
        for value in reversed(order):
            for operand, local in zip(value.operands, value.local_gradients):
                operand.grad += local * value.grad
