package web

import (
	"fmt"
	"io/fs"
	"net/http"

	"github.com/keryx-go/keryx/fault"
)

// File is a result that is a file's content, with ranges and conditional
// requests. Other transports show its name.
//
// A File whose FS has no file of that name is a 404 [fault.NotFound]: a directory, a
// pipe and a device are no files, and neither is what the process may not read. When
// the FS fails otherwise, the answer is a 500. index.html and names that begin with a
// dot are files like any other, because the action has chosen them.
//
// With a Name from a client, take the FS of an [os.Root]: that of [os.DirFS] follows
// symbolic links out of its directory.
type File struct {
	// FS is where the file is.
	FS fs.FS `json:"-"`
	// Name is the file's path in FS, as [fs.ValidPath] has it.
	Name string `json:"file"`
}

var _ http.Handler = File{}

// maxTagged is the size, in bytes, up to which a file without a time gets an ETag. It
// is that of the content, which has to be read for each request.
const maxTagged = 1 << 20

// ServeHTTP sends the file. Its ETag is that of the reply, if the action has set one
// ([connection.Connection.SetReply]).
func (f File) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	file, err := openRegular(f.FS, f.Name)
	switch {
	case err == nil:
	case isMissing(err):
		WriteError(w, r, fault.NotFound("File not found"))
		return
	default:
		WriteError(w, r, fault.Internal(fmt.Errorf("cannot open the file %q: %w", f.Name, err)))
		return
	}
	defer func() { _ = file.content.Close() }()
	tag := file.timeTag()
	if tag == "" && file.info.Size() <= maxTagged {
		tag = file.contentTag()
	}
	file.serve(w, r, tag)
}
