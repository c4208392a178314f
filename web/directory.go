package web

import (
	"io/fs"
	"os"
	"path/filepath"
)

// directory is a directory on disk. It is opened for each file, so that it may be
// created and removed. An [os.Root] follows no symbolic link out of it.
type directory string

// Open opens a file of the directory. It does not wait for the writer of a pipe.
func (d directory) Open(name string) (fs.File, error) {
	root, err := os.OpenRoot(string(d))
	if err != nil {
		return nil, err
	}
	defer func() { _ = root.Close() }()
	file, err := root.OpenFile(filepath.FromSlash(name), os.O_RDONLY|nonBlocking, 0)
	if err != nil {
		return nil, err // not a nil *os.File, which would be an fs.File that is not nil
	}
	return file, nil
}
