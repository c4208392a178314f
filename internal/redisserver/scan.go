package redisserver

import (
	"strconv"

	"github.com/keryx-go/keryx/internal/redisserver/glob"
	"github.com/keryx-go/keryx/internal/redisserver/resp"
)

// keys is KEYS. Patterns are matched here: miniredis makes regular expressions
// of them, and panics where that fails.
func keys(s *session, args []string) resp.Value {
	found := resp.List()
	for _, key := range s.srv.data.redis.DB(s.view.db).Keys() {
		if glob.Match(args[1], key) {
			found.Items = append(found.Items, resp.Of(key))
		}
	}
	return found
}

// scan returns the handler of SCAN, HSCAN, SSCAN or ZSCAN, whose cursor has the
// index cursor, and whose elements have stride parts. All is returned at once,
// with the cursor 0.
func scan(cursor, stride int) handler {
	return func(s *session, args []string) resp.Value {
		if _, err := strconv.ParseUint(args[cursor], 10, 64); err != nil {
			return resp.Err("ERR invalid cursor")
		}
		pattern := "*"
		rest := args[:cursor+1]
		for i := cursor + 1; i < len(args); i += 2 {
			if i+1 == len(args) {
				return resp.Err("ERR syntax error")
			}
			switch option := fold(args[i]); {
			case option == "match":
				pattern = args[i+1]
			case option == "count":
				if n, err := strconv.Atoi(args[i+1]); err != nil {
					return resp.Err("ERR value is not an integer or out of range")
				} else if n < 1 {
					return resp.Err("ERR syntax error")
				}
			case option == "type" && cursor == 1:
				rest = append(rest, args[i], args[i+1])
			default:
				return resp.Err("ERR syntax error")
			}
		}
		reply := s.value(rest...)
		if len(reply.Items) != 2 || pattern == "*" {
			return reply
		}
		all := reply.Items[1].Items
		kept := resp.List()
		for i := 0; i+stride <= len(all); i += stride {
			if glob.Match(pattern, all[i].Text) {
				kept.Items = append(kept.Items, all[i:i+stride]...)
			}
		}
		reply.Items[1] = kept
		return reply
	}
}
