// Package assets has the files of the page, inside the program.
package assets

import "embed"

// Files are served below /.
//
//go:embed index.html favicon.svg css js
var Files embed.FS
