// Package e2e drives the example application's page in a headless Chromium. It is
// a module of its own, so that what drives the browser is no dependency of the
// framework.
//
//	cd e2e && go test ./...
//
// Without Chromium the tests are skipped, unless CI=true is set. The test that looks for
// barriers fetches axe-core with npm, once, into the cache of the user, and is skipped
// without npm; the script is not part of the repository. With
// SCREENSHOTS=<directory> the pictures that they take are kept there.
package e2e
