package main

import (
	"context"
	"errors"
	"net/http"

	"github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx"
)

// leaderboards are sorted sets: Redis keeps the players in the order of their
// scores. Of players with the same score, the one later in the alphabet leads.
type leaderboards struct{ api *keryx.API }

func registerLeaderboards(api *keryx.API) {
	l := &leaderboards{api}
	keryx.Handle(api, keryx.Action{
		Name: "score:add", Description: "Add points to a player's score",
		Web: keryx.POST("/leaderboards/{board}/{player}"),
	}, l.add)
	keryx.Handle(api, keryx.Action{
		Name: "score:show", Description: "Show a player's score and rank",
		Web: keryx.GET("/leaderboards/{board}/{player}"),
	}, l.show)
	keryx.Handle(api, keryx.Action{
		Name: "score:top", Description: "Show the best players",
		Web: keryx.GET("/leaderboards/{board}"),
	}, l.top)
}

// Player is one line of a leaderboard.
type Player struct {
	Player string  `json:"player"`
	Score  float64 `json:"score"`
	Rank   int64   `json:"rank" doc:"1 is the best"`
}

type boardInput struct {
	Board string `json:"board" doc:"The leaderboard" pattern:"^[A-Za-z0-9_.-]+$" patternDescription:"letters, digits, _ . -" maxLength:"40"`
}

func boardKey(board string) string { return "leaderboard:" + board }

type scoreAddInput struct {
	scoreShowInput
	Points int64 `json:"points" doc:"How many to add; negative takes them away" minimum:"-1000000" maximum:"1000000"`
}

// add changes the score and asks for the rank, with nothing in between.
func (l *leaderboards) add(ctx context.Context, in scoreAddInput) (Player, error) {
	tx := l.api.Redis.Client.TxPipeline()
	score := tx.ZIncrBy(ctx, boardKey(in.Board), float64(in.Points), in.Player)
	rank := tx.ZRevRank(ctx, boardKey(in.Board), in.Player)
	_, err := tx.Exec(ctx)
	return Player{in.Player, score.Val(), rank.Val() + 1}, err
}

type scoreShowInput struct {
	boardInput
	Player string `json:"player" doc:"The player" minLength:"1" maxLength:"40"`
}

func (l *leaderboards) show(ctx context.Context, in scoreShowInput) (Player, error) {
	tx := l.api.Redis.Client.TxPipeline()
	score := tx.ZScore(ctx, boardKey(in.Board), in.Player)
	rank := tx.ZRevRank(ctx, boardKey(in.Board), in.Player)
	_, err := tx.Exec(ctx)
	if errors.Is(err, redis.Nil) {
		return Player{}, fail(http.StatusNotFound, "%s has no score on %s", in.Player, in.Board)
	}
	return Player{in.Player, score.Val(), rank.Val() + 1}, err
}

type scoreTopInput struct {
	boardInput
	Limit int64 `json:"limit" doc:"How many at most" default:"10" minimum:"1" maximum:"100"`
}

type scoreTopOutput struct {
	Players []Player `json:"players"`
}

func (l *leaderboards) top(ctx context.Context, in scoreTopInput) (scoreTopOutput, error) {
	best, err := l.api.Redis.Client.ZRangeArgsWithScores(ctx, redis.ZRangeArgs{
		Key: boardKey(in.Board), Start: 0, Stop: in.Limit - 1, Rev: true,
	}).Result()
	out := scoreTopOutput{Players: make([]Player, len(best))}
	for i, z := range best {
		out.Players[i] = Player{z.Member.(string), z.Score, int64(i) + 1}
	}
	return out, err
}
