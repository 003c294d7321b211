"""Past promotions under KPIs or a project that did not judge them: what they would have changed, from recorded values.

Read answer.py, then recorded_gates.py and other_policy.py. Nothing is measured here.
"""
