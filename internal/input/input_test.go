package input_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/keryx-go/keryx/fault"
	"github.com/keryx-go/keryx/internal/input"
)

// bind compiles T and binds params to it.
func bind[T any](t *testing.T, params map[string]any) (*T, fault.FieldErrors) {
	t.Helper()
	plan, err := input.Compile(reflect.TypeFor[T]())
	if err != nil {
		t.Fatalf("compile: %v", err)
	}
	in, errs := plan.Bind(params)
	if errs != nil {
		return nil, errs
	}
	return in.(*T), nil
}

func parse(t *testing.T, body string) map[string]any {
	t.Helper()
	m, err := input.ParseObject([]byte(body))
	if err != nil {
		t.Fatalf("parse %s: %v", body, err)
	}
	return m
}

func Example() {
	type Query struct {
		UserID int64         `json:"userId" minimum:"1"`
		Order  string        `json:"order" enum:"asc,desc" default:"asc"`
		Within time.Duration `json:"within,omitempty"`
	}
	plan, err := input.Compile(reflect.TypeFor[Query]())
	if err != nil {
		panic(err)
	}
	in, _ := plan.Bind(map[string]any{"userId": input.Text{"5"}, "within": input.Text{"90s"}})
	fmt.Printf("%+v\n", *in.(*Query))
	_, errs := plan.Bind(map[string]any{"userId": input.Text{"0"}, "order": input.Text{"up"}})
	for _, e := range errs {
		fmt.Println(e)
	}
	// Output:
	// {UserID:5 Order:asc Within:1m30s}
	// userId must be at least 1
	// order must be asc or desc
}

type address struct {
	Street string `json:"street" minLength:"2"`
	Zip    string `json:"zip,omitempty" pattern:"^[0-9]{5}$" patternDescription:"five digits"`
}

type base struct {
	Tenant string `json:"tenant,omitempty"`
}

type level int

func (l *level) UnmarshalText(text []byte) error {
	switch string(text) {
	case "low":
		*l = 1
	case "high":
		*l = 2
	default:
		return fmt.Errorf("the level is low or high, not %s", text)
	}
	return nil
}

func (l level) MarshalText() ([]byte, error) { return []byte([]string{"", "low", "high"}[l]), nil }

type tree struct {
	Name     string `json:"name"`
	Children []tree `json:"children,omitempty"`
}

type everything struct {
	base
	Name     string                 `json:"name" minLength:"3" maxLength:"5"`
	Age      uint8                  `json:"age,omitempty" maximum:"150"`
	Score    float64                `json:"score,omitempty" exclusiveMinimum:"0"`
	Small    int32                  `json:"small,omitempty"`
	Big      int64                  `json:"big,omitempty"`
	Active   bool                   `json:"active,omitempty"`
	Role     string                 `json:"role,omitempty" enum:"admin,user"`
	Stars    int                    `json:"stars,omitempty" enum:"1,3,5"`
	Email    string                 `json:"email,omitempty" format:"email"`
	Tags     []string               `json:"tags,omitempty" minItems:"1" maxItems:"3" uniqueItems:"true" maxLength:"4"`
	Pair     [2]int                 `json:"pair,omitempty"`
	Counts   map[string]int         `json:"counts,omitempty" maxProperties:"2"`
	Home     *address               `json:"home"`
	Others   []address              `json:"others,omitempty"`
	At       time.Time              `json:"at,omitzero"`
	Day      time.Time              `json:"day,omitzero" format:"date"`
	Wait     time.Duration          `json:"wait,omitempty"`
	Level    level                  `json:"level,omitempty"`
	Bytes    []byte                 `json:"bytes,omitempty"`
	Any      any                    `json:"any,omitempty"`
	Nick     input.Optional[string] `json:"nick" minLength:"2"`
	Limit    int                    `json:"limit" default:"10" maximum:"100"`
	Sorts    []string               `json:"sorts" default:"a,b"`
	Tree     *tree                  `json:"tree"`
	Password string                 `json:"password,omitempty" secret:"true" minLength:"8"`
	Code     string                 `json:"code,omitempty" minLength:"4" message:"a code has four signs"`
	Skipped  string                 `json:"-"`
}

