package keryxtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime/multipart"
	"net/textproto"
	"net/url"
	"slices"
	"strings"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/internal/input"
)

// Multipart is a body of the type multipart/form-data. A value is a string, a
// []string, a [keryx.File] or a []keryx.File: see [File].
type Multipart map[string]any

// Raw is a body as it is. An empty ContentType sends none.
type Raw struct{ ContentType, Body string }

// File returns a file to upload, in a [Multipart] or in the input of [Call].
func File(name, mediaType, content string) keryx.File {
	return input.NewFile(name, mediaType, int64(len(content)), func() (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(content)), nil
	})
}

// encode returns a body and its content type.
func encode(body any) (contentType string, content []byte, err error) {
	switch b := body.(type) {
	case nil:
		return "", nil, nil
	case Raw:
		return b.ContentType, []byte(b.Body), nil
	case url.Values:
		return "application/x-www-form-urlencoded", []byte(b.Encode()), nil
	case Multipart:
		return encodeMultipart(b)
	}
	content, err = json.Marshal(body)
	return "application/json", content, err
}

func encodeMultipart(fields Multipart) (contentType string, content []byte, err error) {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if err := writeField(form, name, fields[name]); err != nil {
			return "", nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	err = form.Close()
	return form.FormDataContentType(), body.Bytes(), err
}

func writeField(form *multipart.Writer, name string, value any) error {
	switch v := value.(type) {
	case string:
		return form.WriteField(name, v)
	case []string:
		for _, one := range v {
			if err := form.WriteField(name, one); err != nil {
				return err
			}
		}
		return nil
	case keryx.File:
		return writeFile(form, name, v)
	case []keryx.File:
		for _, one := range v {
			if err := writeFile(form, name, one); err != nil {
				return err
			}
		}
		return nil
	}
	return fmt.Errorf("a part of a form is a string, a []string, a File or a []File, not a %T", value)
}

func writeFile(form *multipart.Writer, name string, file keryx.File) error {
	header := textproto.MIMEHeader{"Content-Disposition": {multipart.FileContentDisposition(name, file.Name)}}
	if file.Type != "" {
		header.Set("Content-Type", file.Type)
	}
	part, err := form.CreatePart(header)
	if err != nil {
		return err
	}
	content, err := file.Open()
	if err != nil {
		return err
	}
	_, err = io.Copy(part, content)
	return errors.Join(err, content.Close())
}
