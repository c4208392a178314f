package main

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx"
)

// mails wait in a stream until a consumer of the group "senders" has sent them.
// A mail is given to one consumer, and stays pending until it is acknowledged;
// what a consumer that died had is given to another.
type mails struct{ api *keryx.API }

func registerMails(api *keryx.API) {
	m := &mails{api}
	keryx.Handle(api, keryx.Action{
		Name: "mail:queue", Description: "Queue a mail",
		Web: keryx.POST("/mails"),
	}, m.queue)
	keryx.Handle(api, keryx.Action{
		Name: "mail:send", Description: "Send some of the mails in the queue",
		Web: keryx.POST("/mails/send"),
	}, m.send)
	keryx.Handle(api, keryx.Action{
		Name: "mail:status", Description: "Show how many mails wait",
		Web: keryx.GET("/mails"),
	}, m.status)
}

const (
	// The braces keep both keys on one node of a cluster.
	mailStream = "{mails}:queue"
	mailDead   = "{mails}:dead" // what could not be sent
	mailGroup  = "senders"
	// mailLimit bounds the stream when no consumer sends. The oldest go first.
	mailLimit = 10_000
	// mailTries is how often a mail is given to a consumer.
	mailTries = 3
)

type mailInput struct {
	To   string `json:"to" doc:"The address" format:"email" maxLength:"254"`
	Text string `json:"text" doc:"What to say" minLength:"1" maxLength:"1000"`
}

type mailOutput struct {
	ID string `json:"id"`
}

func (m *mails) queue(ctx context.Context, in mailInput) (mailOutput, error) {
	id, err := m.api.Redis.Client.XAdd(ctx, &redis.XAddArgs{
		Stream: mailStream, MaxLen: mailLimit, Approx: true, // about so many: Redis drops whole blocks
		Values: []string{"to", in.To, "text", in.Text},
	}).Result()
	return mailOutput{id}, err
}

type mailSendInput struct {
	Consumer string        `json:"consumer" doc:"Who sends: a name for each process" minLength:"1" maxLength:"40"`
	Count    int64         `json:"count" doc:"How many at most" default:"10" minimum:"1" maximum:"100"`
	Idle     time.Duration `json:"idle" doc:"Take over what another consumer has not finished for so long" default:"30s"`
}

type mailSendOutput struct {
	Sent   []string `json:"sent" doc:"Ids of what was sent"`
	Failed []string `json:"failed" doc:"Ids of what will be tried again"`
	Dead   []string `json:"dead" doc:"Ids of what is given up"`
}

// send handles one batch: first what others left behind, then new mails. A mail
// is sent at least once, and twice when its consumer dies before it says so.
func (m *mails) send(ctx context.Context, in mailSendInput) (mailSendOutput, error) {
	out := mailSendOutput{Sent: []string{}, Failed: []string{}, Dead: []string{}}
	batch, tries, err := m.claim(ctx, in)
	if err == nil && len(batch) == 0 {
		batch, err = m.read(ctx, in)
	}
	if err != nil {
		return out, err
	}
	for _, mail := range batch {
		list, err := &out.Dead, errGivenUp // a mail that kills its consumer is never delivered, nor fails
		if tries[mail.ID] <= mailTries {
			err = m.deliver(ctx, mail)
		}
		switch {
		case err == nil:
			list, err = &out.Sent, m.finish(ctx, mail, false)
		case tries[mail.ID] < mailTries:
			list, err = &out.Failed, nil // it stays pending, and is claimed later
		default:
			err = m.finish(ctx, mail, true)
		}
		if err != nil {
			return out, err
		}
		*list = append(*list, mail.ID)
	}
	return out, nil
}

var errGivenUp = errors.New("given to a consumer too often")

// claim takes over mails that another consumer was given and has not finished,
// and says how often each was given to one.
func (m *mails) claim(ctx context.Context, in mailSendInput) ([]redis.XMessage, map[string]int64, error) {
	rdb := m.api.Redis.Client
	err := rdb.XGroupCreateMkStream(ctx, mailStream, mailGroup, "0").Err()
	if err != nil && !strings.HasPrefix(err.Error(), "BUSYGROUP") { // the group is there
		return nil, nil, err
	}
	batch, _, err := rdb.XAutoClaim(ctx, &redis.XAutoClaimArgs{
		Stream: mailStream, Group: mailGroup, Consumer: in.Consumer,
		MinIdle: in.Idle, Start: "0", Count: in.Count,
	}).Result()
	if err != nil || len(batch) == 0 {
		return nil, nil, err
	}
	pipe := rdb.Pipeline()
	counts := make([]*redis.XPendingExtCmd, len(batch))
	for i, mail := range batch {
		counts[i] = pipe.XPendingExt(ctx, &redis.XPendingExtArgs{
			Stream: mailStream, Group: mailGroup, Start: mail.ID, End: mail.ID, Count: 1,
		})
	}
	_, err = pipe.Exec(ctx)
	tries := map[string]int64{}
	for _, count := range counts {
		for _, pending := range count.Val() {
			tries[pending.ID] = pending.RetryCount
		}
	}
	return batch, tries, err
}

// read takes mails that no consumer was given yet.
func (m *mails) read(ctx context.Context, in mailSendInput) ([]redis.XMessage, error) {
	streams, err := m.api.Redis.Client.XReadGroup(ctx, &redis.XReadGroupArgs{
		Streams: []string{mailStream, ">"}, Group: mailGroup, Consumer: in.Consumer,
		Count: in.Count, Block: -1, // a loop that waits for more would say 5 * time.Second
	}).Result()
	if errors.Is(err, redis.Nil) || len(streams) == 0 {
		return nil, nil
	}
	return streams[0].Messages, err
}

// deliver takes the place of a mail client. Mail to example.invalid fails.
func (m *mails) deliver(ctx context.Context, mail redis.XMessage) error {
	to, _ := mail.Values["to"].(string)
	if strings.HasSuffix(to, "@example.invalid") {
		return fail(http.StatusBadGateway, "no such host")
	}
	m.api.Logger.InfoContext(ctx, "a mail is sent", "to", to, "id", mail.ID)
	return nil
}

// finish takes a mail out of the queue, and puts it aside if it is dead.
func (m *mails) finish(ctx context.Context, mail redis.XMessage, dead bool) error {
	_, err := m.api.Redis.Client.TxPipelined(ctx, func(tx redis.Pipeliner) error {
		if dead {
			tx.XAdd(ctx, &redis.XAddArgs{Stream: mailDead, MaxLen: mailLimit, Approx: true, Values: mail.Values})
		}
		tx.XAck(ctx, mailStream, mailGroup, mail.ID)
		tx.XDel(ctx, mailStream, mail.ID)
		return nil
	})
	return err
}

type mailStatusOutput struct {
	Queued  int64 `json:"queued" doc:"How many are not sent yet"`
	Pending int64 `json:"pending" doc:"How many of them a consumer was given"`
	Dead    int64 `json:"dead" doc:"How many are given up"`
}

func (m *mails) status(ctx context.Context, _ struct{}) (mailStatusOutput, error) {
	rdb := m.api.Redis.Client
	pipe := rdb.Pipeline()
	queued, dead := pipe.XLen(ctx, mailStream), pipe.XLen(ctx, mailDead)
	if _, err := pipe.Exec(ctx); err != nil {
		return mailStatusOutput{}, err
	}
	out := mailStatusOutput{Queued: queued.Val(), Dead: dead.Val()}
	pending, err := rdb.XPending(ctx, mailStream, mailGroup).Result()
	if err != nil {
		if strings.HasPrefix(err.Error(), "NOGROUP") { // no mail was queued yet
			return out, nil
		}
		return mailStatusOutput{}, err
	}
	out.Pending = pending.Count
	return out, nil
}
