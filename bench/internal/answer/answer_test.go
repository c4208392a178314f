package answer_test

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/keryx-go/keryx/bench/internal/answer"
)

func TestFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "answer.json")
	want := answer.Of(http.Header{"X-Server-Name": {"s"}, "Date": {"now"}, "Content-Length": {"5"}}, []byte(`{"a":1}`))
	if err := want.Save(file); err != nil {
		t.Fatal(err)
	}
	got, err := answer.Load(file)
	if err != nil || string(got.Body) != `{"a":1}` || len(got.Header) != 1 || got.Header.Get("X-Server-Name") != "s" {
		t.Errorf("error %v, answer %+v", err, got)
	}
	if err := os.WriteFile(file, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := answer.Load(file); err == nil {
		t.Error("a broken file is no error")
	}
}

func TestSaveNeedsJSON(t *testing.T) {
	if err := answer.Of(nil, []byte("<html>")).Save(filepath.Join(t.TempDir(), "answer.json")); err == nil {
		t.Error("a body that is no JSON is no error")
	}
}

func TestNoFileIsTheDefault(t *testing.T) {
	got, err := answer.Load("")
	if err != nil || string(got.Body) != string(answer.Default().Body) {
		t.Errorf("error %v, answer %+v", err, got)
	}
}
