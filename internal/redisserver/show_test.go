package redisserver_test

import (
	"strconv"
	"strings"

	"github.com/keryx-go/keryx/internal/redisserver/resp"
)

// show returns a reply in one line: "text", 1, nil, OK, [a b], {k: v}.
func show(v resp.Value) string {
	switch v.Kind {
	case resp.Null:
		return "nil"
	case resp.Int:
		return strconv.FormatInt(v.Number, 10)
	case resp.Status:
		return v.Text
	case resp.Error:
		return "(" + v.Text + ")"
	case resp.Bulk:
		return strconv.Quote(v.Text)
	case resp.Text:
		return "=" + strconv.Quote(v.Text)
	case resp.Double:
		return "," + v.Text
	case resp.Big:
		return "big " + v.Text
	case resp.Bool:
		return strconv.FormatBool(v.Number != 0)
	}
	items := make([]string, len(v.Items))
	for i, item := range v.Items {
		items[i] = show(item)
	}
	open, end := "[", "]"
	switch v.Kind {
	case resp.Map:
		open, end = "{", "}"
	case resp.Set:
		open = "set["
	case resp.Push:
		open = "push["
	}
	return open + strings.Join(items, " ") + end
}
