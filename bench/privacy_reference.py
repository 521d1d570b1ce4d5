"""Reference values of crates/privacy/src/accountant/tests.rs from other people's accountants.

pip install dp-accounting==0.6.0 opendp==0.16.0
"""

import numpy as np
import opendp.prelude as dp
from dp_accounting.rdp import rdp_privacy_accountant as rdp

dp.enable_features("contrib", "honest-but-curious")


def refined(compute, rho):
    """The best value over orders, refined around the best order until it stands still."""
    low, high = 1e-4, 1e7
    for _ in range(6):
        orders = np.geomspace(low, high, 4000) + 1
        value, best = compute(orders, rho * orders)
        at = np.searchsorted(orders, best)
        low, high = orders[max(0, at - 2)] - 1, orders[min(len(orders) - 1, at + 2)] - 1
    return float(value)


for rho in (0.001, 0.01, 0.1, 0.5, 1.0, 4.0):
    for delta in (1e-3, 1e-6, 1e-10):
        print("epsilon", rho, delta, refined(lambda a, r: rdp.compute_epsilon(a, r, delta), rho))
for rho, epsilon in ((0.001, 0.1), (0.01, 0.5), (0.1, 1.0), (0.1, 3.0), (1.0, 5.0), (4.0, 20.0)):
    print("delta", rho, epsilon, refined(lambda a, r: rdp.compute_delta(a, r, epsilon), rho))
for rho, delta in ((0.001, 1e-6), (0.1, 1e-6), (1.0, 1e-6), (4.0, 1e-10)):
    noise = dp.m.make_gaussian(dp.atom_domain(T=int), dp.absolute_distance(T=int), (1 / (2 * rho)) ** 0.5)
    print("opendp", rho, delta, dp.c.make_zCDP_to_approxDP(noise).map(1).epsilon(delta))
