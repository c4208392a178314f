package web

import (
	"io"
	"mime/multipart"
	"net/http"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/fault"
	"github.com/keryx-go/keryx/internal/input"
)

// inMemory is how much of the files of a request is kept in memory, in bytes.
// What is beyond it goes to temporary files. That is a matter of a server's
// memory under load, not of what an app accepts, so there is no setting for it.
const inMemory = 1 << 20

// multipartBody reads a form with files. Its parts, and their headers, are
// bounded in number by package multipart, as they are in bytes by the limit of
// the body. When it fails no temporary file is left; else endpoint removes
// them, after the action has ended.
func multipartBody(r *http.Request, params action.Params) *fault.Error {
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

// tooManyParts is the error for a form that is large in another way than in
// the bytes of its body.
func tooManyParts(err error) *fault.Error {
	return &fault.Error{
		Type: fault.ConnectionActionRun, Status: http.StatusRequestEntityTooLarge, Err: err,
		Message: "Payload Too Large: the form has too many parts, or too long headers or fields",
	}
}

// notStored is the error for files that the server has no place for.
func notStored(err error) *fault.Error {
	return &fault.Error{Type: fault.ConnectionServerError, Message: "cannot store the uploaded files", Err: err}
}
