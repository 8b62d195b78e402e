#!/usr/bin/env bash
# statsmodels 0.14.6: one least-squares fit, asked for errors of kind HC3 in its two documented ways, gives two different 95 % intervals.
#
# OLS(...).fit(cov_type="HC3") takes the quantile of a normal distribution, OLS(...).fit().get_robustcov_results("HC3") that of Student's t.
# The standard errors are the same to the last bit. With the 8 points below the first interval of the slope is 0.80 times as wide as the second,
# so that a slope may be "significant" by one call and not by the other. `fit(cov_type="HC3", use_t=True)` gives the second one.
# Guessed before: both the same, by Student's t, as for the ordinary errors. Exits non-zero once the two agree.
set -euo pipefail
work=$(mktemp --directory)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet numpy==2.3.5 scipy==1.16.3 statsmodels==0.14.6
"$work/venv/bin/python" - <<'PYTHON'
import numpy
import statsmodels.api as sm

x = numpy.arange(1.0, 9.0)
y = numpy.array([2.1, 3.9, 6.2, 7.8, 10.1, 12.2, 13.8, 16.1])
model = sm.OLS(y, sm.add_constant(x))
fitted = model.fit(cov_type="HC3")
converted = model.fit().get_robustcov_results("HC3")
asked = model.fit(cov_type="HC3", use_t=True)


def width(fit):
    low, high = fit.conf_int()[1]
    return high - low


print("standard error of the slope:", fitted.bse[1], converted.bse[1])
print("fit(cov_type='HC3'):          ", fitted.conf_int()[1], "by Student's t:", fitted.use_t)
print("get_robustcov_results('HC3'): ", converted.conf_int()[1], "by Student's t:", converted.use_t)
print("fit(cov_type='HC3', use_t=True):", asked.conf_int()[1])
assert abs(fitted.bse[1] / converted.bse[1] - 1) < 1e-12
assert not fitted.use_t and converted.use_t
assert 0.79 < width(fitted) / width(converted) < 0.81, width(fitted) / width(converted)
assert abs(width(asked) / width(converted) - 1) < 1e-12
print("the first interval is", round(width(fitted) / width(converted), 3), "times as wide as the second")
PYTHON
