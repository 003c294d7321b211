"""How a release reaches what runs it: the files that a promotion sets, rosters of devices, and waves.

It renders and compares, and says where a rollout is; nothing here talks to a cluster or a device. Read target_kind.py
first, then rendering.py, and for waves rollout_state.py.
"""
