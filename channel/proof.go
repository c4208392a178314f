package channel

import (
	"encoding/json"
	"errors"
	"time"
)

// proofInterval is how often a node publishes a proof to each server.
const proofInterval = 2 * time.Second

// proof is a small message that a node publishes through its client for commands,
// as it does its broadcasts. Redis keeps the order of what takes one way, so a
// node that hears a proof has heard all broadcasts that took the same way before.
//
// A PING on the subscribing connection cannot tell as much: after a failover the
// old master goes on answering it, while broadcasts go to the new one.
type proof struct {
	// Node is the id of the node that published it.
	Node string `json:"node"`
	// Target is the address of the master it was sent to, in a cluster.
	Target string `json:"target,omitempty"`
	// N counts the proofs of the node to the target, After is the last N before
	// this one that Redis has taken for sure. A node that has not heard After
	// has lost something.
	N     uint64 `json:"n"`
	After uint64 `json:"after"`
	// At is the server that took it.
	At server `json:"at"`
}

// encode returns the proof as JSON.
func (p proof) encode() ([]byte, error) { return json.Marshal(p) }

// decodeProof reads a proof.
func decodeProof(data []byte) (proof, error) {
	var p proof
	if err := json.Unmarshal(data, &p); err != nil {
		return proof{}, err
	}
	if p.Node == "" || p.N == 0 || p.After >= p.N {
		return proof{}, errors.New("a proof needs a node and numbers")
	}
	return p, nil
}
