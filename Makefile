# Called by `sam build`, once a function: the same bundles as `npm run build`.
build-%Function:
	test -d node_modules || npm ci
	npm run --silent build -- --step $$(echo $* | tr 'A-Z' 'a-z') --into $(ARTIFACTS_DIR)
