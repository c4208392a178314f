// Package devhook lets package web/devpage wrap the server of a program that `keryx dev`
// has built. A program that does not import devpage has nothing of it.
package devhook

import "net/http"

var wrap func(http.Handler) http.Handler

// Register makes f wrap every server of the process. It is for the init function of
// package web/devpage.
func Register(f func(http.Handler) http.Handler) { wrap = f }

// Wrap returns h, wrapped by what is registered.
func Wrap(h http.Handler) http.Handler {
	if wrap == nil {
		return h
	}
	return wrap(h)
}
