package web

import (
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"os"
	"slices"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/connection"
	"github.com/keryx-go/keryx/fault"
	"github.com/keryx-go/keryx/internal/input"
)

// inMemory is the number of bytes of a request's files that are kept in memory. The rest
// goes to temporary files. There is no setting: it bounds the memory of the server, and
// not the files that an app accepts.
const inMemory = 1 << 20

// parseMultipart reads a form with files. Package multipart bounds the number of parts
// and headers, and the limit of the body their bytes. When it fails it leaves no
// temporary file; otherwise endpoint removes them after the action has ended.
func parseMultipart(r *http.Request, params action.Params) *fault.Error {
	if err := r.ParseMultipartForm(inMemory); err != nil {
		return unreadable(err)
	}
	addText(params, r.MultipartForm.Value)
	for key, headers := range r.MultipartForm.File {
		files := make([]action.File, len(headers))
		for i, h := range headers {
			files[i] = upload(h)
		}
		params[key] = files
	}
	return nil
}

func upload(h *multipart.FileHeader) action.File {
	open := func() (io.ReadCloser, error) { return h.Open() }
	return input.NewFile(h.Filename, h.Header.Get("Content-Type"), h.Size, open)
}

// removeForm removes the temporary files of a form that a handler has read from a copy of
// its request. Package http does it for its own request only.
func removeForm(r *http.Request) {
	if r.MultipartForm != nil {
		_ = r.MultipartForm.RemoveAll()
	}
}

// tooManyParts returns the error for a form with too many parts or headers.
func tooManyParts(err error) *fault.Error {
	return &fault.Error{
		Type: fault.ConnectionActionRun, Status: http.StatusRequestEntityTooLarge, Err: err,
		Message: "Payload Too Large: the form has too many parts, or too long headers or fields",
	}
}

// notStored returns the error for files that cannot be written to disk.
func notStored(err error) *fault.Error {
	return &fault.Error{Type: fault.ConnectionServerError, Message: "cannot store the uploaded files", Err: err}
}

// checkTemporary warns when an action takes files and there is nowhere to store them.
func checkTemporary(actions []*action.Entry, logger *slog.Logger) {
	taken := slices.IndexFunc(actions, func(e *action.Entry) bool {
		return e.Reachable(connection.Web) && slices.ContainsFunc(e.Inputs(), func(i action.Input) bool {
			return i.Type == "file" || i.Items == "file"
		})
	})
	if taken < 0 {
		return
	}
	file, err := os.CreateTemp("", "keryx-")
	if err != nil {
		logger.Warn("uploads over 1 MiB will fail: the temporary directory cannot be written; set TMPDIR to one that can",
			"directory", os.TempDir(), "action", actions[taken].Name, "error", err)
		return
	}
	_ = file.Close()
	_ = os.Remove(file.Name())
}
