# 一网 Yiwang. `make` prints this map; every recipe is one call, so that it works from any shell and any folder.

PY ?= python3
T ?=
S ?= workorder
DETACH ?=
SCALE ?= 0.1
FILE ?=
REPORT ?=
DATA ?=
MODEL ?=

# Named from where `make` was called; every recipe goes to the repository first.
ifneq ($(YIWANG_HOME),)
export YIWANG_HOME := $(abspath $(YIWANG_HOME))
endif

HERE := $(dir $(abspath $(lastword $(MAKEFILE_LIST))))
RUN := @cd "$(HERE)" && exec $(PY) deploy/local/bootstrap.py

.DEFAULT_GOAL := help
.PHONY: help setup up down status logs demo example import triage-train triage-evaluate parked replay psql test check format bench bench-year contracts contracts-check

##@ Run a city (运行)
up: ## Start everything, print the addresses and `ready`; Ctrl-C stops it. DETACH=1: in the background
	$(RUN) up $(if $(DETACH),--detach)
down: ## Stop what `up` started, and nothing else; the data stays
	$(RUN) down
status: ## What runs, with pids
	$(RUN) status
logs: ## Follow the logs; S=gateway for one
	$(RUN) logs $(if $(filter-out file,$(origin S)),$(S))
demo: ## Two stories told line by line against the running city: one citizen from search to revocation, and a power moving down
	$(RUN) demo
example: ## Load more of the example city into the running one; SCALE=1 is the whole of it, 8 543 items
	$(RUN) example load --scale $(SCALE)
import: ## Import another city's list of items; FILE=items.jsonl [REPORT=report.csv]: every row with its verdict
	$(RUN) example import-items $(abspath $(FILE)) $(if $(REPORT),--report $(abspath $(REPORT)))
triage-train: ## Learn the triage of messages from rows of text and label [and department]; DATA=rows.csv MODEL=triage.zip
	$(RUN) triage train "$(if $(DATA),$(abspath $(DATA)))" "$(if $(MODEL),$(abspath $(MODEL)))"
triage-evaluate: ## Hold a model against labelled rows it has not seen; DATA=rows.csv MODEL=triage.zip; the last line is JSON
	$(RUN) triage evaluate "$(if $(DATA),$(abspath $(DATA)))" "$(if $(MODEL),$(abspath $(MODEL)))"
parked: ## Messages that could not be handled, with the reason, of every service
	$(RUN) parked
replay: ## Hand parked messages to their handlers again: S=workorder [ID=a parked id]
	$(RUN) run $(S) replay $(if $(ID),--id $(ID))
psql: ## A prompt on a service's database: S=workorder
	$(RUN) psql $(S)

##@ Change it (开发)
setup: ## Make or update .venv from the locked requirements, with the tests' tools
	$(RUN) --dev ready
test: ## The whole suite on a PostgreSQL and NATS of its own; T=path or T="path -k word" for one
	$(RUN) --dev test $(T)
check: ## What CI checks: format, lint, types, architecture, contracts, house rules
	$(RUN) --dev check
format: ## Format and mend what can be mended
	$(RUN) --dev format
bench: ## Measure, side by side in one run, and print ratios with their method
	$(RUN) --dev bench
bench-year: ## A share of a city's year on the hotline, through to the last rating; SCALE=0.01 is 2 600 orders
	$(RUN) --dev bench-year --scale $(if $(filter file,$(origin SCALE)),0.01,$(SCALE))
contracts: ## Write AsyncAPI, JSON Schemas, examples and every OpenAPI anew
	$(RUN) contracts
contracts-check: ## Compare them with the code, and with what is released: no breaking change
	$(RUN) contracts-check

##@ Help (帮助)
help: ## This map
	@awk 'BEGIN { FS = ":.*?## " } \
	/^##@/ { printf "\n%s\n", substr($$0, 5) } \
	/^[a-z-]+:.*?## / { printf "  make %-16s %s\n", $$1, $$2 }' "$(HERE)Makefile"
	@echo; echo "  PY=python3.12 chooses the Python; YIWANG_HOME=dir another city, beside this one; YIWANG_GATEWAY_PORT=n its door"
