package web_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/connection"
	"github.com/keryx-go/keryx/internal/input"
	"github.com/keryx-go/keryx/web"
)

func placed(r *action.Registry, _ *web.Server) {
	action.Handle(r, action.Action{Name: "heads", Web: action.GET("/heads")}, func(ctx context.Context, in struct {
		Trace string   `json:"trace" header:"x-trace" required:"false"`
		Count int      `json:"count" header:"X-Count" default:"1"`
		Many  []string `json:"many" header:"X-Many" required:"false"`
		SID   string   `json:"sid" cookie:"sid" required:"false"`
		Page  int      `json:"page" default:"1"`
	}) (string, error) {
		return fmt.Sprintf("%s %d %q %s %d %s", in.Trace, in.Count, in.Many, in.SID, in.Page, connection.From(ctx).Host), nil
	})
	action.Handle(r, action.Action{Name: "both", Web: action.POST("/both")}, func(_ context.Context, in struct {
		Trace string `json:"trace" header:"X-Trace" required:"false"`
		Name  string `json:"name"`
	}) (string, error) {
		return in.Trace + " " + in.Name, nil
	})
	action.Handle(r, action.Action{Name: "raw", Web: action.POST("/raw/{id}")}, func(_ context.Context, in struct {
		ID   int           `json:"id"`
		Kind string        `json:"kind" default:"none"`
		Body input.RawBody `json:"body" contentType:"text/csv,image/*" maxSize:"10B" required:"false"`
	}) (string, error) {
		return fmt.Sprintf("%d %s %s", in.ID, in.Kind, in.Body), nil
	})
	action.Handle(r, action.Action{Name: "list", Web: action.PUT("/list")}, func(_ context.Context, in struct {
		Items []int `json:"items" body:"true" maxItems:"3"`
		Dry   bool  `json:"dry" default:"false"`
	}) (string, error) {
		return fmt.Sprint(in.Items, in.Dry), nil
	})
	action.Handle(r, action.Action{Name: "photo", Web: action.PUT("/photo")}, func(_ context.Context, in struct {
		Photo action.File `json:"photo" body:"true" contentType:"image/png" maxSize:"3MB"`
	}) (string, error) {
		var texts []string
		for range 2 {
			f, err := in.Photo.Open()
			if err != nil {
				return "", err
			}
			data, err := io.ReadAll(f)
			if err != nil || f.Close() != nil {
				return "", err
			}
			texts = append(texts, fmt.Sprintf("%d %s", len(data), data[:3]))
		}
		return fmt.Sprint(in.Photo.Name, " ", in.Photo.Type, " ", in.Photo.Size, " ", strings.Join(texts, " ")), nil
	})
}