// TestBindFails holds one bad parameter after the other against the message,
// the key and the value that a client gets to see.
func TestBindFails(t *testing.T) {
	text := func(s ...string) input.Text { return s }
	for name, test := range map[string]struct {
		body   string // JSON, or
		params map[string]any
		want   string // key: message (value)
	}{
		"missing":                {body: `{}`, want: `name: Missing required param: name (<nil>)`},
		"null for required":      {body: `{"name":null}`, want: `name: name must be text (<nil>)`},
		"JSON is not coerced":    {body: `{"name":"abc","big":"5"}`, want: `big: big must be a whole number (5)`},
		"number for text":        {body: `{"name":5}`, want: `name: name must be text (5)`},
		"too short":              {body: `{"name":"ab"}`, want: `name: name must have between 3 and 5 characters (ab)`},
		"too long, in runes":     {body: `{"name":"äöüäöü"}`, want: `name: name must have between 3 and 5 characters (äöüäöü)`},
		"name in another case":   {body: `{"NAME":"abc"}`, want: `name: Missing required param: name (<nil>)`},
		"fraction":               {body: `{"name":"abc","big":1.5}`, want: `big: big must be a whole number (1.5)`},
		"above int32":            {body: `{"name":"abc","small":2147483648}`, want: `small: small must be between -2147483648 and 2147483647 (2147483648)`},
		"above int64":            {body: `{"name":"abc","big":9223372036854775808}`, want: `big: big must be between -9223372036854775808 and 9223372036854775807 (9223372036854775808)`},
		"huge exponent":          {body: `{"name":"abc","big":1e999}`, want: `big: big must be between -9223372036854775808 and 9223372036854775807 (1e999)`},
		"huge float":             {body: `{"name":"abc","score":1e999}`, want: `score: score is too large a number (1e999)`},
		"negative unsigned":      {body: `{"name":"abc","age":-1}`, want: `age: age must be between 0 and 150 (-1)`},
		"above the maximum":      {body: `{"name":"abc","age":151}`, want: `age: age must be between 0 and 150 (151)`},
		"exclusive minimum":      {body: `{"name":"abc","score":0}`, want: `score: score must be greater than 0 (0)`},
		"NaN as text":            {params: map[string]any{"name": "abc", "score": text("NaN")}, want: `score: score must be a number (NaN)`},
		"empty text for number":  {params: map[string]any{"name": "abc", "big": text("")}, want: ``},
		"hex text for number":    {params: map[string]any{"name": "abc", "big": text("0x10")}, want: `big: big must be a whole number (0x10)`},
		"repeated scalar":        {params: map[string]any{"name": text("abc", "abd")}, want: `name: name must be a single value ([abc abd])`},
		"bad bool":               {params: map[string]any{"name": "abc", "active": text("maybe")}, want: `active: active must be true or false (maybe)`},
		"enum":                   {body: `{"name":"abc","role":"root"}`, want: `role: role must be admin or user (root)`},
		"enum of numbers":        {body: `{"name":"abc","stars":2}`, want: `stars: stars must be 1, 3 or 5 (2)`},
		"format":                 {body: `{"name":"abc","email":"nobody"}`, want: `email: email must be an e-mail address (nobody)`},
		"NUL byte":               {body: `{"name":"a\u0000c"}`, want: "name: name must not contain NUL characters (a\x00c)"},
		"invalid UTF-8 in text":  {params: map[string]any{"name": text("a\xffc")}, want: `name: name must be text in UTF-8 (<nil>)`},
		"not a list":             {body: `{"name":"abc","tags":"a"}`, want: `tags: tags must be a list (a)`},
		"empty list":             {body: `{"name":"abc","tags":[]}`, want: `tags: tags must have between 1 and 3 items ([])`},
		"list with twins":        {body: `{"name":"abc","tags":["a","a"]}`, want: `tags: tags must not have the same item twice ([a a])`},
		"element":                {body: `{"name":"abc","tags":["a","abcde"]}`, want: `tags[1]: tags[1] must have at most 4 characters (abcde)`},
		"array length":           {body: `{"name":"abc","pair":[1]}`, want: `pair: pair must have exactly 2 items ([1])`},
		"map value":              {body: `{"name":"abc","counts":{"a":"x"}}`, want: `counts.a: counts.a must be a whole number (x)`},
		"map size":               {body: `{"name":"abc","counts":{"a":1,"b":2,"c":3}}`, want: `counts: counts must have at most 2 entries (map[a:1 b:2 c:3])`},
		"nested missing":         {body: `{"name":"abc","home":{}}`, want: `home.street: Missing required param: home.street (<nil>)`},
		"nested in a list":       {body: `{"name":"abc","others":[{"street":"ok"},{"street":"x"}]}`, want: `others[1].street: others[1].street must have at least 2 characters (x)`},
		"pattern":                {body: `{"name":"abc","home":{"street":"ok","zip":"1"}}`, want: `home.zip: home.zip must be five digits (1)`},
		"object as scalar":       {body: `{"name":{"a":1}}`, want: `name: name must be text (map[a:1])`},
		"scalar as object":       {body: `{"name":"abc","home":5}`, want: `home: home must be an object (5)`},
		"text that is no object": {params: map[string]any{"name": "abc", "home": text("x")}, want: `home: home must be an object (x)`},
		"time":                   {body: `{"name":"abc","at":"yesterday"}`, want: `at: at must be a date and time such as 2026-01-31T15:04:05Z (yesterday)`},
		"date":                   {body: `{"name":"abc","day":"2026-02-30"}`, want: `day: day must be a date such as 2026-01-31 (2026-02-30)`},
		"duration":               {body: `{"name":"abc","wait":"soon"}`, want: `wait: wait must be a duration such as 90s, 1h30m or 250ms (soon)`},
		"text unmarshaler":       {body: `{"name":"abc","level":"mid"}`, want: `level: level is not valid: the level is low or high, not mid (mid)`},
		"base64":                 {body: `{"name":"abc","bytes":"%%%"}`, want: `bytes: bytes must be base64 (%%%)`},
		"optional's rule":        {body: `{"name":"abc","nick":"x"}`, want: `nick: nick must have at least 2 characters (x)`},
		"recursive":              {body: `{"name":"abc","tree":{"name":"a","children":[{"name":"b","children":[{}]}]}}`, want: `tree.children[0].children[0].name: Missing required param: tree.children[0].children[0].name (<nil>)`},
		"secret":                 {body: `{"name":"abc","password":"hunter2"}`, want: `password: password must have at least 8 characters ([[secret]])`},
		"message":                {body: `{"name":"abc","code":"x"}`, want: `code: a code has four signs (x)`},
		"every one of several":   {body: `{"age":-1,"tags":[1]}`, want: `name: Missing required param: name (<nil>) | age: age must be between 0 and 150 (-1) | tags[0]: tags[0] must be text (1)`},
	} {
		t.Run(name, func(t *testing.T) {
			params := test.params
			if params == nil {
				params = parse(t, test.body)
			}
			_, errs := bind[everything](t, params)
			var got []string
			for _, e := range errs {
				got = append(got, fmt.Sprintf("%s: %s (%v)", e.Key, e.Message, e.Value))
			}
			if s := strings.Join(got, " | "); s != test.want {
				t.Errorf("\n got %s\nwant %s", s, test.want)
			}
		})
	}
}

