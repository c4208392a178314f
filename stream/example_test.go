package stream_test

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"log"
	"net/http"
	"net/http/httptest"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/stream"
	"github.com/keryx-go/keryx/web"
)

func Example() {
	type Input struct {
		Count int `json:"count" default:"2" maximum:"100"`
	}
	actions := action.NewRegistry(action.Options{})
	action.Handle(actions, action.Action{Name: "counter", Web: action.GET("/counter")},
		func(_ context.Context, in Input) (*stream.EventStream, error) {
			return stream.Events(func(_ context.Context, send *stream.Sender) error {
				for i := range in.Count {
					if err := send.Event("counter", map[string]int{"index": i + 1, "total": in.Count}); err != nil {
						return err
					}
				}
				return nil
			}), nil
		})

	server := httptest.NewServer(web.New(web.Options{Config: web.Settings{APIRoute: "/api"}, Actions: actions}))
	defer server.Close()
	response, err := http.Get(server.URL + "/api/counter")
	if err != nil {
		log.Fatal(err)
	}
	defer response.Body.Close()
	body, _ := io.ReadAll(response.Body)
	fmt.Println(response.Header.Get("Content-Type"))
	fmt.Print(string(body))
	// Output:
	// text/event-stream
	// event: counter
	// data: {"index":1,"total":2}
	//
	// event: counter
	// data: {"index":2,"total":2}
}

func ExampleEvents_collected() {
	s := stream.Events(func(_ context.Context, send *stream.Sender) error {
		if err := send.Send(stream.Event{Name: "greeting", ID: "1", Data: "Hello\nWorld"}); err != nil {
			return err
		}
		return send.Event("done", nil)
	})
	all, _ := s.Collect(context.Background()) // what the command line does
	encoded, _ := json.Marshal(all)
	fmt.Println(string(encoded))
	// Output:
	// [{"event":"greeting","id":"1","data":"Hello\nWorld"},{"event":"done","data":null}]
}

func ExampleChunks() {
	export := func(context.Context, struct{}) (*stream.ChunkStream, error) {
		return stream.Chunks("text/csv", func(_ context.Context, w io.Writer) error {
			rows := csv.NewWriter(w) // it has a buffer: few, larger pieces
			for i := range 3 {
				if err := rows.Write([]string{fmt.Sprint(i), fmt.Sprint(i * i)}); err != nil {
					return err
				}
			}
			rows.Flush()
			return rows.Error()
		}), nil
	}
	s, _ := export(context.Background(), struct{}{})
	all, _ := s.Collect(context.Background())
	fmt.Print(all)
	// Output:
	// 0,0
	// 1,1
	// 2,4
}

func ExampleJSON() {
	squares := func(ctx context.Context) iter.Seq2[int, error] {
		return func(yield func(int, error) bool) {
			for i := range 3 {
				if !yield(i*i, ctx.Err()) {
					return
				}
			}
		}
	}
	_ = stream.JSON(squares).Produce(context.Background(), func(piece []byte) error {
		fmt.Printf("%q\n", piece)
		return nil
	})
	// Output:
	// "0\n"
	// "1\n"
	// "4\n"
}
