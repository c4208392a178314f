package conformance

import (
	"context"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/fault"
	_ "github.com/keryx-go/keryx/redis/embedded"
	"github.com/keryx-go/keryx/stream"
)

// newApp has an action for each kind of input. Most return their input.
func newApp(o keryx.Options) *keryx.API {
	api := keryx.New(o)
	handle(api, "numbers", func(_ context.Context, in numbersInput) (numbersInput, error) { return in, nil })
	handle(api, "texts", func(_ context.Context, in textsInput) (textsInput, error) { return in, nil })
	handle(api, "times", func(_ context.Context, in timesInput) (timesOutput, error) { return in.show(), nil })
	handle(api, "lists", func(_ context.Context, in listsInput) (listsInput, error) { return in, nil })
	handle(api, "nested", func(_ context.Context, in nestedInput) (nestedInput, error) { return in, nil })
	handle(api, "presence", func(_ context.Context, in presenceInput) (presenceOutput, error) { return in.show(), nil })
	handle(api, "secrets", func(_ context.Context, in secretsInput) (int, error) { return len(in.Password), nil })
	handle(api, "checked", func(_ context.Context, in checkedInput) (checkedInput, error) { return in, nil })
	handle(api, "nothing", func(context.Context, struct{}) (any, error) { return nil, nil })
	handle(api, "fails", fails)
	handle(api, "files", files)
	handle(api, "stream", steps)
	return api
}

// handle registers an action at the route of its name. It is a POST, so that a
// body, a form and a query are all possible.
func handle[In, Out any](api *keryx.API, name string, run func(context.Context, In) (Out, error)) {
	a := keryx.Action{Name: name, Description: "The inputs of the table", Web: keryx.POST("/" + name)}
	if name == "fails" {
		a.Timeout = 50 * time.Millisecond
	}
	keryx.Handle(api, a, run)
}

type numbersInput struct {
	Int   int64   `json:"int,omitempty" minimum:"-10" maximum:"1000"`
	Big   int64   `json:"big,omitempty"`
	Small int8    `json:"small,omitempty"`
	Count uint16  `json:"count,omitempty"`
	Float float64 `json:"float,omitempty" exclusiveMinimum:"-1.5"`
	Price float64 `json:"price,omitempty" multipleOf:"0.01"`
	Yes   bool    `json:"yes,omitempty"`
}

type textsInput struct {
	Name   string `json:"name,omitempty" minLength:"2" maxLength:"10"`
	Email  string `json:"email,omitempty" format:"email"`
	Colour string `json:"colour,omitempty" enum:"red,green"`
	Code   string `json:"code,omitempty" pattern:"^[A-Z]{3}$" patternDescription:"three capitals"`
	Kind   string `json:"kind,omitempty" minLength:"3" message:"a kind has three letters at least"`
}

type timesInput struct {
	At   time.Time     `json:"at,omitempty"`
	Day  time.Time     `json:"day,omitempty" format:"date"`
	Wait time.Duration `json:"wait,omitempty"`
}

type timesOutput struct {
	At   string `json:"at,omitempty"`
	Day  string `json:"day,omitempty"`
	Wait string `json:"wait,omitempty"`
}

func (in timesInput) show() (out timesOutput) {
	if !in.At.IsZero() {
		out.At = in.At.UTC().Format(time.RFC3339Nano)
	}
	if !in.Day.IsZero() {
		out.Day = in.Day.Format(time.DateOnly)
	}
	if in.Wait != 0 {
		out.Wait = in.Wait.String()
	}
	return out
}

type listsInput struct {
	Tags    []string `json:"tags,omitempty" maxItems:"3" uniqueItems:"true" minLength:"2"`
	Numbers []int    `json:"numbers,omitempty" minItems:"2" maximum:"9"`
}

type nestedInput struct {
	Address address           `json:"address,omitzero"`
	Lines   []line            `json:"lines,omitempty"`
	Labels  map[string]string `json:"labels,omitempty"`
}

type address struct {
	Street string `json:"street" minLength:"1"`
	Zip    int    `json:"zip,omitempty"`
}

type line struct {
	SKU      string `json:"sku"`
	Quantity int    `json:"quantity" minimum:"1"`
}

type presenceInput struct {
	Must     string                 `json:"must"`
	Pointer  *string                `json:"pointer"`
	Optional keryx.Optional[string] `json:"optional"`
	Default  int                    `json:"default" default:"10" maximum:"20"`
	List     []string               `json:"list" default:"a,b"`
}

type presenceOutput struct {
	Must     string   `json:"must"`
	Pointer  string   `json:"pointer"`
	Optional string   `json:"optional"`
	Default  int      `json:"default"`
	List     []string `json:"list"`
}

func (in presenceInput) show() presenceOutput {
	out := presenceOutput{Must: in.Must, Pointer: "nil", Optional: "absent", Default: in.Default, List: in.List}
	if in.Pointer != nil {
		out.Pointer = *in.Pointer
	}
	if value, ok := in.Optional.Get(); ok {
		out.Optional = value
	} else if in.Optional.IsNull() {
		out.Optional = "null"
	}
	return out
}

type secretsInput struct {
	Password string `json:"password" minLength:"8" secret:"true"`
}

type checkedInput struct {
	Email string `json:"email"`
	From  int    `json:"from,omitempty"`
	To    int    `json:"to,omitempty"`
}

func (in *checkedInput) Check(context.Context) error {
	in.Email = strings.ToLower(in.Email)
	if in.From > in.To {
		return errors.Join(keryx.Invalid("from", "must not be after to"), keryx.Invalid("to", "must not be before from"))
	}
	return nil
}

type failsInput struct {
	How string `json:"how"`
}

func fails(ctx context.Context, in failsInput) (string, error) {
	switch in.How {
	case "typed":
		return "", &keryx.Error{Type: fault.ActionValidation, Message: "User already exists"}
	case "untyped":
		return "", &keryx.Error{Message: "Invalid email or password"}
	case "session":
		return "", &keryx.Error{Type: fault.ConnectionSessionNotFound, Message: "Session not found"}
	case "keyed":
		return "", &keryx.Error{Type: fault.ActionValidation, Message: "taken", Key: "how", Value: in.How}
	case "plain":
		return "", errors.New("the disk is full")
	case "panic":
		panic("oh no")
	case "late":
		<-ctx.Done()
		return "", ctx.Err()
	case "deaf":
		<-ctx.Done()
		return "too late", nil
	}
	return in.How, nil
}

type filesInput struct {
	File keryx.File `json:"file"`
	Note string     `json:"note,omitempty"`
}

type filesOutput struct {
	Name    string `json:"name"`
	Size    int64  `json:"size"`
	Content string `json:"content"`
	Note    string `json:"note"`
}

func files(_ context.Context, in filesInput) (filesOutput, error) {
	content, err := in.File.Open()
	if err != nil {
		return filesOutput{}, err
	}
	defer func() { _ = content.Close() }()
	text, err := io.ReadAll(content)
	return filesOutput{in.File.Name, in.File.Size, string(text), in.Note}, err
}

type stepsInput struct {
	Steps int `json:"steps" minimum:"1"`
}

func steps(_ context.Context, in stepsInput) (*stream.EventStream, error) {
	return stream.Events(func(_ context.Context, send *stream.Sender) error {
		for n := range in.Steps {
			if err := send.Event("step", map[string]int{"n": n + 1}); err != nil {
				return err
			}
		}
		return nil
	}), nil
}
