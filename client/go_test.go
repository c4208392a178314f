package client_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/keryx-go/keryx/client/testdata/shopclient"
	"github.com/keryx-go/keryx/internal/shop"
	"github.com/keryx-go/keryx/internal/slow"
	"github.com/keryx-go/keryx/keryxtest"
)

// startShop returns the client of a running shop.
func startShop(t *testing.T) *shopclient.Client {
	t.Helper()
	app := keryxtest.Start(t, shop.New, keryxtest.Options{Embedded: true, NoDatabase: true, Env: map[string]string{"LOG_LEVEL": "fatal"}})
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return &shopclient.Client{URL: app.URL + "/", HTTP: &http.Client{Transport: transport}}
}

// TestGoClient calls every kind of action.
func TestGoClient(t *testing.T) {
	c, ctx := startShop(t), t.Context()

	since := time.Date(2030, 1, 2, 3, 4, 5, 6000, time.UTC)
	list, err := c.ItemList(ctx, shopclient.ItemListInput{
		Page: new(int64(7)), Sort: new("price"), Tags: []string{"a b", "&"}, Since: &since, Filter: &shopclient.ItemListInputFilter{Cheap: true},
	})
	check(t, err)
	echoed := list.Echo
	if echoed.Page != 7 || echoed.Sort != "price" || !slices.Equal(echoed.Tags, []string{"a b", "&"}) || !echoed.Since.Equal(since) || echoed.Filter == nil || !echoed.Filter.Cheap {
		t.Errorf("the query came as %+v", echoed)
	}
	if i := list.Items[0]; i.ID != 2 || i.Parent.ID != 1 || i.Parent.Tags[0] != "a" || i.Picture[0] != 1 || list.Big != "1152921504606846976" {
		t.Errorf("the items are %+v", list)
	}
	//lint:ignore SA1019 It works as before.
	made, err := c.ItemCreate(ctx, shopclient.ItemCreateInput{
		Name: "äö", ANote: new("note"), List: [][]int64{{1, 2}, {}}, Attrs: map[string]string{"k": "v"}, Duration: new("2m"), Tenant: "acme", Theme: new("dark"),
	})
	check(t, err)
	if made.Name != "äö" || made.ANote != "note" || len(made.List) != 2 || made.Duration != int64(2*time.Minute) || made.Tenant != "acme" || made.Theme != "dark" {
		t.Errorf("the body came as %+v", made)
	}
	path, err := c.ABCD(ctx, shopclient.ABCDInput{Org: "a/b ?", Rest: "x/y z", Full: new(true)})
	check(t, err)
	if path != (shopclient.PathInput{Org: "a/b ?", Rest: "x/y z", Full: true}) {
		t.Errorf("the path came as %+v", path)
	}
	for _, bad := range []string{"", ".", ".."} {
		if _, err := c.ABCD(ctx, shopclient.ABCDInput{Org: bad, Rest: "x"}); err == nil || !strings.Contains(err.Error(), "org") {
			t.Errorf("org %q: %v", bad, err)
		}
	}
	picture := func(name string) shopclient.File {
		return shopclient.File{Name: name, Type: "image/png", Content: strings.NewReader("png!")}
	}
	uploaded, err := c.ItemUpload(ctx, shopclient.ItemUploadInput{
		Title: "T", Cover: picture(`ü".png`), Pages: []shopclient.File{picture("1"), picture("2")}, Detail: []shopclient.DetailInput{{Key: "k"}},
	})
	check(t, err)
	if want := `T ü".png image/png 4 false 2 [{k}]`; uploaded != want {
		t.Errorf("the upload is %q, want %q", uploaded, want)
	}
	raw, err := c.ItemRaw(ctx, shopclient.ItemRawInput{ID: 5, Body: shopclient.File{Type: "text/plain", Content: strings.NewReader("raw & whole")}})
	check(t, err)
	whole, err := c.ItemWhole(ctx, shopclient.ItemWholeInput{Draft: new(true), Body: []shopclient.ItemInput{{Tags: []string{}, Labels: map[string]string{}}}})
	check(t, err)
	if raw != "5 raw & whole" || whole != "true 1" {
		t.Errorf("the bodies came as %q and %q", raw, whole)
	}
	check(t, c.ItemDelete(ctx, shopclient.ItemDeleteInput{ID: 1}))
	anything, err := c.Anything(ctx)
	check(t, err)
	response, err := c.Redirect(ctx)
	check(t, err)
	text, err := io.ReadAll(response.Body)
	check(t, errors.Join(err, response.Body.Close()))
	if fmt.Sprint(anything) != "[1]" || string(text) != "[1]" {
		t.Errorf("anything is %v, and behind the redirect %s", anything, text)
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestGoStreams reads events, lines and bytes, to their end, in part, and until they fail.
func TestGoStreams(t *testing.T) {
	c, ctx := startShop(t), t.Context()
	var got []string
	for e, err := range c.Events(ctx, shopclient.EventsInput{Count: new(int64(2))}) {
		check(t, err)
		got = append(got, fmt.Sprintf("%s %s %s", e.Name, e.ID, e.Data))
	}
	if want := []string{`count 0 {"index":0}`, `count 1 {"index":1}`}; !slices.Equal(got, want) {
		t.Errorf("the events are %q", got)
	}
	for range c.Events(ctx, shopclient.EventsInput{Count: new(int64(1000))}) {
		break
	}
	var failed *shopclient.Error
	for _, err := range c.Events(ctx, shopclient.EventsInput{Fails: new(true)}) {
		if err != nil && (!errors.As(err, &failed) || failed.Type != "CONNECTION_CONFLICT") {
			t.Errorf("the events fail with %v", err)
		}
	}
	if failed == nil {
		t.Error("the events do not fail")
	}

	type line struct{ Index int }
	body, err := c.Lines(ctx, shopclient.LinesInput{Count: new(int64(3))})
	check(t, err)
	sum := 0
	for l, err := range shopclient.Lines[line](body) {
		check(t, err)
		sum += l.Index
	}
	body, err = c.Lines(ctx, shopclient.LinesInput{Fails: new(true)})
	check(t, err)
	var cut error
	for _, cut = range shopclient.Lines[line](body) {
	}
	if sum != 3 || cut == nil {
		t.Errorf("the sum is %d, and a stream that fails ends with %v", sum, cut)
	}
	body, err = c.Bytes(ctx)
	check(t, err)
	data, err := io.ReadAll(body)
	check(t, errors.Join(err, body.Close()))
	if string(data) != "\xff\x00\x01" {
		t.Errorf("the bytes are %q", data)
	}
}

// TestGoErrors: errors have what the wire has.
func TestGoErrors(t *testing.T) {
	c := startShop(t)
	for with, want := range map[string]struct {
		typ    string
		status int
	}{
		"conflict": {"CONNECTION_CONFLICT", 409}, "limited": {"CONNECTION_RATE_LIMITED", 429}, "panic": {"CONNECTION_SERVER_ERROR", 500},
		"details": {"QUOTA", 402}, "fields": {"CONNECTION_ACTION_PARAM_REQUIRED", 406}, "other": {"CONNECTION_ACTION_PARAM_REQUIRED", 406}, "proxy": {"", 502},
	} {
		_, err := c.Fail(t.Context(), shopclient.FailInput{With: with})
		var failed *shopclient.Error
		if !errors.As(err, &failed) || failed.Type != want.typ || failed.Status != want.status {
			t.Errorf("%s: %v (%+v)", with, err, failed)
			continue
		}
		switch with {
		case "details":
			if string(failed.Details) != `{"used":7}` {
				t.Errorf("the details are %s", failed.Details)
			}
		case "other":
			if failed.Key != "with" || failed.Value != "other" || len(failed.Fields) != 1 || failed.Fields[0].Key != "with" {
				t.Errorf("the parameter is not blamed: %+v", failed)
			}
		case "limited":
			if failed.RetryAfter != 7*time.Second {
				t.Errorf("Retry-After is %s", failed.RetryAfter)
			}
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := c.Fail(ctx, shopclient.FailInput{With: "slow"}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a call that takes too long fails with %v", err)
	}
}

// TestVet: go vet has nothing to say about the Go client.
func TestVet(t *testing.T) {
	slow.Skip(t, "it runs go vet")
	if out, err := exec.Command("go", "vet", "./testdata/shopclient").CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