func TestBindAccepts(t *testing.T) {
	in, errs := bind[everything](t, parse(t, `{
		"tenant":"t", "name":"abc", "age":7.0, "score":0.5, "big":9223372036854775807, "active":true, "stars":3,
		"tags":["a","b"], "pair":[1,2], "counts":{"a":1}, "home":{"street":"Hauptstraße"}, "at":"2026-01-02T03:04:05.6Z",
		"day":"2026-01-02", "wait":"1h", "level":"high", "bytes":"aGk=", "any":{"n":1}, "nick":null, "unknown":1,
		"tree":{"name":"a","children":[{"name":"b"}]}}`))
	if errs != nil {
		t.Fatal(errs)
	}
	for name, ok := range map[string]bool{
		"embedded": in.Tenant == "t", "integral float": in.Age == 7, "exact int64": in.Big == 1<<63-1,
		"list": len(in.Tags) == 2 && in.Tags[1] == "b", "array": in.Pair == [2]int{1, 2}, "map": in.Counts["a"] == 1,
		"pointer": in.Home != nil && in.Home.Street == "Hauptstraße", "absent pointer": in.Others == nil,
		"time": in.At.Equal(time.Date(2026, 1, 2, 3, 4, 5, 6e8, time.UTC)), "date": in.Day.Day() == 2,
		"duration": in.Wait == time.Hour, "unmarshaler": in.Level == 2, "bytes": string(in.Bytes) == "hi",
		"null optional": in.Nick.IsSet() && in.Nick.IsNull(), "default": in.Limit == 10,
		"default list": strings.Join(in.Sorts, "+") == "a+b", "recursive": in.Tree.Children[0].Name == "b",
	} {
		if !ok {
			t.Errorf("%s: got %+v", name, *in)
		}
	}
}

