package redisserver

import (
	"bufio"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/keryx-go/keryx/internal/redisserver/command"
	"github.com/keryx-go/keryx/internal/redisserver/resp"
)

// session is what runs commands: a client, or a script for one.
type session struct {
	srv     *Server
	view    *view
	client  *client // nil in a script
	version int     // of the protocol
	atomic  bool    // in EXEC or a script: blocking commands do not block
	now     time.Time
	// readOnly says that a script may not write.
	readOnly bool
}

// handler runs a command with its arguments, the name in lower case first.
type handler func(s *session, args []string) resp.Value

// fold returns a name of a command or an option in lower case.
func fold(name string) string { return strings.ToLower(name) }

// request runs a request of a client, or queues it in a transaction.
func (s *session) request(args []string) resp.Value {
	s.now = time.Now()
	s.client.seen, s.client.command = s.now, fold(args[0])
	if s.client.tx != nil && !slices.Contains(notQueued, fold(args[0])) {
		return queueRequest(s, args)
	}
	return s.run(args)
}

// run runs a command at once.
func (s *session) run(args []string) (reply resp.Value) {
	defer func() {
		if p := recover(); p != nil {
			reply = resp.Err(fmt.Sprintf("ERR the embedded Redis failed at %.30q: %v", args[0], p))
		}
	}()
	c, err := s.find(args)
	if err.IsError() {
		return err
	}
	if refused := s.refuse(c, args); refused.IsError() {
		return refused
	}
	s.srv.data.expire(s.now)
	name := fold(args[0])
	if h := handlers[name]; h != nil {
		args = slices.Clone(args)
		args[0] = name
		return h(s, args)
	}
	return s.pass(args...)
}

// refuse returns the error of a command that may not run now.
func (s *session) refuse(c *command.Command, args []string) resp.Value {
	switch {
	case s.client == nil && c.Has("noscript"):
		return resp.Err("ERR This Redis command is not allowed from script")
	case s.readOnly && c.Has("write"):
		return resp.Err("ERR Write commands are not allowed from read-only scripts.")
	case s.client != nil && s.version < 3 && s.srv.hub.count(s.client) > 0 && !slices.Contains(subscriberCommands, fold(args[0])):
		return resp.Err(fmt.Sprintf("ERR Can't execute '%s': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context", fold(args[0])))
	}
	return resp.Value{}
}

// pass has miniredis run a command.
func (s *session) pass(args ...string) resp.Value {
	return resp.Encoded(s.srv.data.run(s.view, s.now, args))
}

// value is [session.pass] for a reply to work with.
func (s *session) value(args ...string) resp.Value { return s.srv.data.value(s.view, s.now, args...) }

// timeless is [session.value] for a command that sets or reads deadlines.
func (s *session) timeless(args ...string) resp.Value {
	return s.srv.data.value(s.view, epoch, args...)
}

// parsed is [session.run] for a reply to work with.
func (s *session) parsed(args []string) resp.Value { return s.parse(s.run(args)) }

// parse returns a reply that may be encoded as one to work with.
func (s *session) parse(reply resp.Value) resp.Value {
	if reply.Kind != resp.Raw {
		return reply
	}
	v, err := resp.Parse(bufio.NewReader(strings.NewReader(reply.Text)))
	if err != nil {
		return resp.Err("ERR the embedded Redis cannot read its own reply: " + err.Error())
	}
	return v
}

// speak chooses the version of the protocol.
func (s *session) speak(v int) { s.version, s.view.peer.Resp3 = v, v == 3 }

// find returns the command that a request names, or the error that says why
// there is none.
func (s *session) find(args []string) (*command.Command, resp.Value) {
	name := fold(args[0])
	c := command.Find(name)
	if c == nil {
		var rest strings.Builder
		for _, a := range args[1:] {
			fmt.Fprintf(&rest, "'%.128s' ", a)
			if rest.Len() > 128 {
				break
			}
		}
		return nil, resp.Err(fmt.Sprintf("ERR unknown command '%.128s', with args beginning with: %s", args[0], rest.String()))
	}
	if len(c.Subs) > 0 && len(args) > 1 {
		sub := command.Find(name + "|" + fold(args[1]))
		if sub == nil && !slices.Contains(moreSubcommands, name+"|"+fold(args[1])) {
			return nil, resp.Err(fmt.Sprintf("ERR unknown subcommand '%.128s'. Try %s HELP.", args[1], strings.ToUpper(name)))
		}
		if sub != nil {
			c = sub
		}
	}
	if !c.Accepts(len(args)) {
		return nil, resp.Err(fmt.Sprintf("ERR wrong number of arguments for '%s' command", c.Name))
	}
	if !hasCommand(s.srv, name) {
		return nil, resp.Err(fmt.Sprintf("ERR unknown command '%s': the embedded Redis does not have it", name))
	}
	return c, resp.Value{}
}
