//go:build !unix

package web

// nonBlocking is nothing: a directory has no pipes.
const nonBlocking = 0
