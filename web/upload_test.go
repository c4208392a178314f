package web_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/stream"
	"github.com/keryx-go/keryx/web"
)

type uploadInput struct {
	File  *action.File  `json:"file" maxSize:"4MiB"`
	Image *action.File  `json:"image" contentType:"image/*"`
	Files []action.File `json:"files,omitempty"`
	Text  string        `json:"text,omitempty"`
}

// files returns all that were uploaded.
func (in uploadInput) files() []action.File {
	all := in.Files
	for _, f := range []*action.File{in.File, in.Image} {
		if f != nil {
			all = append(all, *f)
		}
	}
	return all
}

// sum reads a file, twice, and describes it.
func sum(f action.File) (string, error) {
	var sums [2]string
	for i := range sums {
		r, err := f.Open()
		if err != nil {
			return "", err
		}
		h := sha256.New()
		n, err := io.Copy(h, r)
		if err := errors.Join(err, r.Close()); err != nil || n != f.Size {
			return "", fmt.Errorf("%d bytes of %d: %w", n, f.Size, err)
		}
		sums[i] = fmt.Sprintf("%s|%s|%d|%x", f.Name, f.Type, f.Size, h.Sum(nil)[:4])
	}
	if sums[0] != sums[1] {
		return "", fmt.Errorf("read again, %s is %s", sums[0], sums[1])
	}
	return sums[0], nil
}

// uploading registers an action at POST /api/upload.
func uploading(run func(context.Context, uploadInput) (any, error)) func(*action.Registry, *web.Server) {
	return func(r *action.Registry, _ *web.Server) {
		action.Handle(r, action.Action{Name: "upload", Web: action.POST("/upload"), Timeout: time.Minute}, run)
	}
}

// sums is what an action makes of its files.
func sums(_ context.Context, in uploadInput) (any, error) {
	var all []string
	for _, f := range in.files() {
		s, err := sum(f)
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return map[string]any{"files": all, "text": in.Text}, nil
}

// temp is where temporary files go during the test.
func temp(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	return dir
}

// empty waits until nothing is left in a directory.
func empty(t *testing.T, dir string) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; runtime.Gosched() {
		left, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		if len(left) == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("temporary files are left: %v", left)
		}
	}
}

// part is one part of a form; a name makes it a file.
type formPart struct{ key, name, contentType, content string }

// form returns a multipart body and its content type.
func form(t *testing.T, parts ...formPart) (contentType, body string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, p := range parts {
		h := textproto.MIMEHeader{"Content-Disposition": {`form-data; name="` + p.key + `"`}}
		if p.name != "" {
			h.Set("Content-Disposition", `form-data; name="`+p.key+`"; `+p.name)
		}
		if p.contentType != "" {
			h.Set("Content-Type", p.contentType)
		}
		out, err := w.CreatePart(h)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(out, p.content)
	}
	_ = w.Close()
	return w.FormDataContentType(), b.String()
}

func digest(content string) string {
	s := sha256.Sum256([]byte(content))
	return fmt.Sprintf("%d|%x", len(content), s[:4])
}

func TestFilesOfForms(t *testing.T) {
	dir := temp(t)
	url := serve(t, options{}, uploading(sums))
	large := strings.Repeat("0123456789abcdef", 3<<16) // 3 MiB: it goes to disk
	for name, test := range map[string]struct {
		parts []formPart
		want  string
	}{
		"small":            {[]formPart{{"file", `filename="a.txt"`, "text/plain", "hello"}, {"text", "", "", "x"}}, `{"files":["a.txt|text/plain|` + digest("hello") + `"],"text":"x"}`},
		"large":            {[]formPart{{"file", `filename="a.bin"`, "", large}}, `{"files":["a.bin||` + digest(large) + `"],"text":""}`},
		"several":          {[]formPart{{"files", `filename="1"`, "a/b", "1"}, {"files", `filename="2"`, "a/b", large}, {"files", `filename="3"`, "a/b", large + "3"}}, `{"files":["1|a/b|` + digest("1") + `","2|a/b|` + digest(large) + `","3|a/b|` + digest(large+"3") + `"],"text":""}`},
		"an empty file":    {[]formPart{{"file", `filename="empty"`, "text/plain", ""}}, `{"files":["empty|text/plain|` + digest("") + `"],"text":""}`},
		"nothing chosen":   {[]formPart{{"file", `filename=""`, "application/octet-stream", ""}, {"files", `filename=""`, "application/octet-stream", ""}}, `{"files":null,"text":""}`},
		"one was chosen":   {[]formPart{{"files", `filename=""`, "", ""}, {"files", `filename="b"`, "", "b"}}, `{"files":["b||` + digest("b") + `"],"text":""}`},
		"a path":           {[]formPart{{"file", `filename="../../etc/cron.d/evil"`, "", ""}}, `"evil||`},
		"a Windows path":   {[]formPart{{"file", `filename="C:\\Users\\me\\a.txt"`, "", ""}}, `"a.txt||`},
		"a directory":      {[]formPart{{"file", `filename=".."`, "", ""}}, `"unnamed||`},
		"encoded controls": {[]formPart{{"file", `filename*=UTF-8''..%2Fa%0D%0Ab%00%E2%80%AEtxt.exe`, "", ""}}, `"abtxt.exe||`},
		"invalid UTF-8":    {[]formPart{{"file", "filename=\"a\xff.txt\"", "", ""}}, `"a` + "\uFFFD" + `.txt||`},
		"a strange type":   {[]formPart{{"file", `filename="a"`, "no type", ""}}, `"a||0|`},
	} {
		contentType, body := form(t, test.parts...)
		ask(t, http.MethodPost, url+"/api/upload", contentType, body).expect(t, 200, test.want)
		empty(t, dir)
		if t.Failed() {
			t.Fatal(name)
		}
	}
}