// TestInputsOfOtherPlaces: headers, cookies and whole bodies of any type.
func TestInputsOfOtherPlaces(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	url := serve(t, options{env: []string{"WEB_MAX_BODY_SIZE=5000000"}}, placed)
	host := strings.TrimPrefix(url, "http://")
	for name, test := range map[string]struct {
		method, path, contentType, body string
		headers                         []string
		status                          int
		want                            string
	}{
		"headers and a cookie":  {"GET", "/heads?page=2", "", "", []string{"X-Trace", "t", "X-Count", "5", "X-Many", "a", "Cookie", "other=1; sid=s"}, 200, `"t 5 [\"a\"] s 2 ` + host},
		"none of them":          {"GET", "/heads", "", "", nil, 200, `" 1 []  1 `},
		"not from the query":    {"GET", "/heads?trace=t&count=7&sid=s", "", "", nil, 200, `" 1 []  1 `},
		"not from a form":       {"POST", "/both", "application/x-www-form-urlencoded", "trace=t&name=n", nil, 200, `" n"`},
		"not from JSON":         {"POST", "/both", "application/json", `{"trace":"t","name":"n"}`, []string{"X-Trace", "h"}, 200, `"h n"`},
		"a header that is none": {"GET", "/heads", "", "", []string{"X-Count", "many"}, 406, `"key":"count"`},
		"bytes":                 {"POST", "/raw/7?kind=k", "text/csv; charset=utf-8", "a,b\n", nil, 200, `"7 k a,b\n"`},
		"a picture as bytes":    {"POST", "/raw/7", "image/png", "\x89PNG", nil, 200, `"7 none `},
		"no bytes":              {"POST", "/raw/7", "", "", nil, 200, `"7 none "`},
		"too many bytes":        {"POST", "/raw/7", "text/csv", strings.Repeat("x", 11), nil, 406, `"key":"body"`},
		"another type":          {"POST", "/raw/7", "text/html", "x", nil, 415, "send text/csv or image/*"},
		"no type":               {"POST", "/raw/7", "", "x", nil, 415, "send text/csv or image/*"},
		"a list":                {"PUT", "/list?dry=true&items=9", "application/json", " [1,2] ", nil, 200, `"[1 2] true"`},
		"an empty list":         {"PUT", "/list", "application/vnd.api+json", "[]", nil, 200, `"[] false"`},
		"a list that is long":   {"PUT", "/list", "application/json", "[1,2,3,4]", nil, 406, `"key":"items"`},
		"no list":               {"PUT", "/list", "application/json", `{"items":[1]}`, nil, 406, `"key":"items"`},
		"a list in the query":   {"PUT", "/list?items=9", "", "", nil, 406, "Missing required param: items"},
		"a broken list":         {"PUT", "/list", "application/json", "[1", nil, 400, "cannot parse request body"},
		"a list of a form":      {"PUT", "/list", "application/x-www-form-urlencoded", "items=1", nil, 415, "send application/json"},
		"a compressed list":     {"PUT", "/list", "application/json", "[1]", []string{"Content-Encoding", "br"}, 415, "unsupported Content-Encoding br"},
		"a small file":          {"PUT", "/photo", "image/png", "PNG", nil, 200, `image/png 3 3 PNG 3 PNG"`},
		"a named file":          {"PUT", "/photo", "image/png", "PNG", []string{"Content-Disposition", `attachment; filename="../cat.png"`}, 200, `"cat.png image/png 3`},
		"a large file":          {"PUT", "/photo", "image/png", strings.Repeat("PNG", 1<<19), nil, 200, `image/png 1572864 1572864 PNG 1572864 PNG"`},
		"too large a file":      {"PUT", "/photo", "image/png", strings.Repeat("PNG", 1<<20+1), nil, 406, `"key":"photo"`},
		"larger than a body":    {"PUT", "/photo", "image/png", strings.Repeat("PNG", 1<<21), nil, 413, "Payload Too Large"},
		"a file of another":     {"PUT", "/photo", "image/gif", "GIF", nil, 406, `"key":"photo"`},
		"no file":               {"PUT", "/photo", "image/png", "", nil, 406, "Missing required param: photo"},
	} {
		t.Run(name, func(t *testing.T) {
			ask(t, test.method, url+"/api"+test.path, test.contentType, test.body, test.headers...).expect(t, test.status, test.want)
			empty(t, dir)
		})
	}
}

// TestSpoolsOfBrokenBodies: nothing is left of a body that breaks off, and a server
// without a disk is to blame.
func TestSpoolsOfBrokenBodies(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	url := serve(t, options{}, placed)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPut, url+"/api/photo",
		io.MultiReader(strings.NewReader(strings.Repeat("PNG", 1<<20)), broken{}))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "image/png")
	if _, err := new(http.Transport).RoundTrip(r); err == nil {
		t.Error("a body that breaks off was answered")
	}
	ask(t, "PUT", url+"/api/photo", "image/png", "PNG").expect(t, 200)
	empty(t, dir)

	t.Setenv("TMPDIR", dir+"/nowhere")
	ask(t, "PUT", url+"/api/photo", "image/png", strings.Repeat("PNG", 1<<19)).expect(t, 500, "cannot store the uploaded files")
	ask(t, "PUT", url+"/api/photo", "image/png", "PNG").expect(t, 200)
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }
