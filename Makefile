# Kvart: what one does with this tree. `make demo` needs Go and nothing else.

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
TEMPL := github.com/a-h/templ/cmd/templ@v0.3.977
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
PAGES := $(foreach p,app booking directory desk front network participation premises programme season sharing support survey voting platform/account platform/web,-gcflags=kvart/internal/$(p)=-l)
LDFLAGS := -s -w -X main.version=$(VERSION)
export TEMPL STATICCHECK

.PHONY: help demo build test check bench generate lemmas screenshots install-tools clean

help:
	@echo 'make demo           run a network with sample weeks; it prints the address and the sign-ins'
	@echo 'make build          bin/kvart, one static program'
	@echo 'make check          the quick loop: format, vet, staticcheck, templates, unit tests on SQLite'
	@echo 'make test           everything, on SQLite and PostgreSQL, in a real browser (Debian; installs what it needs)'
	@echo 'make bench          the measured tables, SQLite and PostgreSQL'
	@echo 'make generate       write the Go of every .templ file anew'
	@echo 'make lemmas         write the table of Croatian forms anew from the dictionary hunspell-hr (Debian)'
	@echo 'make screenshots    pictures of the demo into docs/img'
	@echo 'make install-tools  what make test and make bench need, without running them'

demo: build
	bin/kvart demo

# With the tag the source is carried packed (a plain go build carries it as it is). Inlining would write a page's whole
# markup into each handler that shows it; what reckons keeps it.
build:
	go run ./scripts/packsource > source.zip
	CGO_ENABLED=0 go build -trimpath -tags packed $(PAGES) -ldflags '$(LDFLAGS)' -o bin/kvart ./cmd/kvart

test:
	@scripts/test.sh

check:
	@scripts/check.sh
	go test ./...

bench: build
	@scripts/bench.sh

generate:
	go run $(TEMPL) generate -path .

# HUNSPELL is a folder with hr_HR.aff and hr_HR.dic; without it the package is fetched, and not installed.
lemmas:
	@scripts/lemmas.sh $(HUNSPELL)

screenshots: build
	@scripts/install-tools.sh browser
	node scripts/screenshots.mjs

install-tools:
	@scripts/install-tools.sh

clean:
	rm -rf bin e2e/out