// TestBadUploads: a bad upload gets an error that describes the problem, and leaves no
// file behind.
func TestBadUploads(t *testing.T) {
	dir := temp(t)
	url := serve(t, options{env: []string{"WEB_MAX_BODY_SIZE=6000000"}}, uploading(sums))
	large := strings.Repeat("x", 2<<20)
	contentType, whole := form(t, formPart{"file", `filename="a"`, "", large}, formPart{"text", "", "", "x"})
	many := make([]formPart, 1001)
	for i := range many {
		many[i] = formPart{"text", "", "", "x"}
	}
	manyType, manyParts := form(t, many...)
	fatType, fatHeader := form(t, formPart{"file", `filename="` + strings.Repeat("h", 2<<20) + `"`, "", ""})
	hugeType, huge := form(t, formPart{"files", `filename="a"`, "", large}, formPart{"files", `filename="b"`, "", large}, formPart{"files", `filename="c"`, "", large})
	sizeType, oversized := form(t, formPart{"file", `filename="big.iso"`, "", large + large + "x"})
	claimType, claimed := form(t, formPart{"image", `filename="x.png"`, "text/html", "<script>"})
	const boundary = "multipart/form-data; boundary=x"
	for name, test := range map[string]struct {
		contentType, body string
		status            int
		want              string
	}{
		"no boundary":         {"multipart/form-data", whole, 400, "cannot parse request body: no multipart boundary"},
		"another boundary":    {boundary, whole, 400, "cannot parse request body: multipart"},
		"cut in a file":       {contentType, whole[:len(whole)/2], 400, "cannot parse request body: "},
		"cut before the end":  {contentType, whole[:len(whole)-4], 400, "cannot parse request body: "},
		"nothing":             {boundary, "", 200, `"files":null`},
		"nothing but noise":   {boundary, "noise", 400, "cannot parse request body: multipart"},
		"a broken part":       {boundary, "--x\r\nno header\r\n\r\n--x--\r\n", 400, "cannot parse request body: "},
		"too many parts":      {manyType, manyParts, 413, "Payload Too Large: the form has too many parts"},
		"too long a name":     {fatType, fatHeader, 200, `["` + strings.Repeat("h", 255) + `||`},
		"too much in all":     {hugeType, huge, 413, "Payload Too Large: the body exceeds the limit of 6000000 bytes"},
		"too large a file":    {sizeType, oversized, 406, `"key":"file","value":"big.iso"`},
		"another type":        {claimType, claimed, 406, `image must be of type image/*`},
		"a file that is text": {"application/x-www-form-urlencoded", "file=hello", 406, "file must be a file"},
		"a file in JSON":      {"application/json", `{"file":{"name":"/etc/passwd"}}`, 406, "file must be a file"},
	} {
		t.Run(name, func(t *testing.T) {
			ask(t, http.MethodPost, url+"/api/upload", test.contentType, test.body).expect(t, test.status, test.want)
			empty(t, dir)
		})
	}
}