func TestTextIsCoerced(t *testing.T) {
	text := func(s ...string) input.Text { return s }
	in, errs := bind[everything](t, map[string]any{
		"name": text("123"), "age": text("42"), "score": text("1e-3"), "active": text("on"), "tags": text("a", "b"),
		"pair": text("1", "2"), "counts": text(`{"a":1}`), "home": text(`{"street":"here"}`), "wait": text("250ms"),
		"nick": text("nn"), "any": text("5"), "limit": text("20"), "sorts": text("z"),
	})
	if errs != nil {
		t.Fatal(errs)
	}
	if nick, ok := in.Nick.Get(); !ok || nick != "nn" {
		t.Errorf("nick = %q, %v", nick, ok)
	}
	if in.Name != "123" || in.Age != 42 || in.Score != 1e-3 || !in.Active || len(in.Tags) != 2 || in.Pair != [2]int{1, 2} ||
		in.Counts["a"] != 1 || in.Home.Street != "here" || in.Wait != 250*time.Millisecond || in.Any != "5" || in.Limit != 20 || in.Sorts[0] != "z" {
		t.Errorf("got %+v", *in)
	}
}

func TestAbsentIsNotNull(t *testing.T) {
	type in struct {
		Nick input.Optional[string] `json:"nick"`
	}
	for body, want := range map[string]string{
		`{}`:            "absent",
		`{"nick":null}`: "null",
		`{"nick":""}`:   "value",
	} {
		got, errs := bind[in](t, parse(t, body))
		if errs != nil {
			t.Fatal(errs)
		}
		state := "absent"
		if _, ok := got.Nick.Get(); ok {
			state = "value"
		} else if got.Nick.IsNull() {
			state = "null"
		}
		if state != want {
			t.Errorf("%s is %s, want %s", body, state, want)
		}
	}
}

// TestCompileRefuses lists programming mistakes. They must be found before any request,
// with the name of the field.
func TestCompileRefuses(t *testing.T) {
	twins := []reflect.StructField{
		{Name: "A", Type: reflect.TypeFor[int](), Tag: `json:"x"`},
		{Name: "B", Type: reflect.TypeFor[int](), Tag: `json:"x"`},
	}
	for name, test := range map[string]struct {
		typ  reflect.Type
		want string
	}{
		"no struct":   {reflect.TypeFor[int](), "must be a struct"},
		"channel":     {reflect.TypeFor[struct{ C chan int }](), "field C: the type chan int cannot be an input"},
		"map of ints": {reflect.TypeFor[struct{ M map[int]int }](), "field M: the type map[int]int cannot be an input"},
		"bad pattern": {reflect.TypeFor[struct {
			S string `pattern:"("`
		}](), "field S: "},
		"bad minimum": {reflect.TypeFor[struct {
			N int `minimum:"one"`
		}](), "field N: "},
		"bad default": {reflect.TypeFor[struct {
			N int `default:"0" minimum:"1"`
		}](), `field N: the default "0" does not fit: it must be at least 1`},
		"bad default of a list": {reflect.TypeFor[struct {
			L []string `default:"a,b" pattern:"^a$"`
		}](), `field L: the default "a,b" does not fit: it[1] must match the pattern ^a$`},
		"bad required": {reflect.TypeFor[struct {
			N int `required:"yes"`
		}](), "the required tag is true or false"},
		"unique objects": {reflect.TypeFor[struct {
			L []address `uniqueItems:"true"`
		}](), "field L: uniqueItems needs"},
		"embedded pointer": {reflect.TypeFor[struct{ *base }](), "embedded pointer"},
		"twins":            {reflect.StructOf(twins), `have the same name "x"`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := input.Compile(test.typ)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q in it", err, test.want)
			}
		})
	}
}

func TestRedactKeepsWhatIsAskedForOnly(t *testing.T) {
	type login struct {
		Email    string `json:"email"`
		Password string `json:"password" secret:"true"`
		Card     *struct {
			Number string `json:"number" secret:"true"`
			Name   string `json:"name"`
		} `json:"card"`
	}
	plan, err := input.Compile(reflect.TypeFor[login]())
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprint(plan.Redact(map[string]any{
		"email": input.Text{"a@b"}, "password": "x", "pasword": "y",
		"card": map[string]any{"number": "1", "name": "n", "cvc": "z"},
	}))
	if want := "map[card:map[name:n number:[[secret]]] email:a@b password:[[secret]]]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
