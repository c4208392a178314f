package channel_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/keryx-go/keryx/channel"
	"github.com/keryx-go/keryx/fault"
	"github.com/keryx-go/keryx/internal/redistest"
)

func TestMistakesInDefinitionsPanic(t *testing.T) {
	for _, test := range []struct {
		names string
		want  string // "" if all is well
	}{
		{"messages room:{room} user:{user}:inbox", ""},
		{"room:{room} room:lobby", ""},
		{"room:{room} room:{room}:typing", ""},
		{"a{x} b{x}", ""},
		{"{x}.a {x}.b", ""},
		{"game:{game}-red game:{game}-blue", ""},
		{"", `keryx: channel "": the name is missing`},
		{"a{", `keryx: channel "a{": a placeholder is written {name}`},
		{"a{}", `keryx: channel "a{}": a placeholder is written {name}`},
		{"a}", `keryx: channel "a}": a name has`},
		{"{a}-{b}", `keryx: channel "{a}-{b}": there is more than one placeholder between two colons`},
		{"{a}:{a}", `keryx: channel "{a}:{a}": the placeholder {a} is there twice`},
		{"chat/room", `keryx: channel "chat/room": a name has`},
		{strings.Repeat("a", 201), "a name has letters"},
		{"messages messages", `keryx: channel "messages" is defined twice`},
		{"room:{room} room:{id}", `keryx: channels "room:{room}" and "room:{id}" fit the same names`},
		{"room:{room} {kind}:1", `keryx: channels "room:{room}" and "{kind}:1" fit the same names`},
		{"a{x} {x}b", `keryx: channels "a{x}" and "{x}b" fit the same names`},
		{"ab{x} a{x}", `keryx: channels "ab{x}" and "a{x}" fit the same names`},
	} {
		t.Run(test.names, func(t *testing.T) {
			defer func() {
				got := ""
				if r := recover(); r != nil {
					got = fmt.Sprint(r)
				}
				if (got == "") != (test.want == "") || !strings.Contains(got, test.want) {
					t.Errorf("got %q, want %q", got, test.want)
				}
			}()
			h := channel.NewHub(channel.Options{})
			for name := range strings.SplitSeq(test.names, " ") {
				h.Handle(channel.Channel{Name: name})
			}
			if got, want := len(h.All()), strings.Count(test.names, " ")+1; got != want {
				t.Errorf("%d channels, want %d", got, want)
			}
		})
	}
}

func TestNamesOfClients(t *testing.T) {
	const found fault.Type = "FOUND"
	n := start(t, redistest.Start(t).URL(), channel.Options{})
	seen := func(_ context.Context, j *channel.Join) error {
		return &fault.Error{Type: found, Message: fmt.Sprintf("%s %v", j.Channel.Name, j.Params)}
	}
	for _, name := range []string{"room:lobby", "user:{user}:inbox", "game:{game}-red", "game:{game}-blue"} {
		n.Handle(channel.Channel{Name: name, Authorize: seen})
	}
	c := newClient("1")
	const invalid, unknown = fault.ConnectionChannelValidation, fault.ConnectionChannelAuthorization
	for _, test := range []struct {
		name string
		kind fault.Type
		want string
	}{
		{"room:lobby", found, "room:lobby map[]"},
		{"user:7:inbox", found, "user:{user}:inbox map[user:7]"},
		{"game:a-b-red", found, "game:{game}-red map[game:a-b]"},
		{"game:red-blue", found, "game:{game}-blue map[game:red]"},
		{"game:-red", unknown, "Channel not found: game:-red"},
		{"user::inbox", unknown, "Channel not found: user::inbox"},
		{"user:7:inbox:", unknown, "Channel not found: user:7:inbox:"},
		{"Messages", unknown, "Channel not found: Messages"},
		{":", unknown, "Channel not found: :"},
		{strings.Repeat("a", 200), unknown, "Channel not found: " + strings.Repeat("a", 200)},
		{strings.Repeat("a", 201), invalid, "Invalid channel name"},
		{"", invalid, "Invalid channel name"},
		{"room:{room}", invalid, "Invalid channel name"},
		{"room 1", invalid, "Invalid channel name"},
		{"room:1\n", invalid, "Invalid channel name"},
		{"room:é", invalid, "Invalid channel name"},
		{"room:*", invalid, "Invalid channel name"},
	} {
		fails(t, n.Join(t.Context(), c, test.name), test.kind, test.want)
		if test.kind == found {
			fails(t, n.Leave(t.Context(), c, test.name), fault.ConnectionNotSubscribed, "not subscribed to this channel")
			continue
		}
		fails(t, n.Broadcast(t.Context(), test.name, 1, ""), test.kind, test.want)
		fails(t, n.Notify(test.name, 1, ""), test.kind, test.want)
		members, err := n.Members(t.Context(), test.name)
		if test.kind == invalid {
			fails(t, err, test.kind, test.want)
		} else if len(members) > 0 || err != nil {
			t.Errorf("%q: got %v, %v", test.name, members, err)
		}
	}
}

// An app asks its hub, as keryx.New makes it, for channels of its own.
func ExampleHub_Handle() {
	h := channel.NewHub(channel.Options{})
	h.Handle(channel.Channel{
		Name:        "room:{room}",
		Description: "What is said in a room",
		Authorize: func(ctx context.Context, j *channel.Join) error {
			if j.Params["room"] == "secret" {
				return &fault.Error{Type: fault.ConnectionChannelAuthorization, Message: "Members only"}
			}
			return nil
		},
	})
	fmt.Println(h.All()[0].Name)
	// Output: room:{room}
}
