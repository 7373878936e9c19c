package network

import (
	"context"
	"time"

	"kvart/internal/platform/auth"
)

// Task is one thing that waits for a person at a centre: a line of the list "Čeka vas". Every feature gives its own.
type Task struct {
	Key        string // stable: "programme.attendance:" + id; what "later" and "hand to" are remembered by
	Title      string // message key
	Args       []any  // pairs "name", value; no name of a person: the screen is shared
	Press      string // message key of its one press
	Address    string // where the press leads
	Method     string // "GET" or "POST"
	Due        time.Time
	Urgency    Urgency
	Permission auth.Permission           // only who has it at the centre sees the task
	For        func(account string) bool // and of those only these; nil: all
	Unkept     bool                      // it is neither put off nor handed on: no row may say that it was there
}

// Urgency orders tasks before their due time does.
type Urgency int

// From what cannot wait to what can.
const (
	Safety Urgency = iota
	Today
	Soon
	Whenever
)

// TaskSource gives the tasks that wait at a centre.
type TaskSource func(ctx context.Context, centreID string, now time.Time) ([]Task, error)