// TestUploadsWithoutADisk: the server is to blame, and says where only in the
// log.
func TestUploadsWithoutADisk(t *testing.T) {
	nowhere := filepath.Join(t.TempDir(), "nowhere")
	t.Setenv("TMPDIR", nowhere)
	book := newLogbook()
	url := serve(t, options{logger: book.logger()}, uploading(sums))
	contentType, body := form(t, formPart{"file", `filename="a"`, "", strings.Repeat("x", 2<<20)})
	r := ask(t, http.MethodPost, url+"/api/upload", contentType, body)
	r.expect(t, 500, `"message":"cannot store the uploaded files"`)
	if line := book.next(t, 1)[0]; !strings.Contains(fmt.Sprint(line["error"]), nowhere) {
		t.Errorf("logged %v", line)
	}
}

// TestUploadsLiveAsLongAsTheirAction: whatever becomes of it, or of its client.
func TestUploadsLiveAsLongAsTheirAction(t *testing.T) {
	dir := temp(t)
	large := strings.Repeat("x", 2<<20)
	contentType, body := form(t, formPart{"file", `filename="a"`, "", large})
	present := func() error {
		if left, err := os.ReadDir(dir); err != nil || len(left) == 0 {
			return fmt.Errorf("the temporary file is gone too early: %w", err)
		}
		return nil
	}
	t.Run("panic", func(t *testing.T) {
		url := serve(t, options{}, uploading(func(context.Context, uploadInput) (any, error) { panic(fmt.Sprint("files: ", present())) }))
		ask(t, http.MethodPost, url+"/api/upload", contentType, body).expect(t, 500, "panic: files: <nil>")
		empty(t, dir)
	})
	t.Run("Goexit", func(t *testing.T) {
		url := serve(t, options{}, uploading(func(context.Context, uploadInput) (any, error) { runtime.Goexit(); return nil, nil }))
		ask(t, http.MethodPost, url+"/api/upload", contentType, body).expect(t, 500)
		empty(t, dir)
	})
	t.Run("timeout", func(t *testing.T) {
		answered, read := make(chan struct{}), make(chan error, 1)
		url := serve(t, options{}, func(r *action.Registry, _ *web.Server) {
			action.Handle(r, action.Action{Name: "upload", Web: action.POST("/upload"), Timeout: 50 * time.Millisecond}, func(_ context.Context, in uploadInput) (any, error) {
				<-answered // it does not heed its context
				_, err := sum(*in.File)
				read <- errors.Join(present(), err)
				return nil, nil
			})
		})
		ask(t, http.MethodPost, url+"/api/upload", contentType, body).expect(t, 408)
		close(answered)
		if err := soon(t, read); err != nil {
			t.Error(err)
		}
		empty(t, dir)
	})
	t.Run("a client that leaves", func(t *testing.T) {
		begun, read := make(chan struct{}), make(chan error, 1)
		url := serve(t, options{}, uploading(func(ctx context.Context, in uploadInput) (any, error) {
			close(begun)
			<-ctx.Done()
			_, err := sum(*in.File)
			read <- err
			return nil, nil
		}))
		ctx, cancel := context.WithCancel(t.Context())
		go func() { <-begun; cancel() }()
		post(ctx, t, url, contentType, strings.NewReader(body))
		if err := soon(t, read); err != nil {
			t.Error(err)
		}
		empty(t, dir)
	})
	t.Run("a client that leaves half way", func(t *testing.T) {
		url := serve(t, options{}, uploading(func(context.Context, uploadInput) (any, error) { t.Error("it has run"); return nil, nil }))
		r, w := io.Pipe()
		go func() {
			_, _ = io.WriteString(w, body[:len(body)*3/4])
			for present() != nil {
				runtime.Gosched()
			}
			_ = w.CloseWithError(io.ErrClosedPipe) // which closes the connection
		}()
		post(t.Context(), t, url, contentType, r)
		empty(t, dir)
	})
	t.Run("stream", func(t *testing.T) {
		url := serve(t, options{}, uploading(func(_ context.Context, in uploadInput) (any, error) {
			return stream.Chunks("text/plain", func(_ context.Context, w io.Writer) error {
				s, err := sum(*in.File)
				_, writeErr := io.WriteString(w, s)
				return errors.Join(present(), err, writeErr)
			}), nil
		}))
		ask(t, http.MethodPost, url+"/api/upload", contentType, body).expect(t, 200, "a||"+digest(large))
		empty(t, dir)
	})
}

// post sends a request, and does not wait for the answer.
func post(ctx context.Context, t *testing.T, url, contentType string, body io.Reader) {
	t.Helper()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/api/upload", body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", contentType)
	if response, err := new(http.Transport).RoundTrip(r); err == nil {
		_ = response.Body.Close()
		t.Error("it was answered")
	}
}
