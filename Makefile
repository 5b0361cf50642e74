# `make TASK` is `python bootstrap.py TASK`: the tasks stand in tasks.py.

PYTHON ?= python3

TASKS := demo reference test test-quick test-frameworks lint format docs pictures lock wheel bench

.PHONY: list $(TASKS)

list:
	@$(PYTHON) bootstrap.py --list

$(TASKS):
	@$(PYTHON) bootstrap.py $@
