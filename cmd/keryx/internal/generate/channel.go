package generate

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/spf13/cobra"
)

var channelName = regexp.MustCompile(`^[a-z][A-Za-z0-9-]*(?::(?:[a-z][A-Za-z0-9-]*|\{[a-z][A-Za-z0-9]*\}))*$`)

// channelData is what the templates of a channel are filled with.
type channelData struct {
	*folder
	Channel string   // room:{id}
	Type    string   // of the fixed words after the first: Typing, or ""
	Params  []string // of the placeholders
}

func channelCommand(f *flags) *cobra.Command {
	return &cobra.Command{
		Use: "channel name", Short: "Make a channel, such as room or room:{id}", Args: exactly("channel", "the name of the channel, such as room:{id}"),
		Example: "  keryx generate channel news\n  keryx generate channel 'room:{id}'",
		RunE:    func(cmd *cobra.Command, args []string) error { return run(cmd, f, args, generateChannel) },
	}
}

func generateChannel(p *plan, args []string) error {
	name := args[0]
	if !channelName.MatchString(name) {
		return fmt.Errorf("%q is no name for a channel: use words of lower-case letters and digits with : between them, the later ones perhaps in braces, such as room:{id}", name)
	}
	parts := strings.Split(name, ":")
	folder, err := p.folderFor(parts[0])
	if err != nil {
		return err
	}
	data := &channelData{folder: folder, Channel: name}
	for _, part := range parts[1:] {
		if param, ok := strings.CutPrefix(part, "{"); ok {
			data.Params = append(data.Params, unexported(words(strings.TrimSuffix(param, "}"))))
		} else {
			data.Type += exported(words(part))
		}
	}
	file := strings.ToLower(data.Type) + "channel"
	if err := data.free([]string{file + ".go"}, data.Type+"Message", "Send"+data.Type, "register"+data.Type+"Channel"); err != nil {
		return err
	}
	if err := p.add(data.Dir+"/"+file+".go", "channel.go.tmpl", data); err != nil {
		return err
	}
	if err := p.add(data.Dir+"/"+file+"_test.go", "channel_test.go.tmpl", data); err != nil {
		return err
	}
	return p.register(data.folder, "register"+data.Type+"Channel")
}

// Parameters are those of the function that sends.
func (c *channelData) Parameters() string {
	if len(c.Params) == 0 {
		return ""
	}
	return strings.Join(c.Params, ", ") + " string, "
}

// Expression is the name of one channel, in Go.
func (c *channelData) Expression() string {
	if len(c.Params) == 0 {
		return fmt.Sprintf("%q", c.Channel)
	}
	text := fmt.Sprintf("%q", c.Channel)
	params := c.Params
	for _, part := range strings.Split(c.Channel, ":") {
		if strings.HasPrefix(part, "{") {
			text = strings.Replace(text, part, `" + `+params[0]+` + "`, 1)
			params = params[1:]
		}
	}
	return strings.TrimSuffix(text, ` + ""`)
}

// Sample is the name of one channel in the test.
func (c *channelData) Sample() string {
	return regexp.MustCompile(`\{[^}]*\}`).ReplaceAllString(c.Channel, "7")
}

// Arguments are those of the call in the test.
func (c *channelData) Arguments() string { return strings.Repeat(`"7", `, len(c.Params)) }
